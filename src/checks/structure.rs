//! Every object is one that the API server takes: known fields, legal names and labels.

use std::collections::BTreeSet;

use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, name_list},
    document::{Map, Node},
    graph::Member,
    kubernetes::{
        Cidr, Coverage, Extent, Identity, Object, PodTemplate, SubdomainName, validate,
        validate_annotation_key, validate_label, validate_object_name, validate_part,
        validate_scope,
    },
    platform::{Platform, place as place_of},
    references::pod_in,
    spark::conf::{DEFAULTS, are_properties, read},
    values::{AddressBlock, ImageReference},
    yaml::read_embedded,
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
    templates(object, &mut found);
    place(found, member, diagnostics);
    names(member, diagnostics);
    values(member, diagnostics);
}

/// The fields are those of the kind, when Kubernetes itself defines it and the catalogue knows it in this
/// version. Of the operator's kinds only the types are checked: other versions have other fields.
pub fn fields(member: &Member, diagnostics: &mut Diagnostics) {
    let group = member.object.identity().group.as_str();
    let extent = match group {
        "sparkoperator.k8s.io" => Extent::OpenPatch,
        group if !group.contains('.') || OWN_GROUPS.contains(&group) => Extent::Patch,
        _ => return,
    };
    let mut found = Diagnostics::default();
    if validate_part(&member.object, extent, &mut found) == Coverage::Known {
        templates(&member.object, &mut found);
        place(found, member, diagnostics);
        values(member, diagnostics);
    }
}

/// The templates of pods in a `ConfigMap`, which no API server sees before Spark reads them: those that a
/// property of the same `ConfigMap` names, and what says itself that it is a pod.
fn templates(object: &Object, diagnostics: &mut Diagnostics) {
    if object.identity().kind != "ConfigMap" {
        return;
    }
    let data = || {
        object
            .node()
            .get("data")
            .into_iter()
            .flat_map(Node::entries)
    };
    let files = data().filter(|(name, text)| *name == DEFAULTS || are_properties(text));
    let properties: Vec<_> = files.flat_map(|(_, text)| read(text)).collect();
    let named: Vec<_> = properties
        .iter()
        .filter(|(key, ..)| key.ends_with(".podTemplateFile"))
        .filter_map(|(_, path, _)| path.rsplit('/').next())
        .collect();
    for (name, text) in data() {
        let is_named = named.contains(&name.as_str());
        // Another program fills it in.
        let is_filled = text
            .as_str()
            .is_none_or(|it| it.contains("{{") || it.contains("${"));
        if is_filled || !is_named && pod_in(text).is_none() {
            continue;
        }
        match read_embedded(text) {
            Err((why, origins)) => diagnostics.push(
                Diagnostic::error(
                    codes::MANIFEST,
                    format!("`{name}` of {} is not YAML: {why}", object.identity()),
                )
                .at_value(&origins, "Spark reads it as the template of a pod"),
            ),
            Ok(template) => {
                let mut found = Diagnostics::default();
                if let Some(pod) = template.and_then(pod_of) {
                    let _ = validate_part(&pod, Extent::Patch, &mut found);
                }
                for diagnostic in found.into_vec() {
                    let place = format!("it stands in `{name}` of {}", object.identity());
                    diagnostics.push(diagnostic.note(place));
                }
            }
        }
    }
}

/// A template as the pod that Spark takes it for.
fn pod_of(mut template: Node) -> Option<Object> {
    let map = template.as_map_mut()?;
    for (key, value) in [("apiVersion", "v1"), ("kind", "Pod")] {
        map.insert(key.to_owned(), Node::from(value));
    }
    let metadata = map.entry("metadata".to_owned()).or_insert_with(Node::map);
    let metadata: &mut Map = metadata.as_map_mut()?;
    metadata
        .entry("name".to_owned())
        .or_insert_with(|| Node::from("executor"));
    Object::new(template).ok()
}

