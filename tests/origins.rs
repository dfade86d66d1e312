//! Every field of every object knows what made it, and changing what made it changes the field.
//!
//! A sample of (field, origin) pairs of the committed environments, in which the origin is a default, a table or a
//! line of a manifest (`tests/lines.rs` changes all values of specs): the text at the origin is changed and the
//! environment compiled again. Then the field differs or its object is gone; or the change is
//! refused, and the refusal points at the changed line (those are counted apart, and are few).

use std::{collections::BTreeMap, ops::Range};

use kiln::{
    Compilation, compile,
    diagnostics::{Diagnostic, Severity, Text},
    document::{Node, Origin, OriginId, Origins, Place, Sources, Value},
    spec::child_path,
};
use serde_json::Value as Json;

use crate::support::{
    edits::{TWIN, World, add_twin, alternatives, completed, node_at, schema_at, variants},
    repository::{files, root},
    sample::one_in,
};

/// How many pairs of each environment are tried, or one in how many of them, and never few.
const MOST: usize = 800;
const LEAST: usize = 150;

/// How many of a hundred changes may be refused.
const MOST_REFUSED: usize = 15;

#[test]
fn changing_an_origin_changes_the_field_in_dev() {
    check("dev");
}

#[test]
fn changing_an_origin_changes_the_field_in_prod() {
    check("prod");
}

#[test]
fn changing_an_origin_changes_the_field_in_staging() {
    check("staging");
}

/// A field: the object, the path in it, and for a text of several lines the line's beginning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Field {
    object: String,
    path: String,
    line: Option<String>,
}

impl Field {
    /// What sorts before all fields of an object.
    fn first_of(object: &str) -> Self {
        Self {
            object: object.to_owned(),
            path: String::new(),
            line: None,
        }
    }

    /// The path without the positions in lists.
    fn shape(&self) -> String {
        let parts = self.path.split('[');
        let rest = parts.map(|part| part.split_once(']').map_or(part, |it| it.1));
        rest.collect::<Vec<_>>().join("[]")
    }
}

/// What a field is, and what made it.
#[derive(Clone, Debug)]
struct Made {
    value: Json,
    origins: Origins,
    /// The table for which a constant was made.
    of_object: Origins,
}

type Fields = BTreeMap<Field, Made>;

/// All leaf fields of what an environment compiles to, the engines' objects included.
fn fields(compilation: &Compilation) -> Fields {
    let mut fields = Fields::new();
    let graph = &compilation.graph;
    for member in graph.members.iter().chain(&graph.embedded) {
        let object = member.object.identity().to_string();
        leaves(
            &object,
            "",
            member.object.node(),
            &member.origins,
            &mut fields,
        );
    }
    if let Some(delivery) = &compilation.offers.delivery {
        for (path, node) in &compilation.delivered {
            leaves(path, "", node, &delivery.origins, &mut fields);
        }
    }
    fields
}

fn leaves(object: &str, path: &str, node: &Node, of_object: &Origins, fields: &mut Fields) {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            for (key, inner) in map {
                leaves(object, &child_path(path, key), inner, of_object, fields);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, inner) in items.iter().enumerate() {
                leaves(
                    object,
                    &format!("{path}[{index}]"),
                    inner,
                    of_object,
                    fields,
                );
            }
        }
        _ => {
            let mut add = |line: Option<&str>, value, origins: &Origins| {
                let field = Field {
                    object: object.to_owned(),
                    path: path.to_owned(),
                    // A property is known by its key, wherever its line stands.
                    line: line.map(|it| it.split('=').next().unwrap_or(it).to_owned()),
                };
                let made = Made {
                    value,
                    origins: origins.clone(),
                    of_object: of_object.clone(),
                };
                fields.insert(field, made);
            };
            if node.lines.is_empty() {
                add(None, node.to_json(), &node.origins);
            }
            let text = node.as_str().unwrap_or_default();
            for (line, origins) in text.lines().zip(&node.lines) {
                add(Some(line), line.into(), origins);
            }
        }
    }
}

/// What became of a change.
enum Outcome {
    Changed,
    Refused,
}

