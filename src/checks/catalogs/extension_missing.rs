//! Catalogs whose statements Spark does not understand.

use super::catalogs;
use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Severity,
    platform::{Platform, place},
    spark::formats::FORMATS,
};

/// The rule.
pub const CHECK: Check = pages::extension_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_complete) {
        let stated = program.properties.get("spark.sql.extensions");
        let classes = stated.map_or("", |it| it.value.as_str());
        if classes.contains(['$', '{']) {
            continue;
        }
        for (name, property) in catalogs(program) {
            let of_format = FORMATS.iter().find(|it| {
                let is_of = |package: &&str| property.value.starts_with(*package);
                it.classes.iter().any(is_of)
            });
            let Some((format, extension)) = of_format.and_then(|it| Some((it, it.extension?)))
            else {
                continue;
            };
            if classes.split(',').any(|it| it.trim() == extension) {
                continue;
            }
            let title = format!(
                "the catalog `{name}` is {}'s, whose extension of Spark is not loaded",
                format.project
            );
            let mut finding = CHECK.finds(title);
            // Iceberg reads and writes without; only its own statements are unknown.
            if format.project == "Iceberg" {
                finding.severity = Severity::Warning;
                finding.notes = vec![
                    "`[PARSE_SYNTAX_ERROR]` at `ALTER TABLE … ADD PARTITION FIELD`".to_owned(),
                ];
            }
            finding = finding.at_value(place(&property.origins, property.member), "");
            if let Some(stated) = stated {
                let place = place(&stated.origins, stated.member);
                finding = finding.at_value(place, "not among these");
            }
            findings.push(
                property.member.object.identity(),
                finding.hint(format!("add `{extension}` to `spark.sql.extensions`")),
            );
        }
    }
}
