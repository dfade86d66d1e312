//! The catalogue: what is wrong with a platform, seen from its objects.
//!
//! A check is two files in the folder of its category: its code, a function, and its page, Markdown with
//! all words and examples, which `build/pages.rs` reads. To add one, add both, its `mod` line, and its
//! line in the category's `CHECKS`.

mod acceptance;
mod access;
mod catalogs;
mod delivery;
mod drivers;
mod edits;
mod example;
mod identities;
mod images;
mod network;
mod operator;
mod pages;
mod placement;
mod pods;
mod properties;
mod resources;
mod storage;
mod structure;
mod waivers;

pub use example::{BASE, Example, Kind};
pub use waivers::{expired, unknown_in_waivers};

use std::collections::BTreeSet;

use waivers::Waivers;

use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics, Severity},
    graph::Graph,
    kubernetes::Identity,
    platform::Platform,
};

/// A rule of the catalogue, as its page and its code make it.
pub struct Check {
    /// Its number, its name, and why it is there.
    pub code: Code,
    /// How bad it is, unless a finding says otherwise.
    pub severity: Severity,
    /// What somebody would have seen at run time, in the words of the log where there is one.
    pub symptom: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// Where the fact is from: a file of the upstream project, its documentation, or a run.
    pub source: &'static str,
    /// What it finds.
    pub failing: &'static [Example],
    /// What no check finds fault with: the same fixed, and what once was a false alarm.
    pub passing: &'static [Example],
    /// What it looks for.
    pub run: Run,
}

/// The code of a check.
pub type Run = fn(&Platform<'_>, &mut Findings);

impl Check {
    /// A finding of this check: its title, its severity, the symptom and the fix, without a place yet.
    #[must_use]
    pub fn finds(&self, title: impl Into<String>) -> Diagnostic {
        let diagnostic = match self.severity {
            Severity::Error => Diagnostic::error(self.code, title),
            Severity::Warning => Diagnostic::warning(self.code, title),
        };
        diagnostic.note(self.symptom)
    }
}

/// A part of the catalogue.
pub struct Category {
    /// What its checks are about, in a few words.
    pub name: &'static str,
    /// Its checks, in the order of their codes.
    pub checks: &'static [Check],
}

/// The category whose checks need every flow of the spec.
const NETWORK: &str = "network";

/// The catalogue.
pub static CATALOGUE: &[Category] = &[
    Category {
        name: "what an edit does",
        checks: edits::CHECKS,
    },
    Category {
        name: "what the API server accepts",
        checks: acceptance::CHECKS,
    },
    Category {
        name: "Spark's properties",
        checks: properties::CHECKS,
    },
    Category {
        name: "resources",
        checks: resources::CHECKS,
    },
    Category {
        name: "access to the API server",
        checks: access::CHECKS,
    },
    Category {
        name: NETWORK,
        checks: network::CHECKS,
    },
    Category {
        name: "images",
        checks: images::CHECKS,
    },
    Category {
        name: "storage",
        checks: storage::CHECKS,
    },
    Category {
        name: "drivers and their executors",
        checks: drivers::CHECKS,
    },
    Category {
        name: "pods",
        checks: pods::CHECKS,
    },
    Category {
        name: "the operator and its resources",
        checks: operator::CHECKS,
    },
    Category {
        name: "delivery",
        checks: delivery::CHECKS,
    },
    Category {
        name: "placement",
        checks: placement::CHECKS,
    },
    Category {
        name: "identities",
        checks: identities::CHECKS,
    },
    Category {
        name: "catalogs",
        checks: catalogs::CHECKS,
    },
];

/// All checks, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Check> {
    CATALOGUE.iter().flat_map(|category| category.checks)
}

/// What the checks found.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

#[derive(Debug)]
struct Finding {
    object: Identity,
    diagnostic: Diagnostic,
}

impl Findings {
    /// Adds a fault; the object is the one to blame, by which a waiver names it.
    pub fn push(&mut self, object: &Identity, diagnostic: Diagnostic) {
        self.0.push(Finding {
            object: object.clone(),
            diagnostic,
        });
    }
}

/// The checks that apply to a platform. Of a spec that was not read whole, its network policies lack
/// what the unread parts would have opened.
fn applicable_checks(platform: &Platform<'_>) -> impl Iterator<Item = &'static Check> {
    let lacks_policies = !platform.offers.unread.is_empty();
    CATALOGUE
        .iter()
        .filter(move |it| !(lacks_policies && it.name == NETWORK))
        .flat_map(|it| it.checks)
}

/// Judges the structure of each object by itself, but for those of which a patch could not do what it says:
/// what all of them say together is not what is meant.
#[must_use]
pub fn structures(graph: &Graph, unpatched: &BTreeSet<Identity>) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let members = graph.members.iter().chain(&graph.embedded);
    for member in members.filter(|it| !unpatched.contains(it.object.identity())) {
        structure::run(member, &mut diagnostics);
    }
    diagnostics
}

/// Evaluates every check on a platform. Gives back what waivers do not cover, and the diagnostics of the
/// waivers themselves, which `kiln check` alone shows.
#[must_use]
pub fn run(platform: &Platform<'_>) -> (Diagnostics, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    if platform.is_of_spec {
        diagnostics.append(structures(platform.graph, &BTreeSet::new()));
    } else {
        // Some servers that extend the API take other names: an `ImageStreamTag` has a colon.
        let known = platform.members();
        for member in known.filter(|it| it.object.scope().is_some()) {
            structure::names(member, &mut diagnostics);
            structure::fields(member, &mut diagnostics);
        }
    }
    structure::names_in_properties(platform, &mut diagnostics);
    let mut waivers = Waivers::new(&platform.offers.waivers);
    for check in applicable_checks(platform) {
        let mut findings = Findings::default();
        (check.run)(platform, &mut findings);
        for Finding { object, diagnostic } in findings.0 {
            if !waivers.cover(check, &object) {
                diagnostics.push(hinted(diagnostic, check));
            }
        }
    }
    (diagnostics, waivers.unused(platform))
}

/// A finding that has no hint of its own gets the general one.
fn hinted(diagnostic: Diagnostic, check: &Check) -> Diagnostic {
    if diagnostic.advice().next().is_none() {
        diagnostic.hint(check.fix)
    } else {
        diagnostic
    }
}

/// What a sum of a resource consists of, as far as that fits into a message.
fn sum(resource: &str, parts: impl IntoIterator<Item = String>) -> String {
    const SHOWN: usize = 6;
    let mut words: Vec<_> = parts.into_iter().collect();
    let more = words.len().saturating_sub(SHOWN);
    words.truncate(SHOWN);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    format!("`{resource}`: {}", words.join(", "))
}
