//! What a ServiceAccount may do, as the RBAC authorizer of the API server answers.
//!
//! The matching is that of `plugin/pkg/auth/authorizer/rbac` and `pkg/apis/rbac/v1` in Kubernetes 1.34,
//! and a real server answers the same in `tests/kubernetes/rbac/conformance.rs`.
//!
//! A set of objects is never all that a cluster holds. A role that a binding names and nobody gave, such
//! as `edit`, may allow anything; the answer is then [`Verdict::Unknown`]. Bindings that nobody gave are
//! beyond sight, those too by which every cluster lets each account ask what it may do itself and what
//! the API serves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Object;
use crate::document::Node;

/// The group of the four kinds.
const GROUP: &str = "rbac.authorization.k8s.io";

/// A rule as a Role states it.
#[must_use]
pub fn rule<'a>(
    group: &str,
    resources: impl IntoIterator<Item = &'a str>,
    verbs: impl IntoIterator<Item = &'a str>,
) -> Node {
    let list = |items: &mut dyn Iterator<Item = &'a str>| items.map(Node::from).collect::<Vec<_>>();
    let mut rule = Node::map();
    rule.insert("apiGroups", vec![Node::from(group)]);
    rule.insert("resources", list(&mut resources.into_iter()));
    rule.insert("verbs", list(&mut verbs.into_iter()));
    rule
}

/// Matches every verb, group, resource or URL.
const ALL: &str = "*";

/// The user name of a ServiceAccount starts so; `NAMESPACE:NAME` follows.
const ACCOUNT: &str = "system:serviceaccount:";

/// The group of a namespace's accounts starts so; `NAMESPACE` follows.
const ACCOUNTS_OF: &str = "system:serviceaccounts:";

/// A ServiceAccount, which need not exist: bindings name accounts by what they will be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceAccount<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// The question whether an account may do something.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub account: ServiceAccount<'a>,
    /// What to do, such as `deletecollection`.
    pub verb: &'a str,
    /// With what.
    pub target: Target<'a>,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Objects of the API.
    Resource {
        /// The group of the API, without version; empty for the core.
        group: &'a str,
        /// The plural in lower case, with the subresource if there is one: `pods`, `pods/log`.
        resource: &'a str,
        /// The object's name. A request to create or to list has none, so a rule with `resourceNames`
        /// never allows it.
        name: Option<&'a str>,
        /// The namespace; none for objects of the cluster, and for those of all namespaces at once.
        namespace: Option<&'a str>,
    },
    /// A path of the server that is not a resource, such as `/metrics`.
    Url(&'a str),
}

impl<'a> Target<'a> {
    /// All objects of a kind in a namespace: what one asks for who creates, lists or watches.
    #[must_use]
    pub const fn objects(group: &'a str, resource: &'a str, namespace: &'a str) -> Self {
        Self::Resource {
            group,
            resource,
            name: None,
            namespace: Some(namespace),
        }
    }

    /// Where bindings of a namespace must lie to matter.
    fn namespace(&self) -> Option<&'a str> {
        match self {
            Self::Resource { namespace, .. } => namespace.filter(|it| !it.is_empty()),
            Self::Url(_) => None,
        }
    }
}

/// The answer to a request.
#[derive(Clone, Copy, Debug)]
pub enum Verdict<'a> {
    /// Yes: this grant allows it, and perhaps others too.
    Allowed(Grant<'a>),
    /// No rule among the objects allows it, but rules that are not among them may: this grant's.
    Unknown(Grant<'a>),
    /// No.
    Denied,
}

impl Verdict<'_> {
    /// Whether nobody can say without the roles that are not among the objects.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// That a binding gives an account a rule.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The RoleBinding or ClusterRoleBinding.
    pub binding: &'a Object,
    /// The first of the binding's subjects that the account is, or is a member of.
    pub subject: &'a Node,
    /// The namespace in which the grant holds; none when it holds in all of them and on the cluster.
    pub namespace: Option<&'a str>,
    /// What it gives.
    pub granted: Granted<'a>,
}

impl<'a> Grant<'a> {
    /// The rule; none when it is not known.
    #[must_use]
    pub const fn rule(&self) -> Option<Rule<'a>> {
        match self.granted {
            Granted::Rule(rule) => Some(rule),
            Granted::Unknown(_) => None,
        }
    }
}

