//! Reads a spec and the files it extends, and merges them: tables key by key, all else replaces.

use super::{Source, toml};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, did_you_mean, name_list},
    document::{Node, Origins, Sources, Value},
    world::{self, MAX_FILE, ReadError, World},
};

/// The folder of the specs.
pub const SPEC_FOLDER: &str = "environments";

/// The environments of a repository, sorted: every spec whose name does not start with `_`.
#[must_use]
pub fn environments(world: &dyn World) -> Vec<String> {
    let mut names: Vec<_> = world
        .list(SPEC_FOLDER)
        .files
        .into_iter()
        .filter_map(|path| {
            let name = path.strip_prefix("environments/")?.strip_suffix(".toml")?;
            (!name.contains('/') && !name.starts_with(['_', '.'])).then(|| name.to_owned())
        })
        .collect();
    names.sort();
    names
}

/// How many files may extend each other in a row. Each is merged over all that it inherits.
const MOST_IN_A_ROW: usize = 32;

/// Reads the spec of an environment with all that it extends.
pub fn read(world: &dyn World, environment: &str) -> (Source, Diagnostics) {
    let mut reader = Reader {
        world,
        sources: Sources::default(),
        diagnostics: Diagnostics::default(),
        broken: false,
    };
    let path = format!("{SPEC_FOLDER}/{environment}.toml");
    let root = reader.spec(&path, &Origins::none(), &mut Vec::new());
    let source = Source {
        environment: environment.to_owned(),
        sources: reader.sources,
        root: root.unwrap_or_else(Node::map),
        broken: reader.broken,
    };
    (source, reader.diagnostics)
}

struct Reader<'a> {
    world: &'a dyn World,
    sources: Sources,
    diagnostics: Diagnostics,
    broken: bool,
}

impl Reader<'_> {
    /// The tree of a file over the tree of what it extends. `chain` holds the files on the way here.
    fn spec(&mut self, path: &str, asked: &Origins, chain: &mut Vec<String>) -> Option<Node> {
        if let Some(start) = chain.iter().position(|earlier| earlier == path) {
            let mut circle = chain[start..].to_vec();
            circle.push(path.to_owned());
            self.diagnostics.push(
                Diagnostic::error(codes::EXTENDS, "specs extend each other in a circle")
                    .at_value(asked, "this closes the circle")
                    .note(circle.join(" extends ")),
            );
            self.broken = true;
            return None;
        }
        if chain.len() == MOST_IN_A_ROW {
            let title = format!("more than {MOST_IN_A_ROW} specs extend each other in a row");
            self.diagnostics
                .push(Diagnostic::error(codes::EXTENDS, title).at_value(asked, "one too many"));
            self.broken = true;
            return None;
        }
        let Some(text) = self.text(path, asked) else {
            self.broken = true;
            return None;
        };
        chain.push(path.to_owned());
        let file = self.sources.add_file(path, text);
        let (own, errors) = toml::parse(file, &mut self.sources);
        self.broken |= !errors.is_empty();
        self.diagnostics.append(errors);
        let base = self.base(path, &own, chain);
        chain.pop();
        if let Some(base) = base {
            return Some(merge(base, own));
        }
        self.refuse_removals(&own);
        Some(own)
    }

    /// What a file extends, without the keys that the file removes.
    fn base(&mut self, path: &str, own: &Node, chain: &mut Vec<String>) -> Option<Node> {
        let extends = own.get("extends")?;
        // A value of another type is the schema's business.
        let stated = extends.as_str()?;
        let Some(base) = world::join(world::folder(path), stated) else {
            self.diagnostics.push(outside(stated, &extends.origins));
            self.broken = true;
            return None;
        };
        let mut base = self.spec(&base, &extends.origins, chain)?;
        for removal in own.list_at(["remove"]) {
            if let Some(stated) = removal.as_str()
                && let Err(siblings) = remove(&mut base, stated)
            {
                let mut diagnostic = Diagnostic::error(
                    codes::REMOVE,
                    format!("`{stated}` is not inherited, so it cannot be removed"),
                )
                .at_node(removal, "no such key in what this file extends");
                let last = stated.rsplit('.').next().unwrap_or(stated);
                if let Some(name) = did_you_mean(last, siblings.iter().map(String::as_str)) {
                    diagnostic = diagnostic.hint(format!("there is a key `{name}`"));
                } else if !siblings.is_empty() {
                    let names = name_list(siblings.iter().map(String::as_str));
                    diagnostic = diagnostic.hint(format!("the keys there are {names}"));
                }
                self.diagnostics.push(diagnostic);
            }
        }
        Some(base)
    }

    fn refuse_removals(&mut self, own: &Node) {
        // Where the base could not be read, that is the error to show.
        if self.broken || own.get("extends").is_some() {
            return;
        }
        if let Some(remove) = own.get("remove") {
            self.diagnostics.push(
                Diagnostic::error(codes::REMOVE, "`remove` without `extends`")
                    .at_key(&remove.origins, "this file inherits nothing"),
            );
        }
    }

    fn text(&mut self, path: &str, asked: &Origins) -> Option<String> {
        match read_text(self.world, path) {
            Ok(text) => Some(text),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic.at_value(asked, ""));
                None
            }
        }
    }
}

