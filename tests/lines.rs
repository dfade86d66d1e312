//! What `kiln explain` says of the committed environments, held against what kiln does: each value of their specs is
//! changed, and all that is written is compared.
//!
//! - Every field that changes names the value among its origins, before or after.
//! - Every field that names the value changes with one of the changes at least, or `tests/lines/unmoved.toml` says why
//!   not.
//!
//! `tests/origins.rs` does the same with defaults and with tables that are taken out.

use std::{
    borrow::Cow,
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
    edits::{World, add_twin, alternatives, completed, schema_at, variants},
    repository::{files, root},
    sample::one_in,
};

/// What a name can be changed to: each differs in all that something can depend on.
const TWINS: &str = r#"
[images.twin]
reference = "registry.example.com/twin/spark:4.1.3"
pull-policy = "always"
pull-secret = "twin"
user = 1001
spark = "4.1.3"
python = "3.12"
jars = [
    "org.apache.hadoop:hadoop-aws:3.4.2",
    "org.apache.celeborn:celeborn-client-spark-4-shaded_2.13:0.7.0",
]

[images.older-twin]
reference = "registry.example.com/twin/spark:3.5.7"
pull-policy = "always"
pull-secret = "twin"
user = 1001
spark = "3.5.7"
python = "3.11"
jars = [
    "org.apache.hadoop:hadoop-aws:3.3.4",
    "org.apache.celeborn:celeborn-client-spark-3-shaded_2.12:0.7.0",
]

[secrets.twin]
source = "existing"
namespaces = NAMESPACES
keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", ".dockerconfigjson", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"]
"#;

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
    let world = with_twins(environment);
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
        naming: naming(&documents, &compilation.sources),
        reasons: reasons(),
        enough: if one_in(4) == 1 { 3 } else { 1 },
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
    let mut wrong = Vec::new();
    for (value, found) in &done {
        let (line, key) = (experiment.line(value), &value.key);
        let unnamed = found.unnamed.iter();
        wrong.extend(unnamed.map(|it| format!("{line}: {key} changes and is not named by {it}")));
        let unmoved = found.unmoved.iter();
        wrong.extend(
            unmoved.map(|it| format!("{line}: {key} is named by {it}, which never changes")),
        );
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The environments with a twin of each thing that values name.
fn with_twins(environment: &str) -> World {
    let mut world = files(root(), "environments");
    for bytes in world.values_mut() {
        // An image of the operator of which the version is not in the name, so that the two are changed one by one.
        let text = String::from_utf8_lossy(bytes).replace("/spark-operator/", "/operator/");
        *bytes = text.into_bytes();
    }
    add_twin(&mut world);
    let defaults = completed(&world, environment);
    let namespaces = defaults
        .get("namespaces")
        .into_iter()
        .flat_map(Node::entries);
    let namespaces: Vec<_> = namespaces.map(|(name, _)| name).collect();
    let twins = TWINS.replace("NAMESPACES", &format!("{namespaces:?}"));
    let base = world.get_mut("environments/_base.toml");
    base.expect("they have one").extend(twins.bytes());
    world
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
        let text = |key| {
            entry
                .str_at([key])
                .expect("an entry has all three")
                .to_owned()
        };
        assert!(!text("why").is_empty());
        found.push((text("key"), text("field")));
    }
    found
}

struct Experiment<'a> {
    world: &'a World,
    base: &'a Compilation,
    documents: &'a [Subject<'a>],
    /// The fields and documents that name what stands somewhere.
    naming: BTreeMap<Start, BTreeSet<String>>,
    /// The keys that fields name although they do not change, with a part of the fields' names.
    reasons: Vec<(String, String)>,
    /// After how many changes that compile it goes on to the next value, when all that names it has changed.
    enough: usize,
}