/// What a grant gives.
#[derive(Clone, Copy, Debug)]
pub enum Granted<'a> {
    /// A rule.
    Rule(Rule<'a>),
    /// Whatever is written in roles that are not among the objects. The node is what reaches for them:
    /// the binding's `roleRef`, or the `aggregationRule` of a ClusterRole, for which others may label
    /// roles of their own.
    Unknown(&'a Node),
}

/// A rule of a role.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// The role in which it stands: not the bound one, where that aggregates others.
    pub role: &'a Object,
    /// The rule: `apiGroups`, `resources`, `verbs` and so on, each with its origins.
    pub node: &'a Node,
}

impl<'a> Rule<'a> {
    /// Whether the rule covers a verb and a target, wherever it may be bound.
    #[must_use]
    pub fn covers(&self, verb: &str, target: &Target<'_>) -> bool {
        self.verb(verb).is_some()
            && match *target {
                Target::Resource {
                    group,
                    resource,
                    name,
                    ..
                } => {
                    self.group(group).is_some()
                        && self.resource(resource).is_some()
                        && self.covers_name(name.unwrap_or_default())
                }
                Target::Url(path) => self.url(path).is_some(),
            }
    }

    /// The item of `verbs` that stands for a verb.
    #[must_use]
    pub fn verb(&self, verb: &str) -> Option<&'a Node> {
        self.find("verbs", |it| it == ALL || it == verb)
    }

    /// The item of `apiGroups` that stands for a group.
    #[must_use]
    pub fn group(&self, group: &str) -> Option<&'a Node> {
        self.find("apiGroups", |it| it == ALL || it == group)
    }

    /// The item of `resources` that stands for a resource. `pods` is no `pods/log`; `*/log` is the log
    /// of everything, and `*` is all resources with all of theirs. `pods/*` and `*/*` mean nothing: no
    /// subresource is called `*`.
    #[must_use]
    pub fn resource(&self, resource: &str) -> Option<&'a Node> {
        let of_all = |it: &str| {
            let sub = resource.split_once('/').map(|(_, sub)| sub);
            sub.is_some() && it.strip_prefix("*/") == sub
        };
        self.find("resources", |it| it == ALL || it == resource || of_all(it))
    }

    /// The item of `nonResourceURLs` that stands for a path; one that ends with `*` is a prefix, of
    /// letters and not of steps.
    #[must_use]
    pub fn url(&self, path: &str) -> Option<&'a Node> {
        let is_below = |it: &str| it.ends_with('*') && path.starts_with(it.trim_end_matches('*'));
        self.find("nonResourceURLs", |it| it == path || is_below(it))
    }

    /// Whether the rule is about an object of a name: about all objects, unless it lists names.
    fn covers_name(&self, name: &str) -> bool {
        self.node.list_at(["resourceNames"]).is_empty()
            || self.find("resourceNames", |it| it == name).is_some()
    }

    fn find(&self, list: &str, matches: impl Fn(&str) -> bool) -> Option<&'a Node> {
        let mut items = self.node.list_at([list]).iter();
        items.find(|it| it.as_str().is_some_and(&matches))
    }
}

/// Those of the possible subjects of a binding that an account can be.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder<'a> {
    /// One account.
    Account { namespace: &'a str, name: &'a str },
    /// All accounts of a namespace.
    Namespace(&'a str),
    /// All accounts.
    All,
}

impl<'a> Holder<'a> {
    /// Who a subject is; none for people, and for groups that have no accounts.
    pub(super) fn of(subject: &'a Node, binding_namespace: Option<&'a str>) -> Option<Self> {
        let name = subject.str_at(["name"])?;
        match subject.str_at(["kind"])? {
            "ServiceAccount" => {
                let stated = subject.str_at(["namespace"]).filter(|it| !it.is_empty());
                let namespace = stated.or(binding_namespace)?;
                Some(Self::Account { namespace, name })
            }
            "User" => {
                let (namespace, name) = name.strip_prefix(ACCOUNT)?.split_once(':')?;
                Some(Self::Account { namespace, name })
            }
            "Group" => match name {
                "system:authenticated" | "system:serviceaccounts" => Some(Self::All),
                _ => name.strip_prefix(ACCOUNTS_OF).map(Self::Namespace),
            },
            _ => None,
        }
    }

