//! Properties in a file that nobody reads.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, place},
    spark::conf::are_properties,
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
        for (name, text) in program.mounted_files(platform, &program.configuration_folder()) {
            // What reads a template is not in sight.
            let is_template = [".template", ".tpl", ".tmpl", ".j2"]
                .iter()
                .any(|it| name.ends_with(it));
            if are_properties(text) && !is_template && !program.arguments.mention(name) {
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
