//! The table `pod`, which every workload has.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    document::Sourced,
    kubernetes::{ConfigKey, Memory, NamespaceName, SubdomainName},
    values::{Annotations, ByKey, IpAddress, Labels, VariableName},
};

/// What a pod says beside what kiln does.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PodOptions {
    /// Labels of the pods, beside those that kiln and Spark set.
    pub labels: Labels,
    /// Annotations of the pods.
    pub annotations: Annotations,
    /// The `PriorityClass`: pods of a higher one are scheduled first, and may take the place of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_class: Option<Sourced<SubdomainName>>,
    /// The `RuntimeClass`, such as one for GPUs or for sandboxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_class: Option<Sourced<SubdomainName>>,
    /// Over what the pods are spread: those of one workload, or the executors of one application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Sourced<Spread>>,
    /// Whether autoscalers (Karpenter, and the cluster autoscaler) leave a node alone as long as the pod
    /// runs there. It does not keep a cloud from taking a spot node back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_not_disrupt: Option<Sourced<bool>>,
    /// Variables of the containers' environment, beside those that kiln sets: a text, or where it comes from.
    #[serde(skip_serializing_if = "is_empty")]
    pub env: ByKey<VariableName, Variable>,
    /// Volumes of the pods, by their names, and where the containers see them.
    #[serde(skip_serializing_if = "is_empty")]
    pub volumes: ByKey<NamespaceName, Volume>,
    /// As whom the containers run, within what Pod Security lets them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security: Option<Sourced<Security>>,
    /// Host names by the addresses that they resolve to in the pods, as in `/etc/hosts`.
    #[serde(skip_serializing_if = "is_empty")]
    pub host_aliases: ByKey<IpAddress, Vec<Sourced<SubdomainName>>>,
    /// How the pods resolve names, when not as the cluster does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<Sourced<PodDns>>,
}

fn is_empty<K: Ord, V>(entries: &ByKey<K, V>) -> bool {
    entries.is_empty()
}

/// Over what pods are spread.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spread {
    /// Over `zones` or over `hosts`.
    pub over: Sourced<Domain>,
    /// Whether a pod waits rather than make the difference greater.
    #[serde(default)]
    pub required: Sourced<bool>,
    /// By how many pods two zones or hosts may differ.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub skew: Sourced<u32>,
}

const fn one() -> Sourced<u32> {
    Sourced::constant(1)
}

/// What a spread goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Domain {
    /// The zones of the cloud.
    Zones,
    /// The nodes.
    Hosts,
}

/// The value of a variable, or where it comes from.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Variable {
    /// The value itself.
    Text(String),
    /// The key of a Secret or `ConfigMap`.
    Key(VariableKey),
}

/// The key of a Secret or `ConfigMap` with the value of a variable.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VariableKey {
    /// The Secret, an entry of `secrets`.
    #[schemars(extend("x-kiln-reference" = "secrets"))]
    pub secret: Option<Sourced<String>>,
    /// The `ConfigMap`, by the name of the object.
    pub config_map: Option<Sourced<SubdomainName>>,
    /// The key.
    pub key: Sourced<ConfigKey>,
}

impl<'de> Deserialize<'de> for Variable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = Variable;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a table with `key`")
            }

            fn visit_str<E>(self, text: &str) -> Result<Variable, E> {
                Ok(Variable::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Variable, A::Error> {
                VariableKey::deserialize(MapAccessDeserializer::new(map)).map(Variable::Key)
            }
        }

        deserializer.deserialize_any(Choice)
    }
}

impl JsonSchema for Variable {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Variable".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let key = generator.subschema_for::<VariableKey>();
        json_schema!({"anyOf": [{"type": "string"}, key]})
    }
}

/// A volume and where it is seen.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Volume {
    /// Where the containers see it.
    #[schemars(regex(pattern = r"^/[^:]*$"), example = "/data")]
    pub path: Sourced<String>,
    /// The folder or file of the volume that is seen there, and not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[^/:.][^:]*$"), example = "shared/models")]
    pub sub_path: Option<Sourced<String>>,
    /// Whether it can only be read.
    #[serde(default)]
    pub read_only: Sourced<bool>,
    /// What it is: empty space of the node (`empty`), a volume made with the pod that goes with it
    /// (`ephemeral`), a claim that is there (`claim`), or the files of a Secret or `ConfigMap`.
    pub kind: Sourced<VolumeKind>,
}

/// What a volume is.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
pub enum VolumeKind {
    /// Space of the node, which goes with the pod.
    Empty {
        /// How much it may hold. A pod that writes more is evicted.
        size: Sourced<Memory>,
    },
    /// A volume that is made with the pod and goes with it.
    Ephemeral {
        /// How much it may hold. A pod that writes more is evicted.
        size: Sourced<Memory>,
        /// The storage class; the cluster's default when absent.
        class: Option<Sourced<SubdomainName>>,
    },
    /// A claim that somebody made.
    Claim {
        /// The `PersistentVolumeClaim`, by the name of the object.
        claim: Sourced<SubdomainName>,
    },
    /// The files of a Secret.
    Secret {
        /// The Secret, an entry of `secrets`.
        #[schemars(extend("x-kiln-reference" = "secrets"))]
        secret: Sourced<String>,
    },
    /// The files of a ConfigMap.
    ConfigMap {
        /// The `ConfigMap`, by the name of the object.
        config_map: Sourced<SubdomainName>,
    },
}

/// As whom containers run.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Security {
    /// The user, when not that of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub user: Option<Sourced<u32>>,
    /// The group, when not that of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 2_147_483_647))]
    pub group: Option<Sourced<u32>>,
    /// The group that volumes belong to, when not that of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 2_147_483_647))]
    pub fs_group: Option<Sourced<u32>>,
    /// Other groups of the processes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(max = 2_147_483_647)))]
    pub supplemental_groups: Vec<Sourced<u32>>,
    /// Whether the containers may write anywhere in their own files, and not in volumes alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writable_root: Option<Sourced<bool>>,
}

/// How pods resolve names.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PodDns {
    /// Whom they ask: the cluster (`cluster-first`), the node's own servers (`default`), or nobody but
    /// `nameservers` (`none`).
    pub policy: Sourced<DnsPolicy>,
    /// Servers beside those of the policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nameservers: Vec<Sourced<IpAddress>>,
    /// Domains in which names are looked up, beside those of the policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub searches: Vec<Sourced<SubdomainName>>,
    /// How many dots make a name complete, so that no domain is tried first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 15))]
    pub ndots: Option<Sourced<u32>>,
}

/// Whom pods ask for names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum DnsPolicy {
    /// The cluster.
    #[default]
    ClusterFirst,
    /// The node's own servers.
    Default,
    /// Nobody but the servers that are named.
    None,
}