    /// All that an account is.
    const fn all_of(account: ServiceAccount<'a>) -> [Self; 3] {
        let ServiceAccount { namespace, name } = account;
        [
            Self::Account { namespace, name },
            Self::Namespace(namespace),
            Self::All,
        ]
    }
}

/// The roles and bindings of a set of objects.
#[derive(Default)]
pub struct Rbac<'a> {
    cluster_roles: BTreeMap<&'a str, &'a Object>,
    roles: HashMap<(&'a str, &'a str), &'a Object>,
    /// In the order of the objects.
    bindings: Vec<&'a Object>,
    /// The positions of the bindings of each holder.
    held: HashMap<Holder<'a>, Vec<usize>>,
}

impl<'a> Rbac<'a> {
    /// Takes in all objects of RBAC; others do no harm. A role or binding without the namespace that
    /// it must have is left out, and so is what a ClusterRoleBinding to a Role would give: the server
    /// takes neither.
    #[must_use]
    pub fn new(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let mut rbac = Self::default();
        for object in objects {
            let identity = object.identity();
            if identity.group != GROUP {
                continue;
            }
            match (identity.kind.as_str(), identity.namespace.as_deref()) {
                ("ClusterRole", _) => {
                    rbac.cluster_roles.insert(&identity.name, object);
                }
                ("Role", Some(namespace)) => {
                    rbac.roles.insert((namespace, &identity.name), object);
                }
                ("ClusterRoleBinding", _) | ("RoleBinding", Some(_)) => rbac.bind(object),
                _ => {}
            }
        }
        rbac
    }

    fn bind(&mut self, binding: &'a Object) {
        let position = self.bindings.len();
        self.bindings.push(binding);
        for subject in binding.node().list_at(["subjects"]) {
            if let Some(holder) = Holder::of(subject, namespace(binding)) {
                self.held.entry(holder).or_default().push(position);
            }
        }
    }

    /// Whether the server allows a request, for certain.
    #[must_use]
    pub fn allows(&self, request: &Request<'_>) -> bool {
        matches!(self.authorize(request), Verdict::Allowed(_))
    }

