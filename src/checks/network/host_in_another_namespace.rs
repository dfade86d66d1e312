//! Short names of Services that lie in another namespace.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::hosts::{client, hosts},
};

/// The rule.
pub const CHECK: Check = pages::host_in_another_namespace(run);

/// Object stores are named by a property of their own.
const STORE: &str = "spark.hadoop.fs.s3a.endpoint";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(namespace) = program.namespace() else {
            continue;
        };
        for property in &program.properties {
            if property.key != STORE && client(&property.key).is_none() {
                continue;
            }
            let mut names: Vec<_> = hosts(&property.value).iter().map(|it| it.name).collect();
            names.retain(|it| !it.contains('.'));
            for name in names {
                let homes: BTreeSet<_> = platform
                    .of_kind("", "Service")
                    .map(|it| it.object.identity())
                    .filter(|it| it.name == name)
                    .filter_map(|it| it.namespace.as_deref())
                    .collect();
                let Some(home) = homes.first().filter(|_| !homes.contains(namespace)) else {
                    continue;
                };
                let title = format!("`{name}` is not a Service of `{namespace}`");
                let place = place(&property.origins, property.member);
                findings.push(
                    property.member.object.identity(),
                    CHECK
                        .finds(title)
                        .at_value(place, format!("one of this name is in `{home}`"))
                        .hint(format!("write `{name}.{home}.svc`")),
                );
            }
        }
    }
}
