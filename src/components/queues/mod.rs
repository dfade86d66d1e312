//! `[queues.NAME]`: the queues of a batch scheduler, in which applications and servers wait for room together.
//!
//! What is in a queue says so itself; a queue makes nothing. What each scheduler reads stands in
//! `workload/queue.rs`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers, offers};
use crate::{
    document::Sourced,
    kubernetes::{Identity, LabelValue},
    manifests::{BatchScheduler, Prerequisite},
};

/// A queue of a batch scheduler that the cluster has.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Whose queue it is. `yunikorn` and `volcano` schedule pods themselves. `kueue` holds them back until its quota
    /// has room: it takes no application whose number of executors changes, and takes applications only with its
    /// feature gate `SparkApplicationIntegration`.
    scheduler: Sourced<BatchScheduler>,
    /// What the scheduler calls it, such as `root.etl`; the entry's name when absent. With `kueue` it is a
    /// `LocalQueue` of each namespace.
    name: Option<Sourced<LabelValue>>,
}

/// The component.
pub struct Queues;

impl Component for Queues {
    type Settings = Settings;
    const TABLE: &'static str = "queues";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const NEEDED: bool = true;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str =
        "Queues of a batch scheduler, in which applications and servers wait for room together.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let Settings { scheduler, name } = &entry.settings;
        let stated = name.as_ref().map(|it| it.map(ToString::to_string));
        let queue = offers::Queue {
            scheduler: scheduler.clone(),
            name: stated.unwrap_or_else(|| entry.name.clone()),
        };
        offers.queues.insert(entry.name.value.clone(), queue);
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let Settings { scheduler, name } = &entry.settings;
        if **scheduler == BatchScheduler::Volcano {
            let stated = name.as_ref().map(|it| it.to_string());
            let name = stated.unwrap_or_else(|| entry.name.value.clone());
            out.prerequisite(Prerequisite {
                object: Identity::of_cluster("scheduling.volcano.sh", "Queue", name),
                keys: Vec::new(),
                why: "Volcano schedules what is in it".to_owned(),
                origins: scheduler.origins.clone(),
            });
        }
    }
}
