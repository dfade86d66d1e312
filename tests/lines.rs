//! What `kiln explain` says of the committed environments, held against what kiln does: each value of their specs is
//! changed, and all that is written is compared.
//!
//! - Every field that changes names the value among its origins, before or after.
//! - Every field that names the value changes with one of the changes at least, or `tests/lines/unmoved.toml` says why
//!   not.
//!
//! `tests/origins.rs` does the same with defaults and with tables that are taken out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    thread,
};

use kiln::{
    Compilation, compile,
    diagnostics::{CODES, Severity},
    document::{Node, Origin, Origins, Place, Sources, Value},
    explain::{Subject, fields, subjects},
    manifests::content_stem,
    spec, yaml,
};

use crate::support::{
    edits::{World, alternatives, completed, schema_at, variants},
    repository::{files, root},
};

/// What a name can be changed to: each differs in all that something can depend on.
const TWINS: &str = r#"
[namespaces.twin]

[images.twin]
reference = "registry.example.com/twin/spark:4.1.3"
pull-policy = "Always"
pull-secret = "twin"
user = 1001
spark = "4.1.3"
python = "3.12"
jars = [
    "org.apache.hadoop:hadoop-aws:3.4.2",
    "org.apache.celeborn:celeborn-client-spark-4-shaded_2.13:0.7.0",
]

[secrets.twin]
source = "existing"
namespaces = ["jupyterhub-users", "operators", "twin"]
keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", ".dockerconfigjson", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"]
"#;

/// After how many changes that compile it goes on to the next value, when all that names it has changed.
const ENOUGH: usize = 3;

#[test]
fn a_field_names_the_lines_that_change_it_in_dev() {
    check("dev");
}

#[test]
fn a_field_names_the_lines_that_change_it_in_prod() {
    check("prod");
}

#[test]
fn a_field_names_the_lines_that_change_it_in_staging() {
    check("staging");
}

/// A value of a spec or of a manifest.
struct Stated {
    place: Place,
    /// Its key, for people.
    key: String,
    /// What to write instead.
    others: Vec<String>,
}

/// What came out of all changes of one value.
#[derive(Default)]
struct Found {
    tried: usize,
    compiled: usize,
    /// Fields that changed and do not name it.
    unnamed: BTreeSet<String>,
    /// Fields that name it and never changed.
    unmoved: BTreeSet<String>,
}

