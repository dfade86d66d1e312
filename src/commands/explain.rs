//! `kiln explain`.

use std::{path::Path, str::FromStr};

use super::{
    Project, Stop,
    say::{Lines, print, print_document, show},
};
use crate::{
    Compilation, checks,
    diagnostics::{CODES, Code, did_you_mean, inert_json},
    document::{Node, Origin, Origins, Sources, Value},
    graph::Member,
    kubernetes::Identity,
    pages,
};

/// Explain a code, or where a value of a compiled object comes from.
///
/// Alone it lists the codes; with a code it prints its page; with an environment and an object, such
/// as `Deployment/jupyterhub-users/spark-connect-analytics`, it prints the origin of every field, or of
/// one field, such as `spec.replicas`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A code such as `E0201`, or an environment.
    subject: Option<String>,

    /// An object of the environment: `Kind/name` or `Kind/namespace/name`.
    #[arg(requires = "subject")]
    object: Option<String>,

    /// A field of the object: its path as messages print it, in brackets, or as a JSON pointer; or a
    /// property of Spark, such as `spark.executor.memory`.
    #[arg(requires = "object")]
    field: Option<String>,
}

pub fn run(root: Option<&Path>, arguments: &Arguments) -> Result<(), Stop> {
    match (&arguments.subject, &arguments.object) {
        (None, _) => {
            let mut lines = Lines::default();
            for code in all() {
                lines.add(format_args!("{} {}", code.number, code.name));
            }
            print(&lines)
        }
        (Some(subject), None) => page(subject),
        (Some(environment), Some(object)) => {
            let project = Project::find(root)?;
            origins(&project, environment, object, arguments.field.as_deref())
        }
    }
}

/// The codes of the stages, then of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Code> {
    CODES.iter().chain(checks::all().map(|check| &check.code))
}

fn page(subject: &str) -> Result<(), Stop> {
    let is_meant = |code: &Code| code.number.eq_ignore_ascii_case(subject) || code.name == subject;
    if let Some(check) = checks::all().find(|check| is_meant(&check.code)) {
        return print_document(&pages::page(check));
    }
    match CODES.iter().find(|code| is_meant(code)) {
        Some(code) => print_document(&format!("{} {}\n\n{}\n", code.number, code.name, code.page)),
        None => Err(Stop::Misuse(format!(
            "`{subject}` is not a code; `kiln explain` lists them. For an object, write `kiln explain {subject} KIND/NAMESPACE/NAME`"
        ))),
    }
}

fn origins(
    project: &Project,
    environment: &str,
    object: &str,
    field: Option<&str>,
) -> Result<(), Stop> {
    let chosen = project.chosen(&[environment.to_owned()])?;
    let compilation = project
        .compile(&chosen)?
        .pop()
        .expect("one environment was chosen");
    show(&compilation.diagnostics, &compilation.sources);
    if compilation.diagnostics.has_errors() {
        return Err(Stop::Problems);
    }
    let member = find(&compilation, object)?;
    let mut out = Lines::default();
    let wanted = field.map(steps).unwrap_or_default();
    walk(member.object.node(), "", &mut |path, node| {
        let at = steps(path);
        if at.starts_with(&wanted) || field.is_some_and(|it| at.join(".") == it) {
            describe(&mut out, path, node, member, &compilation.sources);
        }
    });
    if let Some(property) = field.filter(|_| out.is_empty()) {
        walk(member.object.node(), "", &mut |path, node| {
            let is_it = steps(path).last().is_some_and(|it| it == property);
            if is_it {
                describe(&mut out, path, node, member, &compilation.sources);
            }
            describe_property(&mut out, path, node, property, member, &compilation.sources);
        });
    }
    if out.is_empty() {
        return Err(Stop::Misuse(format!(
            "{} has no field `{}`; `kiln explain {environment} {object}` lists all",
            member.object.identity(),
            field.unwrap_or_default()
        )));
    }
    print(&out)
}

