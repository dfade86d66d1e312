//! Traffic to those who exchange the tokens of pods.

use super::{End, Platform, Traffic};
use crate::{
    components::offers::{Access, IdentityKind},
    kubernetes::{ConnectionEnd, cloud},
    platform::{Cloud, DataPods, Program},
};

impl Platform<'_> {
    /// From the pods of a program that read and write data.
    pub(super) fn to_tokens<'p>(&'p self, program: &'p Program<'p>) -> Vec<Traffic<'p>> {
        let pods = program.data_pods(self).into_iter();
        let traffic = pods.filter_map(|pods| {
            let (to, port) = self.token_service(&pods)?;
            Some(Traffic::tcp(&pods.end?, to, vec![port..=port]))
        });
        traffic.collect()
    }

    /// Who exchanges the token of some pods, and on which port.
    fn token_service<'p>(&self, pods: &DataPods<'_>) -> Option<(End<'p>, u16)> {
        let outside = |what: &str| {
            let what = what.to_owned();
            let at = ConnectionEnd::Outside;
            Some((End { what, at }, 443))
        };
        let on_node = |(addresses, port): (&[&str], u16), what: &str| {
            let address = addresses.first()?.parse().ok()?;
            let at = ConnectionEnd::Addresses(address);
            let what = what.to_owned();
            Some((End { what, at }, port))
        };
        let (agent, agent_port) = cloud::POD_IDENTITY_AGENT;
        let (metadata, metadata_port) = cloud::METADATA_SERVER;
        match pods.cloud() {
            Some(Cloud::Aws) => return outside("the token service of AWS"),
            Some(Cloud::Azure) => return outside("the login of Azure"),
            Some(Cloud::Google) => {
                return on_node((&metadata, metadata_port), "the metadata server of GKE");
            }
            None => {}
        }
        if let Some(identity) = self.offers.storage_identity() {
            return match *identity.kind {
                IdentityKind::AwsPodIdentity => {
                    on_node((&agent, agent_port), "the agent of EKS Pod Identity")
                }
                IdentityKind::Gke { .. } => {
                    on_node((&metadata, metadata_port), "the metadata server of GKE")
                }
                // Their accounts say so, or a patch took it away.
                IdentityKind::AwsIrsa { .. } | IdentityKind::Azure { .. } => None,
            };
        }
        let store = self.offers.object_store.as_ref()?;
        let asks_node = matches!(*store.access, Access::Node);
        asks_node.then(|| on_node((&metadata, metadata_port), "the metadata server"))?
    }
}
