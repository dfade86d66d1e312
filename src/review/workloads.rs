//! What becomes of the pods of a workload, and of whoever asks them.

use super::{
    Comparison, Effect, Side,
    fields::are_same,
    objects::{ObjectChange, ends, is_derived},
    rules,
};
use crate::{
    document::Node,
    graph::Member,
    kubernetes::{Answer, Labels, PodTemplate},
    references::references,
};

/// Whether a Service has an address or a port that others than the pods of its cluster know
/// (<https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types>).
#[must_use]
pub fn is_reached_from_outside(service: &Node) -> bool {
    let kind = service.str_at(["spec", "type"]);
    matches!(kind, Some("NodePort" | "LoadBalancer"))
        || !service.list_at(["spec", "externalIPs"]).is_empty()
}

/// A Service that leads elsewhere, or nowhere.
#[must_use]
pub fn service(change: ObjectChange<'_, '_>) -> Vec<Effect> {
    let ObjectChange {
        sides,
        before,
        after,
        ..
    } = change;
    let (old, new) = (before.object.node(), after.object.node());
    let leads = |side: &Side<'_>, service: &Member| {
        let mut members = side.platform.members();
        members.any(|it| serves(service, it))
    };
    let mut effects = Vec::new();
    if leads(sides.old, before) && !leads(sides.new, after) {
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
    if is_reached_from_outside(new) && !is_reached_from_outside(old) {
        let what =
            "is reached from outside of the cluster, as far as network policies let its pods be";
        effects.push(Effect::new(rules::ACCESS_WIDENED, what));
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

/// A workload with another number of pods, or other pods.
#[must_use]
pub fn workload(
    change: ObjectChange<'_, '_>,
    old: PodTemplate<'_>,
    new: PodTemplate<'_>,
) -> Vec<Effect> {
    let ObjectChange {
        sides,
        before,
        after,
        ..
    } = change;
    let identity = after.object.identity();
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
            ends(sides.new, after, "has fewer pods")
                .filter(|it| *it.rule == *rules::SESSIONS_ENDED),
        );
    }
    if has == 0 && had > 0 && is_served(sides.new, after) {
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
    if let Some(why) = keeps_its_pods(after, has) {
        effects.push(Effect::new(rules::IGNORED, why));
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
    effects.extend(ends(sides.new, after, "is restarted"));
    if is_away(after) && is_served(sides.new, after) {
        effects.push(Effect::new(rules::UNREACHABLE, away(new.node)));
    }
    effects
}

/// Why a workload of so many pods does not replace them by itself, if it does not.
fn keeps_its_pods(after: &Member, count: i64) -> Option<&'static str> {
    let spec = after.object.node().get("spec")?;
    if spec.str_at(["updateStrategy", "type"]) == Some("OnDelete") {
        return Some("keeps its pods until somebody deletes them: `OnDelete`");
    }
    let is_paused = spec.get("paused").and_then(Node::as_bool) == Some(true);
    let partition = spec.at(["updateStrategy", "rollingUpdate", "partition"]);
    let partition = partition.and_then(Node::as_integer);
    let is_kept = is_paused || partition.is_some_and(|it| it >= count);
    is_kept.then_some("keeps its pods: it is paused, or its `partition` keeps them all")
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
fn rolled_by(change: ObjectChange<'_, '_>) -> Option<String> {
    let Comparison { old, new } = change.sides;
    let inside = change
        .differences
        .iter()
        .filter(|it| it.path.contains("template"));
    let mut inside = inside.peekable();
    inside.peek()?;
    if !inside.all(|it| is_derived(&it.path)) {
        return None;
    }
    let reads = references(&change.after.object);
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
fn is_served(side: &Side<'_>, member: &Member) -> bool {
    let mut services = side.platform.of_kind("", "Service");
    services.any(|it| serves(it, member))
}

/// Whether a Service leads to the pods of a workload.
fn serves(service: &Member, workload: &Member) -> bool {
    let selector = service.object.node().at(["spec", "selector"]);
    let template = workload.object.pod_template();
    let is_near = service.object.identity().namespace == workload.object.identity().namespace;
    let selects = selector.zip(template).is_some_and(|(selector, template)| {
        let labels = Labels::of(template.node.at(["metadata", "labels"]));
        labels.match_labels(selector) == Answer::Yes
    });
    is_near && selects
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