fn check(environment: &str) {
    let mut world = files(root(), "environments");
    let base = world.get_mut("environments/_base.toml");
    base.expect("they have one").extend(TWINS.bytes());
    let compilation = compile(&world, environment);
    let errors = || {
        let errors = compilation.diagnostics.iter();
        let errors = errors.filter(|it| it.severity == Severity::Error);
        errors.map(|it| it.title.clone()).collect::<Vec<_>>()
    };
    assert!(!compilation.diagnostics.has_errors(), "{:?}", errors());
    let documents = subjects(&compilation);
    let experiment = Experiment {
        world: &world,
        base: &compilation,
        documents: &documents,
    };
    let pending = Mutex::new(experiment.values().into_iter());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = pending.lock().expect("nobody panicked").next();
                    let Some(value) = next else { break };
                    let found = experiment.try_all(&value);
                    done.lock().expect("nobody panicked").push((value, found));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody panicked");
    done.sort_by_key(|(value, _)| (experiment.line(value), value.place.span.start));
    let sum = |of: fn(&Found) -> usize| done.iter().map(|(_, it)| of(it)).sum::<usize>();
    let idle = done.iter().filter(|(_, it)| it.compiled == 0);
    println!(
        "{environment}: {} values, {} changes, of which {} compile; no change of these does: {:?}",
        done.len(),
        sum(|it| it.tried),
        sum(|it| it.compiled),
        idle.map(|(value, _)| &value.key).collect::<Vec<_>>(),
    );
    let mut wrong = String::new();
    let reasons = reasons();
    for (value, found) in &done {
        let line = experiment.line(value);
        let key = &value.key;
        for field in &found.unnamed {
            wrong += &format!("{line}: {key} changes and is not named by {field}\n");
        }
        for field in &found.unmoved {
            let is_known = |(of, fields): &(String, String)| of == key && field.contains(fields.as_str());
            if !reasons.iter().any(is_known) {
                wrong += &format!("{line}: {key} is named by {field}, which never changes\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines\n{wrong}", wrong.lines().count());
}

/// The keys that fields name although they do not change, with a part of the fields' names.
fn reasons() -> Vec<(String, String)> {
    let text = include_str!("lines/unmoved.toml");
    let mut sources = Sources::default();
    let file = sources.add_file("unmoved.toml", text);
    let (table, errors) = spec::parse(file, &mut sources);
    assert!(!errors.has_errors(), "the file of reasons is TOML");
    let mut found = Vec::new();
    for entry in table.list_at(["unmoved"]) {
        let text = |key| entry.str_at([key]).expect("an entry has all three").to_owned();
        assert!(!text("why").is_empty());
        found.push((text("key"), text("field")));
    }
    found
}

struct Experiment<'a> {
    world: &'a World,
    base: &'a Compilation,
    documents: &'a [Subject<'a>],
}

impl Experiment<'_> {
    fn line(&self, value: &Stated) -> String {
        let sources = &self.base.sources;
        let path = &sources.file(value.place.file).path;
        format!("{path}:{}", sources.line(&value.place))
    }

    /// Every value that stands in a file that the environment reads, but for those of the twins.
    fn values(&self) -> Vec<Stated> {
        let defaults = completed(self.world, &self.base.environment);
        let mut values = Vec::new();
        for (id, file) in self.base.sources.file_ids().zip(self.base.sources.files()) {
            let mut sources = Sources::default();
            let own = sources.add_file(&file.path, &file.text);
            let is_spec = file.path.ends_with(".toml");
            let documents = if is_spec {
                vec![spec::parse(own, &mut sources).0]
            } else {
                yaml::read(&mut sources, own).expect("it was read before")
            };
            let scalars = documents.iter().flat_map(|it| scalars(it));
            for node in scalars {
                let origin = node.origins.first().expect("what is read has an origin");
                let place = Place {
                    file: id,
                    ..sources.place(origin).expect("and a place").clone()
                };
                let text = &file.text[place.span.clone()];
                let (key, others) = match sources.origin(origin) {
                    Origin::Spec { path, .. } => {
                        let others = alternatives(&defaults, node, schema_at(path));
                        let twin = "\"twin\"".to_owned();
                        let names = matches!(node.value, Value::String(_)).then_some(twin);
                        let others = names.into_iter().chain(others);
                        (path.clone(), others.filter(|it| it != text).collect())
                    }
                    _ => {
                        let bare = text.trim_matches(['"', '\'']);
                        let quote = &text[..text.len() - text.trim_start_matches(['"', '\'']).len()];
                        let others = variants(bare).into_iter();
                        let key = format!("manifest {bare}");
                        (key, others.map(|it| format!("{quote}{it}{quote}")).collect())
                    }
                };
                if !key.contains(".twin") {
                    values.push(Stated { place, key, others });
                }
            }
        }
        values
    }

    fn try_all(&self, value: &Stated) -> Found {
        let mut found = Found::default();
        let mut unmoved = self.naming(value);
        for other in &value.others {
            if found.compiled >= ENOUGH && unmoved.is_empty() {
                break;
            }
            found.tried += 1;
            let changed = compile(&self.changed(value, other), &self.base.environment);
            if !is_compiled(&changed) {
                continue;
            }
            found.compiled += 1;
            self.compare(value, other, &changed, &mut unmoved, &mut found.unnamed);
        }
        if found.compiled > 0 {
            found.unmoved = unmoved;
        }
        found
    }

    /// The repository with another value.
    fn changed(&self, value: &Stated, other: &str) -> World {
        let mut world = self.world.clone();
        let path = &self.base.sources.file(value.place.file).path;
        let bytes = world.get_mut(path).expect("it was read");
        bytes.splice(value.place.span.clone(), other.bytes());
        world
    }

    /// Whether a value is among origins: it stands where it stood, whatever was written in its place.
    fn names(&self, origins: &Origins, sources: &Sources, value: &Stated) -> bool {
        let path = &self.base.sources.file(value.place.file).path;
        origins.iter().any(|id| match sources.origin(id) {
            Origin::Spec { value: place, .. } | Origin::Manifest { value: place, .. } => {
                place.span.start == value.place.span.start && sources.file(place.file).path == *path
            }
            Origin::Default { .. } | Origin::Computed(_) => false,
        })
    }

    /// All fields and documents that name a value.
    fn naming(&self, value: &Stated) -> BTreeSet<String> {
        let mut naming = BTreeSet::new();
        let has = |origins| self.names(origins, &self.base.sources, value);
        for document in self.documents {
            let name = &document.name;
            if has(document.because) {
                naming.insert(name.clone());
            }
            for field in fields(document.node) {
                if has(field.origins) {
                    let line = field.inside.map(|it| it.line);
                    naming.insert(called(name, &field.path, line));
                }
            }
        }
        naming
    }

    fn compare(
        &self,
        value: &Stated,
        other: &str,
        changed: &Compilation,
        unmoved: &mut BTreeSet<String>,
        unnamed: &mut BTreeSet<String>,
    ) {
        let after = subjects(changed);
        let mut pairs: BTreeMap<String, [Option<&Subject<'_>>; 2]> = BTreeMap::new();
        let is_delivered = |it: &Subject<'_>| {
            let file = it.file.as_deref().unwrap_or_default();
            file.starts_with("out/delivery")
        };
        // Beside an error there is nothing for an engine.
        let has_all = !changed.diagnostics.has_errors();
        for (side, documents) in [(0, self.documents), (1, &after)] {
            for it in documents.iter().filter(|it| has_all || !is_delivered(it)) {
                pairs.entry(stem(it)).or_default()[side] = Some(it);
            }
        }
        let before_has = |origins: &Origins| self.names(origins, &self.base.sources, value);
        let after_has = |origins: &Origins| self.names(origins, &changed.sources, value);
        for [before, after] in pairs.into_values() {
            match (before, after) {
                (Some(before), Some(after)) => {
                    let mut changes = Vec::new();
                    let ends = [Some(before.node), Some(after.node)];
                    diff(ends, [String::new(), String::new()], &mut changes);
                    if !changes.is_empty() {
                        unmoved.remove(&before.name);
                    }
                    for [old, new] in changes {
                        let old_names = |it: &Side<'_>| before_has(it.made_by(before.because));
                        let new_names = |it: &Side<'_>| after_has(it.made_by(after.because));
                        let is_named = old.as_ref().is_some_and(old_names)
                            || new.as_ref().is_some_and(new_names);
                        let field = old.as_ref().or(new.as_ref()).expect("one side is there");
                        let name = called(&before.name, &field.path, field.line);
                        if old.is_some() {
                            unmoved.remove(&name);
                        }
                        if !is_named {
                            let sign = if old.is_some() { ' ' } else { '+' };
                            unnamed.insert(format!("{sign}{name} with {other}"));
                        }
                    }
                }
                (Some(before), None) => {
                    unmoved.remove(&before.name);
                    for field in fields(before.node) {
                        let line = field.inside.map(|it| it.line);
                        unmoved.remove(&called(&before.name, &field.path, line));
                    }
                    if !existence(before).any(before_has) {
                        unnamed.insert(format!("-{} with {other}", before.name));
                    }
                }
                (None, Some(after)) => {
                    if !existence(after).any(after_has) {
                        unnamed.insert(format!("+{} with {other}", after.name));
                    }
                }
                (None, None) => unreachable!("one side was entered"),
            }
        }
    }
}

