//! What a change of the spec does to a platform that is compiled already.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Compilation,
    delivery::reach,
    diagnostics::{Diagnostic, Diagnostics, codes},
    digest::Digest,
    document::{Node, Sources},
    engines::{is_kept, is_remade},
    files::paths,
    graph::Member,
    kubernetes::{
        Identity, Object, default_group,
        immutable::{Change, changes, has_immutable_fields},
    },
    manifests::Layer,
    output::Claims,
    platform::place,
    world::World,
    yaml::{self, to_yaml},
};

/// What a change of the spec would do to objects that hold data, to the layer of an object, or to a field
/// that cannot change.
///
/// `claims` are the files that kiln wrote so far. An object's layer and kind stand in its path.
#[must_use]
pub fn compare_with_old(
    compilation: &Compilation,
    claims: &Claims,
    world: &dyn World,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut old: BTreeSet<String> = claims.files.keys().cloned().collect();
    if !claims.are_complete {
        // What a broken lock does not show any more still lies there.
        let folder = format!("out/{}/", compilation.environment);
        let files = world.list(folder.trim_end_matches('/')).files.into_iter();
        old.extend(files.filter_map(|it| it.strip_prefix(&folder).map(str::to_owned)));
    }
    let new: BTreeMap<(String, String), (&str, &Member)> = paths(&compilation.graph)
        .into_iter()
        .filter_map(|(path, member)| {
            let (_, namespace, file) = split(&path)?;
            let key = (namespace.to_owned(), file.to_owned());
            Some((key, (member.layer.folder(), member)))
        })
        .collect();
    let is_layer = |folder: &str| Layer::ALL.iter().any(|it| it.folder() == folder);
    let mut gone = Vec::new();
    for path in &old {
        let Some((layer, namespace, file)) = split(path) else {
            continue;
        };
        match new.get(&(namespace.to_owned(), file.to_owned())) {
            // Another folder comes of a lock whose line is damaged, which is said of the lock.
            Some((now, member)) if *now != layer && is_layer(layer) => diagnostics.push(
                Diagnostic::error(
                    codes::MOVED_LAYER,
                    format!(
                        "{} would move from layer {layer} to {now}",
                        member.object.identity()
                    ),
                )
                .at_key(&member.origins, "")
                .note("Flux would delete it in one Kustomization and make it again in another")
                .hint("remove it in one commit, let the engine sync, and add it to the new layer in the next"),
            ),
            Some((_, member)) => {
                diagnostics.extend(unchangeable(compilation, member, path, claims, world));
            }
            None => {
                let old = compiled(compilation, path, world);
                if let Some(identity) = guarded(namespace, file) {
                    diagnostics.extend(removed(compilation, &identity, old.as_ref()));
                }
                let object = old.and_then(|it| Object::new(it).ok());
                gone.extend(object.map(|it| it.identity().clone()));
            }
        }
    }
    diagnostics.extend(left_behind(compilation, gone));
    diagnostics
}

fn split(path: &str) -> Option<(&str, &str, &str)> {
    let mut parts = path.split('/');
    let found = (parts.next()?, parts.next()?, parts.next()?);
    found.2.strip_suffix(".yaml").map(|_| found)
}

/// The object of a file, when it holds data or others live in it.
fn guarded(namespace: &str, file: &str) -> Option<Identity> {
    const GUARDED: [(&str, &str, &str); 5] = [
        ("namespace-", "", "Namespace"),
        (
            "customresourcedefinition-",
            "apiextensions.k8s.io",
            "CustomResourceDefinition",
        ),
        ("statefulset-", "apps", "StatefulSet"),
        ("persistentvolumeclaim-", "", "PersistentVolumeClaim"),
        ("persistentvolume-", "", "PersistentVolume"),
    ];
    let (prefix, group, kind) = GUARDED
        .iter()
        .find(|(prefix, ..)| file.starts_with(prefix))?;
    let name = file.strip_prefix(prefix)?.strip_suffix(".yaml")?;
    Some(if namespace == "_cluster" {
        Identity::of_cluster(group, kind, name)
    } else {
        Identity::in_namespace(group, kind, namespace, name)
    })
}

