//! The catalogue: what is wrong with a platform, seen from its graph.
//!
//! A check is a file with its code, the symptom it prevents, and a function. To add one, add the file,
//! its `mod` line, and its line in [`CHECKS`].

mod limits_removed;
mod structure;
mod unschedulable;

use crate::{
    components::{Demand, Offers},
    diagnostics::{Code, Diagnostic, Diagnostics, codes},
    graph::Graph,
    kubernetes::Identity,
};

/// A rule of the catalogue.
pub struct Check {
    /// Its code, its name and its page.
    pub code: Code,
    /// What it looks for.
    pub run: fn(&Platform<'_>, &mut Vec<Finding>),
}

/// What a check may look at.
pub struct Platform<'a> {
    /// The objects and what they refer to.
    pub graph: &'a Graph,
    /// The facts that the spec states.
    pub offers: &'a Offers,
    /// What pods that Spark spawns will ask for.
    pub demands: &'a [Demand],
}

/// A fault that a check found.
pub struct Finding {
    /// The object to blame, by which a waiver names it.
    pub object: Identity,
    /// What to say.
    pub diagnostic: Diagnostic,
}

/// The checks, in the order of their codes.
pub static CHECKS: &[Check] = &[limits_removed::CHECK, unschedulable::CHECK];

/// Judges every object. Gives back what waivers do not cover, and what is to say of the waivers
/// themselves, which `kiln check` alone shows.
#[must_use]
pub fn run(platform: &Platform<'_>) -> (Diagnostics, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let graph = platform.graph;
    for member in graph.members.iter().chain(&graph.embedded) {
        structure::run(member, graph, &mut diagnostics);
    }
    let waivers = &platform.offers.waivers;
    let mut used = vec![false; waivers.len()];
    for check in CHECKS {
        let mut findings = Vec::new();
        (check.run)(platform, &mut findings);
        for finding in findings {
            let covering = waivers.iter().position(|waiver| {
                *waiver.check == check.code.name && *waiver.object == finding.object
            });
            match covering {
                Some(at) => used[at] = true,
                None => diagnostics.push(finding.diagnostic),
            }
        }
    }
    let mut of_waivers = Diagnostics::default();
    for (waiver, used) in waivers.iter().zip(used) {
        if !used {
            of_waivers.push(
                Diagnostic::warning(
                    codes::USELESS_WAIVER,
                    format!("the waiver `{}` covers nothing", *waiver.name),
                )
                .at_key(
                    &waiver.name.origins,
                    format!("`{}` finds no fault with this object", *waiver.check),
                )
                .hint("remove it, before it covers something else"),
            );
        }
    }
    (diagnostics, of_waivers)
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
