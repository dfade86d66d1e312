//! Names that the operator cannot make its own names of.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::resource_name(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What a template made was validated by the name that somebody chose in the spec.
    for member in platform.members().filter(|it| it.template.is_none()) {
        let identity = member.object.identity();
        let most = match (identity.group.as_str(), identity.kind.as_str()) {
            ("sparkoperator.k8s.io", "SparkConnect") => 63 - "-server".len(),
            ("sparkoperator.k8s.io", "SparkApplication") => 63,
            // Behind the name of each run stands when it starts, in nanoseconds since 1970.
            ("sparkoperator.k8s.io", "ScheduledSparkApplication") => 63 - "-".len() - 19,
            _ => continue,
        };
        let name = &identity.name;
        let title = if !name.starts_with(|it: char| it.is_ascii_lowercase()) || name.contains('.') {
            format!("`{name}` is not a name for a Service, which the operator calls so")
        } else if name.len() > most {
            format!(
                "`{name}` has {} letters, and a {} {most} at most",
                name.len(),
                identity.kind
            )
        } else {
            continue;
        };
        let node = member.object.node().at(["metadata", "name"]);
        let place = place(&node.unwrap_or(member.object.node()).origins, member);
        findings.push(identity, CHECK.finds(title).at_value(place, ""));
    }
}
