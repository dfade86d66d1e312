//! What a batch scheduler reads in pods of a queue.

use crate::{
    components::{Build, offers::Queue},
    document::{Node, Origins, Sourced},
    kubernetes::Identity,
    manifests::{BatchScheduler, Layer, PodQueue, Prerequisite},
    render::{Context, Template, template},
};

const POD_GROUP: Template = template!("components/workload/templates/pod-group.yaml.hbs");

/// The label by which Kueue knows the queue of a pod or of what makes pods.
const KUEUE_QUEUE: &str = "kueue.x-k8s.io/queue-name";

impl Queue {
    /// What the pods of a server say that kiln or the operator makes. All pods of one `program` are one application
    /// to the scheduler.
    #[must_use]
    pub fn of_server(&self, program: &Sourced<String>) -> PodQueue {
        let mut pods = PodQueue::default();
        self.choose(&mut pods);
        let by = &self.scheduler.origins;
        let program = program.clone().chosen_by(by);
        match *self.scheduler {
            // Labels come first for YuniKorn; without an identifier in common, a server and the executors that it
            // spawns would be two applications (apache/yunikorn-k8shim: `pkg/common/utils/utils.go`).
            BatchScheduler::Yunikorn => {
                pods.label("yunikorn.apache.org/app-id", program);
                pods.label("yunikorn.apache.org/queue", self.name.clone());
            }
            BatchScheduler::Volcano => pods.annotation("scheduling.k8s.io/group-name", program),
            BatchScheduler::Kueue => pods.label(KUEUE_QUEUE, self.name.clone()),
        }
        pods
    }

    /// What executors say that a server spawns.
    #[must_use]
    pub fn of_executors(&self, program: &Sourced<String>) -> PodQueue {
        let mut pods = self.of_server(program);
        if *self.scheduler == BatchScheduler::Kueue {
            // Kueue passes by pods that another pod owns, unless they say both
            // (kubernetes-sigs/kueue: `site/content/en/docs/tasks/run/spark_submit_plain_pod.md`).
            let constant = |text: &str| Sourced::new(text.to_owned(), self.name.origins.clone());
            pods.label("kueue.x-k8s.io/managed", constant("true"));
            pods.annotation("kueue.x-k8s.io/pod-suspending-parent", constant("driver"));
        }
        pods
    }

    fn choose(&self, pods: &mut PodQueue) {
        pods.scheduler = match *self.scheduler {
            BatchScheduler::Kueue => None,
            BatchScheduler::Yunikorn | BatchScheduler::Volcano => {
                Some(self.scheduler.map(|it| it.name().to_owned()))
            }
        };
    }

    /// Makes what the scheduler needs beside pods, for a server of this name in this namespace. Volcano knows the
    /// queue of pods from their group, which in client mode nobody else makes.
    pub fn of_namespace(
        &self,
        program: &Sourced<String>,
        namespace: &Node,
        origins: &Origins,
        out: &mut Build<'_>,
    ) {
        match *self.scheduler {
            BatchScheduler::Yunikorn => {}
            BatchScheduler::Volcano => {
                let origins = &origins.clone().chosen_by(&self.scheduler.origins);
                let context = Context::new()
                    .value("name", program)
                    .value("namespace", namespace.clone())
                    .value("queue", &self.name);
                out.object(Layer::Platform, POD_GROUP, origins, &context);
                out.prerequisite(Prerequisite {
                    object: Identity::of_definition("podgroups.scheduling.volcano.sh"),
                    keys: Vec::new(),
                    why: "Volcano schedules groups of pods".to_owned(),
                    origins: self.scheduler.origins.clone(),
                });
            }
            BatchScheduler::Kueue => self.local_queue(namespace, out),
        }
    }

    /// Says that Kueue's queue has to be there.
    pub fn local_queue(&self, namespace: &Node, out: &mut Build<'_>) {
        if *self.scheduler == BatchScheduler::Kueue {
            let namespace = namespace.as_str().unwrap_or_default();
            out.prerequisite(Prerequisite {
                object: Identity::in_namespace(
                    "kueue.x-k8s.io",
                    "LocalQueue",
                    namespace,
                    self.name.value.clone(),
                ),
                keys: Vec::new(),
                why: "Kueue admits what is in it".to_owned(),
                origins: self.name.origins.clone(),
            });
        }
    }
}
