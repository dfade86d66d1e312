//! Properties that Spark reads and that do nothing where they are set, or that someone else refuses.
//!
//! Only what was seen stands here: in runs of Spark 3.5 and 4.1, in what their classes read, or in the
//! operator's source. Each table says which.

use super::operator::OperatorVersion;
use super::{registry, version::Line};

/// Where a driver runs, and who makes its executors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The driver runs where it was started, such as a Connect server or a notebook, and asks Kubernetes
    /// for executors.
    Client,
    /// Kubernetes runs the driver too, as the operator does for applications.
    Cluster,
    /// Workers of a standalone cluster run the executors.
    Standalone,
    /// The driver is its own executor.
    Local,
}

/// A row of [`WITHOUT_EFFECT`]: the modes, the pattern of keys, and why.
type Row = (&'static [Mode], &'static str, &'static str);

const CLIENT: &[Mode] = &[Mode::Client];
const LOCAL: &[Mode] = &[Mode::Local];
const NO_KUBERNETES: &[Mode] = &[Mode::Standalone, Mode::Local];

const NO_DRIVER_POD: &str = "in client mode the driver runs in a pod that Spark does not make";
const NO_DRIVER_SERVICE: &str = "in client mode Spark makes no service for the driver";
const NO_SUBMISSION: &str = "in client mode nothing is submitted";

/// What has no effect in a mode. The first row that fits counts.
///
/// In the jars of 3.5.9 and 4.1.4 the settings of the driver's pod and service are read by
/// `KubernetesDriverConf`, `KubernetesDriverBuilder`, `BasicDriverFeatureStep` and
/// `DriverServiceFeatureStep` alone, which `spark-submit` runs in cluster mode; those of the submission
/// by `submit/Client` and what it calls. That the first row holds for the driver, and that executors fall
/// back to it, was seen in runs of both. `Utils.isDynamicAllocationEnabled` asks for the master first.
const WITHOUT_EFFECT: [Row; 18] = [
    (
        CLIENT,
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        "in client mode the driver keeps the service account of its pod, and executors without one of \
         their own get this one with its rights",
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.container.image",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.request|limit.cores",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.podTemplateFile",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.podTemplateContainerName",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.pod.featureSteps",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.scheduler.name",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.label|annotation.**",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.node.selector.**",
        NO_DRIVER_POD,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.secrets|secretKeyRef|volumes.**",
        NO_DRIVER_POD,
    ),
    (CLIENT, "spark.kubernetes.driverEnv.**", NO_DRIVER_POD),
    (
        CLIENT,
        "spark.kubernetes.driver.service.label|annotation.**",
        NO_DRIVER_SERVICE,
    ),
    (
        CLIENT,
        "spark.kubernetes.driver.service.ipFamilies|ipFamilyPolicy",
        NO_DRIVER_SERVICE,
    ),
    (
        CLIENT,
        "spark.kubernetes.submission.waitAppCompletion",
        NO_SUBMISSION,
    ),
    (CLIENT, "spark.kubernetes.report.interval", NO_SUBMISSION),
    (
        NO_KUBERNETES,
        "spark.kubernetes.**",
        "only a master of Kubernetes (`k8s://…`) reads it",
    ),
    (LOCAL, "spark.executor.instances", NO_EXECUTORS),
    (
        LOCAL,
        "spark.dynamicAllocation.**",
        "with a local master there is no dynamic allocation",
    ),
];

const NO_EXECUTORS: &str = "with a local master the driver is the only process";

/// Why a property does nothing in a mode, or does not what its name says; nothing when it works, or when
/// the line does not know it.
#[must_use]
pub fn without_effect(mode: Mode, line: Line, key: &str) -> Option<&'static str> {
    let (_, _, reason) = WITHOUT_EFFECT
        .iter()
        .find(|(modes, pattern, _)| modes.contains(&mode) && registry::matches(pattern, key))?;
    registry::known(line, key).map(|_| *reason)
}

/// What the operator says about a property since 2.5.2, from `sparkconf_validator.go`.
const DENIED: [(&str, &str); 7] = [
    (
        "spark.kubernetes.authenticate.driver|executor.serviceAccountName",
        "configure the service account via the CRD spec instead",
    ),
    (
        "spark.kubernetes.authenticate.oauthToken|oauthTokenFile",
        OPERATOR_CREDENTIALS,
    ),
    (
        "spark.kubernetes.authenticate.driver|executor.oauthToken|oauthTokenFile",
        OPERATOR_CREDENTIALS,
    ),
    ("spark.master", OPERATOR_VALUE),
    ("spark.kubernetes.driver.master", OPERATOR_VALUE),
    ("spark.kubernetes.container.image", OPERATOR_IMAGE),
    (
        "spark.kubernetes.driver|executor.container.image",
        OPERATOR_IMAGE,
    ),
];
const OPERATOR_CREDENTIALS: &str = "authentication credentials are managed by the operator";
const OPERATOR_VALUE: &str = "this value is managed by the operator";
const OPERATOR_IMAGE: &str = "use the image field on the CRD instead";

