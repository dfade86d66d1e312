//! S3 without a client of S3.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Role, place},
    spark::stores::CLIENTS,
};

/// The rule.
pub const CHECK: Check = pages::s3a_jar_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let properties = &program.properties;
        // A History Server writes no log, even when it shares a file of properties with drivers.
        let is_logging =
            properties.is_true("spark.eventLog.enabled") && program.role != Role::HistoryServer;
        let uses = properties
            .iter()
            .filter(|it| it.key != "spark.eventLog.dir" || is_logging);
        let mut missing = uses.filter_map(|property| {
            let client = CLIENTS
                .iter()
                .find(|it| property.value.starts_with(it.scheme))?;
            let lacks = |jar: &&str| program.has_jar(platform, jar) == Some(false);
            client.jars.iter().all(lacks).then_some((property, client))
        });
        let Some((property, client)) = missing.next() else {
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
            let jar = match client.scheme {
                "s3a://" => format!("`org.apache.hadoop:hadoop-aws:{hadoop}` and its AWS SDK"),
                "abfss://" => format!("`org.apache.hadoop:hadoop-azure:{hadoop}`"),
                _ => "`com.google.cloud.bigdataoss:gcs-connector`, shaded,".to_owned(),
            };
            diagnostic = diagnostic.hint(format!(
                "put {jar} into the image and declare it in `jars`, or add it to `packages`"
            ));
        }
        findings.push(property.member.object.identity(), diagnostic);
    }
}
