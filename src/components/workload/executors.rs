//! The properties that say what executors are made of on Kubernetes, and how many there are.

use super::{DynamicAllocation, Executor, Properties};
use crate::{
    components::{Build, Offers, offers::Image},
    diagnostics::{Diagnostic, codes},
    document::{Node, Sourced},
    ports,
};

/// What to write instead of a property that says how many executors there are.
const SET_COUNT: &str = "set `dynamic-allocation`, or `executor.instances` for a fixed number";

impl Properties {
    /// How Spark spawns executors on Kubernetes.
    pub fn kubernetes_executors(
        &mut self,
        executor: &Executor,
        image: &Image,
        offers: &Offers,
        service_account: Node,
        template_file: &str,
    ) {
        self.executor_image(image, offers);
        self.executor_account(service_account);
        self.executor_cpu(executor);
        self.decommission(executor, image, offers);
        self.executor_scratch(executor.scratch.as_ref());
        self.pin(
            "spark.kubernetes.executor.podTemplateFile",
            template_file,
            "kiln writes the executors' pod template",
        );
        self.pin(
            "spark.blockManager.port",
            ports::BLOCK_MANAGER,
            "the network policies allow this port",
        );
    }

    fn executor_image(&mut self, image: &Image, offers: &Offers) {
        const INSTEAD: &str = "it follows from `image`";
        self.set(
            "spark.kubernetes.container.image",
            image.reference.clone(),
            INSTEAD,
        );
        self.set(
            "spark.kubernetes.container.image.pullPolicy",
            image.pull_policy.clone(),
            INSTEAD,
        );
        if let Some(secret) = &image.pull_secret {
            let name = offers
                .secret(secret)
                .name
                .clone()
                .with_origin(&secret.origins);
            self.set(
                "spark.kubernetes.container.image.pullSecrets",
                name,
                INSTEAD,
            );
        }
    }

    fn executor_account(&mut self, service_account: Node) {
        let name = service_account.as_str().unwrap_or_default().to_owned();
        self.set(
            "spark.kubernetes.authenticate.executor.serviceAccountName",
            Sourced::new(name, service_account.origins),
            "executors run without rights, as a ServiceAccount of their own",
        );
        self.forbid(
            "spark.kubernetes.authenticate.driver.serviceAccountName",
            "in client mode it only gives executors the driver's rights",
        );
    }

    fn executor_cpu(&mut self, executor: &Executor) {
        const REQUEST: &str = "spark.kubernetes.executor.request.cores";
        const LIMIT: &str = "spark.kubernetes.executor.limit.cores";
        let request = match &executor.cpu_request {
            Some(request) => request.map(ToString::to_string),
            None => executor.cores.map(ToString::to_string),
        };
        self.set(REQUEST, request, "set `executor.cpu-request`");
        let instead = "set `executor.cpu-limit`";
        match &executor.cpu_limit {
            Some(limit) => self.set(LIMIT, limit.map(ToString::to_string), instead),
            None => self.forbid(LIMIT, instead),
        }
    }

    /// How many executors there are.
    pub fn executor_count(
        &mut self,
        executor: &Executor,
        dynamic: Option<&Sourced<DynamicAllocation>>,
        out: &mut Build<'_>,
    ) {
        for name in ["enabled", "minExecutors", "maxExecutors"] {
            self.forbid(&format!("spark.dynamicAllocation.{name}"), SET_COUNT);
        }
        self.forbid("spark.executor.instances", SET_COUNT);
        match (dynamic, &executor.instances) {
            (Some(dynamic), Some(instances)) => out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    "the number of executors is either fixed or dynamic",
                )
                .at_key(&instances.origins, "fixed here")
                .at_key(&dynamic.max.origins, "dynamic here"),
            ),
            (Some(dynamic), None) => self.dynamic_allocation(dynamic, out),
            (None, Some(instances)) => {
                self.set("spark.executor.instances", instances.clone(), SET_COUNT);
            }
            (None, None) => self.pin("spark.executor.instances", 1, SET_COUNT),
        }
    }

    fn dynamic_allocation(&mut self, dynamic: &Sourced<DynamicAllocation>, out: &mut Build<'_>) {
        if dynamic.min.value > dynamic.max.value {
            out.report(
                Diagnostic::error(codes::CONFLICT, "`min` is greater than `max`")
                    .at_value(&dynamic.min.origins, "")
                    .at_value(&dynamic.max.origins, ""),
            );
        }
        self.set(
            "spark.dynamicAllocation.enabled",
            dynamic.map(|_| "true"),
            SET_COUNT,
        );
        self.set(
            "spark.dynamicAllocation.minExecutors",
            dynamic.min.clone(),
            SET_COUNT,
        );
        self.set(
            "spark.dynamicAllocation.maxExecutors",
            dynamic.max.clone(),
            SET_COUNT,
        );
        self.set_default("spark.dynamicAllocation.shuffleTracking.enabled", "true");
        self.set(
            "spark.dynamicAllocation.shuffleTracking.timeout",
            dynamic.shuffle_timeout.clone(),
            "set `dynamic-allocation.shuffle-timeout`",
        );
    }
}
