//! What every pod says alike, written into each, wherever it lies: in a workload, in a resource of the Spark
//! operator, in a template for executors inside of a `ConfigMap`, in the values of a chart.
//!
//! An application has fields for much of it, which the operator's webhook puts into pods that Spark has made,
//! and `template`, which Spark itself reads. What Kubernetes' own form says best goes into the template: it
//! holds everything that a pod can say, while the fields lack spread and runtime classes; it does not depend
//! on the webhook, which lets pods pass unchanged where it does not watch; and it is one form for all pods.

mod options;
mod placement;

pub use placement::Placement;

use options::Options;

use super::Facts;
use crate::{
    components::Offers,
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Node, Origins},
    manifests::{Manifests, PodOptions, PodPlan, PodQueue, PodSettings},
    render::{Context, Template, template},
    spark::labels::RESERVED,
};

/// What `restricted` asks of a pod.
const POD_SECURITY: Template = template!("passes/pods/templates/pod-security.yaml.hbs");
/// What `restricted` asks of a container, and a root that cannot be written.
const CONTAINER_SECURITY: Template = template!("passes/pods/templates/container-security.yaml.hbs");

/// Completes the pods of all objects that say what their pods have alike.
pub fn run(manifests: &mut Manifests, facts: &Facts<'_>) {
    let offers = facts.offers;
    let mut faults = Diagnostics::default();
    for manifest in &mut manifests.objects {
        let Some(settings) = &manifest.pods else {
            continue;
        };
        let identity = manifest.object.identity().clone();
        manifest.object.edit(|node| {
            let mut pods = Pods {
                settings,
                offers,
                faults: &mut faults,
            };
            pods.complete(node, &identity.kind, identity.template_path());
        });
    }
    for embedded in &mut manifests.embedded {
        if let Some(settings) = &embedded.pods {
            let mut pods = Pods {
                settings,
                offers,
                faults: &mut faults,
            };
            pods.complete(&mut embedded.node, &embedded.target.kind, None);
        }
    }
    for other in &mut manifests.handed_over {
        let pools = &offers.cluster().node_pools;
        let plan = &other.pods;
        placement::validate(&plan.node_pools, pools, &mut faults);
        let pod = other.node.entry_at(&["singleuser"]);
        set_options(pod, Form::JupyterHub, &plan.options, &mut faults);
        Placement::of(&plan.node_pools, pools).write_for_hub(pod);
        let options = Options {
            table: &plan.options,
            workload: workload(pod, Form::JupyterHub),
            offers,
        };
        options.write_for_hub(&mut other.node, &mut faults);
    }
    manifests.diagnostics.append(faults);
}

/// How a pod is written.
#[derive(Clone, Copy)]
enum Form {
    /// As Kubernetes does, with the image of its containers.
    Pod,
    /// As Kubernetes does, for Spark to name the image.
    PodOfSpark,
    /// As the driver or the executors of an application
    /// (<https://github.com/kubeflow/spark-operator/blob/v2.4.0/docs/api-docs.md>).
    Application,
    /// As `singleuser` in the values of `JupyterHub`'s chart
    /// (<https://z2jh.jupyter.org/en/stable/resources/reference.html#singleuser>).
    JupyterHub,
}

/// The path of an option in a pod, in each form.
struct Field {
    pod: &'static [&'static str],
    application: &'static [&'static str],
    jupyter_hub: &'static [&'static str],
}

impl Field {
    const fn of(&self, form: Form) -> &'static [&'static str] {
        match form {
            Form::Pod | Form::PodOfSpark => self.pod,
            Form::Application => self.application,
            Form::JupyterHub => self.jupyter_hub,
        }
    }
}

const LABELS: Field = Field {
    pod: &["metadata", "labels"],
    application: &["labels"],
    jupyter_hub: &["extraLabels"],
};

const ANNOTATIONS: Field = Field {
    pod: &["metadata", "annotations"],
    application: &["annotations"],
    jupyter_hub: &["extraAnnotations"],
};

