//! Custom resources that are applied before the webhook which validates them answers.

use super::wave;
use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    engines::argo_cd::WAVE,
    graph::Member,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::applied_before_webhook(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for kind in [
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    ] {
        for configuration in platform.of_kind("admissionregistration.k8s.io", kind) {
            for webhook in configuration.object.node().list_at(["webhooks"]) {
                evaluate(platform, webhook, findings);
            }
        }
    }
}

fn evaluate(platform: &Platform<'_>, webhook: &Node, findings: &mut Findings) {
    let fails = webhook.str_at(["failurePolicy"]) != Some("Ignore");
    let Some(server) = server(platform, webhook).filter(|_| fails) else {
        return;
    };
    for resource in &platform.graph.members {
        let identity = resource.object.identity();
        let is_ordered = [resource, server]
            .iter()
            .any(|it| it.object.annotation(WAVE).is_some());
        if is_ordered
            && identity.group == "sparkoperator.k8s.io"
            && wave(resource) <= wave(server)
            && matches(webhook, &identity.kind, identity.namespace.as_deref())
        {
            let title = format!("{identity} is applied before its webhook answers");
            let node = resource.object.node();
            let metadata = node.get("metadata").unwrap_or(node);
            let label = format!(
                "in wave {}, and {} in wave {}",
                wave(resource),
                server.object.identity(),
                wave(server)
            );
            let place = place(&metadata.origins, resource);
            findings.push(identity, CHECK.finds(title).at_value(place, label));
        }
    }
}

/// The Deployment whose pods answer.
fn server<'a>(platform: &Platform<'a>, webhook: &Node) -> Option<&'a Member> {
    let service = webhook.at(["clientConfig", "service"])?;
    let (namespace, name) = (service.str_at(["namespace"])?, service.str_at(["name"])?);
    let service = platform.object("", "Service", Some(namespace), name)?;
    let selector = service.object.node().at(["spec", "selector"])?;
    let mut deployments = platform.of_kind("apps", "Deployment");
    deployments.find(|it| {
        let labels = it
            .object
            .node()
            .at(["spec", "template", "metadata", "labels"]);
        let has = |(key, value): (&String, &Node)| {
            labels.is_some_and(|it| it.str_at([key.as_str()]) == value.as_str())
        };
        it.object.identity().namespace.as_deref() == Some(namespace) && selector.entries().all(has)
    })
}

/// Whether a webhook validates a resource of the operator, as far as its rules and the names of namespaces
/// say so.
fn matches(webhook: &Node, kind: &str, namespace: Option<&str>) -> bool {
    let plural = format!("{}s", kind.to_ascii_lowercase());
    let names = |node: &Node, field: &str, name: &str| {
        let mut items = node.list_at([field]).iter().filter_map(Node::as_str);
        items.any(|it| it == name || it == "*")
    };
    let mut rules = webhook.list_at(["rules"]).iter();
    let validates = rules.any(|rule| {
        names(rule, "apiGroups", "sparkoperator.k8s.io") && names(rule, "resources", &plural)
    });
    let expressions = webhook.list_at(["namespaceSelector", "matchExpressions"]);
    let is_named = |it: &Node| {
        it.str_at(["key"]) == Some("kubernetes.io/metadata.name")
            && it.str_at(["operator"]) == Some("In")
            && namespace.is_some_and(|namespace| names(it, "values", namespace))
    };
    let labels = webhook.at(["namespaceSelector", "matchLabels"]);
    validates && labels.is_none() && expressions.iter().all(is_named)
}
