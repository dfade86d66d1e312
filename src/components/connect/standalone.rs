//! `backend = "standalone"`: a Spark cluster of the server's own, a master and workers.
//!
//! Nobody in it calls Kubernetes. Each worker runs one executor, inside its own container, so a
//! worker's container pays for the worker's daemon and for the executor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Executors, Server};
use crate::{
    components::{
        Build, Offers,
        workload::{Executor, Properties, spark_traffic},
    },
    diagnostics::{Diagnostic, codes},
    document::{Arithmetic, Sourced, Term},
    kubernetes::{CpuQuantity, Identity, Memory},
    manifests::{Layer, NodePools, Peer, PodOptions, PodPlan, PodSettings, Pods, Port, pods_of},
    ports,
    render::{Context, Template, template},
    spark::{
        Conf,
        memory::{Mebibytes, Outside},
    },
};

const MASTER: Template = template!("components/connect/templates/standalone-master.yaml.hbs");
const MASTER_SERVICE: Template =
    template!("components/connect/templates/standalone-master-service.yaml.hbs");
const WORKERS: Template = template!("components/connect/templates/standalone-workers.yaml.hbs");

/// The heap of a worker's daemon (`SPARK_DAEMON_MEMORY`), which starts processes and counts them; a
/// master starts with the same.
const DAEMON_HEAP: Mebibytes = Mebibytes(256);
/// What a daemon needs beside its heap, for classes, compiled code, threads and network
/// buffers: the whole process took 220 MiB with Spark 4.1 and Java 17.
const BESIDE_DAEMON_HEAP: Mebibytes = Mebibytes(256);

/// What a worker's container spends on its daemon, before the executor.
pub const WORKER_DAEMON: Mebibytes = Mebibytes(DAEMON_HEAP.0 + BESIDE_DAEMON_HEAP.0);

/// The cluster of a server with `backend = "standalone"`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Standalone {
    /// How many workers there are. Each runs one executor of the size that `executor` states; the
    /// worker's own daemon takes 512Mi of that container's memory.
    #[schemars(range(min = 1))]
    pub workers: Sourced<u32>,
    /// The master's size. It survives a restart of its process; when its pod moves to another node it
    /// forgets the server, which has to be restarted then.
    #[serde(default)]
    pub master: Master,
}

/// What the master's container asks for.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Master {
    /// The cores that it requests.
    pub cpu: Sourced<CpuQuantity>,
    /// The container's memory. The heap is what the overhead leaves.
    pub memory: Sourced<Memory>,
    /// The pools of nodes that it may run on: an entry of `cluster.node-pools`, or several.
    #[serde(skip_serializing_if = "NodePools::is_empty")]
    pub node_pool: NodePools,
    /// What its pod says beside what kiln does.
    pub pod: PodOptions,
}

impl Default for Master {
    fn default() -> Self {
        Self {
            cpu: Sourced::constant("250m".parse().expect("250m is an amount of cores")),
            memory: Sourced::constant("1Gi".parse().expect("1Gi is an amount of memory")),
            node_pool: NodePools::default(),
            pod: PodOptions::default(),
        }
    }
}

