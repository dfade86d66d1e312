//! Properties in a file that nobody reads.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1213",
        name: "configuration-not-loaded",
        page: "Spark loads `spark-defaults.conf` from its configuration folder by itself, and another file \
               only when `--properties-file` names it. A file of properties with any other name is mounted \
               and ignored.",
    },
    symptom: "Spark ignores it in silence, and runs with its defaults",
    fix: "call it `spark-defaults.conf`, or pass it with `--properties-file`",
    source: "Spark: launcher/src/main/java/org/apache/spark/launcher/AbstractCommandBuilder.java (getPropertiesFile)",
    example: Example::Manifests {
        failing: concat!(
            "apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  spark-properties.conf: |
    spark.master=local[*]
    spark.sql.shuffle.partitions=20
",
            include_str!("../server.yaml")
        ),
        passing: server_with!("spark.master=local[*]", "spark.sql.shuffle.partitions=20"),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.is_complete
            || program
                .arguments
                .values("--properties-file")
                .next()
                .is_some()
        {
            continue;
        }
        for (name, text) in program.mounted_files(platform, program.configuration_folder()) {
            if is_of_properties(text) && !program.arguments.mention(name) {
                let title = format!("Spark does not load `{name}`");
                let place = place(&text.origins, program.member);
                findings.push(
                    program.member.object.identity(),
                    CHECK.finds(title).at_key(place, ""),
                );
            }
        }
    }
}

/// Whether most lines of a text set a property of Spark. A template for `envsubst` is not yet one.
fn is_of_properties(text: &Node) -> bool {
    let lines = text.as_str().unwrap_or_default().lines();
    let lines = lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let (mut all, mut properties) = (0, 0);
    for line in lines {
        all += 1;
        properties += usize::from(line.trim_start().starts_with("spark."));
    }
    properties * 2 > all
}
