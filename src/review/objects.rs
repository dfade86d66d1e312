//! What becomes of one object: what its controller, the API server and the engine make of the change.

use std::{cmp::Ordering, collections::BTreeMap};

use super::{
    Action, Change, Comparison, Effect, Field, Side, causes,
    fields::{self, Difference, are_same},
    pairs::{Both, By, Pair, pairs},
    rules,
    workloads::{is_reached_from_outside, service, workload},
};
use crate::{
    document::Node,
    engines::{ALL, is_kept, is_remade},
    graph::Member,
    kubernetes::{Identity, PodSecurity, Quantity, immutable},
    passes::checksums::is_checksum,
    platform::{Role, quantity},
    references::references,
};

/// The operator's kinds.
const OPERATOR: &str = "sparkoperator.k8s.io";

/// An object that is on both sides, and what differs in it.
#[derive(Clone, Copy)]
pub struct ObjectChange<'c, 'a> {
    /// The two sides.
    pub sides: Comparison<'c, 'a>,
    /// As it was.
    pub before: &'a Member,
    /// As it is.
    pub after: &'a Member,
    /// What differs in it.
    pub differences: &'c [Difference],
}

/// What becomes of each object that is not the same on both sides.
#[must_use]
pub fn changes(sides: Comparison<'_, '_>) -> Vec<Change> {
    let [old, new] = [sides.old, sides.new].map(|it| it.platform.graph.members.as_slice());
    let pairs = pairs(old, new).into_iter();
    pairs.filter_map(|it| of_pair(&it, sides)).collect()
}

fn of_pair(pair: &Pair<'_>, sides: Comparison<'_, '_>) -> Option<Change> {
    let both = match pair {
        Pair::Both(both) => Some(both),
        Pair::New(_) | Pair::Gone(_) => None,
    };
    let differences = both.map_or_else(Vec::new, |Both { before, after, .. }| {
        let identity = after.object.identity();
        fields::of_objects(identity, before.object.node(), after.object.node())
    });
    if both.is_some_and(|it| differences.is_empty() && it.before.layer == it.after.layer) {
        return None;
    }
    let (action, mut effects) = match *pair {
        Pair::New(after) => (Action::Created, created(after)),
        Pair::Gone(before) => (Action::Deleted, deleted(sides, before)),
        Pair::Both(Both { before, after, by }) => {
            let change = ObjectChange {
                sides,
                before,
                after,
                differences: &differences,
            };
            match by {
                By::Identity => (Action::Changed, changed(change)),
                By::Content | By::Likeness => (Action::Renamed, renamed(change, by)),
            }
        }
    };
    effects.sort_by_key(|it| it.rule.rank());
    let member = pair.member();
    let was = both.filter(|_| action == Action::Renamed);
    let side = if action == Action::Deleted {
        sides.old
    } else {
        sides.new
    };
    Some(Change {
        subject: name(member),
        action,
        was: was.map(|it| name(it.before)),
        layer: Some(member.layer.folder()),
        effects,
        fields: Field::all(&differences, both),
        causes: causes::of_pair(pair, &differences, sides),
        refers: referred(side, member),
    })
}

fn name(member: &Member) -> String {
    member.object.identity().to_string()
}

/// What an object refers to, each with the verb.
fn referred(side: &Side<'_>, member: &Member) -> Vec<(String, String)> {
    let graph = side.platform.graph;
    let Some(from) = graph.position(member.object.identity()) else {
        return Vec::new();
    };
    let edges = graph.edges.iter().filter(|edge| edge.from == from);
    let mut referred: Vec<_> = edges
        .map(|edge| {
            (
                edge.reference.verb.to_owned(),
                name(&graph.members[edge.to]),
            )
        })
        .collect();
    referred.sort();
    referred.dedup();
    referred
}

