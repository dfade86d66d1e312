//! Values that Spark does not take.

use super::{is_template, problems};
use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Fix,
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = pages::malformed_value(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (program, property, problem) in problems(platform) {
        let Problem::Malformed(refusal) = problem else {
            continue;
        };
        let (key, value) = (&property.key, &property.value);
        // A shell, Kubernetes or a renderer may yet replace it.
        if value.contains('$') || is_template(value) {
            continue;
        }
        let spark = match &program.version {
            Some(version) => format!("Spark {}", version.release),
            None => "Spark".to_owned(),
        };
        let mut diagnostic = CHECK
            .finds(format!("{spark} does not take `{value}` for `{key}`"))
            .at_value(
                place(&property.origins, property.member),
                refusal.reason.clone(),
            );
        // Only that line says it in these words; Hadoop always does.
        if program.version.is_some() || key.starts_with("spark.hadoop.") {
            diagnostic.notes = vec![refusal.message.clone()];
        }
        if let (Some(entry), Some(meant)) = (property.origins.first(), in_units_of_spark(value)) {
            let what = format!("write `{meant}`");
            diagnostic = diagnostic.fix(Fix::replace(what, entry, value, meant));
        }
        if key.starts_with("spark.sql.") {
            diagnostic =
                diagnostic.note("the server starts, its port opens, and every session fails");
        }
        findings.push(property.member.object.identity(), diagnostic);
    }
}

/// A whole amount in a unit of Kubernetes, in Spark's: both count by 1,024.
fn in_units_of_spark(value: &str) -> Option<String> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(2)?)?;
    let unit = match unit {
        "Ki" => 'k',
        "Mi" => 'm',
        "Gi" => 'g',
        "Ti" => 't',
        _ => return None,
    };
    let is_closed_world = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    is_closed_world.then(|| format!("{digits}{unit}"))
}
