//! Volumes of an application where another one is mounted already.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::mount_path_taken(run);

/// Where Spark mounts its own `ConfigMap`, in drivers and executors
/// (`Constants.SPARK_CONF_DIR_INTERNAL`).
const SPARK: &str = "/opt/spark/conf";

/// What the webhook mounts, each with the field that says where
/// (kubeflow/spark-operator: `internal/webhook/sparkpod_defaulter.go`).
const MOUNTS: [(&str, &str); 3] = [
    ("volumeMounts", "mountPath"),
    ("configMaps", "path"),
    ("secrets", "path"),
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(spec) = program.application() else {
            continue;
        };
        let is_in_cluster = spec.str_at(["mode"]) != Some("client");
        for role in ["driver", "executor"] {
            // The driver of a client runs in the operator's own pod, and gets none of this.
            if role == "driver" && !is_in_cluster {
                continue;
            }
            let mut taken = BTreeSet::from([SPARK]);
            for (node, path) in spec.get(role).into_iter().flat_map(paths) {
                if taken.insert(path) {
                    continue;
                }
                let identity = program.member.object.identity();
                let title =
                    format!("the {role} of {identity} is refused: `{path}` is mounted twice");
                let label = if path == SPARK {
                    "Spark mounts its own properties there"
                } else {
                    "another volume is there"
                };
                let place = place(&node.origins, program.member);
                findings.push(identity, CHECK.finds(title).at_value(place, label));
            }
        }
    }
}

/// Where the volumes of a driver or an executor are mounted.
fn paths(role: &Node) -> impl Iterator<Item = (&Node, &str)> {
    MOUNTS.iter().flat_map(move |(list, field)| {
        let items = role.list_at([*list]).iter();
        items.filter_map(|it| {
            let node = it.get(field)?;
            Some((node, node.as_str()?))
        })
    })
}