/// The steps of a path, in any of the notations that people copy from somewhere: `data."a.b"[0]`,
/// `data["a.b"]`, `{.data.a\.b}`, or a JSON pointer.
fn steps(path: &str) -> Vec<String> {
    if let Some(pointer) = path.strip_prefix('/') {
        let unescape = |step: &str| step.replace("~1", "/").replace("~0", "~");
        return pointer.split('/').map(unescape).collect();
    }
    let path = path.trim_start_matches(['{', '$']).trim_end_matches('}');
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut quote = None;
    let mut characters = path.chars();
    while let Some(it) = characters.next() {
        match (it, quote) {
            ('\\', None) => step.extend(characters.next()),
            ('"' | '\'', None) => quote = Some(it),
            (_, Some(open)) if it == open => quote = None,
            ('.' | '[' | ']', None) => {
                if !step.is_empty() {
                    steps.push(std::mem::take(&mut step));
                }
            }
            _ => step.push(it),
        }
    }
    if !step.is_empty() {
        steps.push(step);
    }
    steps
}

/// The line of a text that sets a property of Spark.
fn describe_property(
    out: &mut Lines,
    path: &str,
    node: &Node,
    property: &str,
    member: &Member,
    sources: &Sources,
) {
    let text = node.as_str().unwrap_or_default();
    for (line, origins) in text.lines().zip(&node.lines) {
        let key = line.split(['=', ' ', '\t']).next();
        if key == Some(property) {
            out.add(format_args!("{path}:"));
            out.add(format_args!("  | {line}"));
            explain(out, origins, member, sources);
        }
    }
}

fn find<'a>(compilation: &'a Compilation, object: &str) -> Result<&'a Member, Stop> {
    let members = &compilation.graph.members;
    let known: Vec<String> = members
        .iter()
        .map(|it| it.object.identity().to_string())
        .collect();
    if let Ok(identity) = Identity::from_str(object)
        && let Some(member) = compilation.graph.member(&identity)
    {
        return Ok(member);
    }
    let hint = did_you_mean(object, known.iter().map(String::as_str)).map_or_else(
        || format!("`kiln graph {}` lists them", compilation.environment),
        |meant| format!("did you mean `{meant}`?"),
    );
    Err(Stop::Misuse(format!(
        "there is no object `{object}`; {hint}"
    )))
}

/// Visits every leaf with its path.
pub fn walk(node: &Node, path: &str, visit: &mut impl FnMut(&str, &Node)) {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            for (key, child) in map {
                walk(child, &crate::spec::child_path(path, key), visit);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}[{index}]"), visit);
            }
        }
        _ => visit(path, node),
    }
}

fn describe(out: &mut Lines, path: &str, node: &Node, member: &Member, sources: &Sources) {
    if node.lines.is_empty() {
        // Written out as JSON does, the value stays one that can be copied.
        let value = inert_json(&node.to_json().to_string());
        out.add(format_args!("{path}: {value}"));
        explain(out, &node.origins, member, sources);
        return;
    }
    out.add(format_args!("{path}:"));
    let text = node.as_str().unwrap_or_default();
    for (line, origins) in text.lines().zip(&node.lines) {
        out.add(format_args!("  | {line}"));
        explain(out, origins, member, sources);
    }
}

fn explain(out: &mut Lines, origins: &Origins, member: &Member, sources: &Sources) {
    for origin in origins.iter() {
        out.add(format_args!("    {}", origin_text(sources, origin)));
    }
    if origins.is_empty() {
        let template = member
            .template
            .map_or_else(|| "kiln".to_owned(), |name| format!("the template {name}"));
        let because = member
            .because
            .first()
            .map(|origin| origin_text(sources, origin))
            .unwrap_or_default();
        out.add(format_args!(
            "    constant of {template}, made for {because}"
        ));
    }
}

fn origin_text(sources: &Sources, id: crate::document::OriginId) -> String {
    let place = sources.key_place(id).map(|place| {
        let (line, column) = sources.line_column(place);
        format!("{}:{line}:{column}", sources.file(place.file).path)
    });
    match sources.origin(id) {
        Origin::Spec { path, .. } => format!("{path} at {}", place.unwrap_or_default()),
        Origin::Manifest { .. } => format!("manifest at {}", place.unwrap_or_default()),
        Origin::Default { path, reason, .. } => {
            let reason = reason
                .split("\n\n")
                .next()
                .unwrap_or_default()
                .replace('\n', " ");
            format!("default of {path}: {reason}")
        }
    }
}
