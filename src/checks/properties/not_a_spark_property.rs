//! Keys that Spark leaves out.

use super::{is_template, problems};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = pages::not_a_spark_property(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (program, property, problem) in problems(platform) {
        let Problem::NoSparkKey { suggestion } = problem else {
            continue;
        };
        let key = &property.key;
        // Files of properties know no quotes, so these are a part of the key.
        let quoted = key.strip_prefix(['"', '\'']).unwrap_or_default();
        let is_quoted = quoted.starts_with("spark.");
        // What is not a key at all is not one that lacks its prefix.
        let is_key = is_quoted || key.contains('.') && !key.contains(['$', '/', '"', '<', '[']);
        if !program.is_driver() || !is_key || is_template(key) {
            continue;
        }
        let mut diagnostic = CHECK
            .finds(format!("Spark leaves out `{key}`"))
            .at_key(place(&property.origins, property.member), "");
        diagnostic.notes = vec![format!(
            "Warning: Ignoring non-Spark config property: {key}"
        )];
        let is_hadoop = ["fs.", "hadoop.", "hive.", "dfs.", "io.", "mapreduce."]
            .iter()
            .any(|prefix| key.starts_with(prefix));
        if is_quoted {
            let bare = quoted.trim_end_matches(['"', '\'']);
            diagnostic = diagnostic.hint(format!("write `{bare}`, without quotes"));
        } else if let Some(suggestion) = suggestion {
            diagnostic = diagnostic.hint(format!("did you mean `{suggestion}`?"));
        } else if is_hadoop {
            diagnostic = diagnostic.hint(format!("did you mean `spark.hadoop.{key}`?"));
        }
        findings.push(property.member.object.identity(), diagnostic);
    }
}
