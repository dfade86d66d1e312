//! What a change does to the cluster: two platforms, compiled from two states of the spec, compared.
//!
//! 1. [`pairs`]: which object of before is which of after.
//! 2. [`fields`]: what differs inside; [`causes`]: the lines of the spec that it comes from.
//! 3. [`objects`], [`evaluation`] (which is [`access`], [`traffic`], [`capacity`]), [`beside`]: what becomes of what, by
//!    the [`rules`].
//! 4. [`moves`]: what one environment hands over to another; [`stories`]: what several share, told once.
//! 5. [`text`], [`markdown`], [`html`], [`json`]: for a terminal, a comment, a browser and machines.

mod access;
mod beside;
mod capacity;
pub mod causes;
mod change;
mod committed;
mod evaluation;
pub mod fields;
pub mod html;
pub mod json;
pub mod markdown;
mod moves;
mod objects;
mod pairs;
pub mod rules;
mod stories;
pub mod text;
mod traffic;
mod words;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};

use causes::Values;
pub use causes::{Cause, Line};
pub use change::{Action, Change, Effect, Field};
pub use committed::committed;
use evaluation::{Consequence, Renamed};
pub use rules::{Risk, Rule};
pub use stories::{Story, stories};

use crate::{Compilation, engines::Engine, manifests::Layer, platform::Platform};

/// One side of a comparison.
pub struct Side<'a> {
    /// What was compiled.
    pub compilation: &'a Compilation,
    /// What its objects say together.
    pub platform: Platform<'a>,
    /// What its spec says.
    values: Values,
    /// The keys that its spec states or leaves to a default.
    keys: BTreeSet<&'a str>,
}

impl<'a> Side<'a> {
    fn of(compilation: &'a Compilation) -> Self {
        let sources = &compilation.sources;
        Self {
            keys: sources.ids().filter_map(|id| sources.path(id)).collect(),
            compilation,
            platform: Platform::of_spec(&compilation.graph, &compilation.offers, true),
            values: Values::of(&compilation.sources),
        }
    }

    fn cluster(&self) -> Option<String> {
        let cluster = self.compilation.offers.cluster.as_ref()?;
        Some(cluster.name.value.clone())
    }

    fn engine(&self) -> Option<&'static Engine> {
        let delivery = self.compilation.offers.delivery.as_ref();
        delivery.map(|it| it.engine.engine())
    }
}

/// What is compared with what.
#[derive(Clone, Copy)]
pub struct Comparison<'c, 'a> {
    /// Before.
    pub old: &'c Side<'a>,
    /// After.
    pub new: &'c Side<'a>,
}

/// What a change does to one environment.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The environment.
    pub environment: String,
    /// The engine that syncs it, in words, where the spec says so.
    pub engine: Option<&'static str>,
    /// The cluster that it was on, and the one that it is on.
    pub clusters: (Option<String>, Option<String>),
    /// What becomes of what, the worst first.
    pub changes: Vec<Change>,
    /// Values of the spec that changed, and of which nothing reaches the cluster.
    pub idle: Vec<Cause>,
    /// Whether anything in the files of the spec differs, be it a comment.
    pub is_touched: bool,
}

/// What a change does to the environments of a repository.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// What it is compared with, in words.
    pub against: String,
    /// What a reader has to know of the comparison itself.
    pub notes: Vec<String>,
    /// What changes, told once for all environments that share it.
    pub stories: Vec<Story>,
    /// What changes because this kiln compiles the old spec to something else than what was committed.
    pub of_kiln: Vec<Story>,
    /// Values of the spec that changed, and of which nothing reaches the cluster, with the environments.
    pub idle: Vec<(Vec<String>, Cause)>,
    /// The environments in which nothing changes.
    pub unchanged: Vec<String>,
}

/// Why files of the spec differ, and nothing else.
const NOTHING_SAID: &str = "the files of the spec differ in comments, order or layout alone, or in what another file overrides";

impl Review {
    /// Puts together what was found for each environment.
    #[must_use]
    pub fn new(against: String, reports: &[Report], of_kiln: &[Report]) -> Self {
        let mut idle: BTreeMap<&Cause, Vec<String>> = BTreeMap::new();
        for report in reports {
            for cause in &report.idle {
                idle.entry(cause)
                    .or_default()
                    .push(report.environment.clone());
            }
        }
        let unchanged = reports.iter().filter(|it| it.changes.is_empty());
        let mut notes = Vec::new();
        let only_words = reports.iter().any(|it| it.is_touched)
            && reports
                .iter()
                .all(|it| it.changes.is_empty() && it.idle.is_empty());
        if only_words {
            notes.push(NOTHING_SAID.to_owned());
        }
        Self {
            against,
            notes,
            stories: stories(&moves::told(reports)),
            of_kiln: stories(of_kiln),
            idle: idle
                .into_iter()
                .map(|(cause, names)| (names, cause.clone()))
                .collect(),
            unchanged: unchanged.map(|it| it.environment.clone()).collect(),
        }
    }

    /// All changes, those that are not from the spec too.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.stories
            .iter()
            .chain(&self.of_kiln)
            .flat_map(|it| &it.changes)
    }
}

/// Compares what an environment compiled to with what it compiles to. Without one of the two, it is new, or gone.
#[must_use]
pub fn report(
    environment: &str,
    before: Option<&Compilation>,
    after: Option<&Compilation>,
) -> Report {
    let nothing = Compilation::default();
    let mut old = Side::of(before.unwrap_or(&nothing));
    let new = Side::of(after.unwrap_or(&nothing));
    old.values.align(&new.values);
    let sides = Comparison {
        old: &old,
        new: &new,
    };
    let is_on_both = before.is_some() && after.is_some();
    let mut changes = objects::changes(sides);
    evaluation::add(sides, &mut changes);
    changes.extend(beside::files(sides));
    changes.extend(beside::prerequisites(sides));
    let mut idle = Vec::new();
    if is_on_both {
        changes.extend(beside::buckets(sides));
        changes.extend(beside::delivery(sides));
    }
    causes::share(&mut changes);
    if is_on_both {
        causes::take_what_is_left(sides, &mut changes);
        causes::take_those_of_tables(sides, &mut changes);
        idle = causes::idle(sides, &changes);
    }
    let texts = |side: &Side<'_>| -> BTreeMap<String, String> {
        let files = side.compilation.sources.files().iter();
        files.map(|it| (it.path.clone(), it.text.clone())).collect()
    };
    let mut report = Report {
        environment: environment.to_owned(),
        engine: new.engine().or(old.engine()).map(|it| it.title),
        clusters: (old.cluster(), new.cluster()),
        changes,
        idle,
        is_touched: texts(&old) != texts(&new),
    };
    report.sort();
    report
}

impl Report {
    /// The worst first.
    fn sort(&mut self) {
        self.changes
            .sort_by_key(|it| (it.worst(), it.layer.is_none(), it.layer, it.subject.clone()));
    }
}

/// Compares what lies in `out` with what its spec compiles to. Of what was committed only the objects are read back, and
/// no line of a spec.
#[must_use]
pub fn report_on_committed(written: &Compilation, compiled: &Compilation) -> Report {
    let mut found = report(&compiled.environment, Some(written), Some(compiled));
    found.changes.retain(|it| it.layer.is_some());
    Report {
        idle: Vec::new(),
        is_touched: false,
        ..found
    }
}

/// The layers in the order in which they are applied.
pub fn layers() -> impl Iterator<Item = &'static str> {
    Layer::ALL.into_iter().map(Layer::folder)
}