/// Whether everything was made: the catalogue may find faults in it.
fn is_compiled(compilation: &Compilation) -> bool {
    let mut errors = compilation.diagnostics.iter();
    let stages: BTreeSet<_> = CODES.iter().map(|it| it.number).collect();
    !errors.any(|it| it.severity == Severity::Error && stages.contains(it.code.number))
}

/// What says that a document is there.
fn existence<'a>(document: &'a Subject<'a>) -> impl Iterator<Item = &'a Origins> {
    let paths = [&["kind"][..], &["metadata", "name"], &["metadata", "namespace"]];
    let found = paths.into_iter().filter_map(|it| document.node.at(it.iter().copied()));
    found.map(|it| &it.origins).chain([document.because])
}

/// What a document is called, without the digest of its content.
fn stem(document: &Subject<'_>) -> String {
    let stem = document.identity.as_ref().and_then(content_stem);
    let name = stem.map_or_else(|| document.name.clone(), |it| it.to_string());
    // An object for Airflow and its like stand in a text.
    format!("{name} {}", document.file.is_some())
}

fn called(document: &str, path: &str, line: Option<usize>) -> String {
    let line = line.map_or_else(String::new, |it| format!(":{it}"));
    format!("{document} {path}{line}")
}

fn scalars(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Map(map) => map.values().flat_map(scalars).collect(),
        Value::List(items) => items.iter().flat_map(scalars).collect(),
        _ => vec![node],
    }
}

/// A field or a line of a text, on one side.
struct Side<'a> {
    path: String,
    line: Option<usize>,
    origins: &'a Origins,
}

impl<'a> Side<'a> {
    /// What made it: of a constant, what its document was made for.
    fn made_by(&self, because: &'a Origins) -> &'a Origins {
        if self.origins.is_empty() {
            because
        } else {
            self.origins
        }
    }
}

type Change<'a> = [Option<Side<'a>>; 2];

