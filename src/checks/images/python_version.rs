//! A Python that this Spark cannot use.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1011",
        name: "python-version",
        page: "Each release of PySpark declares the versions of Python that it runs on. An older one cannot \
               import it; a newer one was never tested with it, and 3.5 breaks on 3.12, which has no \
               `distutils`.",
    },
    symptom: "`ModuleNotFoundError: No module named 'distutils'`, or `SyntaxError` and `ImportError` while \
               `pyspark` is imported",
    fix: "build the image with a Python that this Spark declares",
    source: "metadata of `pyspark` 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0 on PyPI",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[images.spark]
python = "3.8"
"#,
        passing: r#"extends = "_example.toml"

[images.spark]
python = "3.12"
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let image = program.image().and_then(|it| platform.image(it));
        let (Some(image), Some(version)) = (image, &program.version) else {
            continue;
        };
        let Some(python) = &image.python else {
            continue;
        };
        let minor = python.strip_prefix("3.").and_then(|it| it.parse().ok());
        let range = version.release.facts().python;
        let Some(minor) = minor.filter(|it| !range.contains(*it)) else {
            continue;
        };
        let title = format!(
            "Spark {} does not run on Python {}",
            version.release, **python
        );
        let diagnostic = CHECK
            .finds(title)
            .at_value(&python.origins, format!("Spark declares {range}"))
            .at_value(&version.origins, "");
        findings.push(
            program.member.object.identity(),
            // A newer one may work.
            if minor < range.first {
                diagnostic
            } else {
                diagnostic.lesser()
            },
        );
    }
}
