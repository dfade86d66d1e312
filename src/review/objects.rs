//! What becomes of one object: what its controller, the API server and the engine make of the change.

use std::{cmp::Ordering, collections::BTreeMap};

use super::{
    Effect, Side,
    fields::{Difference, are_same},
    pairs::{By, Pair},
    rules,
};
use crate::{
    document::Node,
    engines::{ALL, is_kept, is_remade},
    graph::Member,
    kubernetes::{Answer, Labels, PodSecurity, PodTemplate, Quantity, immutable},
    passes::checksums::is_checksum,
    platform::{Role, quantity},
    references::references,
};

/// The operator's kinds.
const OPERATOR: &str = "sparkoperator.k8s.io";

/// The two sides, and what differs in one object.
pub struct Change<'c, 'a> {
    /// Before.
    pub old: Option<&'c Side<'a>>,
    /// After.
    pub new: Option<&'c Side<'a>>,
    /// The object.
    pub pair: Pair<'a>,
    /// What differs in it.
    pub differences: &'c [Difference],
}

/// What becomes of an object, the worst first.
#[must_use]
pub fn effects(change: &Change<'_, '_>) -> Vec<Effect> {
    let Pair { before, after, by } = change.pair;
    let mut effects = match (before, after) {
        (None, Some(after)) => created(after),
        (Some(before), None) => deleted(change, before),
        (Some(before), Some(after)) if by == By::Identity => changed(change, before, after),
        (Some(before), Some(after)) => renamed(change, before, after, by),
        (None, None) => Vec::new(),
    };
    effects.sort_by_key(|it| it.rule.rank());
    effects
}

fn created(after: &Member) -> Vec<Effect> {
    let identity = after.object.identity();
    let what = match identity.kind.as_str() {
        "Job" => "is created and runs once",
        "SparkApplication" if identity.group == OPERATOR => "is created and runs once",
        _ => "is created",
    };
    vec![Effect::new(rules::CREATED, what)]
}

fn deleted(change: &Change<'_, '_>, before: &Member) -> Vec<Effect> {
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
    } else {
        let mut effect = Effect::new(rules::DELETED, "is deleted");
        let users = users(change.old, before);
        if !users.is_empty() {
            effect = effect.note(format!("{} referred to it before", users.join(", ")));
        }
        effects.push(effect);
    }
    effects.extend(ends(change.old, before, "is deleted"));
    effects
}

