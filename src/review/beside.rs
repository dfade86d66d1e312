//! What a spec makes beside the objects of its tree: files for other tools, the objects of the engine, what has to be
//! there beforehand, and buckets.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Action, Cause, Change, Comparison, Effect, Field, Side, causes,
    fields::{self, Difference},
    rules,
};
use crate::{
    document::{Node, Origins},
    files,
    kubernetes::Identity,
    manifests::Prerequisite,
};

/// Files that kiln hands over to other tools.
pub fn files(sides: Comparison<'_, '_>) -> Vec<Change> {
    let Comparison { old, new } = sides;
    let (before, after) = (&old.compilation.hand_over, &new.compilation.hand_over);
    let what = [
        "is a new file for another tool",
        "is no longer made",
        "is to be handed over again, to the tool that reads it",
    ];
    documents(before, after, sides, what, |path, _| path.to_owned())
}

/// The engine's own objects.
pub fn delivery(sides: Comparison<'_, '_>) -> Vec<Change> {
    let Comparison { old, new } = sides;
    let engines = (old.engine(), new.engine());
    let names = engines
        .0
        .map(|it| it.title)
        .zip(engines.1.map(|it| it.title));
    if let Some((was, is)) = names.filter(|(was, is)| was != is) {
        let what = format!("goes from {was} to {is}");
        let note = format!(
            "first let {was} go without deleting anything, then apply what starts {is}: while both follow the tree, what one prunes the other makes again"
        );
        let effect = Effect::new(rules::HANDED_OVER, what).note(note);
        let causes = causes::changed_values(&old.values, &new.values);
        let of_delivery = causes
            .into_iter()
            .filter(|it| it.key.starts_with("delivery"));
        let subject = "the platform".to_owned();
        return vec![Change::evaluated(
            subject,
            vec![effect],
            of_delivery.collect(),
        )];
    }
    let (before, after) = (&old.compilation.delivered, &new.compilation.delivered);
    let what = [
        "is created: the engine finds it in out/delivery",
        "is deleted: it is no longer in out/delivery",
        "is updated in place: the engine reads it anew",
    ];
    let name = |path: &str, node: &Node| {
        let identity = Identity::of(node).map(|it| it.to_string());
        identity.unwrap_or_else(|_| path.to_owned())
    };
    documents(before, after, sides, what, name)
}

/// Documents by path: `what` says what becomes of one that is new, that is gone, and that differs.
fn documents(
    before: &BTreeMap<String, Node>,
    after: &BTreeMap<String, Node>,
    sides: Comparison<'_, '_>,
    what: [&str; 3],
    name: impl Fn(&str, &Node) -> String,
) -> Vec<Change> {
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for path in paths {
        let (was, is) = (before.get(path), after.get(path));
        let differences = match (was, is) {
            (Some(was), Some(is)) => fields::differences(was, is),
            _ => Vec::new(),
        };
        let (action, rule, what) = match (was, is) {
            (None, _) => (Action::Created, rules::CREATED, what[0]),
            (_, None) => (Action::Deleted, rules::DELETED, what[1]),
            _ if differences.is_empty() => continue,
            (Some(was), Some(is)) if leads_elsewhere(was, is, &differences) => {
                let what = "leads the engine elsewhere: what it no longer finds there it deletes, and what it finds nobody has seen here";
                (Action::Changed, rules::HANDED_OVER, what)
            }
            _ => (Action::Changed, rules::UPDATED, what[2]),
        };
        let Some(node) = is.or(was) else { continue };
        changes.push(Change {
            subject: name(path, node),
            action,
            was: None,
            layer: None,
            effects: vec![Effect::new(rule, what)],
            fields: Field::all(&differences, None),
            causes: causes::of_differences(&differences, &["delivery"], sides),
            refers: Vec::new(),
        });
    }
    changes
}

/// Whether an engine's object is another one, or follows another repository, branch, folder or cluster.
fn leads_elsewhere(was: &Node, is: &Node, differences: &[Difference]) -> bool {
    const FIELDS: [&str; 8] = [
        "repoURL",
        "targetRevision",
        "url",
        "branch",
        "path",
        "server",
        "namespace",
        "name",
    ];
    let is_target = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or_default();
        // Every object of a tree names its namespace, so the default of the destination decides nothing.
        path.starts_with("spec.")
            && FIELDS.contains(&last)
            && !path.contains("destinations")
            && path != "spec.destination.namespace"
    };
    let is_another = Identity::of(was).ok() != Identity::of(is).ok();
    is_another || differences.iter().any(|it| is_target(&it.path))
}

/// What has to be there beforehand.
pub fn prerequisites(sides: Comparison<'_, '_>) -> Vec<Change> {
    let Comparison { old, new } = sides;
    let (had, has) = (
        files::prerequisites(old.compilation),
        files::prerequisites(new.compilation),
    );
    let change = |line: &String, rule, what: &str, side: &Side<'_>, is_new: bool| {
        let (subject, why) = line.split_once(": ").unwrap_or((line, ""));
        let effect = Effect::new(rule, what);
        let effect = if why.is_empty() {
            effect
        } else {
            effect.note(why)
        };
        let names = |it: &&Prerequisite| {
            let identity = &it.object;
            subject.starts_with(&identity.kind) && subject.contains(&identity.name)
        };
        let stated = side.platform.graph.prerequisites.iter().find(names);
        let lines = stated.map_or_else(Vec::new, |it| {
            causes::of_object(&it.origins, &side.compilation.sources)
        });
        let causes = lines.into_iter().map(|(key, line)| {
            if is_new {
                Cause::made(key, line)
            } else {
                Cause::gone(key, line)
            }
        });
        Change::evaluated(subject.to_owned(), vec![effect], causes.collect())
    };
    let needed = has.difference(&had).map(|it| {
        change(
            it,
            rules::NEEDED,
            "has to be there before this is synced",
            new,
            true,
        )
    });
    let what = "is no longer needed; kiln did not make it, and nothing deletes it";
    let dropped = had
        .difference(&has)
        .map(|it| change(it, rules::NOT_NEEDED, what, old, false));
    needed.chain(dropped).collect()
}

/// Buckets that the spec no longer has: nothing deletes what is in them.
pub fn buckets(sides: Comparison<'_, '_>) -> Vec<Change> {
    let Comparison { old, new } = sides;
    let buckets = |side: &Side<'_>| -> BTreeMap<String, Origins> {
        let store = side.compilation.offers.object_store.as_ref();
        let store = store.filter(|it| !it.is_external);
        let buckets = store.into_iter().flat_map(|it| it.buckets.clone());
        buckets.map(|it| (it.value, it.origins)).collect()
    };
    let (had, has) = (buckets(old), buckets(new));
    let gone = had.into_iter().filter(|(name, _)| !has.contains_key(name));
    let changes = gone.map(|(name, origins)| {
        let what = "is no longer made; it stays in the store with all that is in it";
        let causes = causes::of_object(&origins, &old.compilation.sources).into_iter();
        let causes = causes.map(|(key, line)| Cause::gone(key, line));
        Change::evaluated(
            format!("Bucket {name}"),
            vec![Effect::new(rules::KEPT, what)],
            causes.collect(),
        )
    });
    changes.collect()
}
