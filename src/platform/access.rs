//! As whom drivers call the API server, and what they need of it.

use super::{Mode, Platform, Program, Role};
use crate::{
    document::Node,
    graph::Member,
    kubernetes::rbac::{Request, ServiceAccount, Target, Verdict},
    spark::{
        Line,
        rights::{self, Right, of_driver},
    },
};

/// A driver that asks the API server for its executors.
#[derive(Clone, Debug)]
pub struct DriverAccount<'p> {
    /// The program.
    pub program: &'p Program<'p>,
    /// As whom it asks.
    pub account: ServiceAccount<'p>,
    /// Where its executors are.
    pub namespace: &'p str,
    /// What it needs; empty when its version or its allocator is not known.
    pub rights: Vec<Right>,
}

impl DriverAccount<'_> {
    /// The rights that it lacks for certain.
    #[must_use]
    pub fn lacks(&self, platform: &Platform<'_>) -> Vec<Right> {
        let is_denied = |right: &&Right| {
            let request = Request {
                account: self.account,
                verb: right.verb,
                target: Target::objects(right.group, right.resource, self.namespace),
            };
            matches!(platform.rbac().authorize(&request), Verdict::Denied)
        };
        self.rights.iter().filter(is_denied).copied().collect()
    }
}

impl<'a> Platform<'a> {
    /// The drivers that Kubernetes makes executors for, as far as their account and all their
    /// properties are in sight.
    pub fn drivers(&self) -> impl Iterator<Item = DriverAccount<'_>> {
        self.programs().iter().filter_map(Program::driver)
    }

    /// The `ServiceAccount` object of an account.
    #[must_use]
    pub fn account(&self, account: ServiceAccount<'_>) -> Option<&'a Member> {
        let ServiceAccount { namespace, name } = account;
        self.object("", "ServiceAccount", Some(namespace), name)
    }
}

impl Program<'_> {
    fn driver(&self) -> Option<DriverAccount<'_>> {
        let mode = match self.mode()? {
            Mode::Client => rights::Mode::Client,
            Mode::Cluster => rights::Mode::Cluster,
            Mode::Standalone | Mode::Local => return None,
        };
        if !self.is_complete || !self.is_driver() {
            return None;
        }
        // What the oldest line needs, all others need too.
        let oldest = (!self.is_of_other_version()).then_some(Line::V3_5);
        let rights = self
            .line()
            .or(oldest)
            .and_then(|line| of_driver(line, mode, &self.properties));
        Some(DriverAccount {
            program: self,
            account: ServiceAccount {
                namespace: self.driver_namespace(mode)?,
                name: self.driver_account(mode)?,
            },
            namespace: self.executor_namespace()?,
            rights: rights.unwrap_or_default(),
        })
    }

    /// The namespace of the driver's pod. A submission makes it where the executors will be.
    fn driver_namespace(&self, mode: rights::Mode) -> Option<&str> {
        match mode {
            rights::Mode::Client => self.namespace(),
            rights::Mode::Cluster => self.executor_namespace(),
        }
    }

    /// The name of the driver's account. In cluster mode it is a property, and in client mode the pod
    /// has it, whatever properties say.
    fn driver_account(&self, mode: rights::Mode) -> Option<&str> {
        let property = self
            .properties
            .value("spark.kubernetes.authenticate.driver.serviceAccountName");
        let of_pod = self.pod.and_then(account_of);
        match (self.application(), mode) {
            (Some(spec), rights::Mode::Cluster) => {
                let stated = spec.str_at(["driver", "serviceAccount"]);
                stated.or(property).or(of_pod).or(Some("default"))
            }
            (None, rights::Mode::Cluster) => property.or(Some("default")),
            // The operator runs such a driver itself.
            (Some(_), rights::Mode::Client) => None,
            (None, rights::Mode::Client) => {
                let is_known = self.role != Role::Properties
                    && (self.pod.is_some() || self.is_spark_connect());
                is_known.then(|| of_pod.unwrap_or("default"))
            }
        }
    }

    /// The namespace of the executors: of the operator's resources their own, else what a property
    /// says. Without it, Spark takes `default`.
    #[must_use]
    pub fn executor_namespace(&self) -> Option<&str> {
        let is_of_operator = self.application().is_some() || self.is_spark_connect();
        match self.properties.value("spark.kubernetes.namespace") {
            Some("${env:POD_NAMESPACE}") => self.namespace(),
            Some(stated) => (!stated.contains(['$', '{'])).then_some(stated),
            None if is_of_operator => self.namespace(),
            None => Some("default"),
        }
    }
}

/// The account that a pod names.
#[must_use]
pub fn account_of(pod: &Node) -> Option<&str> {
    pod.str_at(["spec", "serviceAccountName"])
        .or(pod.str_at(["spec", "serviceAccount"]))
}
