//! A Python that this Spark cannot use.

use crate::{
    checks::{Check, Findings, pages},
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = pages::python_version(run);

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
