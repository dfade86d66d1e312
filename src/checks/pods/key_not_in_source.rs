//! Variables from a key that their Secret or ConfigMap does not have.

use crate::{
    checks::{Check, Findings, pages},
    diagnostics::{did_you_mean, name_list},
    document::Node,
    graph::Member,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::key_not_in_source(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // There the graph reports references that lead nowhere.
    if platform.is_of_spec {
        return;
    }
    for (member, container) in platform.containers() {
        for variable in container.node.list_at(["env"]) {
            let sources = [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")];
            for (field, kind) in sources {
                let Some(reference) = variable.at(["valueFrom", field]) else {
                    continue;
                };
                let Some(source) = source(platform, member, kind, reference) else {
                    continue;
                };
                evaluate(member, source, reference, findings);
            }
        }
    }
}

/// The object that a variable comes from, when all its keys are in sight.
fn source<'a>(
    platform: &Platform<'a>,
    member: &Member,
    kind: &str,
    reference: &Node,
) -> Option<&'a Member> {
    let namespace = member.object.identity().namespace.as_deref();
    let name = reference.str_at(["name"])?;
    let source = platform.object("", kind, namespace, name)?;
    // Others may fill it.
    let is_filled = platform.members().any(|it| {
        let identity = it.object.identity();
        !identity.group.is_empty() && identity.name == name && identity.kind.contains("Secret")
    });
    let is_optional = reference.get("optional").and_then(Node::as_bool) == Some(true);
    (!is_filled && !is_optional && keys(source).next().is_some()).then_some(source)
}

fn evaluate(member: &Member, source: &Member, reference: &Node, findings: &mut Findings) {
    let Some(key) = reference.get("key") else {
        return;
    };
    let Some(text) = key
        .as_str()
        .filter(|it| !keys(source).any(|key| key == *it))
    else {
        return;
    };
    let identity = source.object.identity();
    let title = format!("{identity} has no key `{text}`");
    let place = place(&key.origins, member);
    let finding = CHECK.finds(title).at_value(place, "");
    let finding = match did_you_mean(text, keys(source)) {
        Some(meant) => finding.hint(format!("did you mean `{meant}`?")),
        None => finding.hint(format!("there are {}", name_list(keys(source)))),
    };
    findings.push(member.object.identity(), finding);
}

fn keys(source: &Member) -> impl Iterator<Item = &str> {
    let maps = ["data", "stringData", "binaryData"].map(|it| source.object.node().get(it));
    let entries = maps.into_iter().flatten().flat_map(Node::entries);
    entries.map(|(key, _)| key.as_str())
}