fn check(environment: &str) {
    let world = files(root(), "environments");
    let base = compile(&world, environment);
    assert!(!base.diagnostics.has_errors(), "{}", said(&base));
    let experiment = Experiment {
        defaults: completed(&world, environment),
        fields: fields(&base),
        world,
        base,
    };
    let mut refused = Vec::new();
    let mut wrong = Vec::new();
    let pairs = sample(
        &experiment.fields,
        &experiment.base.sources,
        &experiment.defaults,
    );
    let tried = pairs.len();
    for (id, field) in pairs {
        let outcome = match id {
            Some(id) => experiment.change(id, field),
            None => experiment.remove_table(&experiment.fields[field].of_object, field),
        };
        match outcome {
            Ok(Outcome::Changed) => {}
            Ok(Outcome::Refused) => {
                let path = id.and_then(|id| experiment.base.sources.path(id));
                refused.push((path.unwrap_or_default(), field));
            }
            Err(why) => wrong.push(format!("{field:?}\n{why}")),
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n\n"));
    println!("{environment}: {tried} pairs, {} refused", refused.len());
    assert!(
        refused.len() * 100 <= tried * MOST_REFUSED,
        "too many changes are refused: {refused:#?}"
    );
}

/// Some fields, each with one of its origins, or with none for a constant: of those one of each
/// object, because all of them have the same table.
fn sample<'a>(
    fields: &'a Fields,
    sources: &Sources,
    defaults: &Node,
) -> Vec<(Option<OriginId>, &'a Field)> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut pairs = Vec::new();
    let mut constants: BTreeMap<&str, Vec<&Field>> = BTreeMap::new();
    for (field, made) in fields {
        if made.origins.is_empty() {
            assert!(!made.of_object.is_empty(), "nothing made {field:?}");
            constants.entry(&field.object).or_default().push(field);
        }
        let places = made.origins.iter().filter(|id| match sources.origin(*id) {
            Origin::Spec { path, .. } => {
                let node = node_at(defaults, path);
                node.is_some_and(|it| matches!(it.value, Value::Map(_) | Value::List(_)))
            }
            // How it was computed changes with what it was computed of.
            Origin::Computed(_) => false,
            Origin::Default { .. } | Origin::Manifest { .. } => true,
        });
        pairs.extend(places.map(|id| (Some(id), field)));
    }
    let of_objects = constants.into_values();
    pairs.extend(of_objects.map(|fields| (None, fields[random.usize(..fields.len())])));
    random.shuffle(&mut pairs);
    pairs.truncate(MOST / one_in(4));
    assert!(pairs.len() >= LEAST, "only {} pairs to try", pairs.len());
    pairs
}

fn said(compilation: &Compilation) -> String {
    Text { colour: false }.render(&compilation.diagnostics, &compilation.sources)
}

struct Experiment {
    world: World,
    base: Compilation,
    fields: Fields,
    defaults: Node,
}

/// A change of one file: what to write instead of a stretch of it.
struct Edit {
    file: String,
    span: Range<usize>,
    text: String,
}

impl Experiment {
    /// Changes the text at an origin, in one way after the other until the field differs.
    fn change(&self, id: OriginId, field: &Field) -> Result<Outcome, String> {
        let sources = &self.base.sources;
        let edits = match sources.origin(id) {
            Origin::Spec { .. } => return self.remove_table(&id.into(), field),
            Origin::Default { path, table, .. } => {
                let node = node_at(&self.defaults, path)
                    .ok_or_else(|| format!("there is no default of {path}"))?;
                let table = table.ok_or_else(|| format!("no table could hold {path}"))?;
                let others = alternatives(&self.defaults, node, schema_at(path));
                let insert = |value: String| insertion(sources, table, path, &value);
                others.into_iter().map(insert).collect::<Vec<_>>()
            }
            Origin::Computed(_) => unreachable!("those are not in the sample"),
            Origin::Manifest { value, .. } => {
                let text = text_at(sources, value);
                let inner = text.trim_matches(['"', '\'']);
                let quote = &text[..text.len() - text.trim_start_matches(['"', '\'']).len()];
                let others = variants(inner).into_iter();
                others
                    .map(|it| edit(sources, value, format!("{quote}{it}{quote}")))
                    .collect()
            }
        };
        let mut why = format!("{:?}", sources.origin(id));
        let (mut refused, mut idle) = (false, false);
        for edit in edits {
            let (changed, line) = self.apply(&edit);
            // The catalogue judges what is compiled already, and the field in it.
            let is_compiled = !changed.graph.members.is_empty();
            if is_compiled && differs(&changed, &self.fields, field) {
                return Ok(Outcome::Changed);
            }
            if changed.diagnostics.has_errors() {
                refused |= points_at(&changed, &edit.file, line);
                why = format!("{why}\n`{}` at line {line}:\n{}", edit.text, said(&changed));
            } else {
                idle = true;
                why = format!("{why}\n`{}` at line {line} changes nothing", edit.text);
            }
        }
        // A change that is legal and does nothing shows an origin that is none.
        if refused && !idle {
            Ok(Outcome::Refused)
        } else {
            Err(why)
        }
    }

    /// Compiles with one change; gives back the changed line, too.
    fn apply(&self, edit: &Edit) -> (Compilation, usize) {
        let mut world = self.world.clone();
        let bytes = world.get_mut(&edit.file).expect("the origin names a file");
        let line = bytes[..edit.span.start].split(|it| *it == b'\n').count();
        let line = line + usize::from(edit.text.starts_with('\n'));
        bytes.splice(edit.span.clone(), edit.text.bytes());
        if edit.text.contains(TWIN) {
            add_twin(&mut world);
        }
        (compile(&world, &self.base.environment), line)
    }

    /// Removes the table or list that asked for a field, and then whatever needs it.
    fn remove_table(&self, origins: &Origins, field: &Field) -> Result<Outcome, String> {
        let sources = &self.base.sources;
        let mut gone: Vec<String> = origins
            .iter()
            .filter_map(|id| sources.path(id).map(str::to_owned))
            .collect();
        gone.dedup();
        if gone.is_empty() {
            // What a manifest holds as a whole goes with the table that names it.
            gone.push("extra".to_owned());
        }
        let mut world = self.world.clone();
        for _ in 0..8 {
            for path in &gone {
                for bytes in world.values_mut() {
                    *bytes = without(bytes, path);
                }
            }
            let changed = compile(&world, &self.base.environment);
            if !changed.diagnostics.has_errors() {
                return if differs(&changed, &self.fields, field) {
                    Ok(Outcome::Changed)
                } else {
                    Err(format!("it does without {gone:?}"))
                };
            }
            let needing = changed
                .diagnostics
                .iter()
                .filter_map(|it| needs(it, &changed.sources));
            let more: Vec<_> = needing.filter(|it| !gone.contains(it)).collect();
            if more.is_empty() {
                // What is required leaves a hole, and the message names it.
                let last = gone[0].rsplit('.').next().unwrap_or_default();
                return if said(&changed).contains(&format!("`{last}`")) {
                    Ok(Outcome::Refused)
                } else {
                    Err(format!("without {gone:?}:\n{}", said(&changed)))
                };
            }
            gone.extend(more);
        }
        Err(format!("there is no end: {gone:?}"))
    }
}

fn text_at<'a>(sources: &'a Sources, place: &Place) -> &'a str {
    &sources.file(place.file).text[place.span.clone()]
}