fn created(after: &Member) -> Vec<Effect> {
    let identity = after.object.identity();
    let node = after.object.node();
    let is_open = match (identity.group.as_str(), identity.kind.as_str()) {
        ("", "Service") => is_reached_from_outside(node),
        ("networking.k8s.io", "Ingress") => true,
        ("gateway.networking.k8s.io" | "route.openshift.io", kind) => kind.ends_with("Route"),
        _ => false,
    };
    if is_open {
        let what = "is created, and leads into the platform from outside of the cluster";
        return vec![Effect::new(rules::ACCESS_WIDENED, what)];
    }
    let what = match identity.kind.as_str() {
        "Job" => "is created and runs once",
        "SparkApplication" if identity.group == OPERATOR => "is created and runs once",
        _ => "is created",
    };
    vec![Effect::new(rules::CREATED, what)]
}

fn deleted(sides: Comparison<'_, '_>, before: &Member) -> Vec<Effect> {
    let side = sides.old;
    let identity = before.object.identity();
    if is_kept(before.object.node()) {
        let what = "stays on the cluster, and kiln no longer makes it: its annotations keep every engine from deleting it";
        return vec![Effect::new(rules::KEPT, what)];
    }
    let mut effects = Vec::new();
    if before.object.holds_data() {
        let what = match identity.kind.as_str() {
            "Namespace" => "is deleted, with everything in it",
            "CustomResourceDefinition" => {
                "is deleted, with every resource of its kind on the cluster"
            }
            _ => "is deleted, and what its volumes hold with it where their class says `Delete`",
        };
        effects.push(Effect::new(rules::STORAGE_LOST, what));
    } else if !may_prune(sides.new, identity) {
        effects.push(left_behind(identity));
    } else {
        let mut effect = Effect::new(rules::DELETED, "is deleted");
        let users = users(side, before);
        if !users.is_empty() {
            effect = effect.note(format!("{} referred to it before", users.join(", ")));
        }
        effects.push(effect);
    }
    effects.extend(ends(side, before, "is deleted"));
    effects
}

/// Whether the `AppProject` of Argo CD, if there is one, lets it touch an object. What it may not touch it does not see,
/// and so does not prune (`IsLiveResourcePermitted` in `controller/state.go`).
fn may_prune(side: &Side<'_>, identity: &Identity) -> bool {
    let mut projects = side.compilation.delivered.values();
    let project = projects.find(|it| it.str_at(["kind"]) == Some("AppProject"));
    project.is_none_or(|project| {
        let lists = |field, is_it: &dyn Fn(&Node) -> bool| {
            project.list_at(["spec", field]).iter().any(is_it)
        };
        match identity.namespace.as_deref() {
            Some(namespace) => lists("destinations", &|it| {
                it.str_at(["namespace"]) == Some(namespace)
            }),
            None => lists("clusterResourceWhitelist", &|it| {
                let is_group = it.str_at(["group"]).unwrap_or_default() == identity.group;
                is_group && it.str_at(["kind"]) == Some(&identity.kind)
            }),
        }
    })
}

fn left_behind(identity: &Identity) -> Effect {
    let what = identity.namespace.as_ref().map_or_else(
        || format!("objects of the kind {}", identity.kind),
        |it| format!("the namespace {it}"),
    );
    Effect::new(
        rules::KEPT,
        format!("{} is left behind: Argo CD does not prune what its AppProject no longer allows, and that is {what}", identity.name),
    )
    .note("it is deleted where the Application is synced before the AppProject; delete it by hand otherwise")
}

/// The objects that refer to one.
fn users(side: &Side<'_>, member: &Member) -> Vec<String> {
    let graph = side.platform.graph;
    let Some(at) = graph.position(member.object.identity()) else {
        return Vec::new();
    };
    let edges = graph.edges.iter().filter(|edge| edge.to == at);
    let mut users: Vec<_> = edges
        .map(|edge| graph.members[edge.from].object.identity().to_string())
        .collect();
    users.dedup();
    users
}

