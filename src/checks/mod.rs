//! The catalogue: what is wrong with a platform, seen from its objects.
//!
//! A check is a file: data, the words for its page, and a function. To add one, add the file to the
//! folder of its category, its `mod` line, and its line in the category's `CHECKS`.

mod acceptance;
mod access;
mod delivery;
mod drivers;
mod edits;
mod example;
mod images;
mod network;
mod operator;
mod page;
mod pods;
mod properties;
mod resources;
mod storage;
mod structure;

pub(crate) use example::server_with;
pub use example::{BASE, Example};
pub use page::page;

use std::{collections::BTreeSet, iter};

use crate::{
    components::{Offers, offers::Waiver},
    diagnostics::{Code, Diagnostic, Diagnostics, Fix, codes, did_you_mean},
    graph::{Graph, content_stem},
    kubernetes::Identity,
    platform::Platform,
};

/// A rule of the catalogue.
pub struct Check {
    /// Its number, its name, and why it is there. The number starts with `E` when the platform would
    /// not work, and with `W` when it would and somebody will regret it.
    pub code: Code,
    /// What somebody would have seen at run time, in the words of the log where there is one.
    pub symptom: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// Where the fact is from: a file of the upstream project, its documentation, or a run.
    pub source: &'static str,
    /// Something that it finds, and the same mended.
    pub example: Example,
    /// What it looks for.
    pub run: fn(&Platform<'_>, &mut Findings),
}

impl Check {
    /// A finding of this check: its title, its severity, the symptom and the fix, without a place yet.
    #[must_use]
    pub fn finds(&self, title: impl Into<String>) -> Diagnostic {
        let diagnostic = if self.code.number.starts_with('W') {
            Diagnostic::warning(self.code, title)
        } else {
            Diagnostic::error(self.code, title)
        };
        diagnostic.note(self.symptom)
    }
}

/// A part of the catalogue.
pub struct Category {
    /// What its checks judge, in a few words.
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

/// The checks that can judge a platform. Of a spec that was not read whole, its network policies lack
/// what the unread parts would have opened.
fn judging(platform: &Platform<'_>) -> impl Iterator<Item = &'static Check> {
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

/// Judges every object. Gives back what waivers do not cover, and what is to say of the waivers
/// themselves, which `kiln check` alone shows.
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
    let waivers = &platform.offers.waivers;
    let mut used = vec![false; waivers.len()];
    for check in judging(platform) {
        let mut findings = Findings::default();
        (check.run)(platform, &mut findings);
        for Finding { object, diagnostic } in findings.0 {
            let covering = waivers
                .iter()
                .position(|waiver| *waiver.check == check.code.name && covers(waiver, &object));
            match covering {
                Some(at) => used[at] = true,
                None => diagnostics.push(hinted(diagnostic, check)),
            }
        }
    }
    let mut of_waivers = Diagnostics::default();
    for (waiver, used) in waivers.iter().zip(used) {
        // What it covers may be in a part that was not read, or was not judged.
        if used || !platform.is_whole || !platform.offers.unread.is_empty() {
            continue;
        }
        let covers_nothing = Diagnostic::warning(
            codes::USELESS_WAIVER,
            format!("the waiver `{}` covers nothing", *waiver.name),
        );
        let mut objects = platform.members().map(|it| it.object.identity());
        let is_there = objects.any(|it| covers(waiver, it));
        let objects = platform.members().map(|it| it.object.identity());
        if let Some(meant) = meant(waiver, objects).filter(|_| !is_there) {
            // A slip, and the accepted fault may come back: nothing is sure to be superfluous.
            of_waivers.push(
                covers_nothing
                    .at_value(&waiver.object.origins, "there is no such object")
                    .hint(format!("did you mean `{meant}`?")),
            );
        } else {
            let what = "remove it, before it covers something else";
            let diagnostic = covers_nothing.at_key(
                &waiver.name.origins,
                format!("`{}` finds no fault with this object", *waiver.check),
            );
            of_waivers.push(match waiver.name.origins.first() {
                Some(entry) => diagnostic.fix(Fix::remove(what, entry)),
                None => diagnostic.hint(what),
            });
        }
    }
    (diagnostics, of_waivers)
}

/// The object that a waiver means whose own there is not: one that is spelt almost like it.
fn meant<'o>(
    waiver: &Waiver,
    mut objects: impl Iterator<Item = &'o Identity>,
) -> Option<&'o Identity> {
    let is_near = |wrong: &str, right: &str| did_you_mean(wrong, iter::once(right)).is_some();
    let written = &waiver.object.value;
    objects.find(|it| {
        let namespaces = written.namespace.as_deref().zip(it.namespace.as_deref());
        is_near(&written.kind, &it.kind)
            && is_near(&written.name, &it.name)
            && namespaces.is_none_or(|(wrong, right)| is_near(wrong, right))
    })
}

/// Whether a waiver names an object: by its name, or without the digest in which it ends, which every
/// change of the spec makes anew.
fn covers(waiver: &Waiver, object: &Identity) -> bool {
    *waiver.object == *object || content_stem(object).is_some_and(|stem| *waiver.object == stem)
}

/// A finding that has no hint of its own gets the general one.
fn hinted(diagnostic: Diagnostic, check: &Check) -> Diagnostic {
    if diagnostic.advice().next().is_none() {
        diagnostic.hint(check.fix)
    } else {
        diagnostic
    }
}

/// The waivers that a day is too late for.
#[must_use]
pub fn expired(offers: &Offers, today: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    // Days written as `2026-12-31` are in the order of their text.
    for waiver in offers
        .waivers
        .iter()
        .filter(|it| it.expires.as_str() < today)
    {
        diagnostics.push(
            Diagnostic::error(
                codes::EXPIRED_WAIVER,
                format!(
                    "the waiver `{}` expired on {}",
                    *waiver.name, *waiver.expires
                ),
            )
            .at_value(&waiver.expires.origins, "")
            .note(format!("its reason was: {}", *waiver.reason))
            .hint("mend what it covers, or state a later day and why"),
        );
    }
    diagnostics
}
