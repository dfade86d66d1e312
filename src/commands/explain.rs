//! `kiln explain`.

use std::{fmt::Write as _, path::Path, str::FromStr};

use super::{
    Project, Stop,
    project::{print, show},
};
use crate::{
    Compilation, checks,
    diagnostics::{CODES, Code, did_you_mean},
    document::{Node, Origin, Origins, Sources, Value},
    graph::Member,
    kubernetes::Identity,
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

    /// A field of the object, by its path.
    #[arg(requires = "object")]
    field: Option<String>,
}

pub fn run(root: Option<&Path>, arguments: &Arguments) -> Result<(), Stop> {
    match (&arguments.subject, &arguments.object) {
        (None, _) => {
            let lines = all().map(|code| format!("{} {}\n", code.number, code.name));
            print(&lines.collect::<String>())
        }
        (Some(subject), None) => page(subject),
        (Some(environment), Some(object)) => {
            let project = Project::find(root)?;
            origins(&project, environment, object, arguments.field.as_deref())
        }
    }
}

/// The codes of the stages, then of the catalogue.
fn all() -> impl Iterator<Item = &'static Code> {
    CODES.iter().chain(checks::all().map(|check| &check.code))
}

fn page(subject: &str) -> Result<(), Stop> {
    let is_meant = |code: &Code| code.number.eq_ignore_ascii_case(subject) || code.name == subject;
    if let Some(check) = checks::all().find(|check| is_meant(&check.code)) {
        return print(&checks::page(check));
    }
    match CODES.iter().find(|code| is_meant(code)) {
        Some(code) => print(&format!("{} {}\n\n{}\n", code.number, code.name, code.page)),
        None => Err(Stop::Misuse(format!(
            "`{subject}` is no code; `kiln explain` lists them. For an object, write `kiln explain {subject} KIND/NAMESPACE/NAME`"
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
    let mut out = String::new();
    let mut listed = 0;
    walk(member.object.node(), "", &mut |path, node| {
        let below = |field: &str| {
            path == field
                || path
                    .strip_prefix(field)
                    .is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        if field.is_none_or(below) {
            listed += 1;
            describe(&mut out, path, node, member, &compilation.sources);
        }
    });
    if listed == 0 {
        return Err(Stop::Misuse(format!(
            "{} has no field `{}`",
            member.object.identity(),
            field.unwrap_or_default()
        )));
    }
    print(&out)
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

fn describe(out: &mut String, path: &str, node: &Node, member: &Member, sources: &Sources) {
    if node.lines.is_empty() {
        let value = node.to_json().to_string();
        let _ = writeln!(out, "{path}: {value}");
        explain(out, &node.origins, member, sources);
        return;
    }
    let _ = writeln!(out, "{path}:");
    let text = node.as_str().unwrap_or_default();
    for (line, origins) in text.lines().zip(&node.lines) {
        let _ = writeln!(out, "  | {line}");
        explain(out, origins, member, sources);
    }
}

fn explain(out: &mut String, origins: &Origins, member: &Member, sources: &Sources) {
    for origin in origins.iter() {
        let _ = writeln!(out, "    {}", origin_text(sources, origin));
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
        let _ = writeln!(out, "    constant of {template}, made for {because}");
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
