//! Objects that one environment of a cluster gives up and another one takes over.
//!
//! Either engine marks what it applies as its own: Argo CD in the annotation `argocd.argoproj.io/tracking-id`, Flux in
//! the labels `kustomize.toolkit.fluxcd.io/name` and `namespace`. It prunes what still bears its mark (of Flux see
//! `prune` in `internal/controller/kustomization_controller.go`), so all depends on who is first; and the marks of
//! another engine change nothing.

use std::collections::BTreeMap;

use super::{Action, Change, Effect, Report, rules};
use crate::engines::{argo_cd, flux};

/// What becomes of an object that moves.
#[derive(Clone, Copy)]
enum Fate {
    /// Nothing may delete it.
    Protected,
    /// It stays if the new environment is applied first, which `what` says in the words of the engine.
    Race(&'static str),
    /// Whoever is first, the old environment's engine deletes it.
    Deleted,
}

/// The same reports, with what moves between two of them.
#[must_use]
pub fn told(reports: &[Report]) -> Vec<Report> {
    let mut told = reports.to_vec();
    let mut takers: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for (report, it) in reports.iter().enumerate() {
        let Some(cluster) = &it.clusters.1 else {
            continue;
        };
        for (at, change) in it.changes.iter().enumerate() {
            if change.action == Action::Created && change.layer.is_some() {
                takers.insert((cluster, &change.subject), (report, at));
            }
        }
    }
    for (giver, it) in reports.iter().enumerate() {
        let Some(cluster) = &it.clusters.0 else {
            continue;
        };
        for (at, change) in it.changes.iter().enumerate() {
            let is_gone = change.action == Action::Deleted && change.layer.is_some();
            let taker = takers.get(&(cluster.as_str(), change.subject.as_str()));
            let Some((other, position)) = taker.copied().filter(|it| is_gone && it.0 != giver)
            else {
                continue;
            };
            let (from, to) = (&it.environment, &reports[other].environment);
            let fate = fate(change, it, &reports[other]);
            give(&mut told[giver].changes[at], fate, from, to);
            take(&mut told[other].changes[position], fate, from, to);
        }
    }
    for report in &mut told {
        report.sort();
    }
    told
}

fn fate(change: &Change, from: &Report, to: &Report) -> Fate {
    if change.effects.iter().any(|it| *it.rule == *rules::KEPT) {
        return Fate::Protected;
    }
    match (from.engine, to.engine) {
        (Some(from), Some(to)) if from != to => Fate::Deleted,
        (Some(engine), _) if engine == argo_cd::ENGINE.title => Fate::Race("Application syncs"),
        (Some(engine), _) if engine == flux::ENGINE.title => {
            Fate::Race("Kustomization is reconciled")
        }
        _ => Fate::Race("tree is applied"),
    }
}

fn give(change: &mut Change, fate: Fate, from: &str, to: &str) {
    let what = match fate {
        Fate::Protected => {
            format!(
                "goes to {to}, and stays meanwhile: its annotations keep every engine from deleting it"
            )
        }
        Fate::Race(first) => {
            format!(
                "goes to {to}: it stays if {to}'s {first} before {from}'s, and is deleted and made anew otherwise"
            )
        }
        Fate::Deleted => {
            format!(
                "goes to {to}, whose engine is another one: {from}'s deletes it all the same, and {to}'s makes it anew"
            )
        }
    };
    let mut effect = Effect::new(rules::MOVED, what);
    if !matches!(fate, Fate::Protected) {
        effect = effect.note(format!(
            "to keep it, stop {from} from pruning until {to} has it"
        ));
    }
    let is_told = |it: &Effect| *it.rule == *rules::DELETED || *it.rule == *rules::KEPT;
    change.effects.retain(|it| !is_told(it));
    if matches!(fate, Fate::Race(_)) {
        for effect in &mut change.effects {
            effect.what = format!("unless {to} has it first: {}", effect.what);
        }
    }
    change.effects.push(effect);
    change.effects.sort_by_key(|it| it.rule.rank());
}

fn take(change: &mut Change, fate: Fate, from: &str, to: &str) {
    let what = match fate {
        Fate::Protected => format!("comes from {from}"),
        Fate::Race(first) => {
            format!("comes from {from}, as it is if {to}'s {first} first, and else made anew")
        }
        Fate::Deleted => format!("comes from {from}, made anew"),
    };
    change.effects.retain(|it| *it.rule != *rules::CREATED);
    change.effects.push(Effect::new(rules::MOVED, what));
    change.effects.sort_by_key(|it| it.rule.rank());
}
