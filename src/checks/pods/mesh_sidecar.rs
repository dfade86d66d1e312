//! Sidecars of a service mesh between a driver and its executors.

use crate::{
    checks::{Check, Findings, pages},
    document::Origins,
    platform::{Platform, Pod, place},
};

/// The rule.
pub const CHECK: Check = pages::mesh_sidecar(run);

const INJECT: &str = "sidecar.istio.io/inject";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods().filter(|it| it.is_of_spark()) {
        if let Some(origins) = asks(platform, pod) {
            let identity = pod.member.object.identity();
            let title = format!("a mesh puts its proxy into {}", pod.what());
            let place = place(&origins, pod.member);
            findings.push(
                identity,
                CHECK.finds(title).at_value(place, "asked for here"),
            );
        }
    }
}

/// What asks for the proxy: the pod itself, or its namespace when the pod does not decline.
fn asks(platform: &Platform<'_>, pod: &Pod<'_>) -> Option<Origins> {
    for field in ["labels", "annotations"] {
        if let Some(node) = pod.node.at(["metadata", field, INJECT]) {
            let says = node.as_str() == Some("true") || node.as_bool() == Some(true);
            return says.then(|| node.origins.clone());
        }
    }
    let namespace = platform.object("", "Namespace", None, pod.namespace()?)?;
    let labels = namespace.object.node().at(["metadata", "labels"])?;
    let label = labels.get("istio-injection")?;
    (label.as_str() == Some("enabled")).then(|| label.origins.clone())
}
