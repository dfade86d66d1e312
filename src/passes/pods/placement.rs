//! The nodes that pods run on.

use std::collections::BTreeMap;

use crate::{
    components::offers::NodePool,
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Node, Origins, Sourced},
    kubernetes::scheduling::ZONE,
    manifests::NodePools,
    values::Taint,
};

/// What has a pod run on the nodes of its pools, and on no others.
///
/// One pool is a `nodeSelector`, which people read at a glance. Several, or one that is told by its zones, are
/// the terms of a node affinity, of which one has to hold.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    selector: Option<Node>,
    terms: Vec<Node>,
    tolerations: Vec<Node>,
}

impl Placement {
    /// The placement on the pools of these names, as far as they are there.
    #[must_use]
    pub fn of(chosen: &NodePools, pools: &[NodePool]) -> Self {
        let named = chosen.names().iter().filter_map(|name| {
            let pool = pools.iter().find(|it| it.name == name.value)?;
            Some((pool, &name.origins))
        });
        let named: Vec<_> = named.filter(|(pool, _)| is_found(pool)).collect();
        let mut placement = Self {
            tolerations: tolerations(&named),
            ..Self::default()
        };
        match named.as_slice() {
            [] => {}
            [(pool, by)] if pool.zones.is_empty() => {
                let mut selector = Node::map();
                for (key, value) in pool.labels.iter() {
                    selector.insert(key.as_str(), value.clone().chosen_by(by));
                }
                placement.selector = Some(selector);
            }
            _ => placement.terms = named.iter().map(|(pool, by)| term(pool, by)).collect(),
        }
        placement
    }

    /// Writes it into the specification of a pod.
    pub fn write(self, spec: &mut Node) {
        if let Some(selector) = self.selector {
            spec.insert("nodeSelector", selector);
        }
        if !self.terms.is_empty() {
            let required = ["affinity", "nodeAffinity"];
            let mut terms = Node::map();
            terms.insert("nodeSelectorTerms", self.terms);
            let affinity = spec.entry_at(&required);
            affinity.insert("requiredDuringSchedulingIgnoredDuringExecution", terms);
        }
        if !self.tolerations.is_empty() {
            spec.insert("tolerations", self.tolerations);
        }
    }

    /// Writes it into `singleuser` of `JupyterHub`'s values
    /// (<https://z2jh.jupyter.org/en/stable/resources/reference.html#singleuser-extranodeaffinity>).
    pub fn write_for_hub(self, singleuser: &mut Node) {
        if let Some(selector) = self.selector {
            singleuser.insert("nodeSelector", selector);
        }
        if !self.terms.is_empty() {
            let affinity = singleuser.entry_at(&["extraNodeAffinity"]);
            affinity.insert("required", self.terms);
        }
        if !self.tolerations.is_empty() {
            singleuser.insert("extraTolerations", self.tolerations);
        }
    }
}

/// Says of each pool that a pod names how it cannot be found.
pub fn validate(chosen: &NodePools, pools: &[NodePool], faults: &mut Diagnostics) {
    for name in chosen.names() {
        let pool = pools.iter().find(|it| it.name == name.value);
        let Some(pool) = pool.filter(|it| !is_found(it)) else {
            continue;
        };
        let title = format!(
            "nothing tells the nodes of the pool `{}` from others",
            pool.name
        );
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, title)
                .at_value(&name.origins, "to run on these")
                .at_value(&pool.nodes.origins, "the pool states neither `labels` nor `zones`")
                .hint(format!(
                    "state the labels of its nodes, by which the scheduler finds them: `node-pools.{}.labels`",
                    pool.name
                )),
        );
    }
}

/// Whether a scheduler can find the nodes of a pool.
fn is_found(pool: &NodePool) -> bool {
    !pool.labels.is_empty() || !pool.zones.is_empty()
}

/// What holds of the nodes of one pool.
fn term(pool: &NodePool, by: &Origins) -> Node {
    let expression = |key: Node, values: Vec<Node>| {
        let mut expression = Node::map();
        expression.insert("key", key);
        expression.insert("operator", Node::new("In", by.clone()));
        expression.insert("values", values);
        expression
    };
    let mut expressions: Vec<_> = pool
        .labels
        .iter()
        .map(|(key, value)| {
            let value = value.clone().chosen_by(by);
            let key = Node::new(key.as_str(), value.origins.clone());
            expression(key, vec![value.into()])
        })
        .collect();
    if !pool.zones.is_empty() {
        let zones = pool.zones.iter().map(|it| it.clone().chosen_by(by));
        let zones: Vec<Sourced<_>> = zones.collect();
        let mut origins = Origins::none();
        for zone in &zones {
            origins.extend(&zone.origins);
        }
        let values = zones.into_iter().map(Node::from).collect();
        expressions.push(expression(Node::new(ZONE, origins), values));
    }
    let mut term = Node::map();
    term.insert("matchExpressions", expressions);
    term
}

/// What a pod says to be let onto the nodes of all its pools.
fn tolerations(named: &[(&NodePool, &Origins)]) -> Vec<Node> {
    let mut all: BTreeMap<&Taint, Origins> = BTreeMap::new();
    for (pool, by) in named {
        for taint in &pool.taints {
            let origins = taint.origins.clone().chosen_by(by);
            all.entry(&taint.value).or_default().extend(&origins);
        }
    }
    let toleration = |(taint, origins): (&Taint, Origins)| {
        let text = |it: &str| Node::new(it, origins.clone());
        let (key, value, effect) = taint.parts();
        let mut toleration = Node::map();
        toleration.insert("key", text(key));
        if value.is_empty() {
            toleration.insert("operator", text("Exists"));
        } else {
            toleration.insert("operator", text("Equal"));
            toleration.insert("value", text(value));
        }
        toleration.insert("effect", text(effect));
        toleration
    };
    all.into_iter().map(toleration).collect()
}
