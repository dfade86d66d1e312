//! What others than drivers call for Spark, as their Roles allow it and the checks demand it.

use crate::{document::Node, kubernetes::rbac};

/// A rule of a Role.
#[derive(Debug)]
pub struct Calls {
    /// The group of the API; empty for the core.
    pub group: &'static str,
    /// The resources, each with the verbs without which nothing works, whatever applications say.
    pub resources: &'static [(&'static str, &'static [&'static str])],
    /// All verbs that are allowed.
    pub verbs: &'static [&'static str],
}

impl Calls {
    /// Calls of which all are always needed.
    const fn all(
        group: &'static str,
        resources: &'static [(&'static str, &'static [&'static str])],
    ) -> Self {
        Self {
            group,
            resources,
            verbs: resources[0].1,
        }
    }

    /// The rule as a Role states it.
    #[must_use]
    pub fn rule(&self) -> Node {
        let resources = self.resources.iter().map(|(resource, _)| *resource);
        rbac::rule(self.group, resources, self.verbs.iter().copied())
    }

    /// The calls that are always needed: each a group, a resource and a verb.
    pub fn needed(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        let group = self.group;
        self.resources.iter().flat_map(move |(resource, verbs)| {
            let verbs = verbs.iter();
            verbs.map(move |verb| (group, *resource, *verb))
        })
    }
}

/// The group of the operator's resources.
const OPERATOR: &str = "sparkoperator.k8s.io";

/// What the operator's controller calls in a namespace of jobs (kubeflow/spark-operator:
/// `charts/spark-operator-chart/templates/controller/rbac.yaml`, whose group `extensions` no API server has
/// served since Kubernetes 1.22).
pub const OPERATOR_CONTROLLER: [Calls; 6] = [
    Calls {
        group: "",
        resources: &[("pods", &["get", "list", "watch", "create", "delete"])],
        verbs: &[
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
        ],
    },
    Calls {
        group: "",
        resources: &[
            ("configmaps", &["create"]),
            ("persistentvolumeclaims", &[]),
            ("services", &["create"]),
        ],
        verbs: &[
            "get", "list", "watch", "create", "update", "patch", "delete",
        ],
    },
    Calls {
        group: "",
        resources: &[("events", &[])],
        verbs: &["create", "update", "patch"],
    },
    Calls {
        group: "networking.k8s.io",
        resources: &[("ingresses", &[])],
        verbs: &["get", "list", "watch", "create", "update", "delete"],
    },
    Calls {
        group: OPERATOR,
        resources: &[
            ("sparkapplications", &["get", "list", "watch"]),
            ("scheduledsparkapplications", &["get", "list", "watch"]),
            ("sparkconnects", &[]),
        ],
        verbs: &[
            "get", "list", "watch", "create", "update", "patch", "delete",
        ],
    },
    Calls {
        group: OPERATOR,
        resources: &[
            ("sparkapplications/status", &["update"]),
            ("sparkapplications/finalizers", &[]),
            ("scheduledsparkapplications/status", &["update"]),
            ("scheduledsparkapplications/finalizers", &[]),
            ("sparkconnects/status", &[]),
            ("sparkconnects/finalizers", &[]),
        ],
        verbs: &["get", "update", "patch"],
    },
];

/// What the operator's controller calls beside for Volcano: it makes a group for each application, and takes it away
/// (kubeflow/spark-operator: `internal/scheduler/volcano/scheduler.go`).
pub const VOLCANO: Calls = Calls::all(
    "scheduling.volcano.sh",
    &[("podgroups", &["get", "create", "update", "delete"])],
);

/// The log of a driver, which Airflow's workers follow once it runs (`PodManager.fetch_container_logs`).
pub const AIRFLOW_LOG: Calls = Calls::all("", &[("pods/log", &["get"])]);

/// What Airflow's workers call: `SparkKubernetesOperator` makes the application, follows its driver and reads
/// its log (`SparkKubernetesOperator`, `CustomObjectLauncher`, `PodManager`).
pub const AIRFLOW: [Calls; 5] = [
    Calls::all(
        OPERATOR,
        &[("sparkapplications", &["create", "get", "delete"])],
    ),
    Calls::all(OPERATOR, &[("sparkapplications/status", &["get"])]),
    Calls::all("", &[("pods", &["get", "list", "watch", "patch"])]),
    AIRFLOW_LOG,
    Calls::all("", &[("events", &["list"])]),
];
