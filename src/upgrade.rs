//! What a change of the spec does to a platform that is compiled already.

use std::collections::BTreeMap;

use crate::{
    Compilation,
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Node, Sources, yaml},
    files::paths,
    graph::Member,
    kubernetes::{
        Identity,
        immutable::{Change, changes, has_immutable_fields},
    },
    output::{Digest, Lock},
    platform::place,
    render::yaml::to_yaml,
    world::World,
};

/// What a change of the spec would do to objects that hold data, to the layer of an object, or to a field
/// that cannot change.
///
/// `old` is the lock of what is compiled so far. An object's layer and kind stand in its path.
#[must_use]
pub fn compare_with_old(compilation: &Compilation, old: &Lock, world: &dyn World) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let new: BTreeMap<(String, String), (&str, &Member)> = paths(&compilation.graph)
        .into_iter()
        .filter_map(|(path, member)| {
            let (_, namespace, file) = split(&path)?;
            let key = (namespace.to_owned(), file.to_owned());
            Some((key, (member.layer.folder(), member)))
        })
        .collect();
    for path in old.files.keys() {
        let Some((layer, namespace, file)) = split(path) else {
            continue;
        };
        match new.get(&(namespace.to_owned(), file.to_owned())) {
            Some((now, member)) if *now != layer => diagnostics.push(
                Diagnostic::error(
                    codes::MOVED_LAYER,
                    format!(
                        "{} would move from layer {layer} to {now}",
                        member.object.identity()
                    ),
                )
                .at_key(&member.because, "")
                .note("Flux would delete it in one Kustomization and make it again in another"),
            ),
            Some((_, member)) => {
                diagnostics.extend(unchangeable(compilation, member, path, old, world));
            }
            None => diagnostics.extend(removed(compilation, namespace, file)),
        }
    }
    diagnostics
}

fn split(path: &str) -> Option<(&str, &str, &str)> {
    let mut parts = path.split('/');
    let found = (parts.next()?, parts.next()?, parts.next()?);
    found.2.strip_suffix(".yaml").map(|_| found)
}

fn removed(compilation: &Compilation, namespace: &str, file: &str) -> Option<Diagnostic> {
    const GUARDED: [(&str, &str); 4] = [
        ("namespace-", "Namespace"),
        ("customresourcedefinition-", "CustomResourceDefinition"),
        ("statefulset-", "StatefulSet"),
        ("persistentvolumeclaim-", "PersistentVolumeClaim"),
    ];
    let (prefix, kind) = GUARDED
        .iter()
        .find(|(prefix, _)| file.starts_with(prefix))?;
    let name = file.strip_prefix(prefix)?.strip_suffix(".yaml")?;
    let identity = if namespace == "_cluster" {
        format!("{kind}/{name}")
    } else {
        format!("{kind}/{namespace}/{name}")
    };
    if compilation.destroy.contains(&identity) {
        return None;
    }
    Some(
        Diagnostic::error(
            codes::UNPROTECTED,
            format!("the spec no longer makes {identity}, and what it holds would be lost"),
        )
        .hint(format!(
            "to let it go, first add `destroy = [\"{identity}\"]` and let the engine sync: that lifts its protection; then remove it"
        )),
    )
}

/// What the API server would refuse to change in an object that is there already.
fn unchangeable(
    compilation: &Compilation,
    member: &Member,
    path: &str,
    old: &Lock,
    world: &dyn World,
) -> Vec<Diagnostic> {
    let identity = member.object.identity();
    let may_go = compilation.destroy.contains(&identity.to_string());
    if may_go || is_replaced(member) || !has_immutable_fields(identity) {
        return Vec::new();
    }
    let new = member.object.node();
    let is_same =
        to_yaml(new).is_ok_and(|it| old.files.get(path) == Some(&Digest::of(it.as_bytes())));
    let Some(old) = (!is_same)
        .then(|| compiled(compilation, path, world))
        .flatten()
    else {
        return Vec::new();
    };
    let changes = changes(identity, &old, new).into_iter();
    changes.map(|change| refused(member, &change)).collect()
}

/// Whether the engine makes an object anew instead of changing it.
fn is_replaced(member: &Member) -> bool {
    let options = member.object.annotation("argocd.argoproj.io/sync-options");
    let options = options.unwrap_or_default();
    let by_argo_cd = ["Force=true", "Replace=true"]
        .iter()
        .all(|it| options.contains(it));
    let by_flux = member
        .object
        .annotation("kustomize.toolkit.fluxcd.io/force");
    by_argo_cd || by_flux.is_some()
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
