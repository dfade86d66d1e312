//! Values that Spark does not take.

use super::{is_template, problems};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, Fix},
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0605",
        name: "malformed-value",
        page: "Spark does not take the value. It reads most of its own properties while it starts, and ends: \
               Spark's sizes are written `512m` or `1g`, not `512Mi` as in Kubernetes, and its cores are whole \
               numbers. Worse is a property of SQL (`spark.sql.…`): that is read when a client opens its first \
               session. So the server starts, its port opens, its probes stay green, and every client gets \
               `Application error processing RPC`; only the server's log says why.",
    },
    symptom: "a driver that ends while it starts, such as with `Executor memory must be a positive number`; \
              with `spark.sql.…`, a server that is ready, and clients that get `Application error processing \
              RPC`",
    fix: "write it as Spark does: `512m` or `1g`, `30s`, `true`, a whole number",
    source: "Spark's converters of configuration entries, `schemas/spark/README.md`; run on 4.1.4 \
             (`tests/conformance/symptoms.rs`)",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.sql.adaptive.enabled" = "yes"
"spark.driver.maxResultSize" = "512Mi"
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.sql.adaptive.enabled" = true
"spark.driver.maxResultSize" = "512m"
"#,
    },
    run,
};

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