/// What becomes of a guarded object that the spec no longer makes.
fn removed(
    compilation: &Compilation,
    identity: &Identity,
    old: Option<&Node>,
) -> Option<Diagnostic> {
    // A file that somebody took away leaves the live object as kiln made it.
    let is_protected = old.is_none_or(is_kept);
    let may_go = compilation.destroy.contains(&identity.to_string());
    let handed_over = compilation.graph.prerequisite(identity);
    Some(match (handed_over, is_protected) {
        // Engines look at the live object's annotations before they prune.
        (Some(prerequisite), true) => Diagnostic::warning(
            codes::HANDED_OVER,
            format!("{identity} stays on the cluster, and kiln no longer makes it"),
        )
        .at_value(&prerequisite.origins, "it exists already, says this")
        .note("its annotations keep the engine from deleting it; whoever makes it from now on should keep them until this is synced"),
        (Some(prerequisite), false) => Diagnostic::error(
            codes::UNPROTECTED,
            format!("{identity} would be deleted instead of handed over"),
        )
        .at_value(&prerequisite.origins, "it exists already, says this")
        .note("`destroy` has lifted its protection")
        .hint("make it again without `destroy`, let the engine sync, and hand it over then"),
        (None, true) if may_go => Diagnostic::error(
            codes::UNPROTECTED,
            format!("{identity} is removed before its protection is lifted"),
        )
        .note("the live object still says `Prune=false`: the engine would leave it behind and delete what belongs to it")
        .hint("keep it in the spec beside `destroy`, let the engine sync, and remove it then"),
        (None, _) if may_go => return None,
        (None, _) => Diagnostic::error(
            codes::UNPROTECTED,
            format!("the spec no longer makes {identity}, and what it holds would be lost"),
        )
        .hint(format!(
            "to let it go, first add `destroy = [\"{identity}\"]` and let the engine sync: that lifts its protection; then remove it"
        ))
        .hint(match identity.kind.as_str() {
            "Namespace" => format!(
                "to keep it, declare it: `[namespaces.{}]` with `create = false`",
                identity.name
            ),
            _ => format!(
                "to keep it, declare it: `[prerequisites.NAME]` with `objects = [\"{identity}\"]`"
            ),
        }),
    })
}

/// What becomes of objects that the spec no longer makes and that the engine may not touch any more. They are told
/// by namespace.
fn left_behind(compilation: &Compilation, gone: Vec<Identity>) -> Vec<Diagnostic> {
    let Compilation { offers, graph, .. } = compilation;
    let engine = offers.delivery.as_ref().map(|it| it.engine.engine());
    let Some((engine, note)) = engine.and_then(|it| Some((it, it.leaves_behind?))) else {
        return Vec::new();
    };
    let reach = reach(offers, graph);
    let namespaces: BTreeSet<_> = gone
        .iter()
        .filter(|it| it.kind == "Namespace" && it.group.is_empty())
        .map(|it| it.name.clone())
        .collect();
    let mut left = BTreeMap::<_, Vec<_>>::new();
    for identity in gone {
        // A namespace takes with it what is in it.
        let goes = |it: &String| namespaces.contains(it);
        let is_expected = graph.member(&identity).is_some()
            || graph.prerequisite(&identity).is_some()
            || identity.namespace.as_ref().is_some_and(goes);
        if !is_expected && !reach.has(&identity) {
            left.entry(identity.namespace.clone())
                .or_default()
                .push(identity);
        }
    }
    let told = left.into_iter().map(|(namespace, objects)| {
        let stay = match &objects[..] {
            [one] => format!("{one} stays on the cluster"),
            many => format!("{} objects stay on the cluster", many.len()),
        };
        let words = objects.iter().map(|it| {
            let kind = it.kind.to_ascii_lowercase();
            let group = if default_group(&it.kind) == Some(it.group.as_str()) {
                String::new()
            } else {
                format!(".{}", it.group)
            };
            format!("{kind}{group}/{}", it.name)
        });
        let words = words.collect::<Vec<_>>().join(" ");
        let code = codes::LEFT_BEHIND;
        match namespace {
            Some(namespace) => Diagnostic::warning(
                code,
                format!("{stay}, and the spec no longer has the namespace `{namespace}`"),
            )
            .note(note)
            .hint(format!(
                "to have {} delete what was there, keep `[namespaces.{namespace}]` with `create = false` until it has synced",
                engine.title
            ))
            .hint(format!("or delete it by hand: `kubectl delete -n {namespace} {words}`")),
            None => Diagnostic::warning(
                code,
                format!("{stay}, and the spec has nothing of the kind any more"),
            )
            .note(note)
            .hint(format!("delete it by hand: `kubectl delete {words}`")),
        }
    });
    told.collect()
}