/// What ends with the pods of an object.
pub fn ends(side: &Side<'_>, member: &Member, why: &str) -> Option<Effect> {
    let identity = member.object.identity();
    // A schedule owns the applications that it has made, and a CronJob its Jobs.
    let runs = matches!(
        (identity.group.as_str(), identity.kind.as_str()),
        (OPERATOR, "ScheduledSparkApplication") | ("batch", "Job" | "CronJob")
    );
    if runs {
        let what = format!("{why}: a run that has begun ends with it");
        return Some(Effect::new(rules::KILLED, what));
    }
    if identity.group == OPERATOR && identity.kind == "SparkApplication" {
        return Some(Effect::new(
            rules::KILLED,
            format!("{why}: its driver and its executors end, wherever they are in their work"),
        ));
    }
    is_connect_server(side, member).then(|| {
        Effect::new(
            rules::SESSIONS_ENDED,
            format!("{why}: every session on it ends, and its executors go"),
        )
    })
}

fn is_connect_server(side: &Side<'_>, member: &Member) -> bool {
    let mut programs = side.platform.programs().iter();
    programs.any(|it| it.role == Role::ConnectServer && std::ptr::eq(it.member, member))
}

fn renamed(change: ObjectChange<'_, '_>, by: By) -> Vec<Effect> {
    let ObjectChange {
        sides,
        before,
        after,
        ..
    } = change;
    let (old, new) = (before.object.identity(), after.object.identity());
    let mut effects = Vec::new();
    if by == By::Content {
        let what = match new.kind.as_str() {
            "Job" => "runs again; the one of before is deleted",
            _ => "is made anew; the one of before is deleted",
        };
        effects.push(Effect::new(rules::REMADE, what));
    } else if is_kept(before.object.node()) {
        effects.push(Effect::new(
            rules::KEPT,
            format!(
                "stays as {}, protected against deletion, beside the new one",
                old.name
            ),
        ));
    } else if !may_prune(sides.new, old) {
        effects.push(left_behind(old));
    } else {
        let what = "is deleted, and made anew under this name";
        let mut effect = Effect::new(rules::RENAMED, what);
        if old.kind == "Service" {
            let namespace = old.namespace.as_deref().unwrap_or_default();
            effect = effect.note(format!(
                "`{}.{namespace}.svc` leads nowhere any more",
                old.name
            ));
        }
        if before.object.holds_data() {
            effect = Effect {
                rule: rules::STORAGE_LOST,
                ..effect
            };
        }
        effects.push(effect);
    }
    let why = match by {
        By::Content => "is made anew",
        By::Identity | By::Likeness => "goes with its old name",
    };
    // A Job that is named after its content has run when the next one comes.
    if by != By::Content || old.kind != "Job" {
        effects.extend(ends(sides.old, before, why));
    }
    let is_server = is_connect_server(sides.new, after);
    if by == By::Content && is_server {
        let what = "does not answer until the new server listens";
        effects.push(Effect::new(rules::UNREACHABLE, what));
    }
    effects
}

fn changed(change: ObjectChange<'_, '_>) -> Vec<Effect> {
    let ObjectChange {
        sides,
        before,
        after,
        ..
    } = change;
    let identity = after.object.identity();
    let (old, new) = (before.object.node(), after.object.node());
    let mut effects = Vec::new();
    let is_flux = sides.new.engine().is_some_and(|it| it.name == "flux");
    if before.layer != after.layer && !is_flux {
        let what = format!(
            "is applied with {} instead of {}",
            after.layer.folder(),
            before.layer.folder()
        );
        effects.push(Effect::new(rules::UPDATED, what));
    }
    if before.layer != after.layer && is_flux {
        effects.push(moved_by_flux(before, after));
    }
    if is_kept(old) && !is_kept(new) {
        let what = "loses its protection: engines may delete it from now on";
        effects.push(Effect::new(rules::UNPROTECTED, what));
    }
    let mut refused: Vec<String> = immutable::changes(identity, old, new)
        .into_iter()
        .map(|it| format!("`{}`", it.field))
        .collect();
    refused.extend(frozen(change));
    if !refused.is_empty() {
        effects.push(cannot_change(after, &refused.join(" and ")));
        return effects;
    }
    let of_kind = match (identity.group.as_str(), identity.kind.as_str()) {
        (OPERATOR, "SparkApplication") => application(change),
        (OPERATOR, "ScheduledSparkApplication") => scheduled(change),
        (OPERATOR, "SparkConnect") => vec![Effect::new(
            rules::IGNORED,
            "is changed in vain: the operator has built the server's pod, and looks at the resource again only when the pod is gone",
        )],
        ("", "Namespace") => namespace(before, after),
        ("", "ResourceQuota") => quota(old, new),
        ("", "Service") => service(change),
        ("", "PersistentVolume") => reclaim(old, new),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(old, new),
        _ => match (before.object.pod_template(), after.object.pod_template()) {
            (Some(old), Some(new)) => workload(change, old, new),
            _ => data(change),
        },
    };
    effects.extend(of_kind);
    if effects.is_empty() {
        effects.push(Effect::new(rules::UPDATED, "is updated in place"));
    }
    effects
}

