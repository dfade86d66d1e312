//! Iceberg's own client of S3, which knows nothing of what Spark is told of S3A.

use super::{catalogs, option};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Program, Property, place},
};

/// The rule.
pub const CHECK: Check = pages::client_without_region(run);

const CLIENT: &str = "org.apache.iceberg.aws.s3.S3FileIO";

/// What the AWS SDK reads the region from, where nobody names it.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_complete) {
        for (name, _) in catalogs(program) {
            let Some(client) = option(program, name, "io-impl").filter(|it| it.value == CLIENT)
            else {
                continue;
            };
            let place = place(&client.origins, client.member);
            for (title, label) in faults(program, name) {
                findings.push(
                    client.member.object.identity(),
                    CHECK.finds(title).at_value(place, label),
                );
            }
        }
    }
}

fn faults(program: &Program<'_>, name: &str) -> Vec<(String, &'static str)> {
    let has = |option_name: &str| option(program, name, option_name).is_some();
    let mut faults = Vec::new();
    if !has("client.region") {
        if !REGION.iter().any(|it| program.variable(it).is_some()) {
            let title = format!("the catalog `{name}` does not say in which region S3 is");
            faults.push((title, "needs `client.region`"));
        } else if program.is_on_kubernetes() && !executors_have_region(program) {
            let title = format!("executors do not know in which region S3 of `{name}` is");
            let label = "needs `client.region`: executors do not have the driver's variables";
            faults.push((title, label));
        }
    }
    let endpoint = program.properties.get("spark.hadoop.fs.s3a.endpoint");
    if endpoint.is_some_and(is_of_others) && !has("s3.endpoint") {
        let title = format!("the catalog `{name}` would look for its files at Amazon");
        faults.push((title, "needs `s3.endpoint`: what S3A is told is not for it"));
    }
    faults
}

/// Whether executors have a variable with the region, from a property or their template.
fn executors_have_region(program: &Program<'_>) -> bool {
    let containers = program
        .executor
        .as_ref()
        .map_or(&[][..], |it| it.list_at(["spec", "containers"]));
    let mut variables = containers.iter().flat_map(|it| it.list_at(["env"]));
    let mut properties = REGION.iter().map(|it| format!("spark.executorEnv.{it}"));
    let has_sources = containers
        .iter()
        .any(|it| !it.list_at(["envFrom"]).is_empty());
    has_sources
        || properties.any(|it| program.properties.get(&it).is_some())
        || variables.any(|it| it.str_at(["name"]).is_some_and(|it| REGION.contains(&it)))
}

fn is_of_others(endpoint: &Property<'_>) -> bool {
    !endpoint.value.contains("amazonaws.com") && !endpoint.value.contains(['$', '{'])
}
