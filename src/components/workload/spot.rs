//! Executors on nodes that the cloud takes back at short notice.

use super::{Executor, Properties};
use crate::{
    components::{Offers, offers::Image},
    document::{Origins, Sourced},
    manifests::PodPlan,
    spark::Line,
};

/// How long an executor may take to hand over its data, in seconds: the longest notice that a cloud gives, which
/// is that of AWS (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html>).
const NOTICE: u32 = 120;

/// What has executors run on such nodes, where anything does.
fn on_spot(executor: &Executor, offers: &Offers) -> Option<Origins> {
    let pools = &offers.cluster().node_pools;
    let mut made = executor.node_pool.names().iter().filter_map(|name| {
        let pool = pools.iter().find(|it| it.name == name.value)?;
        let chosen = pool.spot.origins.clone().chosen_by(&name.origins);
        (*pool.spot).then_some(chosen)
    });
    let mut origins = made.next()?;
    made.for_each(|it| origins.extend(&it));
    Some(origins)
}

/// Whether Spark writes the grace period of executors into their pods, over what their template says
/// (`KubernetesConf`, `BasicExecutorFeatureStep` of 4.1).
fn writes_grace_period(image: &Image) -> bool {
    image
        .spark
        .as_ref()
        .is_some_and(|it| it.line() >= Line::V4_1)
}

impl Executor {
    /// All that is said of the pods of executors that Spark spawns.
    #[must_use]
    pub fn plan_spawned(&self, image: &Image, offers: &Offers) -> PodPlan {
        let spot = on_spot(self, offers).filter(|_| !writes_grace_period(image));
        let by_version = image.spark.as_ref().map(|it| &it.origins);
        PodPlan {
            grace_period: spot.map(|origins| {
                let origins = by_version.into_iter().fold(origins, Origins::chosen_by);
                Sourced::new(NOTICE, origins)
            }),
            scratch: self.scratch.as_ref().and_then(|it| it.volume()),
            ..self.plan()
        }
    }
}

impl Properties {
    /// Has executors hand over what they hold when they are told to go, where the cloud takes their nodes back.
    pub fn decommission(&mut self, executor: &Executor, image: &Image, offers: &Offers) {
        let Some(origins) = on_spot(executor, offers) else {
            return;
        };
        for key in [
            "spark.decommission.enabled",
            "spark.storage.decommission.enabled",
        ] {
            self.suggest(key, Sourced::new("true", origins.clone()));
        }
        if let Some(spark) = image.spark.as_ref().filter(|_| writes_grace_period(image)) {
            let origins = origins.chosen_by(&spark.origins);
            self.suggest(
                "spark.kubernetes.executor.terminationGracePeriodSeconds",
                Sourced::new(format!("{NOTICE}s"), origins),
            );
        }
    }
}
