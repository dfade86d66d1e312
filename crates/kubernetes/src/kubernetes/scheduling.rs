//! On which nodes the scheduler puts a pod, by what is known of them: node selectors, required node
//! affinities, taints and tolerations.
//!
//! After <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/> and
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/>.

use crate::document::Node;

/// The label of a node that says in which zone it is.
pub const ZONE: &str = "topology.kubernetes.io/zone";

/// What is known of the labels of some nodes.
pub trait NodeLabels {
    /// The values that a label has on them, each on one node at least; none when no node carries it.
    fn values(&self, key: &str) -> Known<Vec<&str>>;
}

/// Something that may not be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known.
    Known(T),
    /// Nothing in sight says it.
    Unknown,
}

/// Whether a pod's selector and required affinity may hold on such nodes; `spec` is the pod's specification.
#[must_use]
pub fn may_select(spec: &Node, nodes: &impl NodeLabels) -> bool {
    let mut selector = spec.get("nodeSelector").into_iter().flat_map(Node::entries);
    let is_selected = selector.all(|(key, value)| {
        let value = value.as_str().unwrap_or_default();
        may_hold(nodes, key, "In", &[value])
    });
    is_selected
        && required_terms(spec).is_none_or(|terms| {
            let mut terms = terms.iter();
            terms.any(|it| may_hold_term(nodes, it))
        })
}

/// The terms of a pod's node affinity of which one has to hold; none when it has no such affinity.
#[must_use]
pub fn required_terms(spec: &Node) -> Option<&[Node]> {
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let required = spec.at(["affinity", "nodeAffinity", required])?;
    Some(required.list_at(["nodeSelectorTerms"]))
}

/// Whether a term of a node selector may hold. An empty one never does.
fn may_hold_term(nodes: &impl NodeLabels, term: &Node) -> bool {
    let expressions = term.list_at(["matchExpressions"]);
    let fields = term.list_at(["matchFields"]);
    (!expressions.is_empty() || !fields.is_empty())
        && expressions.iter().all(|it| {
            let key = it.str_at(["key"]).unwrap_or_default();
            let operator = it.str_at(["operator"]).unwrap_or_default();
            let values = it.list_at(["values"]).iter();
            let values: Vec<_> = values.filter_map(Node::as_str).collect();
            may_hold(nodes, key, operator, &values)
        })
}

fn may_hold(nodes: &impl NodeLabels, key: &str, operator: &str, values: &[&str]) -> bool {
    let Known::Known(found) = nodes.values(key) else {
        return true;
    };
    let is_there = !found.is_empty();
    let compares = |holds: fn(i64, i64) -> bool| {
        let limit = values.first().and_then(|it| it.parse().ok());
        let numbers = found.iter().filter_map(|it| it.parse().ok());
        limit.is_some_and(|limit| numbers.into_iter().any(|it| holds(it, limit)))
    };
    match operator {
        "In" => found.iter().any(|it| values.contains(it)),
        "NotIn" => !is_there || found.iter().any(|it| !values.contains(it)),
        "Exists" => is_there,
        "DoesNotExist" => !is_there,
        "Gt" => compares(|it, limit| it > limit),
        "Lt" => compares(|it, limit| it < limit),
        // Another one the API server refuses.
        _ => true,
    }
}

/// Whether a pod tolerates a taint, given as its key, value and effect; `spec` is the pod's specification.
#[must_use]
pub fn tolerates(spec: &Node, (key, value, effect): (&str, &str, &str)) -> bool {
    spec.list_at(["tolerations"]).iter().any(|it| {
        let text = |field| it.str_at([field]).unwrap_or_default();
        let is_of_effect = ["", effect].contains(&text("effect"));
        let is_of_key = match text("operator") {
            "Exists" => ["", key].contains(&text("key")),
            _ => text("key") == key && text("value") == value,
        };
        is_of_effect && is_of_key
    })
}
