//! Who the pods of a program are to a cloud, as far as their ServiceAccounts are in sight.

use super::{Mode, Platform, Program, Role, account_of, traffic::End};
use crate::{
    document::{Node, Origins},
    graph::Member,
    kubernetes::{cloud, rbac::ServiceAccount},
};

/// A cloud that knows pods by their `ServiceAccount`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// AWS, by a role.
    Aws,
    /// Google Cloud.
    Google,
    /// Azure.
    Azure,
}

impl Cloud {
    /// The annotation of a `ServiceAccount` by which it knows pods.
    #[must_use]
    pub const fn annotation(self) -> &'static str {
        match self {
            Self::Aws => cloud::AWS_ROLE,
            Self::Google => cloud::GOOGLE_ACCOUNT,
            Self::Azure => cloud::AZURE_CLIENT,
        }
    }
}

/// Pods that read and write data.
#[derive(Clone, Debug)]
pub struct DataPods<'p> {
    /// In words, with what policies see of them; none when nothing in sight says it.
    pub end: Option<End<'p>>,
    /// Whether they are executors.
    pub are_executors: bool,
    /// The name of their `ServiceAccount`.
    pub account_name: Option<&'p str>,
    /// Their `ServiceAccount`.
    pub account: Option<&'p Member>,
    /// What they say in the label by which the webhook of Azure finds them, and what made that.
    pub azure_use: Option<(&'p str, &'p Origins)>,
}

impl DataPods<'_> {
    /// The cloud that knows them by an annotation of their `ServiceAccount`.
    #[must_use]
    pub fn cloud(&self) -> Option<Cloud> {
        let account = self.account?;
        [Cloud::Aws, Cloud::Google, Cloud::Azure]
            .into_iter()
            .find(|it| account.object.annotation(it.annotation()).is_some())
    }
}

impl Program<'_> {
    /// The `ServiceAccount` object of the program's own pod.
    #[must_use]
    pub fn account_object<'p>(&self, platform: &Platform<'p>) -> Option<&'p Member> {
        self.account_called(platform, self.service_account()?)
    }

    fn account_called<'p>(&self, platform: &Platform<'p>, name: &str) -> Option<&'p Member> {
        let namespace = self.namespace()?;
        platform.account(ServiceAccount { namespace, name })
    }

    /// The pods that read and write data: its own, and those of its executors, where Kubernetes makes them.
    #[must_use]
    pub fn data_pods<'p>(&'p self, platform: &'p Platform<'p>) -> Vec<DataPods<'p>> {
        let mut pods = Vec::new();
        // A master hands out executors, and sees no data.
        if self.role == Role::Master {
            return pods;
        }
        let is_elsewhere = self.application().is_none() && self.mode() == Some(Mode::Cluster);
        if !is_elsewhere {
            let name = self.service_account();
            pods.push(DataPods {
                end: self.driver_pod(),
                are_executors: false,
                account_name: name,
                account: name.and_then(|it| self.account_called(platform, it)),
                azure_use: self.label("driver", cloud::AZURE_USE),
            });
        }
        if self.is_driver() && self.is_on_kubernetes() && self.is_complete {
            let name = self.executor_account();
            pods.push(DataPods {
                end: self.executor_pod(),
                are_executors: true,
                account_name: name,
                account: name.and_then(|it| self.account_called(platform, it)),
                azure_use: self.label("executor", cloud::AZURE_USE),
            });
        }
        pods
    }

    /// A label of the pods of a role: of its template or its field, or of a property that Spark heeds.
    fn label(&self, role: &str, key: &str) -> Option<(&str, &Origins)> {
        let node = match (self.application(), role) {
            (Some(spec), _) => label_of_role(spec.get(role)?, key),
            (None, "driver") => self.pod.and_then(|it| it.at(["metadata", "labels", key])),
            (None, _) => {
                let pod = self.executor.as_ref();
                pod.and_then(|it| it.at(["metadata", "labels", key]))
            }
        };
        let written = node.and_then(|it| Some((it.as_str()?, &it.origins)));
        let is_heeded = role == "executor" || self.mode() == Some(Mode::Cluster);
        let property = || {
            let name = format!("spark.kubernetes.{role}.label.{key}");
            let property = self.properties.get(&name).filter(|_| is_heeded)?;
            Some((property.value.as_str(), &property.origins))
        };
        written.or_else(property)
    }

    /// The name of the `ServiceAccount` of executors: a property's, or else the template's.
    fn executor_account(&self) -> Option<&str> {
        if let Some(spec) = self.application() {
            return spec.str_at(["executor", "serviceAccount"]);
        }
        let property = |role: &str| {
            let key = format!("spark.kubernetes.authenticate.{role}.serviceAccountName");
            self.properties.value(&key)
        };
        let of_template = || self.executor.as_ref().and_then(account_of);
        property("executor")
            .or_else(of_template)
            .or_else(|| property("driver"))
    }
}

/// A label of the driver or the executors of an application: of its own field, or of its template.
fn label_of_role<'n>(role: &'n Node, key: &str) -> Option<&'n Node> {
    let own = role.at(["labels", key]);
    own.or_else(|| role.at(["template", "metadata", "labels", key]))
}