/// Fields that the API server lets nobody change, of an object that an engine makes anew or not.
fn cannot_change(after: &Member, fields: &str) -> Effect {
    let is_hook = ALL
        .iter()
        .filter_map(|it| it.hook)
        .any(|it| after.object.annotation(it).is_some());
    if is_remade(after.object.node()) || is_hook {
        let what = format!("is deleted and made anew, because {fields} cannot change");
        return Effect::new(rules::REMADE, what);
    }
    let what = format!("is refused by the API server, because {fields} cannot change");
    let effect = Effect::new(rules::REFUSED, what).note(
        "keep what it was, give it another name, or have it made anew: `destroy`, and `kubectl delete` before the engine syncs",
    );
    if fields.contains("volumeClaimTemplates") {
        effect.note(
            "made anew, it finds the claims of before and takes them as they are: what is to be larger is the claim itself, where its class allows that; `kubectl delete --cascade=orphan` leaves its pods running meanwhile",
        )
    } else {
        effect
    }
}

/// Layers are Kustomizations, each of which depends on the one before: the earlier one applies and prunes first. What
/// comes to it bears its labels by the time when the later one would prune it.
fn moved_by_flux(before: &Member, after: &Member) -> Effect {
    let (from, to) = (before.layer.folder(), after.layer.folder());
    if to < from {
        let what =
            format!("moves from layer {from} to {to}: the Kustomization of {to} takes it over");
        return Effect::new(rules::UPDATED, what);
    }
    if is_kept(before.object.node()) {
        let what = format!(
            "moves from layer {from} to {to}: it is kept, because its annotations forbid to prune it"
        );
        return Effect::new(rules::UPDATED, what);
    }
    let what = format!(
        "moves from layer {from} to {to}: Flux deletes it with the one, and makes it anew with the other"
    );
    if before.object.holds_data() {
        Effect::new(rules::STORAGE_LOST, what)
    } else {
        Effect::new(rules::HANDED_OVER, what)
    }
}

/// The fields of a `SparkApplication` that the operator takes without ending the run
/// (`internal/controller/sparkapplication/event_filter.go`, 2.4.0 to 2.5.2).
const HARMLESS: [&str; 2] = ["spec.suspend", "spec.timeToLiveSeconds"];

fn touches_spec(change: ObjectChange<'_, '_>) -> bool {
    let spec = change
        .differences
        .iter()
        .filter(|it| it.path.starts_with("spec"));
    spec.into_iter()
        .any(|it| !HARMLESS.contains(&it.path.as_str()))
}

fn application(change: ObjectChange<'_, '_>) -> Vec<Effect> {
    let suspended = change
        .differences
        .iter()
        .find(|it| it.path == "spec.suspend");
    let suspended = suspended.and_then(|it| it.after.as_ref());
    if suspended.is_some_and(|it| it.text == "true") {
        let what = "is suspended: a run that has begun ends";
        return vec![Effect::new(rules::KILLED, what)];
    }
    if !touches_spec(change) {
        return Vec::new();
    }
    vec![
        Effect::new(
            rules::KILLED,
            "is killed where it runs, and run again from the start; one that has ended well runs again too",
        )
        .note("one that has failed for good may stay as it is until somebody deletes it"),
    ]
}

