//! What a driver asks of the API server for its executors, and so what it has to be allowed.
//!
//! The calls were read in Spark's sources (`KubernetesClusterSchedulerBackend`, `ExecutorPodsAllocator`,
//! `ExecutorPodsLifecycleManager`) and compared with the audit log of a real API server, for 3.5 and
//! 4.1. What becomes of a Connect server of 4.1 without each of the eight rights that it always has,
//! `tests/conformance/spark.rs` shows; what becomes of it without another is read alone. No driver uses
//! events, secrets, or the verb `update`.

use std::collections::BTreeMap;

use super::{Conf, value::boolean, version::Line};
use crate::document::Origins;

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
    pub impact: Impact,
    /// When it is used, to follow "the driver needs it".
    pub when: &'static str,
    /// What the driver's log says without it.
    pub log: &'static str,
}

/// What a missing right does to a driver. All of these show in its log too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Nothing more.
    LogsError,
    /// Objects remain when it has stopped.
    Leaks,
    /// The driver serves, but no query or job ever gets an executor.
    Stalls,
    /// The driver ends before it serves.
    Crashes,
}

impl Right {
    /// Whether the driver is of no use without it.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.impact >= Impact::Stalls
    }
}

/// What a driver needs with some properties; none when another allocator than `direct` makes its
/// executors, whose calls nobody has watched. Properties that only Spark itself knows of, such as those
/// that turn watches off, are not heeded.
#[must_use]
pub fn of_driver(line: Line, mode: Mode, properties: &impl Settings) -> Option<Vec<Right>> {
    let allocator = properties.value("spark.kubernetes.allocation.pods.allocator");
    if allocator.is_some_and(|it| it != "direct") {
        return None;
    }
    Some(of_direct_driver(line, mode, properties))
}

fn of_direct_driver(line: Line, mode: Mode, properties: &impl Settings) -> Vec<Right> {
    let driver = DriverConf {
        line,
        mode,
        properties,
    };
    let mut rights = driver.of_pods();
    rights.extend(driver.of_config_maps());
    rights.extend(driver.of_services());
    rights.extend(driver.of_claims());
    rights
}

/// What the Role of some drivers allows: for each resource, what any of them calls. Their Spark counts as the
/// newest line, which calls most.
#[must_use]
pub fn of_role<'a>(
    mode: Mode,
    drivers: impl IntoIterator<Item = &'a Conf>,
) -> Vec<(&'static str, Vec<&'static str>)> {
    let rights = drivers
        .into_iter()
        .flat_map(|conf| of_direct_driver(Line::LATEST, mode, conf));
    let rights: Vec<_> = rights.map(|it| (it.resource, it.verb)).collect();
    let resources = RESOURCES.into_iter().map(|resource| {
        let verbs = VERBS.into_iter();
        let verbs = verbs.filter(|verb| rights.contains(&(resource, verb)));
        (resource, verbs.collect())
    });
    resources
        .filter(|(_, verbs): &(_, Vec<_>)| !verbs.is_empty())
        .collect()
}

/// For resources of a Role, what made the properties without which it would allow something else.
#[must_use]
pub fn decided_by(mode: Mode, drivers: &[Conf]) -> BTreeMap<&'static str, Origins> {
    let mut decided: BTreeMap<_, Origins> = BTreeMap::new();
    for conf in drivers {
        let decisive = conf
            .iter()
            .filter(|(key, value)| is_decisive(key) && !value.origins.is_empty());
        for (key, value) in decisive {
            let with = of_direct_driver(Line::LATEST, mode, conf);
            let without = of_direct_driver(Line::LATEST, mode, &Without { conf, key });
            let calls = |rights: &[Right], resource| -> Vec<_> {
                let rights = rights.iter().filter(|it| it.resource == resource);
                rights.map(|it| it.verb).collect()
            };
            for resource in RESOURCES {
                if calls(&with, resource) != calls(&without, resource) {
                    decided.entry(resource).or_default().extend(&value.origins);
                }
            }
        }
    }
    decided
}

/// Whether rights follow from a property.
fn is_decisive(key: &str) -> bool {
    patches_pods(key, "true")
        || patches_pods(key, "false")
        || claims_volumes(key, "OnDemand")
        || VOLUME_OWNERSHIP.contains(&key)
        || key == NO_CONFIG_MAP
        || key == DELETE_SERVICE
}

/// The properties of a driver but for one.
struct Without<'a> {
    conf: &'a Conf,
    key: &'a str,
}

impl Settings for Without<'_> {
    fn value(&self, key: &str) -> Option<&str> {
        Some(key)
            .filter(|it| *it != self.key)
            .and_then(|it| self.conf.value(it))
    }

    fn any(&self, is_such: impl Fn(&str, &str) -> bool) -> bool {
        self.conf
            .any(|key, value| key != self.key && is_such(key, value))
    }
}

/// All resources that drivers call, in the order of a Role.
const RESOURCES: [&str; 4] = ["pods", "configmaps", "services", "persistentvolumeclaims"];
/// All verbs that they use, in the order of a Role.
const VERBS: [&str; 7] = [
    "create",
    "get",
    "list",
    "watch",
    "delete",
    "deletecollection",
    "patch",
];

/// The properties of a driver, whoever holds them.
pub trait Settings {
    /// The value of a property, when it is set.
    fn value(&self, key: &str) -> Option<&str>;

    /// Whether any property that is set, a key and its value, is such a one.
    fn any(&self, is_such: impl Fn(&str, &str) -> bool) -> bool;
}

impl Settings for Conf {
    fn value(&self, key: &str) -> Option<&str> {
        self.get(key).map(|it| it.as_str())
    }

