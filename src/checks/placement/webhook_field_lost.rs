//! Fields of applications that only the operator's webhook reads.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    kubernetes::{Answer, Labels, NAMESPACE_NAME},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::webhook_field_lost(run);

/// Fields of a driver or an executor that the webhook writes into its pod
/// (<https://github.com/kubeflow/spark-operator/blob/v2.5.2/internal/webhook/sparkpod_defaulter.go>).
const FIELDS: [&str; 18] = [
    "affinity",
    "configMaps",
    "dnsConfig",
    "env",
    "envFrom",
    "gpu",
    "hostAliases",
    "hostNetwork",
    "initContainers",
    "lifecycle",
    "memoryLimit",
    "nodeSelector",
    "podSecurityContext",
    "priorityClassName",
    "schedulerName",
    "securityContext",
    "sidecars",
    "tolerations",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // Without the operator in sight nobody knows what it does.
    if platform.operator().is_none() && webhooks(platform).next().is_none() {
        return;
    }
    for program in platform.programs() {
        let Some(spec) = program.application() else {
            continue;
        };
        let namespace = program.namespace().unwrap_or_default();
        if reaches(platform, namespace) {
            continue;
        }
        let roles = ["driver", "executor"]
            .into_iter()
            .filter_map(|it| spec.get(it));
        let lost = roles.flat_map(|role| FIELDS.iter().filter_map(|it| Some((*it, role.get(it)?))));
        let lost: Vec<_> = lost.collect();
        let Some((_, first)) = lost.first() else {
            continue;
        };
        let mut names: Vec<_> = lost.iter().map(|(name, _)| format!("`{name}`")).collect();
        names.sort();
        names.dedup();
        let identity = program.member.object.identity();
        let title = format!("the pods of {identity} get no {}", names.join(", "));
        let label = format!("no webhook writes it into the pods of `{namespace}`");
        let place = place(&first.origins, program.member);
        findings.push(identity, CHECK.finds(title).at_key(place, label));
    }
}

/// The webhooks that change the operator's pods.
fn webhooks<'p>(platform: &'p Platform<'_>) -> impl Iterator<Item = &'p Node> {
    let kind = "MutatingWebhookConfiguration";
    let configurations = platform.of_kind("admissionregistration.k8s.io", kind);
    let webhooks = configurations.flat_map(|it| it.object.node().list_at(["webhooks"]));
    webhooks.filter(|it| {
        let of_operator = "sparkoperator.k8s.io/launched-by-spark-operator";
        let labels = it.at(["objectSelector", "matchLabels"]);
        labels.is_some_and(|it| it.get(of_operator).is_some())
    })
}

/// Whether one of them may see the pods of a namespace.
fn reaches(platform: &Platform<'_>, namespace: &str) -> bool {
    let labels = labels(platform, namespace);
    webhooks(platform).any(|it| {
        let selector = it.get("namespaceSelector");
        selector.is_none_or(|it| labels.match_selector(it) != Answer::No)
    })
}

/// The labels of a namespace, as far as they are in sight; the API server adds its name.
fn labels<'a>(platform: &Platform<'a>, namespace: &'a str) -> Labels<'a> {
    let object = platform.object("", "Namespace", None, namespace);
    let mut labels = match object {
        Some(it) => Labels::of(it.object.node().at(["metadata", "labels"])),
        None => Labels::default().and_others(),
    };
    labels.insert(NAMESPACE_NAME, namespace);
    labels
}