/// What the API server would refuse to change in an object that is there already.
fn unchangeable(
    compilation: &Compilation,
    member: &Member,
    path: &str,
    claims: &Claims,
    world: &dyn World,
) -> Vec<Diagnostic> {
    let identity = member.object.identity();
    let may_go = compilation.destroy.contains(&identity.to_string());
    if may_go || is_remade(member.object.node()) || !has_immutable_fields(identity) {
        return Vec::new();
    }
    let new = member.object.node();
    let digests = claims.files.get(path).map_or(&[][..], Vec::as_slice);
    let is_same = to_yaml(new).is_ok_and(|it| digests == [Digest::of(it.as_bytes())]);
    let Some(old) = (!is_same)
        .then(|| compiled(compilation, path, world))
        .flatten()
    else {
        return Vec::new();
    };
    let changes = changes(identity, &old, new).into_iter();
    changes.map(|change| refused(member, &change)).collect()
}

/// An object as it is compiled so far.
fn compiled(compilation: &Compilation, path: &str, world: &dyn World) -> Option<Node> {
    let bytes = world
        .read(&format!("out/{}/{path}", compilation.environment))
        .ok()?;
    let mut sources = Sources::default();
    let file = sources.add_file(path, String::from_utf8(bytes).ok()?);
    yaml::read(&mut sources, file).ok()?.pop()
}

fn refused(member: &Member, change: &Change<'_>) -> Diagnostic {
    let identity = member.object.identity();
    let text = |node: &Node| match node.as_str() {
        Some(text) => Some(text.to_owned()),
        None if node.items().is_empty() && node.as_map().is_none() => {
            Some(node.to_json().to_string())
        }
        None => None,
    };
    let label = match change.old.map(text) {
        Some(Some(old)) => format!("`{old}` before"),
        Some(None) => "another value before".to_owned(),
        None => "nothing before".to_owned(),
    };
    let origins = &change.new.unwrap_or(change.around).origins;
    let title = format!("`{}` of {identity} cannot change", change.field);
    let Identity {
        kind,
        namespace,
        name,
        ..
    } = identity;
    let namespace = namespace
        .as_ref()
        .map_or_else(String::new, |it| format!(" -n {it}"));
    // Pods that no selector finds any more would stay for ever.
    let orphan = if kind == "StatefulSet" {
        " --cascade=orphan"
    } else {
        ""
    };
    let grows = kind == "StatefulSet" && change.field.ends_with("volumeClaimTemplates");
    let keep = if grows {
        "keep what it was; a claim that exists can grow by hand (`kubectl edit pvc`), where its storage class allows it"
    } else {
        "keep what it was, or give the object another name"
    };
    Diagnostic::error(codes::IMMUTABLE, title)
        .at_value(place(origins, member), label)
        .note("the API server would refuse the object, and the engine stop at it: `… is invalid: … field is immutable`")
        .hint(keep)
        .hint(format!(
            "or have it made anew: add `destroy = [\"{identity}\"]`, and before the engine syncs run `kubectl delete {} {name}{namespace}{orphan}`",
            kind.to_ascii_lowercase()
        ))
}
