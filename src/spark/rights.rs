//! What a driver asks of the API server for its executors, and so what it has to be allowed.
//!
//! The calls were read in Spark 3.5 and 4.1 (`KubernetesClusterSchedulerBackend`,
//! `ExecutorPodsAllocator`, `ExecutorPodsLifecycleManager`, and the sources of snapshots), which make
//! the same ones, and compared with the audit log of a real API server; what becomes of a server of
//! Connect without each right, `tests/conformance/spark.rs` shows. No driver uses events, secrets, or
//! the verb `update`.

use super::{Conf, version::Line};

/// Where a driver runs. It calls the API server only where its executors are pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In a pod that others have made for it, such as a Connect server or a notebook: client mode.
    Client,
    /// In a pod that a submission has made, such as the operator's: cluster mode.
    Cluster,
}

/// Something that a driver does in its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// The group of the API; empty for the core.
    pub group: &'static str,
    /// The plural of the kind.
    pub resource: &'static str,
    /// The verb.
    pub verb: &'static str,
    /// What becomes of the driver without it.
    pub loss: Loss,
    /// When it is used, to follow "the driver needs it".
    pub when: &'static str,
    /// What the driver's log says without it.
    pub log: &'static str,
}

/// What a missing right does to a driver. All of these show in its log too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Nothing more.
    Complains,
    /// Objects remain when it has stopped.
    Leaves,
    /// The driver serves, but no query or job ever gets an executor.
    Waits,
    /// The driver ends before it serves.
    Ends,
}

impl Right {
    /// Whether the driver is of no use without it.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.loss >= Loss::Waits
    }
}

