//! Keys that Spark leaves out.

use super::{is_template, problems};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = pages::not_a_spark_property(run);

/// What the operator writes before each key of `hadoopConf`.
const OF_HADOOP: &str = "spark.hadoop.";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for property in platform.programs().iter().flat_map(|it| &it.properties) {
        let written = property.key.strip_prefix(OF_HADOOP);
        let Some((written, bare)) = written.and_then(|it| Some((it, it.strip_prefix(OF_HADOOP)?)))
        else {
            continue;
        };
        let mut diagnostic = CHECK
            .finds(format!("Hadoop gets a key `{written}`, and has none"))
            .at_key(place(&property.origins, property.member), "");
        diagnostic.notes = vec!["the key is there twice over, and Hadoop ignores it".to_owned()];
        findings.push(
            property.member.object.identity(),
            diagnostic.hint(format!("write `{bare}`")),
        );
    }
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
