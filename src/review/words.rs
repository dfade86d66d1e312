//! Sentences that several formats share.

use std::collections::BTreeMap;

use super::{Action, Cause, Change, Line, Risk, Rule, Story, layers, rules};

/// How often each rule applies, the worst first. A rule counts once for each subject.
#[must_use]
pub fn counts<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Vec<(&'static Rule, usize)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for change in changes {
        let mut ranks: Vec<_> = change.effects.iter().map(|it| it.rule.rank()).collect();
        ranks.dedup();
        for rank in ranks {
            *counts.entry(rank).or_default() += 1;
        }
    }
    let rules = counts.into_iter();
    rules
        .filter_map(|(rank, count)| Some((*rules::ALL.get(rank)?, count)))
        .collect()
}

/// What a reviewer wants to know first, in one sentence: what happens, and what of the worst does not.
#[must_use]
pub fn verdict<'c>(changes: impl IntoIterator<Item = &'c Change>) -> String {
    let counts = counts(changes);
    let happens = counts.iter().map(|(rule, count)| rule.count(*count));
    let happens = happens.collect::<Vec<_>>().join(", ");
    let has = |wanted: &Rule| counts.iter().any(|(rule, _)| *rule == wanted);
    let mut not = Vec::new();
    // Of what is not known, nothing can be ruled out.
    if has(rules::UNKNOWN) || has(rules::OUT_DIFFERS) {
        return happens;
    }
    if !has(rules::SESSIONS_ENDED) {
        not.push("no session ends");
    }
    if !has(rules::KILLED) {
        not.push("no job is killed");
    }
    if ![
        rules::STORAGE_LOST,
        rules::DELETED,
        rules::RENAMED,
        rules::REMADE,
        rules::HANDED_OVER,
        rules::MOVED,
    ]
    .into_iter()
    .any(has)
    {
        not.push("nothing is deleted");
    }
    match (happens.is_empty(), not.is_empty()) {
        (true, _) => "nothing changes on the cluster".to_owned(),
        (false, true) => happens,
        (false, false) => format!("{happens}; {}", not.join(", ")),
    }
}

/// The risk of a change: that of its worst effect.
#[must_use]
pub fn risk(change: &Change) -> Risk {
    let risks = change.effects.iter().map(|it| it.rule.risk);
    risks.min().unwrap_or(Risk::None)
}

/// Environments as a list, such as `dev, prod and 3 more`.
#[must_use]
pub fn environments(names: &[String]) -> String {
    listed(names, 4)
}

/// The first of some names, and how many more there are.
#[must_use]
pub fn listed(names: &[String], shown: usize) -> String {
    match names.len().saturating_sub(shown) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..shown].join(", ")),
    }
}

/// A line of the spec, as it was and is.
#[must_use]
pub fn cause(cause: &Cause) -> String {
    let place = cause.after.as_ref().or(cause.before.as_ref());
    let place = place.map_or_else(String::new, |it| format!("{}:{}", it.file, it.line));
    let Cause { key, before, after } = cause;
    // The line of a table says its name, which is told already.
    let last = key.rsplit('.').next().unwrap_or_default().trim_matches('"');
    let said = |it: &Line| {
        let text = shortened(&it.text);
        (text.trim_matches('"') != last).then_some(text)
    };
    let what = match (before, after) {
        (None, Some(is)) => {
            said(is).map_or_else(|| "new".to_owned(), |it| format!("{it} (not set before)"))
        }
        (Some(was), None) => {
            let what = said(was).map_or_else(|| "gone".to_owned(), |it| format!("no longer {it}"));
            format!("{what} (the line is of before)")
        }
        (Some(was), Some(is)) if was == is => {
            return said(is).map_or_else(
                || format!("{place} {key}"),
                |it| format!("{place} {key}: {it}"),
            );
        }
        (Some(was), Some(is)) => format!("{} -> {}", shortened(&was.text), shortened(&is.text)),
        (None, None) => String::new(),
    };
    format!("{place} {key}: {what}")
}

/// A text that still shows what it is: a digest is told by its first digits.
#[must_use]
pub fn shortened(text: &str) -> String {
    const DIGITS: usize = 8;
    let Some((before, digest)) = text.split_once("@sha256:") else {
        return text.to_owned();
    };
    let end = digest
        .find(|it: char| !it.is_ascii_hexdigit())
        .unwrap_or(digest.len());
    let (digits, rest) = digest.split_at(end);
    let shown = digits.get(..DIGITS).unwrap_or(digits);
    format!("{before}@sha256:{shown}…{rest}")
}

/// A step of a rollout: which layer, and what happens in it.
pub struct Step {
    /// The layer, or what comes after all of them.
    pub layer: String,
    /// What happens to what.
    pub what: Vec<String>,
}

/// How an engine goes about it.
#[must_use]
pub fn engine_order(engine: Option<&str>) -> &'static str {
    match engine {
        Some("Argo CD") => {
            "Argo CD applies a layer when the one before is healthy, and deletes when all are"
        }
        Some(_) => {
            "Flux applies a layer when the one before is ready, and deletes in each before it waits for it"
        }
        None => "layer by layer",
    }
}

/// The rollout, layer by layer, as the engine will do it.
#[must_use]
pub fn order(story: &Story) -> Vec<Step> {
    let deletes_last = story.engine != Some("Flux");
    let is_gone = |it: &&Change| it.action == Action::Deleted;
    let mut steps = Vec::new();
    for layer in layers() {
        let here = story.changes.iter().filter(|it| it.layer == Some(layer));
        let applied = here.clone().filter(|it| !is_gone(it)).map(short);
        let deleted = here.filter(is_gone).filter(|_| !deletes_last).map(short);
        let what: Vec<_> = applied.chain(deleted).collect();
        if !what.is_empty() {
            steps.push(Step {
                layer: layer.to_owned(),
                what,
            });
        }
    }
    let deleted = story
        .changes
        .iter()
        .filter(|it| it.layer.is_some())
        .filter(is_gone);
    let mut what: Vec<_> = deleted.filter(|_| deletes_last).map(short).collect();
    // The last layer's objects go first.
    what.reverse();
    if !what.is_empty() {
        steps.push(Step {
            layer: "last".to_owned(),
            what,
        });
    }
    steps
}

/// A change in few words.
fn short(change: &Change) -> String {
    let has = |rule: &Rule| change.effects.iter().any(|it| *it.rule == *rule);
    let word = match change.action {
        Action::Created => "created",
        Action::Deleted if has(rules::KEPT) => "left behind",
        Action::Deleted => "deleted",
        Action::Renamed => "made anew",
        _ if has(rules::REFUSED) => "refused",
        _ if has(rules::IGNORED) => "in vain",
        _ if has(rules::KILLED) => "killed and run again",
        _ if has(rules::REMADE) => "made anew",
        _ if has(rules::ROLLS) => "rolls",
        _ => "updated",
    };
    format!("{} ({word})", change.subject)
}
