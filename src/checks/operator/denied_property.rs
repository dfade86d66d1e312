//! Properties that the operator's webhook refuses.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::Platform,
    spark::effects::denied_by_operator,
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
                    let (major, minor, patch) = operator;
                    let title = format!("the operator {major}.{minor}.{patch} refuses `{key}`");
                    findings.push(identity, CHECK.finds(title).at_node(value, reason));
                }
            }
        }
    }
}

/// The operator's version: as the spec states it, or as its image does.
fn version(platform: &Platform<'_>) -> Option<(u16, u16, u16)> {
    if let Some(operator) = &platform.offers.operator {
        return numbers(&operator.version);
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
fn of_controller(container: &Node) -> Option<(u16, u16, u16)> {
    let image = container.str_at(["image"])?.split('@').next()?;
    let (repository, tag) = image.rsplit_once(':')?;
    let is_it = repository.ends_with("kubeflow/spark-operator/controller");
    is_it
        .then(|| numbers(tag.trim_start_matches('v')))
        .flatten()
}

fn numbers(version: &str) -> Option<(u16, u16, u16)> {
    let mut parts = version.split('.').map(str::parse);
    let mut part = || parts.next()?.ok();
    Some((part()?, part()?, part()?))
}