fn scheduled(change: ObjectChange<'_, '_>) -> Vec<Effect> {
    if !change
        .differences
        .iter()
        .any(|it| it.path.starts_with("spec"))
    {
        return Vec::new();
    }
    let what = "runs so from the next time on; a run that has begun goes on as it was";
    let effect = Effect::new(rules::NEXT_RUN, what);
    let policy = ["spec", "concurrencyPolicy"];
    let policy = change.after.object.node().str_at(policy);
    vec![if policy == Some("Replace") {
        effect.note("with `Replace`, it ends when the next one is due")
    } else {
        effect
    }]
}

/// What the API server refuses beyond the fields that never change: nearly all of a Pod
/// (`ValidatePodUpdate` in <https://github.com/kubernetes/kubernetes/tree/v1.34.0/pkg/apis/core/validation>), and a
/// definition without a version in which resources may be stored.
fn frozen(change: ObjectChange<'_, '_>) -> Vec<String> {
    let identity = change.after.object.identity();
    if identity.kind == "Pod" && identity.group.is_empty() {
        let may_change = |path: &str| {
            path.ends_with("].image")
                || path.starts_with("spec.tolerations")
                || path == "spec.activeDeadlineSeconds"
                || path == "spec.terminationGracePeriodSeconds"
        };
        let fields = change.differences.iter().map(|it| it.path.as_str());
        let fields = fields.filter(|it| it.starts_with("spec") && !may_change(it));
        return fields.map(|it| format!("`{it}`")).collect();
    }
    if identity.kind != "CustomResourceDefinition" {
        return Vec::new();
    }
    let versions = |node: &Node| -> Vec<(String, bool)> {
        let versions = node.list_at(["spec", "versions"]).iter();
        let is_stored = |it: &Node| it.get("storage").and_then(Node::as_bool) == Some(true);
        versions
            .filter_map(|it| Some((it.str_at(["name"])?.to_owned(), is_stored(it))))
            .collect()
    };
    let now = versions(change.after.object.node());
    let before = versions(change.before.object.node());
    let gone = before
        .into_iter()
        .filter(|(name, is_stored)| *is_stored && !now.iter().any(|it| it.0 == *name));
    gone.map(|(name, _)| format!("`spec.versions`, which lost the stored {name},"))
        .collect()
}

/// A volume that goes with its claim from now on.
fn reclaim(old: &Node, new: &Node) -> Vec<Effect> {
    let policy =
        |node: &Node| node.str_at(["spec", "persistentVolumeReclaimPolicy"]) == Some("Delete");
    if policy(old) || !policy(new) {
        return Vec::new();
    }
    let what = "is deleted with its claim from now on, and its data with it";
    vec![Effect::new(rules::UNPROTECTED, what)]
}

fn namespace(before: &Member, after: &Member) -> Vec<Effect> {
    let level = |member: &Member| {
        let label = member.object.label("pod-security.kubernetes.io/enforce");
        label.map_or(Some(PodSecurity::Privileged), PodSecurity::parse)
    };
    let (Some(old), Some(new)) = (level(before), level(after)) else {
        return Vec::new();
    };
    match new.cmp(&old) {
        Ordering::Less => {
            let what = format!("lets its pods do more: `{new}` after `{old}`");
            vec![Effect::new(rules::ACCESS_WIDENED, what)]
        }
        Ordering::Greater => {
            let what = format!("lets its pods do less: `{new}` after `{old}`; pods that run go on");
            vec![Effect::new(rules::TIGHTENED, what)]
        }
        Ordering::Equal => {
            // A standard grows stricter with each version; without one it is that of the cluster.
            let version = |member: &Member| {
                let label = member
                    .object
                    .label("pod-security.kubernetes.io/enforce-version")?;
                label.strip_prefix("v1.")?.parse::<u32>().ok()
            };
            let (old, new) = (version(before), version(after));
            let is_older = new.is_some_and(|new| old.is_none_or(|old| new < old));
            let what = "lets its pods do what an older version of the standard allowed";
            is_older
                .then(|| Effect::new(rules::ACCESS_WIDENED, what))
                .into_iter()
                .collect()
        }
    }
}

