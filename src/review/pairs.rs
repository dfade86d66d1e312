//! Which object of before is which of after: by identity, else by what they say. A name may have changed, or follow
//! the content.

use std::collections::BTreeMap;

use super::fields::likeness;
use crate::{graph::Member, kubernetes::Identity, manifests::content_stem};

/// An object on one side, or on both.
#[derive(Clone, Copy, Debug)]
pub enum Pair<'a> {
    /// It was not there.
    New(&'a Member),
    /// It is no longer there.
    Gone(&'a Member),
    /// It was there and is.
    Both(Both<'a>),
}

/// An object as it was and as it is.
#[derive(Clone, Copy, Debug)]
pub struct Both<'a> {
    /// As it was.
    pub before: &'a Member,
    /// As it is.
    pub after: &'a Member,
    /// How the two are known to be one.
    pub by: By,
}

/// How two objects are known to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// They are the same on the cluster.
    Identity,
    /// Their names are the same but for the digest of what they say.
    Content,
    /// They say the same but for what they are called.
    Likeness,
}

/// From which share of equal values on two objects of different names are taken for one that was renamed.
const RENAMED: f64 = 0.7;

/// How many comparisons of objects of one kind are worth a better report. A spec that renames more than a hundred
/// objects of a kind at once gets the plain truth: deleted and created.
const MOST_COMPARED: usize = 10_000;

/// Pairs objects, in the order of their identities after the change, or else before it.
#[must_use]
pub fn pairs<'a>(before: &'a [Member], after: &'a [Member]) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    let mut gone: BTreeMap<&Identity, &Member> = by_identity(before);
    let mut new: BTreeMap<&Identity, &Member> = BTreeMap::new();
    for (identity, after) in by_identity(after) {
        match gone.remove(identity) {
            Some(before) => found.push(Pair::Both(Both {
                before,
                after,
                by: By::Identity,
            })),
            None => {
                new.insert(identity, after);
            }
        }
    }
    pair_by_content(&mut gone, &mut new, &mut found);
    pair_by_likeness(&mut gone, &mut new, &mut found);
    found.extend(gone.into_values().map(Pair::Gone));
    found.extend(new.into_values().map(Pair::New));
    found.sort_by_key(Pair::identity);
    found
}

impl<'a> Pair<'a> {
    /// As it is, or else was.
    #[must_use]
    pub const fn member(&self) -> &'a Member {
        match self {
            Self::New(member) | Self::Gone(member) => member,
            Self::Both(both) => both.after,
        }
    }

    fn identity(&self) -> &'a Identity {
        self.member().object.identity()
    }
}

impl Both<'_> {
    /// Whether two texts differ by nothing but what the object is called.
    #[must_use]
    pub fn renames(&self, before: &str, after: &str) -> bool {
        let [old, new] = [self.before, self.after].map(|it| &it.object.identity().name);
        let (one, other) = differing(old, new);
        old != new && !one.is_empty() && before.replace(one, other) == after
    }
}

/// Takes an object of either side out of those that are alone, as one.
fn join<'a>(
    (old, gone): (&Identity, &mut Alone<'a>),
    (identity, new): (&Identity, &mut Alone<'a>),
    by: By,
) -> Option<Pair<'a>> {
    if !gone.contains_key(old) || !new.contains_key(identity) {
        return None;
    }
    let (before, after) = (gone.remove(old)?, new.remove(identity)?);
    Some(Pair::Both(Both { before, after, by }))
}

fn by_identity(members: &[Member]) -> BTreeMap<&Identity, &Member> {
    members
        .iter()
        .map(|it| (it.object.identity(), it))
        .collect()
}

type Alone<'a> = BTreeMap<&'a Identity, &'a Member>;

fn pair_by_content<'a>(gone: &mut Alone<'a>, new: &mut Alone<'a>, found: &mut Vec<Pair<'a>>) {
    let mut stems: BTreeMap<Identity, Vec<&Identity>> = BTreeMap::new();
    for identity in gone.keys() {
        if let Some(stem) = content_stem(identity) {
            stems.entry(stem).or_default().push(*identity);
        }
    }
    let candidates: Vec<_> = new.keys().copied().collect();
    for identity in candidates {
        let Some(old) = content_stem(identity).and_then(|it| stems.get_mut(&it)?.pop()) else {
            continue;
        };
        found.extend(join((old, gone), (identity, new), By::Content));
    }
}

fn pair_by_likeness<'a>(gone: &mut Alone<'a>, new: &mut Alone<'a>, found: &mut Vec<Pair<'a>>) {
    let mut alike = Vec::new();
    let is_kind =
        |one: &Identity, other: &Identity| (&one.group, &one.kind) == (&other.group, &other.kind);
    for (old, before) in &*gone {
        let same = new.iter().filter(|(it, _)| is_kind(it, old));
        let same: Vec<_> = same.collect();
        let all = gone.keys().filter(|it| is_kind(it, old)).count() * same.len();
        if all > MOST_COMPARED {
            continue;
        }
        for (identity, after) in same {
            let (one, other) = differing(&old.name, &identity.name);
            let share = likeness(before.object.node(), after.object.node(), one, other);
            if share >= RENAMED {
                alike.push((share, *old, *identity));
            }
        }
    }
    // The most alike first; among equals the first by name, so that the order of the input decides nothing.
    alike.sort_by(|one, other| {
        let by_share = other.0.total_cmp(&one.0);
        by_share.then_with(|| (one.1, one.2).cmp(&(other.1, other.2)))
    });
    for (_, old, identity) in alike {
        found.extend(join((old, gone), (identity, new), By::Likeness));
    }
}

/// The parts in which two names differ: `analytics` and `reports` of `connect-analytics` and `connect-reports`.
fn differing<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    // Whole words, so that what is left is what somebody would search for.
    let words = |it: &'a str| it.split('-').collect::<Vec<_>>();
    let (a, b) = (words(one), words(other));
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - start;
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let part = |whole: &'a str, words: &[&str]| {
        let before: usize = words[..start].iter().map(|it| it.len() + 1).sum();
        let after: usize = words[words.len() - end..]
            .iter()
            .map(|it| it.len() + 1)
            .sum();
        whole
            .get(before..whole.len().saturating_sub(after))
            .unwrap_or_default()
    };
    (part(one, &a), part(other, &b))
}