/// What a driver needs with some properties; none when another allocator than `direct` makes its
/// executors, whose calls nobody has watched. Properties that only Spark itself knows of, such as those
/// that turn watches off, are not heeded.
#[must_use]
pub fn of_driver(line: Line, mode: Mode, conf: &Conf) -> Option<Vec<Right>> {
    let is = |key: &str, default: bool| match conf.get(key) {
        Some(value) => is_true(value).unwrap_or(default),
        None => default,
    };
    let allocator = conf.get("spark.kubernetes.allocation.pods.allocator");
    if allocator.is_some_and(|it| it.value != "direct") {
        return None;
    }
    // A submission sets the name of the pod that it makes.
    let knows_its_pod =
        mode == Mode::Cluster || conf.get("spark.kubernetes.driver.pod.name").is_some();
    let deletes = is("spark.kubernetes.executor.deleteOnTermination", true);
    let shares_files = !is("spark.kubernetes.executor.disableConfigMap", false);
    let owns_claims = is(VOLUME_OWNERSHIP[0], true);
    let reuses_claims = owns_claims && is(VOLUME_OWNERSHIP[1], true) && knows_its_pod;
    let claims = conf.iter().any(|(key, value)| claims_volumes(key, value));
    let patches = conf.iter().any(|(key, value)| {
        patches_pods(key, value) && (key != ANNOTATE_EXIT_EXCEPTION || line >= Line::V4_1)
    });

    let right = |resource, verb, loss, when, log| Right {
        group: "",
        resource,
        verb,
        loss,
        when,
        log,
    };
    let of_pods = |verb, loss, when, log| Some(right("pods", verb, loss, when, log));
    let rights = [
        of_pods(
            "create",
            Loss::Waits,
            "to start executors",
            "cannot create resource \"pods\"",
        ),
        of_pods(
            "get",
            if knows_its_pod {
                Loss::Ends
            } else {
                Loss::Complains
            },
            "to find its own pod, and executors that it stops",
            "cannot get resource \"pods\"",
        ),
        of_pods(
            "list",
            Loss::Complains,
            "to find executors missing that no event told of",
            "cannot list resource \"pods\"",
        ),
        of_pods(
            "watch",
            Loss::Ends,
            "to follow its executors",
            "Received 403 on websocket",
        ),
        (deletes || claims).then_some(right(
            "pods",
            "delete",
            Loss::Complains,
            "to remove executors that have failed or ended",
            "cannot delete resource \"pods\"",
        )),
        of_pods(
            "deletecollection",
            Loss::Leaves,
            "to remove executors that it no longer needs, and all of them when it stops",
            "cannot deletecollection resource \"pods\"",
        ),
        patches.then_some(right(
            "pods",
            "patch",
            Loss::Complains,
            "to label or annotate executors, as its properties say",
            "cannot patch resource \"pods\"",
        )),
        shares_files.then_some(right(
            "configmaps",
            "create",
            Loss::Ends,
            "to hand its configuration to executors",
            "cannot create resource \"configmaps\"",
        )),
        (shares_files && deletes).then_some(right(
            "configmaps",
            "deletecollection",
            Loss::Leaves,
            "to remove its executors' configuration when it stops",
            "cannot deletecollection resource \"configmaps\"",
        )),
        is("spark.kubernetes.driver.service.deleteOnTermination", true).then_some(right(
            "services",
            "deletecollection",
            // In client mode there is none, and yet the driver tries.
            match mode {
                Mode::Client => Loss::Complains,
                Mode::Cluster => Loss::Leaves,
            },
            "to remove its own Service when it stops, unless \
             `spark.kubernetes.driver.service.deleteOnTermination` is false",
            "cannot deletecollection resource \"services\"",
        )),
        claims.then_some(right(
            "persistentvolumeclaims",
            "create",
            Loss::Waits,
            "to claim the volumes of its executors",
            "cannot create resource \"persistentvolumeclaims\"",
        )),
        reuses_claims.then_some(right(
            "persistentvolumeclaims",
            "list",
            Loss::Complains,
            "to find claims of its own to use again, unless \
             `spark.kubernetes.driver.reusePersistentVolumeClaim` is false",
            "Cannot list PVC resources. Please check account permissions.",
        )),
        owns_claims.then_some(right(
            "persistentvolumeclaims",
            "deletecollection",
            if claims {
                Loss::Leaves
            } else {
                Loss::Complains
            },
            "to remove its claims when it stops, unless \
             `spark.kubernetes.driver.ownPersistentVolumeClaim` is false",
            "cannot deletecollection resource \"persistentvolumeclaims\"",
        )),
    ];
    Some(rights.into_iter().flatten().collect())
}

/// Whether a driver owns, and gives to other executors, the volumes that it claims.
pub const VOLUME_OWNERSHIP: [&str; 2] = [
    "spark.kubernetes.driver.ownPersistentVolumeClaim",
    "spark.kubernetes.driver.reusePersistentVolumeClaim",
];

/// Writes into an executor's pod why its container ended, since Spark 4.1.
const ANNOTATE_EXIT_EXCEPTION: &str = "spark.kubernetes.driver.annotateExitException";

/// Whether a property makes a driver change its executors' pods, which needs one more verb: only
/// these do (`ExecutorPodsLifecycleManager`, `KubernetesClusterSchedulerBackend`).
#[must_use]
pub fn patches_pods(key: &str, value: &str) -> bool {
    match key {
        "spark.kubernetes.executor.deleteOnTermination" => is_true(value) == Some(false),
        ANNOTATE_EXIT_EXCEPTION => is_true(value) == Some(true),
        _ => key == "spark.kubernetes.executor.decommissionLabel",
    }
}

/// Whether a property makes a driver claim volumes for its executors.
#[must_use]
pub fn claims_volumes(key: &str, value: &str) -> bool {
    key.starts_with("spark.kubernetes.executor.volumes.persistentVolumeClaim.")
        && key.ends_with(".options.claimName")
        && value == "OnDemand"
}

/// A boolean as Spark reads it: in any case, with blanks around it. Anything else ends the driver.
fn is_true(value: &str) -> Option<bool> {
    value.trim().to_ascii_lowercase().parse().ok()
}
