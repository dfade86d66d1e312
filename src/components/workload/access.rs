//! The accounts of drivers and executors, and what drivers may do.

use crate::{
    components::{Build, Offers},
    document::{Node, Origins},
    kubernetes::rbac,
    manifests::Layer,
    render::{Context, Template, template},
    spark::{
        Conf,
        rights::{self, Mode},
    },
};

const SERVICE_ACCOUNT: Template =
    template!("components/workload/templates/service-account.yaml.hbs");
const ROLE: Template = template!("components/workload/templates/role.yaml.hbs");
const ROLE_BINDING: Template = template!("components/workload/templates/role-binding.yaml.hbs");

/// The ServiceAccounts of a driver and of its executors, and what the driver may do.
pub struct Access<'a> {
    /// The driver's ServiceAccount; its Role and RoleBinding have the same name.
    pub driver: &'a Node,
    /// The ServiceAccount of its executors, which may do nothing.
    pub executors: &'a Node,
    /// Their namespace.
    pub namespace: &'a Node,
    /// The program, for `app.kubernetes.io/name`.
    pub app: &'a str,
    /// The properties of the drivers that run as it, from which follows what they may do.
    pub drivers: &'a [Conf],
    /// Who makes the driver's pod.
    pub maker: Maker,
    /// What a cloud knows both by.
    pub annotations: Option<Node>,
}

/// Who makes the pod of a driver.
///
/// Others than kiln name the account and say nothing of a token, so the account has to: without one a
/// driver ends with `External scheduler cannot be instantiated`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// kiln, whose template says that the pod has a token.
    Kiln,
    /// `JupyterHub`, or whatever starts notebooks.
    Hub,
    /// The operator, in cluster mode.
    Operator,
}

impl Access<'_> {
    /// Makes the objects; all but the driver's account are there for its executors.
    pub fn build(&self, origins: &Origins, for_executors: &Origins, out: &mut Build<'_>) {
        let common = Context::new()
            .value("namespace", self.namespace.clone())
            .value("app", self.app)
            .optional("annotations", self.annotations.clone());
        let mode = match self.maker {
            Maker::Kiln | Maker::Hub => Mode::Client,
            Maker::Operator => Mode::Cluster,
        };
        let rights = rights::of_role(mode, self.drivers).into_iter();
        let decided_by = rights::decided_by(mode, self.drivers);
        let rules = rights.map(|(resource, verbs)| {
            let mut rule = rbac::rule("", [resource], verbs);
            if let Some(origins) = decided_by.get(resource) {
                rule.choose(origins);
            }
            rule
        });
        let driver = common
            .clone()
            .value("name", self.driver.clone())
            .value("rules", rules.collect::<Vec<_>>())
            .flag("mounts_token", self.maker != Maker::Kiln);
        let executors = common
            .value("name", self.executors.clone())
            .flag("mounts_token", false);
        out.object(Layer::Platform, SERVICE_ACCOUNT, origins, &driver);
        out.object(Layer::Platform, SERVICE_ACCOUNT, for_executors, &executors);
        out.object(Layer::Platform, ROLE, for_executors, &driver);
        out.object(Layer::Platform, ROLE_BINDING, for_executors, &driver);
    }
}

/// A `ServiceAccount` that may do nothing on Kubernetes, for pods that read and write data.
pub fn powerless_account(
    name: Node,
    namespace: Node,
    app: &str,
    offers: &Offers,
    origins: &Origins,
    out: &mut Build<'_>,
) {
    let context = Context::new()
        .value("name", name)
        .value("namespace", namespace)
        .value("app", app)
        .optional("annotations", offers.account_annotations())
        .flag("mounts_token", false);
    out.object(Layer::Platform, SERVICE_ACCOUNT, origins, &context);
}