/// Where a value begins: the path of the file, and the byte.
type Start = (String, usize);

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
            let documents = if file.path.starts_with("environments/extra/") {
                yaml::read(&mut sources, own).expect("it was read before")
            } else {
                vec![spec::parse(own, &mut sources).0]
            };
            for node in documents.iter().flat_map(scalars) {
                let origin = node.origins.first().expect("what is read has an origin");
                let place = Place {
                    file: id,
                    ..sources.place(origin).expect("and a place").clone()
                };
                let text = &file.text[place.span.clone()];
                let (key, others) = if let Origin::Spec { path, .. } = sources.origin(origin) {
                    let others = alternatives(&defaults, node, schema_at(path));
                    let others = names(path, node).into_iter().chain(others);
                    (path.clone(), others.filter(|it| it != text).collect())
                } else {
                    let bare = text.trim_matches(['"', '\'']);
                    let quote = &text[..text.len() - text.trim_start_matches(['"', '\'']).len()];
                    let others = variants(bare).into_iter();
                    let others = others.map(|it| format!("{quote}{it}{quote}")).collect();
                    (format!("manifest {bare}"), others)
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
            if found.compiled >= self.enough && unmoved.is_empty() {
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

    /// The fields and documents that name a value, and for which there is no reason why they never change.
    fn naming(&self, value: &Stated) -> BTreeSet<String> {
        let path = &self.base.sources.file(value.place.file).path;
        let start = (path.clone(), value.place.span.start);
        let mut naming = self.naming.get(&start).cloned().unwrap_or_default();
        let reasons = self.reasons.iter().filter(|(key, _)| *key == value.key);
        for (_, part) in reasons {
            naming.retain(|field| !field.contains(part));
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
                (Some(before), Some(after)) if is_same(before.node, after.node) => {}
                (Some(before), Some(after))
                    if existence(before).any(before_has) != existence(after).any(after_has) =>
                {
                    // Another document is called as this one was.
                    forget(before, unmoved);
                }
                (Some(before), Some(after)) => {
                    let mut differences = Vec::new();
                    let ends = [Some(before.node), Some(after.node)];
                    diff(ends, [String::new(), String::new()], &mut differences);
                    if !differences.is_empty() {
                        unmoved.remove(&before.name);
                    }
                    for [old, new] in differences {
                        let old_names = |it: &Side<'_>| before_has(it.made_by(before.origins));
                        let new_names = |it: &Side<'_>| after_has(it.made_by(after.origins));
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
                    forget(before, unmoved);
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

/// Names that a value could say, as TOML.
fn names(path: &str, node: &Node) -> Vec<String> {
    let is_text = matches!(node.value, Value::String(_));
    let (_, key) = path.rsplit_once('.').unwrap_or_default();
    let names: &[&str] = match key {
        _ if !is_text => &[],
        "from" | "to" if path.starts_with("flows.") => {
            &["connect.analytics", "history-server", "object-store"]
        }
        "spark" => &["3.5.7"],
        _ => &["twin"],
    };
    names.iter().map(|it| format!("{it:?}")).collect()
}

/// What names what: the fields and documents by the places where values begin.
fn naming(documents: &[Subject<'_>], sources: &Sources) -> BTreeMap<Start, BTreeSet<String>> {
    let mut naming: BTreeMap<Start, BTreeSet<String>> = BTreeMap::new();
    let mut add = |origins: &Origins, name: String| {
        for id in origins.iter() {
            if let Origin::Spec { value, .. } | Origin::Manifest { value, .. } = sources.origin(id)
            {
                let start = (sources.file(value.file).path.clone(), value.span.start);
                naming.entry(start).or_default().insert(name.clone());
            }
        }
    };
    for document in documents {
        add(document.origins, document.name.clone());
        for field in fields(document.node) {
            let line = field.inside.map(|it| it.line);
            add(field.origins, called(&document.name, &field.path, line));
        }
    }
    naming
}

/// Whether everything was made: the catalogue may find faults in it.
fn is_compiled(compilation: &Compilation) -> bool {
    let mut errors = compilation.diagnostics.iter();
    let stages: BTreeSet<_> = CODES.iter().map(|it| it.number).collect();
    !errors.any(|it| it.severity == Severity::Error && stages.contains(it.code.number))
}

/// A document with all its fields has changed.
fn forget(document: &Subject<'_>, unmoved: &mut BTreeSet<String>) {
    unmoved.remove(&document.name);
    for field in fields(document.node) {
        let line = field.inside.map(|it| it.line);
        unmoved.remove(&called(&document.name, &field.path, line));
    }
}

/// Whether two documents say the same, whatever made them.
fn is_same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Map(a), Value::Map(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.all(|((key, a), (other, b))| key == other && is_same(a, b))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (a, b) => a == b,
    }
}

/// What says that a document is there.
fn existence<'a>(document: &'a Subject<'a>) -> impl Iterator<Item = &'a Origins> {
    let paths = [
        &["kind"][..],
        &["metadata", "name"],
        &["metadata", "namespace"],
    ];
    let found = paths
        .into_iter()
        .filter_map(|it| document.node.at(it.iter().copied()));
    found.map(|it| &it.origins).chain([document.origins])
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
    origins: Cow<'a, Origins>,
}

impl Side<'_> {
    /// What made it: of a constant, what its document was made for.
    fn made_by<'b>(&'b self, origins: &'b Origins) -> &'b Origins {
        if self.origins.is_empty() {
            origins
        } else {
            &self.origins
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
                if let (Some(old), Some(new)) = (old.get(key), new.get(key))
                    && is_same(old, new)
                {
                    continue;
                }
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
                let first = changes.len();
                diff([item(old, old_at), item(new, new_at)], paths, changes);
                if old_at.is_none() || new_at.is_none() {
                    as_one(&mut changes[first..]);
                }
            }
        }
        (Value::String(old), Value::String(new))
            if old != new && !(before.lines.is_empty() && after.lines.is_empty()) =>
        {
            let lines = |text: &str| text.lines().map(line_key).collect::<Vec<_>>();
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
                        origins: Cow::Borrowed(node.lines.get(at).unwrap_or(&node.origins)),
                    })
                };
                changes.push([
                    side(before, old_at, &paths[0]),
                    side(after, new_at, &paths[1]),
                ]);
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
                    origins: Cow::Borrowed(&node.origins),
                };
                changes.push([Some(side(before, old)), Some(side(after, new))]);
            }
        }
    }
}