/// The fields that differ, each with both sides as far as they are there.
fn diff<'a>(ends: [Option<&'a Node>; 2], paths: [String; 2], changes: &mut Vec<Change<'a>>) {
    let [Some(before), Some(after)] = ends else {
        for (side, node) in ends.into_iter().enumerate() {
            for it in node.into_iter().flat_map(|it| leaves(it, &paths[side])) {
                let mut change = [None, None];
                change[side] = Some(it);
                changes.push(change);
            }
        }
        return;
    };
    let below = |key: &str| paths.clone().map(|it| spec::child_path(&it, key));
    match (&before.value, &after.value) {
        (Value::Map(old), Value::Map(new)) if !old.is_empty() && !new.is_empty() => {
            let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for key in keys {
                diff([old.get(key), new.get(key)], below(key), changes);
            }
        }
        (Value::List(old), Value::List(new)) if !old.is_empty() && !new.is_empty() => {
            for [old_at, new_at] in pairs(&list_keys(old), &list_keys(new)) {
                let item = |items: &'a [Node], at: Option<usize>| at.map(|it| &items[it]);
                let path = |side: usize, at: Option<usize>| {
                    format!("{}[{}]", paths[side], at.unwrap_or_default())
                };
                let paths = [path(0, old_at), path(1, new_at)];
                diff([item(old, old_at), item(new, new_at)], paths, changes);
            }
        }
        (Value::String(old), Value::String(new))
            if old != new && !(before.lines.is_empty() && after.lines.is_empty()) =>
        {
            let lines = |text: &str| text.lines().map(line_keys).collect::<Vec<_>>();
            for [old_at, new_at] in pairs(&lines(old), &lines(new)) {
                if let (Some(a), Some(b)) = (old_at, new_at)
                    && old.lines().nth(a) == new.lines().nth(b)
                {
                    continue;
                }
                let side = |node: &'a Node, at: Option<usize>, path: &str| {
                    at.map(|at| Side {
                        path: path.to_owned(),
                        line: (!node.lines.is_empty()).then_some(at + 1),
                        origins: node.lines.get(at).unwrap_or(&node.origins),
                    })
                };
                changes.push([side(before, old_at, &paths[0]), side(after, new_at, &paths[1])]);
            }
        }
        (old, new) if is_inner(old) || is_inner(new) => {
            let [old, new] = paths;
            diff([Some(before), None], [old, String::new()], changes);
            diff([None, Some(after)], [String::new(), new], changes);
        }
        _ => {
            if before.to_json() != after.to_json() {
                let [old, new] = paths;
                let side = |node: &'a Node, path| Side {
                    path,
                    line: None,
                    origins: &node.origins,
                };
                changes.push([Some(side(before, old)), Some(side(after, new))]);
            }
        }
    }
}

fn is_inner(value: &Value) -> bool {
    match value {
        Value::Map(map) => !map.is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => false,
    }
}

/// The fields of a part of a document.
fn leaves<'a>(node: &'a Node, path: &str) -> Vec<Side<'a>> {
    let found = fields(node).into_iter().map(|it| {
        let inner = if it.path.starts_with('[') || it.path.is_empty() || path.is_empty() {
            format!("{path}{}", it.path)
        } else {
            format!("{path}.{}", it.path)
        };
        Side {
            path: inner,
            line: it.inside.map(|it| it.line),
            origins: it.origins,
        }
    });
    found.collect()
}

/// What an item is the same by: whole, or by its name.
type Key = (String, String);

fn list_keys(items: &[Node]) -> Vec<Key> {
    let name = |it: &Node| it.str_at(["name"]).unwrap_or_default().to_owned();
    items.iter().map(|it| (it.to_json().to_string(), name(it))).collect()
}

fn line_keys(line: &str) -> Key {
    let key = line.split(['=', ':']).next().unwrap_or_default();
    (line.to_owned(), key.to_owned())
}

/// Pairs what is the same whole, then what is called the same, then what stands between such pairs, in order.
fn pairs(old: &[Key], new: &[Key]) -> Vec<[Option<usize>; 2]> {
    let mut found = Vec::new();
    let mut last = (0, 0);
    let mut anchors = common(old, new);
    anchors.push((old.len(), new.len()));
    for (a, b) in anchors {
        let mut left: Vec<_> = (last.0..a).collect();
        let mut right: Vec<_> = (last.1..b).collect();
        left.retain(|at| {
            let called = |it: &usize| !old[*at].1.is_empty() && new[*it].1 == old[*at].1;
            let Some(other) = right.iter().position(called) else {
                return true;
            };
            found.push([Some(*at), Some(right.remove(other))]);
            false
        });
        for at in 0..left.len().max(right.len()) {
            found.push([left.get(at).copied(), right.get(at).copied()]);
        }
        if a < old.len() {
            found.push([Some(a), Some(b)]);
        }
        last = (a + 1, b + 1);
    }
    found
}

/// The longest common subsequence of whole items.
fn common(old: &[Key], new: &[Key]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a][b] = if old[a].0 == new[b].0 {
                longest[a + 1][b + 1] + 1
            } else {
                longest[a + 1][b].max(longest[a][b + 1])
            };
        }
    }
    let (mut a, mut b, mut found) = (0, 0, Vec::new());
    while a < old.len() && b < new.len() {
        if old[a].0 == new[b].0 {
            found.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if longest[a + 1][b] >= longest[a][b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    found
}