/// What has Karpenter leave a pod's node alone (<https://karpenter.sh/docs/concepts/disruption/#pod-level-controls>).
const DO_NOT_DISRUPT: &str = "karpenter.sh/do-not-disrupt";

/// The contrary for the cluster autoscaler
/// (<https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md>).
const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/// Writes the labels and annotations of a pod beside kiln's own, which each form has fields for.
fn set_options(pod: &mut Node, form: Form, options: &PodOptions, faults: &mut Diagnostics) {
    for (key, value) in options.labels.iter() {
        let labels = pod.entry_at(LABELS.of(form));
        if is_of_kiln(key) || RESERVED.contains(&key.as_str()) || labels.get(key).is_some() {
            faults.push(taken(key, &value.origins));
        } else {
            labels.insert(key.as_str(), value);
        }
    }
    if let Some(keep) = &options.do_not_disrupt {
        let annotations = pod.entry_at(ANNOTATIONS.of(form));
        annotations.insert(DO_NOT_DISRUPT, keep.text());
        annotations.insert(SAFE_TO_EVICT, keep.map(|it| !it).text());
    }
    for (key, value) in options.annotations.iter() {
        if is_of_kiln(key) {
            faults.push(taken(key, &value.origins));
        } else {
            let annotations = pod.entry_at(ANNOTATIONS.of(form));
            annotations.insert(key.as_str(), value);
        }
    }
}

/// Writes what a batch scheduler reads.
fn enqueue(pod: &mut Node, queue: &PodQueue) {
    for (field, entries) in [
        ("labels", &queue.labels),
        ("annotations", &queue.annotations),
    ] {
        for (key, value) in entries {
            pod.entry_at(&["metadata", field]).insert(*key, value);
        }
    }
    if let Some(scheduler) = &queue.scheduler {
        pod.entry_at(&["spec"]).insert("schedulerName", scheduler);
    }
}

/// Whether kiln finds pods by a key, or makes them anew when its value changes.
fn is_of_kiln(key: &str) -> bool {
    key.starts_with("kiln/")
}

fn taken(key: &str, origins: &Origins) -> Diagnostic {
    Diagnostic::error(codes::CONFLICT, format!("`{key}` is set already"))
        .at_key(origins, "by kiln or by Spark, which find pods by it")
        .hint("take another key")
}

/// The pods of one document.
struct Pods<'a> {
    settings: &'a PodSettings,
    offers: &'a Offers,
    faults: &'a mut Diagnostics,
}