/// Reads a file of the repository as text.
pub fn read_text(world: &dyn World, path: &str) -> Result<String, Box<Diagnostic>> {
    let refuse = |why: String| Diagnostic::error(codes::UNREADABLE, why);
    let bytes = world.read(path).map_err(|error| match error {
        ReadError::Missing => missing(world, path),
        ReadError::Outside => Diagnostic::error(
            codes::OUTSIDE,
            format!("`{path}` is a link that leaves the repository"),
        ),
        ReadError::TooLarge(size) => refuse(format!(
            "`{path}` has {size} bytes; kiln reads at most {MAX_FILE}"
        )),
        ReadError::NoFile(what) => refuse(format!("`{path}` is {what} and no file")),
        ReadError::System(words) => refuse(format!("cannot read `{path}`: {words}")),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..valid];
        let line = before.split(|byte| *byte == b'\n').count();
        let title = format!("`{path}` is not UTF-8 text, from line {line} on");
        Box::new(refuse(title).hint("save the file as UTF-8"))
    })
}

fn missing(world: &dyn World, path: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::UNREADABLE, format!("there is no file `{path}`"));
    let beside = world.list(world::folder(path)).files;
    match did_you_mean(path, beside.iter().map(String::as_str)) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => diagnostic,
    }
}

/// A path that leaves the repository.
pub fn outside(path: &str, origins: &Origins) -> Diagnostic {
    Diagnostic::error(codes::OUTSIDE, format!("`{path}` leaves the repository"))
        .at_value(origins, "")
        .hint("paths are relative to the file that states them and stay inside the repository")
}

/// Lays one table over another.
fn merge(base: Node, over: Node) -> Node {
    match (base.value, over.value) {
        (Value::Map(mut map), Value::Map(entries)) => {
            for (key, node) in entries {
                let merged = match map.remove(&key) {
                    Some(below) => merge(below, node),
                    None => node,
                };
                map.insert(key, merged);
            }
            // Both tables stand for what is in them; the nearer file was read first and is shown.
            Node::new(map, over.origins.and(&base.origins))
        }
        (_, value) => Node::new(value, over.origins),
    }
}

/// Drops a dotted key, or says which keys there are instead.
fn remove(root: &mut Node, path: &str) -> Result<(), Vec<String>> {
    let keys = toml::split_path(path).unwrap_or_default();
    let mut node = root;
    for (index, key) in keys.iter().enumerate() {
        let Some(map) = node.as_map_mut() else {
            return Err(Vec::new());
        };
        if !map.contains_key(key) {
            return Err(map.keys().cloned().collect());
        }
        if index + 1 == keys.len() {
            map.remove(key);
            return Ok(());
        }
        node = map.get_mut(key).expect("the key was just found");
    }
    Err(Vec::new())
}