/// Values of the right type that the API server refuses: addresses of policies, users of pods.
fn values(member: &Member, diagnostics: &mut Diagnostics) {
    let object = &member.object;
    let identity = object.identity();
    let mut found = Diagnostics::default();
    if identity.kind == "NetworkPolicy" && identity.group == "networking.k8s.io" {
        for (direction, ends) in [("ingress", "from"), ("egress", "to")] {
            let rules = object.node().list_at(["spec", direction]).iter();
            let blocks = rules
                .flat_map(|rule| rule.list_at([ends]))
                .filter_map(|end| end.get("ipBlock"));
            for block in blocks {
                found.extend(wrong_addresses(identity, block));
            }
        }
    }
    if let Some(pods) = object.pod_template() {
        let spec = pods.spec();
        let of_containers = pods.containers().map(|it| it.node);
        let contexts = spec.into_iter().chain(of_containers);
        for context in contexts.filter_map(|it| it.get("securityContext")) {
            found.extend(wrong_users(identity, context));
        }
    }
    place(found, member, diagnostics);
}

/// What the API server says of a block of addresses
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/networking/validation/validation.go>).
fn wrong_addresses(identity: &Identity, block: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut read = |node: &Node| {
        let text = node.as_str()?;
        if text.contains(['$', '{', '<']) {
            return None;
        }
        match text.parse::<AddressBlock>() {
            Ok(_) => {}
            Err(why) => {
                let refused = Diagnostic::error(codes::OBJECT_SCHEMA, format!("{identity}: {why}"))
                    .at_node(node, "");
                // With bits beyond the prefix it is taken, with a warning.
                let is_taken = text.parse::<Cidr>().is_ok();
                found.push(if is_taken { refused.lesser() } else { refused });
            }
        }
        text.parse::<Cidr>().ok()
    };
    let all = block.get("cidr").and_then(&mut read);
    let excepted: Vec<_> = block
        .list_at(["except"])
        .iter()
        .filter_map(|node| Some((node, read(node)?)))
        .collect();
    for (node, except) in excepted {
        if let Some(all) = all
            && (!all.contains(except) || except.contains(all))
        {
            let title = format!(
                "{identity}: `{except}` is not a part of `{all}`, so it cannot be excepted"
            );
            found.push(Diagnostic::error(codes::OBJECT_SCHEMA, title).at_node(node, ""));
        }
    }
    found
}

