//! Extensions and catalogs without their jar.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Program, Property, place},
    spark::formats::FORMATS,
};

/// The rule.
pub const CHECK: Check = pages::plug_in_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for property in &program.properties {
            let name = property.key.strip_prefix("spark.sql.catalog.");
            let names_class = match name {
                Some(name) => {
                    let option = name.split_once('.').map(|(_, option)| option);
                    matches!(option, None | Some("io-impl" | "catalog-impl"))
                }
                None => property.key == "spark.sql.extensions",
            };
            if names_class {
                evaluate(platform, program, property, findings);
            }
        }
    }
}

fn evaluate(
    platform: &Platform<'_>,
    program: &Program<'_>,
    property: &Property<'_>,
    findings: &mut Findings,
) {
    for class in property.value.split(',').map(str::trim) {
        let of_format = FORMATS
            .iter()
            .find(|it| it.classes.iter().any(|package| class.starts_with(package)));
        let (project, stem) = match of_format {
            Some(format) => (format.project, format.stem()),
            // Iceberg's clients of AWS are a jar of their own.
            None if class.starts_with("org.apache.iceberg.aws.") => ("Iceberg", "iceberg-aws"),
            None => continue,
        };
        if program.has_jar(platform, stem) != Some(false) {
            continue;
        }
        let place = place(&property.origins, property.member);
        let without = of_format
            .zip(program.line())
            .filter(|(format, line)| format.artifact(*line).is_none());
        if let Some((format, line)) = without {
            let title = format!("{project} does not run in Spark {line}");
            let lines = format.lines();
            findings.push(
                property.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, "there is no jar of it for this line yet")
                    .hint(format!("use Spark {lines}, for which there is one")),
            );
            return;
        }
        let short = class.rsplit('.').next().unwrap_or(class);
        let title = format!("`{short}` is a class of {project}, and no jar of it is there");
        let mut finding = CHECK
            .finds(title)
            .at_value(place, format!("no `{stem}…` is in the image or a package"));
        let right = of_format.zip(program.line());
        if let Some(right) = right.and_then(|(format, line)| format.artifact(line)) {
            finding = finding.hint(format!("add {right}"));
        }
        findings.push(property.member.object.identity(), finding);
    }
}
