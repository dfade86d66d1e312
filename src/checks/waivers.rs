//! Findings that somebody accepts.

use std::iter;

use super::{Check, all};
use crate::{
    components::{Offers, offers::Waiver},
    diagnostics::{Diagnostic, Diagnostics, Fix, codes, did_you_mean, name_list},
    kubernetes::Identity,
    manifests::content_stem,
    platform::Platform,
};

/// The waivers of a spec, and which of them cover something.
pub struct Waivers<'a>(Vec<Entry<'a>>);

struct Entry<'a> {
    waiver: &'a Waiver,
    /// The name of the check that it names, or means: the finding stays accepted when a name is misspelt.
    check: &'static str,
    is_used: bool,
}

impl<'a> Waivers<'a> {
    /// The waivers that name a check, or almost.
    pub fn new(waivers: &'a [Waiver]) -> Self {
        let entries = waivers.iter().filter_map(|waiver| {
            Some(Entry {
                waiver,
                check: did_you_mean(&waiver.check, names())?,
                is_used: false,
            })
        });
        Self(entries.collect())
    }

    /// Whether a waiver covers what a check finds on an object.
    pub fn cover(&mut self, check: &Check, object: &Identity) -> bool {
        let mut entries = self.0.iter_mut();
        let covering = entries.find(|it| it.check == check.code.name && covers(it.waiver, object));
        covering.is_some_and(|it| {
            it.is_used = true;
            true
        })
    }

    /// Says which waivers cover nothing.
    pub fn unused(&self, platform: &Platform<'_>) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        // What they cover may be in a part that was not read, or was not evaluated.
        if !platform.is_closed_world || !platform.offers.unread.is_empty() {
            return diagnostics;
        }
        let objects = || platform.members().map(|it| it.object.identity());
        for Entry { waiver, check, .. } in self.0.iter().filter(|it| !it.is_used) {
            let covers_nothing = Diagnostic::warning(
                codes::USELESS_WAIVER,
                format!("the waiver `{}` covers nothing", *waiver.name),
            );
            let is_there = objects().any(|it| covers(waiver, it));
            if let Some(meant) = meant(waiver, objects()).filter(|_| !is_there) {
                // A slip, and the accepted fault may come back: nothing is sure to be superfluous.
                diagnostics.push(
                    covers_nothing
                        .at_value(&waiver.object.origins, "there is no such object")
                        .hint(format!("did you mean `{meant}`?")),
                );
                continue;
            }
            let what = "remove it, before it covers something else";
            let diagnostic = covers_nothing.at_key(
                &waiver.name.origins,
                format!("`{check}` finds no fault with this object"),
            );
            diagnostics.push(match waiver.name.origins.first() {
                Some(entry) => diagnostic.fix(Fix::remove(what, entry)),
                None => diagnostic.hint(what),
            });
        }
        diagnostics
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    all().map(|check| check.code.name)
}

/// Says which waivers name no check.
#[must_use]
pub fn unknown_in_waivers(offers: &Offers) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for Waiver { check, .. } in &offers.waivers {
        if names().any(|name| name == check.as_str()) {
            continue;
        }
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_NAME,
            format!("there is no check `{}`", **check),
        )
        .at_value(&check.origins, "unknown name");
        diagnostics.push(match did_you_mean(check, names()) {
            Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
            None => diagnostic.hint(format!("the checks are {}", name_list(names()))),
        });
    }
    diagnostics
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
            .hint("fix what it covers, or state a later day and why"),
        );
    }
    diagnostics
}
