//! Connect servers that are downloaded though they are there.

use super::artifacts;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1002",
        name: "connect-jar-needless",
        page: "Since 4.0 the Connect server is part of Spark. The package is downloaded at every start, or \
               lies in the image twice, and a registry that cannot be reached keeps the server from \
               starting.",
    },
    symptom: "a start that takes longer, or `unresolved dependency: org.apache.spark#spark-connect_2.13`",
    fix: "remove it",
    source: "jars of 4.0.5, 4.1.4, 4.2.1 and 4.3.0: each holds `spark-connect_2.13`",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics]
packages = ["org.apache.spark:spark-connect_2.13:4.1.4"]
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics]
packages = ["org.apache.spark:spark-avro_2.13:4.1.4"]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(version) = &program.version else {
            continue;
        };
        let facts = version.release.facts();
        for artifact in artifacts(platform, program) {
            let is_it = artifact.group == "org.apache.spark" && artifact.name == "spark-connect";
            // Another Scala or another Spark would be a worse fault.
            let fits = artifact.scala == Some(facts.scala)
                && artifact.version == version.release.to_string();
            if facts.connect_bundled && is_it && fits {
                let title = format!("Spark {} has its Connect server already", version.release);
                let place = place(&artifact.origins, artifact.member);
                findings.push(
                    artifact.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