    /// Whether the server allows a request, and why.
    #[must_use]
    pub fn authorize(&self, request: &Request<'_>) -> Verdict<'a> {
        let mut verdict = Verdict::Denied;
        let place = request.target.namespace();
        for binding in self.bindings_of(request.account) {
            let reaches = namespace(binding).is_none_or(|it| Some(it) == place);
            if !reaches {
                continue;
            }
            for grant in self.grants_of(binding, request.account) {
                match grant.granted {
                    Granted::Rule(rule) if rule.covers(request.verb, &request.target) => {
                        return Verdict::Allowed(grant);
                    }
                    Granted::Unknown(_) if matches!(verdict, Verdict::Denied) => {
                        verdict = Verdict::Unknown(grant);
                    }
                    _ => {}
                }
            }
        }
        verdict
    }

    /// All that bindings give an account, in the order of the objects.
    pub fn grants<'b>(
        &'b self,
        account: ServiceAccount<'b>,
    ) -> impl Iterator<Item = Grant<'a>> + use<'a, 'b> {
        self.bindings_of(account)
            .flat_map(move |binding| self.grants_of(binding, account))
    }

    /// All bindings, in the order of the objects.
    #[must_use]
    pub fn bindings(&self) -> &[&'a Object] {
        &self.bindings
    }

    pub(super) fn cluster_roles(&self) -> impl Iterator<Item = &'a Object> {
        self.cluster_roles.values().copied()
    }

    /// Whether any binding names an account, or a group that it is in.
    #[must_use]
    pub fn is_bound(&self, account: ServiceAccount<'_>) -> bool {
        self.bindings_of(account).next().is_some()
    }

    /// The bindings of an account, each once, in the order of the objects.
    fn bindings_of<'b>(
        &'b self,
        account: ServiceAccount<'b>,
    ) -> impl Iterator<Item = &'a Object> + use<'a, 'b> {
        let held = Holder::all_of(account).map(|it| self.held.get(&it));
        let positions: BTreeSet<_> = held.into_iter().flatten().flatten().collect();
        positions.into_iter().map(|it| self.bindings[*it])
    }

    /// What a binding gives one of its accounts.
    fn grants_of(&self, binding: &'a Object, account: ServiceAccount<'_>) -> Vec<Grant<'a>> {
        let namespace = namespace(binding);
        let is_account = |subject: &&'a Node| {
            let holder = Holder::of(subject, namespace);
            holder.is_some_and(|it| Holder::all_of(account).contains(&it))
        };
        let mut subjects = binding.node().list_at(["subjects"]).iter();
        let Some(subject) = subjects.find(is_account) else {
            return Vec::new();
        };
        let granted = self.granted_by(binding).into_iter();
        let grant = |granted| Grant {
            binding,
            subject,
            namespace,
            granted,
        };
        granted.map(grant).collect()
    }

    /// What a binding gives, whoever its subjects are.
    #[must_use]
    pub fn granted_by(&self, binding: &'a Object) -> Vec<Granted<'a>> {
        let mut granted = Vec::new();
        let Some(reference) = binding.node().get("roleRef") else {
            return granted;
        };
        let name = reference.str_at(["name"]).unwrap_or_default();
        let role = match (reference.str_at(["kind"]), namespace(binding)) {
            (Some("ClusterRole"), _) => self.cluster_roles.get(name),
            (Some("Role"), Some(namespace)) => self.roles.get(&(namespace, name)),
            _ => return granted,
        };
        match role {
            Some(role) => self.add_rules(role, &mut BTreeSet::new(), &mut granted),
            None => granted.push(Granted::Unknown(reference)),
        }
        granted
    }

    /// Adds the rules of a role that was not seen yet. One that aggregates has those of the ClusterRoles
    /// that it selects. Its own are not certain: the controller of the cluster writes the others over
    /// them, and lets them be when it finds none at all.
    fn add_rules(
        &self,
        role: &'a Object,
        seen: &mut BTreeSet<&'a str>,
        granted: &mut Vec<Granted<'a>>,
    ) {
        if !seen.insert(&role.identity().name) {
            return;
        }
        let Some(aggregation) = aggregation(role) else {
            let rules = role.node().list_at(["rules"]).iter();
            granted.extend(rules.map(|node| Granted::Rule(Rule { role, node })));
            return;
        };
        let selectors = aggregation.list_at(["clusterRoleSelectors"]);
        for other in self.cluster_roles.values() {
            if selectors.iter().any(|it| selects(it, other)) {
                self.add_rules(other, seen, granted);
            }
        }
        granted.push(Granted::Unknown(aggregation));
    }
}

/// The namespace of a binding; none when it binds on the cluster.
pub(super) fn namespace(binding: &Object) -> Option<&str> {
    let identity = binding.identity();
    match identity.kind.as_str() {
        "RoleBinding" => identity.namespace.as_deref(),
        _ => None,
    }
}

/// What a ClusterRole says of the roles that it aggregates.
fn aggregation(role: &Object) -> Option<&Node> {
    let aggregation = role.node().get("aggregationRule")?;
    (role.identity().kind == "ClusterRole" && aggregation.as_map().is_some()).then_some(aggregation)
}

/// Whether a label selector selects an object; an empty one selects all.
fn selects(selector: &Node, object: &Object) -> bool {
    let has_label = |(key, value): (&String, &Node)| {
        let value = value.as_str();
        value.is_some() && object.label(key) == value
    };
    let meets = |expression: &Node| {
        let key = expression.str_at(["key"]).unwrap_or_default();
        let value = object.label(key);
        let mut values = expression.list_at(["values"]).iter();
        match expression.str_at(["operator"]) {
            Some("In") => value.is_some() && values.any(|it| it.as_str() == value),
            Some("NotIn") => value.is_none() || values.all(|it| it.as_str() != value),
            Some("Exists") => value.is_some(),
            Some("DoesNotExist") => value.is_none(),
            _ => false,
        }
    };
    let labels = selector.get("matchLabels").into_iter();
    labels.flat_map(Node::entries).all(has_label)
        && selector.list_at(["matchExpressions"]).iter().all(meets)
}
