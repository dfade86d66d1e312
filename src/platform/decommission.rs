//! How executors end that have to hand over their data.

use super::{Program, Property};
use crate::{
    document::{Node, Origins},
    spark::{Line, value::seconds},
};

/// The grace period that Kubernetes gives a pod, and Spark an executor, unless told otherwise, in seconds.
const DEFAULT: i64 = 30;

/// What Spark writes over a template from 4.1 on.
const PROPERTY: &str = "spark.kubernetes.executor.terminationGracePeriodSeconds";

impl<'a> Program<'a> {
    /// What has its executors hand over their data before they go, where something does.
    #[must_use]
    pub fn decommissions(&self) -> Option<&Property<'a>> {
        let key = "spark.decommission.enabled";
        let is_on = self.is_on_kubernetes() && self.properties.is_true(key);
        self.properties.get(key).filter(|_| is_on)
    }

    /// The template of its executors' pods, in the resource or in a file.
    #[must_use]
    pub fn executor_template(&self) -> Option<&Node> {
        match self.application() {
            Some(spec) => spec.at(["executor", "template"]),
            None => self.executor.as_ref(),
        }
    }

    /// The grace period in the template of its executors.
    #[must_use]
    pub fn grace_of_template(&self) -> Option<&Node> {
        let template = self.executor_template()?;
        template.at(["spec", "terminationGracePeriodSeconds"])
    }

    /// The grace period that the operator's webhook writes last.
    #[must_use]
    pub fn grace_of_webhook(&self) -> Option<&'a Node> {
        self.application()?
            .at(["executor", "terminationGracePeriodSeconds"])
    }

    /// Whether it writes the grace period of its executors itself; none when its version is not known.
    #[must_use]
    pub fn writes_grace(&self) -> Option<bool> {
        self.line().map(|it| it >= Line::V4_1)
    }

    /// The seconds that its executors have to end, with what says so; none when that is not in sight.
    #[must_use]
    pub fn grace(&self) -> Option<(i64, Origins)> {
        let of_node = |node: &Node| Some((node.as_integer()?, node.origins.clone()));
        if let Some(node) = self.grace_of_webhook() {
            return of_node(node);
        }
        if self.writes_grace()? {
            let Some(property) = self.properties.get(PROPERTY) else {
                return Some((DEFAULT, Origins::none()));
            };
            return Some((seconds(&property.value)?, property.origins.clone()));
        }
        let template = self.grace_of_template();
        template.map_or_else(|| Some((DEFAULT, Origins::none())), of_node)
    }
}
