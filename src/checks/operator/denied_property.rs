//! Properties that the operator's webhook refuses.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::Platform,
    spark::OperatorVersion,
    spark::effects::denied_by_operator,
    values::ImageParts,
};

/// The rule.
pub const CHECK: Check = pages::denied_property(run);

/// The group of the operator's resources.
const GROUP: &str = "sparkoperator.k8s.io";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(operator) = version(platform) else {
        return;
    };
    for kind in [
        "SparkApplication",
        "ScheduledSparkApplication",
        "SparkConnect",
    ] {
        for member in platform.of_kind(GROUP, kind) {
            let identity = member.object.identity();
            let spec = member.object.node().get("spec");
            let spec = spec.and_then(|it| it.get("template").or(Some(it)));
            let Some(conf) = spec.and_then(|it| it.get("sparkConf")) else {
                continue;
            };
            for (key, value) in conf.entries() {
                let of_namespace = || {
                    let is_foreign = key == "spark.kubernetes.namespace"
                        && identity
                            .namespace
                            .as_deref()
                            .is_some_and(|it| value.as_str() != Some(it));
                    is_foreign.then_some("it must be the namespace of the resource")
                };
                let reason = denied_by_operator(operator, key).or_else(of_namespace);
                if let Some(reason) = reason {
                    let title = format!("the operator {operator} refuses `{key}`");
                    findings.push(identity, CHECK.finds(title).at_node(value, reason));
                }
            }
        }
    }
}

/// The operator's version: as the spec states it, or as its image does.
fn version(platform: &Platform<'_>) -> Option<OperatorVersion> {
    if let Some(operator) = &platform.offers.operator {
        return Some(*operator.version);
    }
    platform
        .pods()
        .filter_map(|pod| {
            let containers = pod.spec()?.list_at(["containers"]).to_vec();
            containers.iter().find_map(of_controller)
        })
        .min()
}

/// The version of a container that runs the controller.
fn of_controller(container: &Node) -> Option<OperatorVersion> {
    let image = ImageParts::of(container.str_at(["image"])?);
    let is_it = image.name.ends_with("kubeflow/spark-operator/controller");
    image.tag.filter(|_| is_it)?.parse().ok()
}