impl Pods<'_> {
    /// Completes every pod of a document; `template` is where a workload has its own.
    fn complete(&mut self, document: &mut Node, kind: &str, template: Option<&[&str]>) {
        let settings = self.settings;
        match (kind, template) {
            ("SparkApplication", _) => self.application(document.entry_at(&["spec"])),
            ("ScheduledSparkApplication", _) => {
                self.application(document.entry_at(&["spec", "template"]));
            }
            ("SparkConnect", _) => {
                let spec = document.entry_at(&["spec"]);
                spec.insert("image", &settings.image);
                let server = spec.entry_at(&["server", "template"]);
                self.pod(server, Form::Pod, &settings.plan);
                let executor = spec.entry_at(&["executor", "template"]);
                self.pod(executor, Form::PodOfSpark, &settings.executors);
            }
            (_, Some(path)) => self.pod(document.entry_at(path), Form::Pod, &settings.plan),
            // The template that Spark reads for its executors.
            (_, None) => self.pod(document, Form::PodOfSpark, &settings.executors),
        }
    }

    /// Completes a pod in Kubernetes' own form.
    fn pod(&mut self, pod: &mut Node, form: Form, plan: &PodPlan) {
        let settings = self.settings;
        let names_image = matches!(form, Form::Pod);
        let spec = pod.entry_at(&["spec"]);
        // Variables for each Service of the namespace: `SPARK_MASTER_PORT=tcp://…` of a Service
        // `spark-master` would reach Spark as its setting.
        spec.insert("enableServiceLinks", false);
        spec.insert("securityContext", self.pod_security(&plan.options));
        if let Some(secret) = settings.pull_secret.as_ref().filter(|_| names_image) {
            let mut reference = Node::map();
            reference.insert("name", secret);
            spec.insert("imagePullSecrets", vec![reference]);
        }
        let containers = spec.as_map_mut().and_then(|it| it.get_mut("containers"));
        for container in containers.into_iter().flat_map(Node::children_mut) {
            container.insert("securityContext", container_security(&plan.options));
            if names_image {
                container.insert("image", &settings.image);
                container.insert("imagePullPolicy", &settings.pull_policy);
            }
        }
        if let Some(queue) = &plan.queue {
            enqueue(pod, queue);
        }
        set_options(pod, form, &plan.options, self.faults);
        self.carry_out(plan, pod, workload(pod, form), &[]);
    }

    /// Writes into a pod in Kubernetes' own form what has no other place in any; `others` are parts of the pod
    /// that stand elsewhere.
    fn carry_out(
        &mut self,
        plan: &PodPlan,
        pod: &mut Node,
        workload: Option<Node>,
        others: &[&Node],
    ) {
        let pools = &self.offers.cluster().node_pools;
        placement::validate(&plan.node_pools, pools, self.faults);
        Placement::of(&plan.node_pools, pools).write(pod.entry_at(&["spec"]));
        if let Some(scratch) = &plan.scratch {
            options::write_scratch(scratch, pod.entry_at(&["spec"]));
        }
        let options = Options {
            table: &plan.options,
            workload,
            offers: self.offers,
        };
        options.write(pod, others, self.faults);
        if let Some(seconds) = &plan.grace_period {
            let spec = pod.entry_at(&["spec"]);
            spec.insert("terminationGracePeriodSeconds", seconds);
        }
    }

    /// Completes the driver and the executors of an application.
    fn application(&mut self, spec: &mut Node) {
        let settings = self.settings;
        spec.insert("image", &settings.image);
        spec.insert("imagePullPolicy", &settings.pull_policy);
        if let Some(secret) = &settings.pull_secret {
            spec.insert("imagePullSecrets", vec![Node::from(secret)]);
        }
        let mut shared = Node::map();
        shared.insert("volumes", spec.list_at(["volumes"]).to_vec());
        for (role, plan) in [
            ("driver", &settings.plan),
            ("executor", &settings.executors),
        ] {
            let pod = spec.entry_at(&[role]);
            pod.insert("podSecurityContext", self.pod_security(&plan.options));
            pod.insert("securityContext", container_security(&plan.options));
            set_options(pod, Form::Application, &plan.options, self.faults);
            let workload = workload(pod, Form::Application);
            let shared = shared.clone();
            let mut template = template_of(role);
            self.carry_out(plan, &mut template, workload, &[&shared, pod]);
            // One that says nothing is as good as none.
            if template != template_of(role) {
                spec.entry_at(&[role]).insert("template", template);
            }
        }
    }

    fn pod_security(&self, options: &PodOptions) -> Node {
        let context = Context::new().value("user", &self.settings.user);
        let mut security = POD_SECURITY.render(&context);
        if let Some(stated) = &options.security {
            options::secure(stated, &mut security);
        }
        security
    }
}

fn container_security(options: &PodOptions) -> Node {
    let mut security = CONTAINER_SECURITY.render(&Context::new());
    if let Some(stated) = &options.security {
        options::secure_container(stated, &mut security);
    }
    security
}

/// The label by which the pods of a workload are found.
fn workload(pod: &Node, form: Form) -> Option<Node> {
    let labels = pod.at(LABELS.of(form).iter().copied())?;
    labels.get("kiln/workload").cloned()
}

/// The template of an application's driver or executors, with the container that Spark puts itself into.
fn template_of(role: &str) -> Node {
    let mut container = Node::map();
    container.insert("name", format!("spark-kubernetes-{role}"));
    let mut template = Node::map();
    template
        .entry_at(&["spec"])
        .insert("containers", vec![container]);
    template
}
