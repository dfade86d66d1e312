//! Credentials where everybody can read them.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1106",
        name: "secret-in-config-map",
        page: "Credentials in properties lie open: in the repository, in the ConfigMap, in the executors' \
               ConfigMap that Spark makes a copy for, and on the environment page of the UI where \
               redaction misses them.",
    },
    symptom: "nothing, until somebody reads them",
    fix: "remove them, and give the driver `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` from a Secret: \
          Spark hands them to S3A and to its executors by itself",
    source: "Spark: core/src/main/scala/org/apache/spark/deploy/SparkHadoopUtil.scala \
             (appendS3AndSparkHadoopHiveConfigurations); run on 3.5.7 and 4.1.4",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=local[*]",
            "spark.hadoop.fs.s3a.access.key=spark",
            "spark.hadoop.fs.s3a.secret.key=correct-horse",
        ),
        passing: server_with!("spark.master=local[*]"),
    },
    run,
};

/// What ends the names of properties that hold a secret.
const SECRETS: [&str; 8] = [
    ".secret.key",
    // Catalogs of Iceberg.
    ".s3.secret-access-key",
    ".credential",
    ".session.token",
    ".ConnectionPassword",
    ".authenticate.token",
    ".keyPassword",
    ".keyStorePassword",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for property in &program.properties {
            let holds = SECRETS.iter().any(|it| property.key.ends_with(it));
            // What is filled in at run time is not written here.
            let is_written =
                !property.value.is_empty() && !property.value.contains(['$', '{', '%']);
            if holds && is_written {
                let title = format!("`{}` is written down for all to read", property.key);
                let place = place(&property.origins, property.member);
                findings.push(
                    property.member.object.identity(),
                    CHECK.finds(title).at_key(place, ""),
                );
            }
        }
    }
}
