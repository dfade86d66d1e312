//! Every object is one that the API server takes: known fields, legal names and labels.

use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, name_list},
    document::Node,
    graph::Member,
    kubernetes::{
        Coverage, Extent, PodTemplate, validate, validate_annotation_key, validate_label,
        validate_object_name, validate_part, validate_scope,
    },
};

pub fn run(member: &Member, diagnostics: &mut Diagnostics) {
    let object = &member.object;
    let identity = object.identity();
    let mut found = Diagnostics::default();
    match validate(object, &mut found) {
        Coverage::UnknownVersion(known) => found.push(
            Diagnostic::error(
                codes::OBJECT_SCHEMA,
                format!("{identity} has no API version `{}`", object.version()),
            )
            .at_node(object.node().get("apiVersion").unwrap_or(object.node()), "")
            .hint(format!("there are {}", name_list(known))),
        ),
        // Whether anything defines an unknown kind is a question of references.
        Coverage::Known | Coverage::UnknownKind => {}
    }
    validate_scope(object, &mut found);
    place(found, member, diagnostics);
    names(member, diagnostics);
}

/// The fields are those of the kind, when Kubernetes itself defines it and the catalogue knows it in this
/// version. Of the operator's kinds only the types are judged: other versions have other fields.
pub fn fields(member: &Member, diagnostics: &mut Diagnostics) {
    let group = member.object.identity().group.as_str();
    let extent = match group {
        "sparkoperator.k8s.io" => Extent::OpenPatch,
        group if !group.contains('.') || OWN_GROUPS.contains(&group) => Extent::Patch,
        _ => return,
    };
    let mut found = Diagnostics::default();
    if validate_part(&member.object, extent, &mut found) == Coverage::Known {
        place(found, member, diagnostics);
    }
}

/// The groups of Kubernetes whose names have dots.
const OWN_GROUPS: [&str; 7] = [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "coordination.k8s.io",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Names, labels and annotations are legal, whatever the kind.
pub fn names(member: &Member, diagnostics: &mut Diagnostics) {
    let object = &member.object;
    let identity = object.identity();
    let mut found = Diagnostics::default();
    let metadata = object.node().get("metadata");
    if let Err(why) = validate_object_name(&identity.group, &identity.kind, &identity.name) {
        found.push(named(
            &format!("{identity} cannot be called that: {why}"),
            metadata,
            "name",
        ));
    }
    for (key, value) in object.labels() {
        if let Err(why) = validate_label(key, value.as_str().unwrap_or_default()) {
            found.push(
                Diagnostic::error(codes::NAME, format!("{identity}: {why}")).at_node(value, ""),
            );
        }
    }
    // Those of the pods, and of what selects them.
    let pods = object.pod_template();
    let of_pods = pods.iter().flat_map(PodTemplate::labels);
    let spec = object.node().get("spec");
    let selected = spec.and_then(|it| it.at(["selector", "matchLabels"]));
    let of_roles = ["driver", "executor"].map(|role| spec.and_then(|it| it.at([role, "labels"])));
    let of_roles = of_roles
        .into_iter()
        .filter(|_| identity.group == "sparkoperator.k8s.io");
    let maps = of_roles.chain([selected]).flatten().flat_map(Node::entries);
    for (key, value) in of_pods.chain(maps) {
        let text = value.as_str().unwrap_or_default();
        let is_filled_later = text.contains(['$', '{', '<']) || key.contains(['$', '{', '<']);
        // What is wrong with the name is said already.
        if let Err(why) = validate_label(key, text)
            && !is_filled_later
            && text != identity.name
        {
            let title = format!("{identity} makes pods that are refused: {why}");
            found.push(Diagnostic::error(codes::NAME, title).at_node(value, ""));
        }
    }
    for (key, value) in object.annotations() {
        if let Err(why) = validate_annotation_key(key) {
            found.push(
                Diagnostic::error(codes::NAME, format!("{identity}: annotation {why}"))
                    .at_node(value, ""),
            );
        }
    }
    place(found, member, diagnostics);
}

fn place(found: Diagnostics, member: &Member, diagnostics: &mut Diagnostics) {
    for mut diagnostic in found.into_vec() {
        // What stands in a template as a constant is the table's doing.
        if diagnostic.labels.is_empty() {
            diagnostic = diagnostic.at_key(&member.because, "made for this table");
        }
        diagnostics.push(diagnostic);
    }
}

fn named(title: &str, metadata: Option<&Node>, field: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::NAME, title);
    match metadata.and_then(|metadata| metadata.get(field)) {
        Some(node) => diagnostic.at_node(node, ""),
        None => diagnostic,
    }
}
