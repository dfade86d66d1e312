//! Keys that Spark leaves out.

use super::{is_template, problems};
use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0606",
        name: "not-a-spark-property",
        page: "Whatever `spark-submit` reads, from a file or from `--conf`, it hands on only when the key begins \
               with `spark.`. Keys of Hadoop need the prefix `spark.hadoop.` there, variables of executors the \
               prefix `spark.executorEnv.`.",
    },
    symptom: "`Warning: Ignoring non-Spark config property: fs.s3a.endpoint`",
    fix: "begin the key with `spark.`, or with `spark.hadoop.` when it is Hadoop's",
    source: "Spark: core/src/main/scala/org/apache/spark/deploy/SparkSubmitArguments.scala \
             (ignoreNonSparkProperties)",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=local[*]",
            "fs.s3a.endpoint=https://s3.example.com",
        ),
        passing: server_with!(
            "spark.master=local[*]",
            "spark.hadoop.fs.s3a.endpoint=https://s3.example.com",
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (program, property, problem) in problems(platform) {
        let Problem::NoSparkKey { suggestion } = problem else {
            continue;
        };
        let key = &property.key;
        // Files of properties know no quotes, so these are a part of the key.
        let quoted = key.strip_prefix(['"', '\'']).unwrap_or_default();
        let is_quoted = quoted.starts_with("spark.");
        // What is no key at all is not one that lacks its prefix.
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
