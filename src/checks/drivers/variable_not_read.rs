//! Variables that sound like Spark's.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1214",
        name: "variable-not-read",
        page: "Nothing in Spark reads this variable. Clients of Connect read `SPARK_REMOTE`; a server \
               listens where `spark.connect.grpc.binding.port` says.",
    },
    symptom: "nothing: the variable is set and has no effect",
    fix: "remove it, or call it `SPARK_REMOTE` in a client",
    source: "Spark: python/pyspark/sql/session.py (SPARK_REMOTE); the jars of 3.5.9 to 4.3.0 hold no other",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.url]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "add", path = "/spec/template/spec/containers/0/env/-", value = { name = "SPARK_CONNECT_URL", value = "sc://0.0.0.0:15002" } },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.url]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "add", path = "/spec/template/spec/containers/0/env/-", value = { name = "TZ", value = "UTC" } },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if let Some(variable) = program.variable("SPARK_CONNECT_URL") {
            let name = variable.get("name").unwrap_or(variable);
            let place = place(&name.origins, program.member);
            let title = "nothing in Spark reads `SPARK_CONNECT_URL`";
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
