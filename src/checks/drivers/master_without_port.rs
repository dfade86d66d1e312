//! API servers without a port.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::master_without_port(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(master) = program.properties.get("spark.master") else {
            continue;
        };
        let host = master.value.strip_prefix("k8s://").map(|rest| {
            let (_, host) = rest.split_once("://").unwrap_or(("", rest));
            host
        });
        if host.is_some_and(|it| !it.contains(':') && !it.contains('$')) {
            let title = format!("`{}` names no port", master.value);
            let place = place(&master.origins, master.member);
            findings.push(
                master.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