/// A quota that allows less, or limits what it did not.
fn quota(old: &Node, new: &Node) -> Vec<Effect> {
    let hard = |node: &Node| -> BTreeMap<String, Quantity> {
        let hard = node
            .at(["spec", "hard"])
            .into_iter()
            .flat_map(Node::entries);
        hard.filter_map(|(name, it)| Some((name.clone(), quantity(it)?)))
            .collect()
    };
    let old = hard(old);
    let less = hard(new)
        .into_iter()
        .filter_map(|(name, is)| match old.get(&name) {
            Some(was) if *was <= is => None,
            Some(was) => Some(format!("{name} {is} instead of {was}")),
            None => Some(format!("{name} {is}, which nothing limited")),
        });
    let less: Vec<_> = less.collect();
    if less.is_empty() {
        return Vec::new();
    }
    let what = format!("allows less: {}; pods that run go on", less.join(", "));
    vec![Effect::new(rules::TIGHTENED, what)]
}

fn definition(old: &Node, new: &Node) -> Vec<Effect> {
    let versions = |node: &Node| -> Vec<String> {
        let served = node.list_at(["spec", "versions"]).iter();
        let served = served.filter(|it| it.get("served").and_then(Node::as_bool) != Some(false));
        served
            .filter_map(|it| it.str_at(["name"]).map(str::to_owned))
            .collect()
    };
    if are_same(
        old.get("spec").unwrap_or(old),
        new.get("spec").unwrap_or(new),
    ) {
        return Vec::new();
    }
    let (old, new) = (versions(old), versions(new));
    let gone: Vec<_> = old.iter().filter(|it| !new.contains(it)).cloned().collect();
    let added: Vec<_> = new.iter().filter(|it| !old.contains(it)).cloned().collect();
    let mut what = "changes for every resource of its kind on the cluster".to_owned();
    if !gone.is_empty() {
        what = format!("{what}; {} is no longer served", gone.join(", "));
    }
    if !added.is_empty() {
        what = format!("{what}; {} is new", added.join(", "));
    }
    vec![Effect::new(rules::DEFINITION_CHANGED, what)]
}

/// Whoever reads the data and is not rolled by the change.
fn data(change: ObjectChange<'_, '_>) -> Vec<Effect> {
    let Comparison { old, new } = change.sides;
    let identity = change.after.object.identity();
    let is_data = ["data", "binaryData", "stringData"].iter().any(|field| {
        let inside = change
            .differences
            .iter()
            .map(|it| it.path.strip_prefix(field));
        inside
            .into_iter()
            .any(|it| it.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':', '['])))
    });
    if identity.kind != "ConfigMap" || !identity.group.is_empty() || !is_data {
        return Vec::new();
    }
    let mut effects = Vec::new();
    for reader in &new.platform.graph.members {
        let reads = references(&reader.object);
        let reads_it =
            |it: &crate::references::Reference| it.kind == "ConfigMap" && it.target() == *identity;
        if !reads.iter().any(reads_it) {
            continue;
        }
        let reader_id = reader.object.identity();
        let Some(was) = old.platform.graph.member(reader_id) else {
            continue;
        };
        let (Some(one), Some(other)) = (was.object.pod_template(), reader.object.pod_template())
        else {
            continue;
        };
        if are_same(one.node, other.node) && reader_id.kind != "CronJob" {
            let what = format!("{reader_id} reads it and is not restarted: it keeps what it read");
            effects.push(Effect::new(rules::STALE, what));
        }
    }
    let mut embedded = old.platform.graph.embedded.iter();
    let mut fields = change.differences.iter();
    let holds_application = embedded.any(|it| it.object.identity().group == OPERATOR)
        && fields.any(|it| it.path.contains("spec."));
    if effects.is_empty() && holds_application && users(new, change.after).is_empty() {
        let what = "is read for each run: what is submitted from now on is so";
        effects.push(Effect::new(rules::NEXT_RUN, what));
    }
    effects
}

/// Whether a difference follows from others, as a checksum of what pods read does.
#[must_use]
pub fn is_derived(path: &str) -> bool {
    let last = path.rsplit('"').nth(1);
    last.is_some_and(is_checksum)
}
