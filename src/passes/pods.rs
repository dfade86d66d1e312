//! What every pod says alike, written into each, wherever it lies: in a workload, in a resource of the Spark
//! operator, in a template for executors inside of a `ConfigMap`.

use super::Pass;
use crate::{
    document::Node,
    manifests::{Manifests, PodSettings},
    render::{Context, Template, template},
};

/// What `restricted` asks of a pod.
const POD_SECURITY: Template = template!("passes/templates/pod-security.yaml.hbs");
/// What `restricted` asks of a container, and a root that cannot be written.
const CONTAINER_SECURITY: Template = template!("passes/templates/container-security.yaml.hbs");

/// Completes the pods of all objects that say what their pods have alike.
pub const PODS: Pass = Pass {
    name: "pods",
    run: |manifests, _| complete(manifests),
};

fn complete(manifests: &mut Manifests) {
    for manifest in &mut manifests.objects {
        if let Some(settings) = &manifest.pods {
            let kind = manifest.object.identity().kind.clone();
            let template = manifest.object.identity().template_path();
            manifest.object.edit(|node| {
                complete_document(node, &kind, template, settings);
            });
        }
    }
    for embedded in &mut manifests.embedded {
        if let Some(settings) = &embedded.pods {
            complete_document(&mut embedded.node, &embedded.target.kind, None, settings);
        }
    }
}

/// Who makes a pod of its template, and with that names the image of its container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    Kubernetes,
    Spark,
}

/// Completes every pod of a document; `template` is where a workload has its own.
fn complete_document(
    document: &mut Node,
    kind: &str,
    template: Option<&[&str]>,
    settings: &PodSettings,
) {
    match (kind, template) {
        ("SparkApplication", _) => complete_application(document.entry_at(&["spec"]), settings),
        ("ScheduledSparkApplication", _) => {
            complete_application(document.entry_at(&["spec", "template"]), settings);
        }
        ("SparkConnect", _) => {
            document
                .entry_at(&["spec"])
                .insert("image", &settings.image);
            let server = document.entry_at(&["spec", "server", "template"]);
            complete_pod(server, Maker::Kubernetes, settings);
            let executor = document.entry_at(&["spec", "executor", "template"]);
            complete_pod(executor, Maker::Spark, settings);
        }
        (_, Some(path)) => complete_pod(document.entry_at(path), Maker::Kubernetes, settings),
        (_, None) => complete_pod(document, Maker::Spark, settings),
    }
}

/// Completes a pod in Kubernetes' own form.
fn complete_pod(pod: &mut Node, maker: Maker, settings: &PodSettings) {
    let spec = pod.entry_at(&["spec"]);
    // Variables for each Service of the namespace: `SPARK_MASTER_PORT=tcp://…` of a Service `spark-master`
    // would reach Spark as its setting.
    spec.insert("enableServiceLinks", false);
    spec.insert("securityContext", pod_security(settings));
    if maker == Maker::Kubernetes
        && let Some(secret) = &settings.pull_secret
    {
        let mut reference = Node::map();
        reference.insert("name", secret);
        spec.insert("imagePullSecrets", vec![reference]);
    }
    let containers = spec.as_map_mut().and_then(|it| it.get_mut("containers"));
    for container in containers.into_iter().flat_map(Node::children_mut) {
        container.insert("securityContext", container_security());
        if maker == Maker::Kubernetes {
            container.insert("image", &settings.image);
            container.insert("imagePullPolicy", &settings.pull_policy);
        }
    }
}

/// Completes the driver and the executors of an application, whose form is the operator's
/// (<https://github.com/kubeflow/spark-operator/blob/v2.4.0/docs/api-docs.md>).
fn complete_application(spec: &mut Node, settings: &PodSettings) {
    spec.insert("image", &settings.image);
    spec.insert("imagePullPolicy", &settings.pull_policy);
    if let Some(secret) = &settings.pull_secret {
        spec.insert("imagePullSecrets", vec![Node::from(secret)]);
    }
    for role in ["driver", "executor"] {
        let pod = spec.entry_at(&[role]);
        pod.insert("podSecurityContext", pod_security(settings));
        pod.insert("securityContext", container_security());
    }
}

fn pod_security(settings: &PodSettings) -> Node {
    POD_SECURITY.render(&Context::new().value("user", &settings.user))
}

fn container_security() -> Node {
    CONTAINER_SECURITY.render(&Context::new())
}
