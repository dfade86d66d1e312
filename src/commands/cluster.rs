//! What a cluster holds, read by the user's own kubectl and never changed.

use std::{
    io::ErrorKind,
    process::{Command, Output},
};

use super::Stop;

/// The kinds that checks look at. Pods and `ReplicaSets` are made by others of them; Secrets are nobody's business.
const KINDS: [&str; 24] = [
    "namespaces",
    "configmaps",
    "services",
    "serviceaccounts",
    "resourcequotas",
    "limitranges",
    "persistentvolumeclaims",
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "networkpolicies.networking.k8s.io",
    "ingresses.networking.k8s.io",
    "poddisruptionbudgets.policy",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "sparkapplications.sparkoperator.k8s.io",
    "scheduledsparkapplications.sparkoperator.k8s.io",
    "sparkconnects.sparkoperator.k8s.io",
];

/// What a cluster holds.
#[derive(Debug, Default)]
pub struct Live {
    /// The objects of each kind as kubectl prints them, by a path that says where they are from.
    pub texts: Vec<(String, String)>,
    /// The kinds that the user may not read, each with what kubectl says.
    pub refused: Vec<(String, String)>,
}

/// Reads a cluster: the one of a context of the user's, or the current one.
pub fn read(context: Option<&str>) -> Result<Live, Stop> {
    let mut live = Live::default();
    for kind in KINDS {
        let output = get(kind, context)?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            live.texts.push((format!("cluster/{kind}"), text));
        } else if said.contains("Forbidden") {
            live.refused.push((kind.to_owned(), said));
        } else if !said.contains("the server doesn't have a resource type") {
            return Err(Stop::Misuse(format!(
                "kubectl cannot read the cluster: {said}"
            )));
        }
    }
    Ok(live)
}

fn get(kind: &str, context: Option<&str>) -> Result<Output, Stop> {
    let mut kubectl = Command::new("kubectl");
    kubectl.args(["get", kind, "--all-namespaces", "--output=yaml"]);
    kubectl.args(context.map(|it| format!("--context={it}")));
    kubectl.output().map_err(|error| {
        Stop::Misuse(match error.kind() {
            ErrorKind::NotFound => "`--cluster` needs kubectl, which is not installed".to_owned(),
            _ => format!("kubectl cannot be run: {error}"),
        })
    })
}