/// The first operator that denies keys.
const DENYING: OperatorVersion = OperatorVersion::new(2, 5, 2);

/// Why the webhook of the operator of a version refuses a key of `sparkConf`, in its
/// own words. It also refuses `spark.kubernetes.namespace` with another namespace than the resource's.
#[must_use]
pub fn denied_by_operator(version: OperatorVersion, key: &str) -> Option<&'static str> {
    if version < DENYING {
        return None;
    }
    DENIED
        .iter()
        .find(|(pattern, _)| registry::matches(pattern, key))
        .map(|(_, reason)| *reason)
}

/// That a setting does not count, or not alone, because of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Override {
    /// The property that wins.
    pub by: &'static str,
    /// For what, as a sentence without its end.
    pub reason: &'static str,
    /// Whether the setting then does nothing at all, so that nobody can have meant it.
    pub is_whole: bool,
}

/// A property, the one that wins over it when it is set, and for what.
///
/// From what `BasicExecutorFeatureStep` and `BasicDriverFeatureStep` of 3.5.9 and 4.1.4 read, in which
/// order; the service account and the image were also seen in runs.
const OVERRIDDEN: [(&str, &str, &str); 7] = [
    (
        "spark.kubernetes.memoryOverheadFactor",
        "spark.executor.memoryOverhead",
        "an overhead in bytes is taken for executors as it is",
    ),
    (
        "spark.kubernetes.memoryOverheadFactor",
        "spark.executor.memoryOverheadFactor",
        "the factor of executors is their own",
    ),
    (
        "spark.executor.memoryOverheadFactor",
        "spark.executor.memoryOverhead",
        "an overhead in bytes is taken as it is",
    ),
    (
        "spark.driver.memoryOverheadFactor",
        "spark.driver.memoryOverhead",
        "an overhead in bytes is taken as it is",
    ),
    (
        "spark.executor.cores",
        "spark.kubernetes.executor.request.cores",
        "the pods request these CPUs; the cores are the tasks that run at a time",
    ),
    (
        "spark.kubernetes.container.image",
        "spark.kubernetes.executor.container.image",
        "executors have an image of their own",
    ),
    (
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        "spark.kubernetes.authenticate.executor.serviceAccountName",
        "executors have a service account of their own",
    ),
];

/// Of these losers nothing is left.
const WHOLLY_OVERRIDDEN: [&str; 2] = [
    "spark.executor.memoryOverheadFactor",
    "spark.driver.memoryOverheadFactor",
];

/// What wins over a property, by the values that are set.
#[must_use]
pub fn overridden_by<'a>(value: impl Fn(&str) -> Option<&'a str>, key: &str) -> Option<Override> {
    if key == "spark.executor.instances" {
        return instances_overridden(value);
    }
    OVERRIDDEN
        .iter()
        .find(|(loser, winner, _)| *loser == key && value(winner).is_some())
        .map(|(loser, by, reason)| Override {
            by,
            reason,
            is_whole: WHOLLY_OVERRIDDEN.contains(loser),
        })
}

/// `Utils.getDynamicAllocationInitialExecutors` starts the largest of the three numbers, and
/// `ExecutorAllocationManager` grows and shrinks from there.
fn instances_overridden<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Option<Override> {
    let by = "spark.dynamicAllocation.enabled";
    if !value(by).is_some_and(|it| it.eq_ignore_ascii_case("true")) {
        return None;
    }
    let number = |key| value(key).and_then(|it| it.parse::<u32>().ok());
    let instances = number("spark.executor.instances");
    let larger = [
        "spark.dynamicAllocation.initialExecutors",
        "spark.dynamicAllocation.minExecutors",
    ]
    .into_iter()
    .find(|other| number(other) >= instances);
    Some(match larger {
        Some(by) => Override {
            by,
            reason: "with dynamic allocation the largest of these numbers starts",
            is_whole: number(by) > instances,
        },
        None => Override {
            by,
            reason: "with dynamic allocation it is only the number of executors at the start",
            is_whole: false,
        },
    })
}