/// Users and groups of Linux, which have 31 bits in Kubernetes.
fn wrong_users(identity: &Identity, context: &Node) -> Vec<Diagnostic> {
    let single = ["runAsUser", "runAsGroup", "fsGroup"].map(|key| (key, context.get(key)));
    let groups = context.list_at(["supplementalGroups"]).iter();
    let groups = groups.map(|node| ("supplementalGroups", Some(node)));
    let all = single.into_iter().chain(groups);
    let wrong = all.filter_map(|(key, node)| {
        let number = node?.as_integer()?;
        let is_id = (0..=i64::from(i32::MAX)).contains(&number);
        let title = format!(
            "{identity}: `{key}` is between 0 and {}, and this is {number}",
            i32::MAX
        );
        (!is_id).then_some(Diagnostic::error(codes::OBJECT_SCHEMA, title).at_node(node?, ""))
    });
    wrong.collect()
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
    } else if let Err(why) = validate_file_name(identity) {
        found.push(named(&format!("{identity} {why}"), metadata, "name"));
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
    let makes_pods = format!("{identity} makes pods that are refused");
    for (key, value) in of_pods.chain(maps) {
        // What is wrong with the name is said already.
        if value.as_str() != Some(identity.name.as_str()) {
            found.extend(refused_label(&makes_pods, key, value));
        }
    }
    // Templates of pods in texts, which Spark reads.
    let texts = object
        .node()
        .get("data")
        .filter(|_| identity.kind == "ConfigMap");
    let texts = texts.into_iter().flat_map(Node::entries);
    for template in texts.filter_map(|(_, text)| pod_in(text)) {
        let labels = template.at(["metadata", "labels"]);
        for (key, value) in labels.into_iter().flat_map(Node::entries) {
            found.extend(refused_label(&makes_pods, key, value));
        }
    }
    // Of others' pods, those that a policy or a Service selects.
    if matches!(
        identity.kind.as_str(),
        "NetworkPolicy" | "PodDisruptionBudget" | "Service"
    ) {
        let mut selected = Vec::new();
        if let Some(spec) = spec {
            selectors(spec, identity.kind == "Service", &mut selected);
        }
        for (key, value) in selected {
            found.extend(refused_label(&identity.to_string(), key, value));
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

/// What Spark writes from its properties into the pods that it makes. The driver runs, and the API server
/// refuses its executors one after the other.
pub fn names_in_properties(platform: &Platform<'_>, diagnostics: &mut Diagnostics) {
    // Two programs may read one file.
    let mut seen = BTreeSet::new();
    for property in platform
        .programs()
        .iter()
        .flat_map(|it| it.properties.iter())
    {
        let (key, value) = (property.key.as_str(), property.value.as_str());
        if key.contains(['$', '{', '<']) || value.contains(['$', '{', '<']) {
            continue;
        }
        let Err(why) = name_in_property(key, value) else {
            continue;
        };
        let place = place_of(&property.origins, property.member);
        if seen.insert((key.to_owned(), place.first())) {
            diagnostics.push(
                Diagnostic::error(codes::NAME, format!("`{key}`: {why}")).at_value(place, ""),
            );
        }
    }
}

/// Whether a file of `out` can be called after an object. The server takes some names that file systems and
/// git do not: those of roles may hold any character, and others are long.
fn validate_file_name(identity: &Identity) -> Result<(), String> {
    /// In bytes, of Linux and others.
    const LONGEST: usize = 255;
    if identity.name.chars().any(char::is_control) {
        return Err("has a control character in its name".to_owned());
    }
    let length = identity.file_name(None).len();
    if length > LONGEST {
        return Err(format!(
            "has a file in `out` whose name has {length} bytes, and file systems take {LONGEST}"
        ));
    }
    Ok(())
}

/// Whether a property names something that Kubernetes does not take
/// (<https://github.com/apache/spark/blob/v4.1.4/resource-managers/kubernetes/core/src/main/scala/org/apache/spark/deploy/k8s/Config.scala>).
fn name_in_property(key: &str, value: &str) -> Result<(), String> {
    /// With what Spark puts behind it, an executor's name is still a host name: 63 less `-exec-` and the
    /// digits of an `Int`.
    const LONGEST_PREFIX: usize = 47;
    let Some(key) = key.strip_prefix("spark.kubernetes.") else {
        return Ok(());
    };
    if key == "executor.podNamePrefix" {
        value
            .parse::<SubdomainName>()
            .map_err(|it| it.to_string())?;
        return if value.len() > LONGEST_PREFIX {
            let length = value.len();
            Err(format!(
                "`{value}` has {length} characters, and Spark takes at most {LONGEST_PREFIX}"
            ))
        } else {
            Ok(())
        };
    }
    let part = ["driver.", "executor."]
        .iter()
        .find_map(|it| key.strip_prefix(it));
    let of_part = part.unwrap_or_default();
    let of_either = part.unwrap_or(key);
    if let Some(name) = of_part.strip_prefix("label.") {
        validate_label(name, value)
    } else if let Some(name) = of_either.strip_prefix("node.selector.") {
        validate_label(name, value)
    } else if let Some(name) = of_part.strip_prefix("annotation.") {
        validate_annotation_key(name)
    } else if of_either == "container.image" {
        let image = value.parse::<ImageReference>();
        image.map(|_| ()).map_err(|it| it.to_string())
    } else {
        Ok(())
    }
}

/// A label that the API server refuses, unless somebody fills it in later.
fn refused_label(what: &str, key: &str, value: &Node) -> Option<Diagnostic> {
    let text = value.as_str().unwrap_or_default();
    if text.contains(['$', '{', '<']) || key.contains(['$', '{', '<']) {
        return None;
    }
    let why = validate_label(key, text).err()?;
    Some(Diagnostic::error(codes::NAME, format!("{what}: {why}")).at_node(value, ""))
}

/// The labels that selectors in a specification ask for; a Service's `selector` has them itself.
fn selectors<'a>(node: &'a Node, is_service: bool, found: &mut Vec<(&'a str, &'a Node)>) {
    for (key, child) in node.entries() {
        if key == "matchLabels" || is_service && key == "selector" {
            found.extend(child.entries().map(|(key, value)| (key.as_str(), value)));
        } else {
            selectors(child, is_service, found);
        }
    }
    for item in node.items() {
        selectors(item, is_service, found);
    }
}

fn place(found: Diagnostics, member: &Member, diagnostics: &mut Diagnostics) {
    for mut diagnostic in found.into_vec() {
        // What stands in a template as a constant is the table's doing.
        if diagnostic.labels.is_empty() {
            diagnostic = diagnostic.at_key(&member.origins, "made for this table");
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
