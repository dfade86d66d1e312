//! S3 without a client of S3.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::s3a_jar_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let properties = &program.properties;
        // A History Server writes no log, even when it shares a file of properties with drivers.
        let is_logging =
            properties.is_true("spark.eventLog.enabled") && program.role != Role::HistoryServer;
        let mut uses = properties.iter().filter(|property| {
            let is_on_s3 = property.value.starts_with("s3a://");
            is_on_s3 && (property.key != "spark.eventLog.dir" || is_logging)
        });
        // The cloud module brings it along.
        let is_missing = ["hadoop-aws", "spark-hadoop-cloud"]
            .iter()
            .all(|jar| program.has_jar(platform, jar) == Some(false));
        let Some(property) = uses.next().filter(|_| is_missing) else {
            continue;
        };
        let title = format!("Spark has no client for `{}`", property.value);
        let mut diagnostic = CHECK.finds(title);
        if let Some(image) = program.image().and_then(|it| platform.image(it)) {
            diagnostic = diagnostic.at_key(&image.origins, "not declared in `jars`");
        }
        diagnostic = diagnostic.at_value(
            place(&property.origins, property.member),
            format!("`{}`", property.key),
        );
        if let Some(version) = &program.version {
            let hadoop = version.release.facts().hadoop;
            diagnostic = diagnostic.hint(format!(
                "put `org.apache.hadoop:hadoop-aws:{hadoop}` and its AWS SDK into the image and declare it \
                 in `jars`, or add it to `packages`"
            ));
        }
        findings.push(property.member.object.identity(), diagnostic);
    }
}
