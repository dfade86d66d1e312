//! `[namespaces.NAME]`: namespaces with Pod Security, a quota, and limits for pods that state none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Build, Component, Entry, Occurrence, Offers, offers};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Node, Sourced, Value},
    engines::owner,
    kubernetes::{CpuQuantity, Identity, Memory, NamespaceName},
    manifests::{Layer, Prerequisite},
    render::{Context, Template, template},
    values::Labels,
};

const NAMESPACE: Template = template!("components/namespaces/templates/namespace.yaml.hbs");
const QUOTA: Template = template!("components/namespaces/templates/resource-quota.yaml.hbs");
const LIMITS: Template = template!("components/namespaces/templates/limit-range.yaml.hbs");
const DEFAULT_DENY: Template = template!("components/namespaces/templates/default-deny.yaml.hbs");

/// A namespace of the platform.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Whether kiln makes the namespace. With `false` it must exist, and kiln only makes what is in it.
    #[serde(default = "yes")]
    #[schemars(extend("x-kiln-fact" = true))]
    create: Sourced<bool>,
    /// The Pod Security Standard that its pods must meet. Everything that kiln makes meets
    /// `restricted`.
    #[serde(default)]
    pod_security: Sourced<PodSecurity>,
    /// What all pods of the namespace may ask for together. Pods beyond it are refused.
    quota: Option<Quota>,
    /// What a container gets that states nothing itself. With a quota on memory, a container without
    /// limits would be refused.
    #[serde(default)]
    defaults: Defaults,
    /// Whether to forbid all traffic that no policy allows, also to pods that kiln does not know; those at
    /// the end of a flow then get a policy for it. Without this key, where kiln makes the namespace.
    #[schemars(extend("x-kiln-fact" = true))]
    default_deny: Option<Sourced<bool>>,
    /// Labels of the namespace.
    #[serde(default)]
    labels: Labels,
}

/// A Pod Security Standard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum PodSecurity {
    /// What hardened pods meet.
    #[default]
    Restricted,
    /// No known escalation of privileges.
    Baseline,
    /// No rule.
    Privileged,
}

impl From<PodSecurity> for Value {
    fn from(level: PodSecurity) -> Self {
        Self::from(match level {
            PodSecurity::Restricted => "restricted",
            PodSecurity::Baseline => "baseline",
            PodSecurity::Privileged => "privileged",
        })
    }
}

/// Limits for a whole namespace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Quota {
    /// The cores that pods may request together.
    cpu: Option<Sourced<CpuQuantity>>,
    /// The memory that pods may request, and use, together.
    memory: Option<Sourced<Memory>>,
    /// How many pods there may be.
    #[schemars(range(min = 1))]
    pods: Option<Sourced<u32>>,
}

/// What a container gets that states nothing itself.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Defaults {
    /// The cores that it requests.
    cpu: Sourced<CpuQuantity>,
    /// The memory that it requests and may use.
    memory: Sourced<Memory>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            cpu: Sourced::constant("100m".parse().expect("100m is an amount of cores")),
            memory: Sourced::constant("256Mi".parse().expect("256Mi is an amount of memory")),
        }
    }
}

const fn yes() -> Sourced<bool> {
    Sourced::constant(true)
}

/// The component.
pub struct Namespaces;

impl Component for Namespaces {
    type Settings = Settings;
    const TABLE: &'static str = "namespaces";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const ABOUT: &'static str = "The namespaces of the platform.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let name: NamespaceName = entry
            .name
            .parse()
            .expect("the schema checks the names of keyed tables");
        offers.namespaces.insert(
            entry.name.value.clone(),
            offers::Namespace {
                name: entry.name.map(|_| name),
                created: *entry.settings.create,
                default_deny: entry.settings.default_deny.as_ref().map(|it| **it),
            },
        );
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        validate(entry, out);
        let version = offers.cluster().kubernetes.map(|it| format!("v{it}"));
        let labels = settings.labels.iter().map(|(key, value)| {
            Context::new()
                .value("key", Node::new(key.as_str(), value.origins.clone()))
                .value("value", value)
        });
        let context = Context::new()
            .value("name", &entry.name)
            .value("pod_security", &settings.pod_security)
            .value("version", version)
            .list("labels", labels.collect());
        if *settings.create {
            out.object(Layer::Cluster, NAMESPACE, &entry.origins, &context);
        } else {
            out.prerequisite(Prerequisite {
                object: Identity::of_cluster("", "Namespace", entry.name.value.clone()),
                keys: Vec::new(),
                why: "the spec says `create = false`".to_owned(),
                origins: settings.create.origins.clone(),
            });
        }
        if let Some(quota) = &settings.quota {
            let context = Context::new()
                .value("namespace", &entry.name)
                .optional("cpu", quota.cpu.as_ref())
                .optional("memory", quota.memory.as_ref())
                .optional("pods", quota.pods.as_ref());
            out.object(Layer::Cluster, QUOTA, &entry.origins, &context);
            let context = Context::new()
                .value("namespace", &entry.name)
                .value("cpu", &settings.defaults.cpu)
                .value("memory", &settings.defaults.memory);
            out.object(Layer::Cluster, LIMITS, &entry.origins, &context);
        }
        if offers.namespaces[entry.name.as_str()].is_closed() {
            let context = Context::new().value("namespace", &entry.name);
            let stated = settings.default_deny.as_ref();
            let origins = stated.map_or(&entry.origins, |it| &it.origins);
            out.object(Layer::Cluster, DEFAULT_DENY, origins, &context);
        }
    }
}

/// The namespaces that every cluster has from its first day.
const OF_KUBERNETES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// The labels of a namespace that kiln and the API server set, and what to write instead.
const SET_LABELS: [(&str, &str); 3] = [
    (
        "pod-security.kubernetes.io/",
        "set `pod-security`, from which all six labels follow",
    ),
    (
        "kubernetes.io/metadata.name",
        "the API server sets it to the namespace's name: remove it",
    ),
    (
        "app.kubernetes.io/managed-by",
        "kiln sets it to its own name: remove it",
    ),
];

/// What Kubernetes and the engines have a say in.
fn validate(entry: &Entry<Settings>, out: &mut Build<'_>) {
    let name = &entry.name;
    if *entry.settings.create && OF_KUBERNETES.contains(&name.as_str()) {
        out.report(
            Diagnostic::error(
                codes::CONFLICT,
                format!("`{}` is a namespace of Kubernetes itself", **name),
            )
            .at_key(
                &name.origins,
                "kiln would change its labels and its Pod Security",
            )
            .hint("write `create = false`: then kiln only makes what is in it"),
        );
    }
    for (key, value) in &*entry.settings.labels {
        let owned = SET_LABELS.iter().find(|(owned, _)| {
            if owned.ends_with('/') {
                key.starts_with(owned)
            } else {
                key.as_str() == *owned
            }
        });
        let of_engine = || owner(key.as_str()).map(|it| format!("{} sets it: remove it", it.title));
        let instead = owned.map(|(_, instead)| (*instead).to_owned());
        if let Some(instead) = instead.or_else(of_engine) {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("the label `{key}` is not the spec's to set"),
                )
                .at_key(&value.origins, "somebody else sets it")
                .hint(instead),
            );
        }
    }
}
