//! Fields of applications that only the operator's webhook reads.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
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
    if platform.operator().is_none() {
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

/// Whether a webhook that changes the operator's pods sees those of a namespace.
fn reaches(platform: &Platform<'_>, namespace: &str) -> bool {
    let kind = "MutatingWebhookConfiguration";
    let configurations = platform.of_kind("admissionregistration.k8s.io", kind);
    let mut webhooks = configurations.flat_map(|it| it.object.node().list_at(["webhooks"]));
    webhooks.any(|webhook| {
        let of_operator = "sparkoperator.k8s.io/launched-by-spark-operator";
        let labels = webhook.at(["objectSelector", "matchLabels"]);
        labels.is_some_and(|it| it.get(of_operator).is_some())
            && may_select(webhook.get("namespaceSelector"), namespace)
    })
}

/// Whether a selector may select a namespace, as far as it goes by the name.
fn may_select(selector: Option<&Node>, namespace: &str) -> bool {
    let name = "kubernetes.io/metadata.name";
    let expressions = selector.map_or(&[][..], |it| it.list_at(["matchExpressions"]));
    expressions.iter().all(|it| {
        let is_listed = || {
            let mut values = it.list_at(["values"]).iter();
            values.any(|it| it.as_str() == Some(namespace))
        };
        it.str_at(["key"]) != Some(name)
            || match it.str_at(["operator"]) {
                Some("In") => is_listed(),
                Some("NotIn") => !is_listed(),
                _ => true,
            }
    })
}