fn edit(sources: &Sources, place: &Place, text: String) -> Edit {
    Edit {
        file: sources.file(place.file).path.clone(),
        span: place.span.clone(),
        text,
    }
}

/// Writes the key of a default into the table that could hold it.
fn insertion(sources: &Sources, table: OriginId, path: &str, value: &str) -> Edit {
    let above = sources.path(table).unwrap_or_default();
    let key = path
        .strip_prefix(above)
        .unwrap_or(path)
        .trim_start_matches('.');
    let place = sources.place(table).expect("a table of a spec has a place");
    let text = &sources.file(place.file).text;
    let (at, text) = if text[place.span.start..].starts_with('{') {
        (place.span.start + 1, format!(" {key} = {value},"))
    } else {
        let end = text[place.span.end..].find('\n');
        (
            place.span.end + end.expect("a header ends its line"),
            format!("\n{key} = {value}"),
        )
    };
    Edit {
        file: sources.file(place.file).path.clone(),
        span: at..at,
        text,
    }
}

/// Whether a field is not what it was.
fn differs(changed: &Compilation, before: &Fields, field: &Field) -> bool {
    let made = &before[field];
    let now = fields(changed);
    if now.get(field).is_none_or(|now| now.value != made.value) {
        return true;
    }
    // A list in the order of its items has another one at this index now.
    let alike = |fields: &Fields| {
        let mut values: Vec<_> = fields
            .range(Field::first_of(&field.object)..)
            .take_while(|(other, _)| other.object == field.object)
            .filter(|(other, _)| other.shape() == field.shape())
            .map(|(_, made)| made.value.to_string())
            .collect();
        values.sort();
        values
    };
    field.path.contains('[') && alike(&now) != alike(before)
}

/// Whether an error points at a line.
fn points_at(changed: &Compilation, file: &str, line: usize) -> bool {
    let sources = &changed.sources;
    let errors = changed
        .diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error);
    errors
        .flat_map(|it| &it.labels)
        .filter_map(|label| label.at.place(sources))
        .any(|place| sources.file(place.file).path == file && sources.line_column(place).0 == line)
}

/// The entry that a message is about: what needs something that is gone.
fn needs(diagnostic: &Diagnostic, sources: &Sources) -> Option<String> {
    use kiln::diagnostics::At;

    let origin = diagnostic.labels.iter().find_map(|label| match label.at {
        At::Value(origin) | At::Key(origin) => Some(origin),
        At::Place(_) => None,
    })?;
    let Some(path) = sources.path(origin) else {
        return Some("extra".to_owned());
    };
    if path.is_empty() {
        return None;
    }
    let keyed = schema_at(path.split('.').next().unwrap_or_default())
        .is_some_and(|schema| schema.get("propertyNames").is_some());
    let depth = if keyed { 2 } else { 1 };
    Some(
        path.splitn(depth + 1, '.')
            .take(depth)
            .collect::<Vec<_>>()
            .join("."),
    )
}

/// A spec without a table or a key.
fn without(bytes: &[u8], path: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).expect("the environments are text");
    let within = |key: &str| key == path || key.starts_with(&format!("{path}."));
    let mut section = "";
    let kept = text.lines().filter(|line| {
        if let Some(header) = line.strip_prefix('[') {
            section = header.split(']').next().unwrap_or_default();
        }
        let key = match line.split_once(" = ") {
            Some((key, _)) if !line.starts_with(['[', '#', ' ']) => key,
            _ => return !within(section),
        };
        !within(section) && !within(&format!("{section}.{key}"))
    });
    kept.flat_map(|line| [line, "\n"])
        .collect::<String>()
        .into_bytes()
}