impl Server<'_> {
    /// What has no effect on a cluster of the server's own, or is too much for it.
    pub fn validate_standalone(
        &self,
        executors: &Executors,
        standalone: &Standalone,
        out: &mut Build<'_>,
    ) {
        if let Some(instances) = &executors.executor.instances {
            let instead = "each worker runs one executor: set `standalone.workers`";
            self.unread("executor.instances", &instances.origins, instead, out);
        }
        if let Some(scratch) = &executors.executor.scratch {
            let instead = "workers keep it in their own files: mount a volume with `pod.volumes`";
            self.unread("executor.scratch", &scratch.origins, instead, out);
        }
        if let Some(dynamic) = &executors.dynamic_allocation
            && *dynamic.max > *standalone.workers
        {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("there can never be {} executors", *dynamic.max),
                )
                .at_value(&dynamic.max.origins, "wanted here")
                .at_value(&standalone.workers.origins, "each worker runs one"),
            );
        }
    }

    fn master_name(&self) -> Sourced<String> {
        self.name.map(|name| format!("{name}-master"))
    }

    pub fn workers_name(&self) -> Sourced<String> {
        self.name.map(|name| format!("{name}-workers"))
    }

    pub fn standalone_pods(&self, name: &Sourced<String>) -> Pods {
        pods_of(&self.settings.namespace.text(), name)
    }

    /// Tasks run in the executors of a cluster of the server's own.
    pub fn on_standalone(
        &self,
        properties: &mut Properties,
        executors: &Executors,
        out: &mut Build<'_>,
    ) {
        const COUNT: &str = "each worker runs one executor: set `standalone.workers`";
        properties.driver_address();
        let master = self
            .master_name()
            .map(|name| format!("spark://{name}:{}", ports::MASTER));
        properties.set("spark.master", master, "kiln brings the master");
        let daemon = Outside {
            amount: WORKER_DAEMON,
            why: "the worker's daemon: 256m of heap, and 256m beside it",
        };
        let daemon = Sourced::constant(Some(daemon));
        properties.executor_size(&executors.executor, &daemon, out);
        executors_of_workers(properties, executors, out);
        properties.forbid("spark.cores.max", COUNT);
        properties.forbid("spark.executor.instances", COUNT);
        properties.pin(
            "spark.blockManager.port",
            ports::BLOCK_MANAGER,
            "the network policies allow this port",
        );
    }

    /// The master and the workers.
    pub fn standalone_objects(
        &self,
        executor: &Executor,
        standalone: &Standalone,
        context: &Context,
        pods: PodSettings,
        properties: &Properties,
        out: &mut Build<'_>,
    ) {
        let origins = &self.origins_of_backend();
        let master_memory = &standalone.master.memory;
        let master_heap = daemon_heap(master_memory, out);
        let worker_memory = properties.conf().get("spark.executor.memory");
        // Their absence was reported with the containers that they do not fit.
        let (Some(master_heap), Some(worker_memory)) = (master_heap, worker_memory) else {
            return;
        };
        let request = executor
            .cpu_request
            .as_ref()
            .map_or_else(|| executor.cores.text(), Sourced::text);
        let context = context
            .clone()
            .value("master", self.master_name())
            .value("master_cpu", &standalone.master.cpu)
            .value("master_memory", master_memory)
            .value("master_heap", master_heap)
            .value("workers", self.workers_name())
            .value("replicas", &standalone.workers)
            .value("worker_cores", executor.cores.text())
            .value("worker_memory", worker_memory)
            .value("worker_heap", DAEMON_HEAP.to_string())
            .value("worker_container", &executor.memory)
            .value("worker_cpu", request)
            .optional("worker_cpu_limit", executor.cpu_limit.as_ref());
        out.object(Layer::Platform, WORKERS, origins, &context)
            .pods(pods.clone().plan(executor.plan()));
        out.object(Layer::Platform, MASTER_SERVICE, origins, &context);
        let master = &standalone.master;
        out.object(Layer::Platform, MASTER, origins, &context)
            .pods(pods.plan(PodPlan::new(&master.node_pool, &master.pod)));
    }

    /// The master's Deployment, when the server has a master.
    pub fn standalone_master(&self) -> Option<Identity> {
        let namespace = self.settings.namespace.as_str();
        let name = self.master_name().value;
        let standalone = self.settings.backend.standalone();
        standalone.map(|_| Identity::in_namespace("apps", "Deployment", namespace, name))
    }

    pub fn standalone_traffic(&self, driver: &Pods, offers: &Offers, out: &mut Build<'_>) {
        let origins = &self.origins_of_backend();
        let (master, workers) = (self.master_name(), self.workers_name());
        let (master_pods, workers_pods) = (
            self.standalone_pods(&master),
            self.standalone_pods(&workers),
        );
        out.workload(master.value, master_pods.clone(), origins);
        out.workload(workers.value, workers_pods.clone(), origins);
        let ports = vec![Port::tcp(ports::DRIVER), Port::tcp(ports::BLOCK_MANAGER)];
        spark_traffic(driver, &workers_pods, ports, offers, origins, out);
        self.celeborn_traffic(driver, &workers_pods, out);
        let [driver, master, workers] =
            [driver, &master_pods, &workers_pods].map(|it| Peer::Pods(it.clone()));
        for (from, to, port) in [
            (&driver, &master, ports::MASTER),
            (&workers, &master, ports::MASTER),
            // A master that comes back tells everybody where it is.
            (&master, &driver, ports::DRIVER),
            (&master, &workers, ports::WORKER),
        ] {
            out.flow(from.clone(), to.clone(), vec![Port::tcp(port)], origins);
        }
    }
}

/// Without dynamic allocation Spark takes every worker that it finds.
fn executors_of_workers(properties: &mut Properties, executors: &Executors, out: &mut Build<'_>) {
    let Executors {
        executor,
        dynamic_allocation,
        ..
    } = executors;
    // A number of its own was reported with the key that nothing reads.
    if dynamic_allocation.is_some() && executor.instances.is_none() {
        properties.executor_count(executor, dynamic_allocation.as_ref(), out);
        return;
    }
    for name in ["enabled", "minExecutors", "maxExecutors"] {
        let key = format!("spark.dynamicAllocation.{name}");
        properties.forbid(&key, "set `dynamic-allocation`");
    }
}

/// What the master's container leaves for its heap.
fn daemon_heap(memory: &Sourced<Memory>, out: &mut Build<'_>) -> Option<Sourced<Mebibytes>> {
    let problem = match Mebibytes::from_bytes(memory.bytes()) {
        Ok(container) if container >= WORKER_DAEMON => {
            let heap = memory.map(|_| Mebibytes(container.0 - BESIDE_DAEMON_HEAP.0));
            let how = Arithmetic {
                formula: "heap = container - beside",
                terms: vec![
                    Term::stated("container", container),
                    Term::new(
                        "beside",
                        BESIDE_DAEMON_HEAP,
                        "what a daemon needs beside its heap",
                    ),
                ],
            };
            return Some(out.computed(heap, how));
        }
        Ok(container) => format!(
            "{}Mi are too small for a master: it needs {}Mi",
            container.0, WORKER_DAEMON.0
        ),
        Err(error) => error.to_string(),
    };
    out.report(
        Diagnostic::error(codes::BAD_VALUE, problem)
            .at_value(&memory.origins, "the container's memory"),
    );
    None
}

/// What the daemons are told; the master and the workers read one file.
///
/// <https://spark.apache.org/docs/latest/spark-standalone.html>
pub fn daemons() -> Conf {
    [
        // A master whose process restarts finds its workers and the server in these files.
        ("spark.deploy.recoveryMode", "FILESYSTEM"),
        ("spark.deploy.recoveryDirectory", "/var/lib/spark"),
        // On by default since 4.1; it would take jobs from anybody.
        ("spark.master.rest.enabled", "false"),
        // The Service, and not the address of a master that is gone.
        ("spark.worker.preferConfiguredMasterAddress", "true"),
        // Every start of the server is a new application with a folder of its own.
        ("spark.worker.cleanup.enabled", "true"),
    ]
    .into_iter()
    .map(|(key, value)| (key, Sourced::constant(value.to_owned())))
    .collect()
}