/// Of an item that comes or goes, the constants come and go with the rest: all of it names what any of it names.
fn as_one(changes: &mut [Change<'_>]) {
    let sides = changes.iter().flatten().flatten();
    let all: Origins = sides.flat_map(|it| it.origins.iter()).collect();
    for side in changes.iter_mut().flatten().flatten() {
        side.origins = Cow::Owned(all.clone());
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
            origins: Cow::Borrowed(it.origins),
        }
    });
    found.collect()
}

/// What an item is the same by: whole, or by what it is called, or else by how much of it is the same.
#[derive(PartialEq)]
struct Key {
    whole: String,
    name: String,
    parts: BTreeSet<String>,
}

fn list_keys(items: &[Node]) -> Vec<Key> {
    let parts = |it: &Node| {
        let fields = fields(it).into_iter();
        let shape = |it: &str| it.split(|it: char| it.is_ascii_digit()).collect::<String>();
        fields
            .map(|it| format!("{} {}", shape(&it.path), it.node.to_json()))
            .collect()
    };
    let key = |it: &Node| Key {
        whole: it.to_json().to_string(),
        name: it.str_at(["name"]).unwrap_or_default().to_owned(),
        parts: parts(it),
    };
    items.iter().map(key).collect()
}

fn line_key(line: &str) -> Key {
    Key {
        whole: line.to_owned(),
        name: line.split(['=', ':']).next().unwrap_or_default().to_owned(),
        parts: BTreeSet::new(),
    }
}

/// Pairs what is the same whole, then what is called the same, then what has most in common.
fn pairs(old: &[Key], new: &[Key]) -> Vec<[Option<usize>; 2]> {
    let mut found: Vec<_> = common(old, new)
        .into_iter()
        .map(|(a, b)| [Some(a), Some(b)])
        .collect();
    let is_free = |found: &[[Option<usize>; 2]], side: usize, at: usize| {
        !found.iter().any(|it| it[side] == Some(at))
    };
    let alike = |a: &Key, b: &Key| {
        if !a.name.is_empty() && a.name == b.name {
            usize::MAX
        } else {
            a.parts.intersection(&b.parts).count()
        }
    };
    let mut ranked: Vec<_> = (0..old.len())
        .flat_map(|a| (0..new.len()).map(move |b| (a, b)))
        .filter(|(a, b)| is_free(&found, 0, *a) && is_free(&found, 1, *b))
        .map(|(a, b)| (alike(&old[a], &new[b]), a, b))
        .collect();
    ranked.sort_by_key(|(alike, ..)| std::cmp::Reverse(*alike));
    let has_parts = old.iter().chain(new).any(|it| !it.parts.is_empty());
    for (alike, a, b) in ranked {
        if (alike > 0 || has_parts) && is_free(&found, 0, a) && is_free(&found, 1, b) {
            found.push([Some(a), Some(b)]);
        }
    }
    let left: Vec<_> = (0..old.len())
        .filter(|at| is_free(&found, 0, *at))
        .collect();
    let right: Vec<_> = (0..new.len())
        .filter(|at| is_free(&found, 1, *at))
        .collect();
    found.extend(left.into_iter().map(|at| [Some(at), None]));
    found.extend(right.into_iter().map(|at| [None, Some(at)]));
    found
}

/// The longest common subsequence of whole items.
fn common(old: &[Key], new: &[Key]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a][b] = if old[a].whole == new[b].whole {
                longest[a + 1][b + 1] + 1
            } else {
                longest[a + 1][b].max(longest[a][b + 1])
            };
        }
    }
    let (mut a, mut b, mut found) = (0, 0, Vec::new());
    while a < old.len() && b < new.len() {
        if old[a].whole == new[b].whole {
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