    fn any(&self, is_such: impl Fn(&str, &str) -> bool) -> bool {
        self.iter().any(|(key, value)| is_such(key, value))
    }
}

struct DriverConf<'a, S> {
    line: Line,
    mode: Mode,
    properties: &'a S,
}

impl<S: Settings> DriverConf<'_, S> {
    fn of_pods(&self) -> Vec<Right> {
        let right = |verb, impact, when, log| right("pods", verb, impact, when, log);
        let mut rights = vec![
            right(
                "create",
                Impact::Stalls,
                "to start executors",
                "cannot create resource \"pods\"",
            ),
            right(
                "get",
                if self.knows_its_pod() {
                    Impact::Crashes
                } else {
                    Impact::LogsError
                },
                "to find its own pod, and executors that it stops",
                "cannot get resource \"pods\"",
            ),
            right(
                "list",
                Impact::LogsError,
                "to find executors missing that no event told of",
                "cannot list resource \"pods\"",
            ),
            right(
                "watch",
                Impact::Crashes,
                "to follow its executors",
                "Received 403 on websocket",
            ),
            right(
                "deletecollection",
                Impact::Leaks,
                "to remove executors that it no longer needs, and all of them when it stops",
                "cannot deletecollection resource \"pods\"",
            ),
        ];
        // It also takes back an executor whose claim is refused.
        if self.deletes_executors() || self.claims() {
            rights.push(right(
                "delete",
                Impact::LogsError,
                "to remove executors that have failed or ended",
                "cannot delete resource \"pods\"",
            ));
        }
        if self.patches() {
            rights.push(right(
                "patch",
                Impact::LogsError,
                "to label or annotate executors, as its properties say",
                "cannot patch resource \"pods\"",
            ));
        }
        rights
    }

    fn of_config_maps(&self) -> Vec<Right> {
        let mut rights = Vec::new();
        if self.is(NO_CONFIG_MAP, false) {
            return rights;
        }
        rights.push(right(
            "configmaps",
            "create",
            Impact::Crashes,
            "to hand its configuration to executors",
            "cannot create resource \"configmaps\"",
        ));
        if self.deletes_executors() {
            rights.push(right(
                "configmaps",
                "deletecollection",
                Impact::Leaks,
                "to remove its executors' configuration when it stops",
                "cannot deletecollection resource \"configmaps\"",
            ));
        }
        rights
    }

    fn of_services(&self) -> Option<Right> {
        let deletes = self.is(DELETE_SERVICE, true);
        deletes.then_some(right(
            "services",
            "deletecollection",
            // In client mode there is none, and yet the driver tries.
            match self.mode {
                Mode::Client => Impact::LogsError,
                Mode::Cluster => Impact::Leaks,
            },
            "to remove its own Service when it stops, unless \
             `spark.kubernetes.driver.service.deleteOnTermination` is false",
            "cannot deletecollection resource \"services\"",
        ))
    }

    fn of_claims(&self) -> Vec<Right> {
        let right =
            |verb, impact, when, log| right("persistentvolumeclaims", verb, impact, when, log);
        let [owns, reuses] = VOLUME_OWNERSHIP.map(|key| self.is(key, true));
        let mut rights = Vec::new();
        if self.claims() {
            rights.push(right(
                "create",
                Impact::Stalls,
                "to claim the volumes of its executors",
                "cannot create resource \"persistentvolumeclaims\"",
            ));
        }
        if owns && reuses && self.knows_its_pod() {
            rights.push(right(
                "list",
                Impact::LogsError,
                "to find claims of its own to use again, unless \
                 `spark.kubernetes.driver.reusePersistentVolumeClaim` is false",
                "Cannot list PVC resources. Please check account permissions.",
            ));
        }
        if owns {
            rights.push(right(
                "deletecollection",
                if self.claims() {
                    Impact::Leaks
                } else {
                    Impact::LogsError
                },
                "to remove its claims when it stops, unless \
                 `spark.kubernetes.driver.ownPersistentVolumeClaim` is false",
                "cannot deletecollection resource \"persistentvolumeclaims\"",
            ));
        }
        rights
    }

    /// Whether it looks its own pod up. A submission sets the name of the pod that it makes.
    fn knows_its_pod(&self) -> bool {
        let name = self.properties.value("spark.kubernetes.driver.pod.name");
        self.mode == Mode::Cluster || name.is_some()
    }

    fn deletes_executors(&self) -> bool {
        self.is("spark.kubernetes.executor.deleteOnTermination", true)
    }

    fn claims(&self) -> bool {
        self.properties.any(claims_volumes)
    }

    fn patches(&self) -> bool {
        let is_known = |key: &str| key != ANNOTATE_EXIT_EXCEPTION || self.line >= Line::V4_1;
        self.properties
            .any(|key, value| patches_pods(key, value) && is_known(key))
    }

    fn is(&self, key: &str, default: bool) -> bool {
        let value = self.properties.value(key).and_then(boolean);
        value.unwrap_or(default)
    }
}

/// A right on a kind of the core.
const fn right(
    resource: &'static str,
    verb: &'static str,
    impact: Impact,
    when: &'static str,
    log: &'static str,
) -> Right {
    Right {
        group: "",
        resource,
        verb,
        impact,
        when,
        log,
    }
}

/// Keeps a driver from handing its configuration to executors in a `ConfigMap`.
const NO_CONFIG_MAP: &str = "spark.kubernetes.executor.disableConfigMap";
/// Whether a driver removes its Service when it stops.
const DELETE_SERVICE: &str = "spark.kubernetes.driver.service.deleteOnTermination";

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
        "spark.kubernetes.executor.deleteOnTermination" => boolean(value) == Some(false),
        ANNOTATE_EXIT_EXCEPTION => boolean(value) == Some(true),
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
