//! On which pools of nodes pods may run.

use super::{Platform, Pod};
use crate::{
    components::offers::NodePool,
    document::{Node, Origins, Sourced},
    kubernetes::scheduling::{Known, NodeLabels, ZONE, may_select, required_terms, tolerates},
    values::Taint,
};

/// The labels of a pool's nodes, among the other pools of their cluster.
struct LabelsOf<'a> {
    pool: &'a NodePool,
    all: &'a [NodePool],
}

impl NodeLabels for LabelsOf<'_> {
    /// A label of one pool is not on the nodes of another that does not state it. Who states labels states all,
    /// but for those that Kubernetes and clouds give every node.
    fn values(&self, key: &str) -> Known<Vec<&str>> {
        let stated = |pool: &'_ NodePool| pool.labels.keys().any(|it| it.as_str() == key);
        let mut labels = self.pool.labels.iter();
        if let Some((_, value)) = labels.find(|(it, _)| it.as_str() == key) {
            return Known::Known(vec![value.as_str()]);
        }
        if key == ZONE && !self.pool.zones.is_empty() {
            return Known::Known(self.pool.zones.iter().map(|it| it.as_str()).collect());
        }
        let is_known =
            self.all.iter().any(stated) || !self.pool.labels.is_empty() && !is_on_every_node(key);
        if is_known {
            Known::Known(Vec::new())
        } else {
            Known::Unknown
        }
    }
}

/// Whether a label is of a domain whose labels every node has, whoever made it.
fn is_on_every_node(key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    ["kubernetes.io", "k8s.io", "k8s.aws"].iter().any(|it| {
        let before = domain.strip_suffix(it);
        before.is_some_and(|it| it.is_empty() || it.ends_with('.'))
    })
}

/// Why a pod does not run on the nodes of a pool.
#[derive(Clone, Copy, Debug)]
pub enum Refusal<'a> {
    /// The labels are not those that it asks for.
    Labels,
    /// It does not tolerate a taint.
    Taint(&'a Sourced<Taint>),
}

impl Platform<'_> {
    /// The pools of nodes that the spec declares.
    #[must_use]
    pub fn node_pools(&self) -> &[NodePool] {
        let cluster = self.offers.cluster.as_ref();
        cluster.map_or(&[], |it| it.node_pools.as_slice())
    }

    /// Why a pod does not run on the nodes of a pool, whatever it needs; none when it may.
    #[must_use]
    pub fn refusal<'p>(&'p self, pod: &Pod<'_>, pool: &'p NodePool) -> Option<Refusal<'p>> {
        let nothing = Node::default();
        let spec = pod.spec().unwrap_or(&nothing);
        let all = self.node_pools();
        if !may_select(spec, &LabelsOf { pool, all }) {
            return Some(Refusal::Labels);
        }
        let mut taints = pool.taints.iter().filter(|it| it.repels());
        let taint = taints.find(|it| !tolerates(spec, it.parts()));
        taint.map(Refusal::Taint)
    }

    /// The pools on which a pod may run, whatever it needs.
    pub fn pools_of<'p>(&'p self, pod: &'p Pod<'_>) -> impl Iterator<Item = &'p NodePool> {
        let pools = self.node_pools().iter();
        pools.filter(move |it| self.refusal(pod, it).is_none())
    }
}

/// The labels by which clouds and autoscalers tell nodes that they take back at short notice.
const OF_SPOT: [(&str, &str); 6] = [
    ("karpenter.sh/capacity-type", "spot"),
    ("eks.amazonaws.com/capacityType", "SPOT"),
    ("cloud.google.com/gke-spot", "true"),
    ("cloud.google.com/gke-provisioning", "spot"),
    ("cloud.google.com/gke-preemptible", "true"),
    ("kubernetes.azure.com/scalesetpriority", "spot"),
];

/// Whether labels are those of such nodes.
fn is_of_spot(key: &str, value: &Node) -> bool {
    let value = value.as_str().unwrap_or_default();
    OF_SPOT.contains(&(key, value))
}

/// Whether all nodes that a term selects are such.
fn spot_of_term(term: &Node) -> Option<&Origins> {
    let mut expressions = term.list_at(["matchExpressions"]).iter();
    expressions.find_map(|it| {
        let key = it.str_at(["key"])?;
        let values = it.list_at(["values"]);
        let is_in = it.str_at(["operator"]) == Some("In");
        let all = is_in && values.iter().all(|value| is_of_spot(key, value));
        values.first().filter(|_| all).map(|it| &it.origins)
    })
}

impl Pod<'_> {
    /// What has it run on nodes that clouds take back at short notice, by the labels that it asks for.
    #[must_use]
    pub fn asks_for_spot(&self) -> Option<&Origins> {
        let spec = self.spec()?;
        let mut selector = spec.get("nodeSelector").into_iter().flat_map(Node::entries);
        if let Some((_, value)) = selector.find(|(key, value)| is_of_spot(key, value)) {
            return Some(&value.origins);
        }
        let terms = required_terms(spec)?.iter();
        let spot: Option<Vec<_>> = terms.map(spot_of_term).collect();
        spot?.into_iter().next()
    }
}
