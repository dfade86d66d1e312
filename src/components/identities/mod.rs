//! `[identities.NAME]`: who Spark is to a cloud, by the ServiceAccounts of its pods and without a key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Build, Component, Entry, Occurrence, Offers, offers};
use crate::{document::Sourced, values::AddressBlock};

/// Who Spark is to a cloud. The ServiceAccounts of all pods that read or write data get it; the cloud has to trust
/// them by namespace and name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// How the cloud knows pods: by an annotation with a role of AWS (`aws-irsa`), by an association that EKS
    /// keeps (`aws-pod-identity`), by GKE's Workload Identity Federation (`gke`), or by Azure's (`azure`).
    kind: Sourced<Kind>,
    /// The blocks of addresses at which tokens are exchanged, where that is a private endpoint. Without any,
    /// public addresses on port 443. An agent on the node has an address of its own.
    #[serde(default)]
    #[schemars(example = ["10.0.8.0/24"])]
    addresses: Vec<Sourced<AddressBlock>>,
}

/// How a cloud knows pods.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum Kind {
    /// Each ServiceAccount names a role of AWS (IAM roles for service accounts).
    AwsIrsa {
        /// The role.
        #[schemars(
            regex(pattern = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$"),
            example = "arn:aws:iam::111122223333:role/spark"
        )]
        role_arn: Sourced<String>,
        /// For whom tokens are made, when the identity provider of AWS expects another than
        /// `sts.amazonaws.com`.
        #[schemars(length(min = 1))]
        audience: Option<Sourced<String>>,
        /// Where tokens are exchanged: in the region of the cluster, or at the endpoint for all regions.
        #[serde(default)]
        sts: Sourced<Sts>,
    },
    /// EKS keeps who is what: an association for each ServiceAccount of Spark's, made outside of Kubernetes.
    AwsPodIdentity,
    /// GKE knows each ServiceAccount.
    Gke {
        /// The service account of Google Cloud that Spark's become. Without it, roles are bound to
        /// Kubernetes' ServiceAccounts themselves.
        #[schemars(
            regex(pattern = r"^[a-z]([a-z0-9-]*[a-z0-9])?@[a-z0-9.-]+\.gserviceaccount\.com$"),
            example = "spark@project.iam.gserviceaccount.com"
        )]
        service_account: Option<Sourced<String>>,
    },
    /// Azure knows each ServiceAccount by a credential of an application or of a managed identity.
    Azure {
        /// The identifier of that application or managed identity.
        #[schemars(
            regex(pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
            example = "11111111-2222-3333-4444-555555555555"
        )]
        client_id: Sourced<String>,
        /// The tenant, when it is not that of the cluster.
        #[schemars(
            regex(pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
            example = "99999999-8888-7777-6666-555555555555"
        )]
        tenant_id: Option<Sourced<String>>,
    },
}

/// Where AWS exchanges tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Sts {
    /// In the region of the cluster.
    #[default]
    Regional,
    /// At the endpoint for all regions.
    Global,
}

/// The component.
pub struct Identities;

impl Component for Identities {
    type Settings = Settings;
    const TABLE: &'static str = "identities";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const MAKES_OBJECTS: bool = false;
    const NEEDED: bool = true;
    const ABOUT: &'static str = "Who Spark is to a cloud, without keys.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let kind = settings.kind.map(|kind| match kind {
            Kind::AwsIrsa {
                role_arn,
                audience,
                sts,
            } => offers::IdentityKind::AwsIrsa {
                role: role_arn.clone(),
                audience: audience.clone(),
                is_regional: sts.map(|it| *it == Sts::Regional),
            },
            Kind::AwsPodIdentity => offers::IdentityKind::AwsPodIdentity,
            Kind::Gke { service_account } => offers::IdentityKind::Gke {
                service_account: service_account.clone(),
            },
            Kind::Azure {
                client_id,
                tenant_id,
            } => offers::IdentityKind::Azure {
                client: client_id.clone(),
                tenant: tenant_id.clone(),
            },
        });
        let addresses = settings.addresses.iter();
        let identity = offers::CloudIdentity {
            kind,
            addresses: addresses.map(|it| it.map(ToString::to_string)).collect(),
        };
        offers.identities.insert(entry.name.value.clone(), identity);
    }

    fn build(&self, _: &Entry<Settings>, _: &Offers, _: &mut Build<'_>) {}
}