/// The objects that refer to one.
fn users(side: Option<&Side<'_>>, member: &Member) -> Vec<String> {
    let Some(graph) = side.map(|it| it.platform.graph) else {
        return Vec::new();
    };
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
fn ends(side: Option<&Side<'_>>, member: &Member, why: &str) -> Option<Effect> {
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
    is_connect_server(side?, member).then(|| {
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

fn renamed(change: &Change<'_, '_>, before: &Member, after: &Member, by: By) -> Vec<Effect> {
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
        effects.extend(ends(change.old, before, why));
    }
    let is_server = change.new.is_some_and(|it| is_connect_server(it, after));
    if by == By::Content && is_server {
        let what = "does not answer until the new server listens";
        effects.push(Effect::new(rules::UNREACHABLE, what));
    }
    effects
}

fn changed(change: &Change<'_, '_>, before: &Member, after: &Member) -> Vec<Effect> {
    let identity = after.object.identity();
    let (old, new) = (before.object.node(), after.object.node());
    let mut effects = Vec::new();
    let is_flux = change
        .new
        .and_then(Side::engine)
        .is_some_and(|it| it.name == "flux");
    if before.layer != after.layer && !is_flux {
        let what = format!(
            "is applied with {} instead of {}",
            after.layer.folder(),
            before.layer.folder()
        );
        effects.push(Effect::new(rules::UPDATED, what));
    }
    if before.layer != after.layer && is_flux {
        let what = format!(
            "moves from layer {} to {}: Flux would delete it in one Kustomization and make it again in another",
            before.layer.folder(),
            after.layer.folder()
        );
        effects.push(Effect::new(rules::HANDED_OVER, what));
    }
    if is_kept(old) && !is_kept(new) {
        let what = "loses its protection: engines may delete it from now on";
        effects.push(Effect::new(rules::UNPROTECTED, what));
    }
    let mut refused: Vec<String> = immutable::changes(identity, old, new)
        .into_iter()
        .map(|it| format!("`{}`", it.field))
        .collect();
    refused.extend(frozen(change, after));
    if !refused.is_empty() {
        let fields = refused.join(" and ");
        let is_hook = ALL
            .iter()
            .filter_map(|it| it.hook)
            .any(|it| after.object.annotation(it).is_some());
        if is_remade(new) || is_hook {
            let what = format!("is deleted and made anew, because {fields} cannot change");
            effects.push(Effect::new(rules::REMADE, what));
        } else {
            let what = format!("is refused by the API server, because {fields} cannot change");
            effects.push(Effect::new(rules::REFUSED, what).note(
                "keep what it was, give it another name, or have it made anew: `destroy`, and `kubectl delete` before the engine syncs",
            ));
        }
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
        ("", "Service") => service(change, before, after),
        ("", "PersistentVolume") => reclaim(old, new),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(old, new),
        _ => match (before.object.pod_template(), after.object.pod_template()) {
            (Some(old), Some(new)) => workload(change, before, after, old, new),
            _ => data(change, after),
        },
    };
    effects.extend(of_kind);
    if effects.is_empty() {
        effects.push(Effect::new(rules::UPDATED, "is updated in place"));
    }
    effects
}

/// The fields of a `SparkApplication` that the operator takes without ending the run
/// (`internal/controller/sparkapplication/event_filter.go`, 2.4.0 to 2.5.2).
const HARMLESS: [&str; 2] = ["spec.suspend", "spec.timeToLiveSeconds"];

fn touches_spec(change: &Change<'_, '_>) -> bool {
    let spec = change
        .differences
        .iter()
        .filter(|it| it.path.starts_with("spec"));
    spec.into_iter()
        .any(|it| !HARMLESS.contains(&it.path.as_str()))
}

fn application(change: &Change<'_, '_>) -> Vec<Effect> {
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

fn scheduled(change: &Change<'_, '_>) -> Vec<Effect> {
    if !change
        .differences
        .iter()
        .any(|it| it.path.starts_with("spec"))
    {
        return Vec::new();
    }
    let what = "runs so from the next time on; a run that has begun goes on as it was";
    let effect = Effect::new(rules::NEXT_RUN, what);
    let policy = change
        .pair
        .after
        .and_then(|it| it.object.node().str_at(["spec", "concurrencyPolicy"]));
    vec![if policy == Some("Replace") {
        effect.note("with `Replace`, it ends when the next one is due")
    } else {
        effect
    }]
}

/// What the API server refuses beyond the fields that never change: nearly all of a Pod
/// (`ValidatePodUpdate` in <https://github.com/kubernetes/kubernetes/tree/v1.34.0/pkg/apis/core/validation>), and a
/// definition without a version in which resources may be stored.
fn frozen(change: &Change<'_, '_>, after: &Member) -> Vec<String> {
    let identity = after.object.identity();
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
    let now = versions(after.object.node());
    let before = change
        .pair
        .before
        .map_or_else(Vec::new, |it| versions(it.object.node()));
    let gone = before
        .into_iter()
        .filter(|(name, is_stored)| *is_stored && !now.iter().any(|it| it.0 == *name));
    gone.map(|(name, _)| format!("`spec.versions`, which lost the stored {name},"))
        .collect()
}

/// A Service that leads elsewhere, or nowhere.
fn service(change: &Change<'_, '_>, before: &Member, after: &Member) -> Vec<Effect> {
    let (old, new) = (before.object.node(), after.object.node());
    let leads = |side: Option<&Side<'_>>, member: &Member| {
        let selector = member.object.node().at(["spec", "selector"]);
        let namespace = &member.object.identity().namespace;
        let members = side.into_iter().flat_map(|it| it.platform.members());
        selector.is_some_and(|selector| {
            members
                .filter_map(|it| Some((it, it.object.pod_template()?)))
                .any(|(it, template)| {
                    let labels = Labels::of(template.node.at(["metadata", "labels"]));
                    it.object.identity().namespace == *namespace
                        && labels.match_labels(selector) == Answer::Yes
                })
        })
    };
    let mut effects = Vec::new();
    if leads(change.old, before) && !leads(change.new, after) {
        let what = "leads to no pod of the platform any more";
        effects.push(Effect::new(rules::UNREACHABLE, what));
    }
    let text = |node: &Node, field| node.str_at(["spec", field]).map(str::to_owned);
    if text(old, "externalName") != text(new, "externalName") {
        effects.push(Effect::new(
            rules::ACCESS_WIDENED,
            "sends its callers to another host",
        ));
    }
    let ports = |node: &Node| -> Vec<i64> {
        let ports = node.list_at(["spec", "ports"]).iter();
        ports
            .filter_map(|it| it.get("port")?.as_integer())
            .collect()
    };
    let now = ports(new);
    for gone in ports(old).into_iter().filter(|it| !now.contains(it)) {
        let what = format!("no longer answers on port {gone}");
        effects.push(Effect::new(rules::UNREACHABLE, what));
    }
    effects
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
fn data(change: &Change<'_, '_>, after: &Member) -> Vec<Effect> {
    let identity = after.object.identity();
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
    let (Some(old), Some(new)) = (change.old, change.new) else {
        return Vec::new();
    };
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
    let holds_application = change.old.is_some_and(|it| {
        it.platform
            .graph
            .embedded
            .iter()
            .any(|it| it.object.identity().group == OPERATOR)
    }) && change
        .differences
        .iter()
        .any(|it| it.path.contains("spec."));
    if effects.is_empty() && holds_application && users(change.new, after).is_empty() {
        let what = "is read for each run: what is submitted from now on is so";
        effects.push(Effect::new(rules::NEXT_RUN, what));
    }
    effects
}

fn workload(
    change: &Change<'_, '_>,
    before: &Member,
    after: &Member,
    old: PodTemplate<'_>,
    new: PodTemplate<'_>,
) -> Vec<Effect> {
    let identity = after.object.identity();
    let spec = after.object.node().get("spec");
    let replicas = |member: &Member| {
        let stated = member.object.node().at(["spec", "replicas"]);
        stated.and_then(Node::as_integer).unwrap_or(1)
    };
    let (had, has) = (replicas(before), replicas(after));
    let mut effects = Vec::new();
    if had != has {
        let what = format!("has {has} {} instead of {had}", pods(has));
        effects.push(Effect::new(rules::SCALED, what));
    }
    if has < had {
        effects.extend(
            ends(change.new, after, "has fewer pods")
                .filter(|it| *it.rule == *rules::SESSIONS_ENDED),
        );
    }
    if has == 0 && had > 0 && is_served(change, after) {
        let what = "does not answer until it has a pod again";
        effects.push(Effect::new(rules::UNREACHABLE, what));
    }
    effects.extend(retention(before, after, has < had));
    if are_same(old.node, new.node) {
        return effects;
    }
    match identity.kind.as_str() {
        "CronJob" => {
            effects.push(Effect::new(
                rules::NEXT_RUN,
                "runs so from the next time on",
            ));
            return effects;
        }
        "Deployment" | "StatefulSet" | "DaemonSet" => {}
        _ => return effects,
    }
    if spec.and_then(|it| it.str_at(["updateStrategy", "type"])) == Some("OnDelete") {
        let what = "keeps its pods until somebody deletes them: `OnDelete`";
        effects.push(Effect::new(rules::IGNORED, what));
        return effects;
    }
    let is_paused = spec.and_then(|it| it.get("paused")).and_then(Node::as_bool) == Some(true);
    let partition = spec.and_then(|it| it.at(["updateStrategy", "rollingUpdate", "partition"]));
    if is_paused
        || partition
            .and_then(Node::as_integer)
            .is_some_and(|it| it >= has)
    {
        let what = "keeps its pods: it is paused, or its `partition` keeps them all";
        effects.push(Effect::new(rules::IGNORED, what));
        return effects;
    }
    let mut rolls = Effect::new(
        rules::ROLLS,
        format!("replaces {} {}", has.max(1), pods(has.max(1))),
    );
    if let Some(why) = rolled_by(change) {
        rolls = rolls.note(why);
    }
    effects.push(rolls);
    effects.extend(ends(change.new, after, "is restarted"));
    if is_away(after) && is_served(change, after) {
        effects.push(Effect::new(rules::UNREACHABLE, away(new.node)));
    }
    effects
}

/// What becomes of the claims of a StatefulSet
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention>).
fn retention(before: &Member, after: &Member, is_scaled_down: bool) -> Vec<Effect> {
    let deletes = |member: &Member, when| {
        let policy = ["spec", "persistentVolumeClaimRetentionPolicy", when];
        member.object.node().str_at(policy) == Some("Delete")
    };
    let mut effects = Vec::new();
    if is_scaled_down && deletes(after, "whenScaled") {
        let what = "deletes the claims of the pods that go, and what they hold";
        effects.push(Effect::new(rules::STORAGE_LOST, what));
    }
    if !deletes(before, "whenDeleted") && deletes(after, "whenDeleted") {
        let what = "deletes its claims with itself from now on";
        effects.push(Effect::new(rules::UNPROTECTED, what));
    }
    effects
}

fn pods(count: i64) -> &'static str {
    if count == 1 { "pod" } else { "pods" }
}

/// What rolls pods whose template is the same but for the checksums of what they read.
fn rolled_by(change: &Change<'_, '_>) -> Option<String> {
    let inside = change
        .differences
        .iter()
        .filter(|it| it.path.contains("template"));
    let mut inside = inside.peekable();
    inside.peek()?;
    if !inside.all(|it| is_derived(&it.path)) {
        return None;
    }
    let (old, new) = (change.old?, change.new?);
    let reads = references(&change.pair.after?.object);
    let changed = reads.iter().filter_map(|it| {
        let target = it.target();
        let (one, other) = (
            old.platform.graph.member(&target)?,
            new.platform.graph.member(&target)?,
        );
        let is_same = are_same(one.object.node(), other.object.node());
        (it.kind == "ConfigMap" && !is_same).then(|| target.to_string())
    });
    let mut changed: Vec<_> = changed.collect();
    changed.sort();
    changed.dedup();
    Some(if changed.is_empty() {
        "what it goes with, or the revision of a Secret, changed".to_owned()
    } else {
        format!("because it reads {}", changed.join(" and "))
    })
}

/// Whether no pod is there for a while when a workload rolls.
fn is_away(member: &Member) -> bool {
    let Some(spec) = member.object.node().get("spec") else {
        return false;
    };
    let replicas = spec.get("replicas").and_then(Node::as_integer).unwrap_or(1);
    match member.object.identity().kind.as_str() {
        "Deployment" => {
            let rolling = |field| spec.at(["strategy", "rollingUpdate", field]);
            let is_all = rolling("maxUnavailable").is_some_and(|it| match it.as_integer() {
                Some(number) => number >= replicas,
                None => it.as_str() == Some("100%"),
            });
            spec.str_at(["strategy", "type"]) == Some("Recreate") || is_all
        }
        "StatefulSet" => replicas == 1,
        _ => false,
    }
}

/// Whether anybody asks the pods of a workload by a Service.
fn is_served(change: &Change<'_, '_>, member: &Member) -> bool {
    let (Some(side), Some(template)) = (change.new, member.object.pod_template()) else {
        return false;
    };
    let labels = Labels::of(template.node.at(["metadata", "labels"]));
    let namespace = &member.object.identity().namespace;
    let mut services = side.platform.of_kind("", "Service");
    services.any(|it| {
        let selector = it.object.node().at(["spec", "selector"]);
        it.object.identity().namespace == *namespace
            && selector.is_some_and(|it| labels.match_labels(it) == Answer::Yes)
    })
}

/// How long nothing answers, as far as the pod says so.
fn away(pod: &Node) -> String {
    const GRACE: i64 = 30;
    let seconds = |node: Option<&Node>, default| node.and_then(Node::as_integer).unwrap_or(default);
    let grace = seconds(pod.at(["spec", "terminationGracePeriodSeconds"]), GRACE);
    // What an init container or an image takes nobody knows; the first probe is the least.
    let of_container = |container: &Node| {
        let probe = ["startupProbe", "readinessProbe"]
            .iter()
            .find_map(|it| container.get(it));
        probe.map(|it| {
            let delay = seconds(it.get("initialDelaySeconds"), 0);
            (delay, seconds(it.get("periodSeconds"), 10))
        })
    };
    let containers = pod.list_at(["spec", "containers"]).iter();
    let probe = containers.filter_map(of_container).max();
    let ready = match probe {
        Some((0, period)) => format!("its first probe, every {period} s, succeeds"),
        Some((delay, period)) => {
            format!("a probe, the first after {delay} s and then every {period} s, succeeds")
        }
        None => "it has started".to_owned(),
    };
    format!(
        "does not answer from when the old pod stops, for which it has {grace} s, until the new one is there and {ready}"
    )
}

/// Whether a difference follows from others, as a checksum of what pods read does.
#[must_use]
pub fn is_derived(path: &str) -> bool {
    let last = path.rsplit('"').nth(1);
    last.is_some_and(is_checksum)
}
