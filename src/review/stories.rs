//! What several environments have in common, told once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Change, Report};

/// What the same change does to several environments.
#[derive(Clone, Debug)]
pub struct Story {
    /// The environments, sorted.
    pub environments: Vec<String>,
    /// The engine that syncs them, in words.
    pub engine: Option<&'static str>,
    /// What becomes of what, the worst first.
    pub changes: Vec<Change>,
}

/// Groups changes by the environments that have them all, the worst first. The lines that they come from may differ.
#[must_use]
pub fn stories(reports: &[Report]) -> Vec<Story> {
    type Key<'a> = (Option<&'static str>, Change);
    let mut shared: BTreeMap<Key<'_>, (BTreeSet<&str>, BTreeSet<Cause>)> = BTreeMap::new();
    for report in reports {
        for change in &report.changes {
            let key = (
                report.engine,
                Change {
                    causes: Vec::new(),
                    ..change.clone()
                },
            );
            let (environments, causes) = shared.entry(key).or_default();
            environments.insert(&report.environment);
            causes.extend(change.causes.iter().cloned());
        }
    }
    let mut by_environments: BTreeMap<(BTreeSet<&str>, Option<&'static str>), Vec<Change>> =
        BTreeMap::new();
    for ((engine, change), (environments, causes)) in shared {
        let changes = by_environments.entry((environments, engine)).or_default();
        changes.push(Change {
            causes: causes.into_iter().collect(),
            ..change
        });
    }
    let stories = by_environments
        .into_iter()
        .map(|((environments, engine), mut changes)| {
            changes
                .sort_by_key(|it| (it.worst(), it.layer.is_none(), it.layer, it.subject.clone()));
            Story {
                environments: environments.into_iter().map(str::to_owned).collect(),
                engine,
                changes,
            }
        });
    let mut stories: Vec<_> = stories.collect();
    stories.sort_by_key(|it| {
        let worst = it.changes.iter().map(Change::worst).min();
        (
            worst,
            std::cmp::Reverse(it.environments.len()),
            it.environments.clone(),
        )
    });
    stories
}
