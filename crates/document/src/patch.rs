//! Patches of an object: RFC 6902 (JSON Patch) and RFC 7386 (JSON Merge Patch).
//!
//! A patched value keeps the origins it has in the patch, so that the field of the object names the
//! patch's line. A patch that matches nothing is an error: it is what is left when somebody renames
//! what it was written for, and would silently stop working.
//!
//! Beyond both RFCs, an item of a list is also addressed by its `name`, as containers, variables and volumes have
//! one: in a pointer in place of its position, and in a merge patch by a mapping in place of a list. What stands
//! before it then may come and go.
//!
//! A `copy` may copy what another one made, so a few would make gigabytes: how much the operations of a patch
//! copy and move, and how deep they nest values, has a limit.

use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, did_you_mean},
    document::{DEEPEST, MOST_REPEATED, Map, Node, Origins, Value},
};

/// Applies the operations of a JSON patch, a list of mappings with `op` and `path`, in order.
///
/// # Errors
/// The first operation that is malformed, fails its test or matches nothing, at its place in the
/// patch. The target is then changed in part.
pub fn json_patch(target: &mut Node, patch: &Node) -> Result<(), Diagnostics> {
    let Value::List(operations) = &patch.value else {
        let title = format!(
            "a JSON patch is a list of operations, not {}",
            patch.value.kind()
        );
        return Err(fault(title, patch).into());
    };
    let mut taken = 0;
    operations
        .iter()
        .try_for_each(|operation| apply(target, operation, &mut taken))
        .map_err(|fault| (*fault).into())
}

/// Applies a merge patch: mappings are merged key by key, null removes, everything else replaces.
///
/// # Errors
/// Every key to remove that is not there, or that the patch as a whole changes nothing.
pub fn merge_patch(target: &mut Node, patch: &Node) -> Result<(), Diagnostics> {
    let mut faults = Diagnostics::default();
    let changed = merge(target, patch, &mut faults);
    if !faults.is_empty() {
        Err(faults)
    } else if changed {
        Ok(())
    } else {
        let title = "the patch changes nothing: the object already is what it asks for";
        Err(fault(title, patch).into())
    }
}

/// Whether the target's value has changed.
fn merge(target: &mut Node, patch: &Node, faults: &mut Diagnostics) -> bool {
    let Value::Map(entries) = &patch.value else {
        let changed = !equal(target, patch);
        *target = patch.clone();
        return changed;
    };
    let mut changed = false;
    if let Value::List(items) = &mut target.value
        && are_named(items)
    {
        return merge_named(items, entries, &patch.origins, faults);
    }
    if target.as_map().is_none() {
        *target = Node::new(Map::new(), patch.origins.clone());
        changed = true;
    }
    let map = target
        .as_map_mut()
        .expect("it was a mapping or has become one");
    for (key, value) in entries {
        if value.value == Value::Null {
            if map.remove(key).is_some() {
                changed = true;
            } else {
                let fault = fault(
                    format!("the patch removes `{key}`, which is not there"),
                    value,
                );
                faults.push(suggest(fault, key, map));
            }
        } else if let Some(node) = map.get_mut(key) {
            changed |= merge(node, value, faults);
        } else {
            let mut node = Node::default();
            merge(&mut node, value, faults);
            map.insert(key.clone(), node);
            changed = true;
        }
    }
    changed
}

/// Whether the items of a list can be told by their names.
fn are_named(items: &[Node]) -> bool {
    !items.is_empty() && items.iter().all(|it| it.str_at(["name"]).is_some())
}

/// Merges a mapping by names into a list of items that have some.
fn merge_named(
    items: &mut Vec<Node>,
    entries: &Map,
    origins: &Origins,
    faults: &mut Diagnostics,
) -> bool {
    let mut changed = false;
    for (name, value) in entries {
        match (position(items, name), &value.value) {
            (Some(at), Value::Null) => {
                items.remove(at);
                changed = true;
            }
            (None, Value::Null) => {
                let title = format!("the patch removes `{name}`, which is not there");
                faults.push(suggest(fault(title, value), name, &by_name(items)));
            }
            (Some(at), _) => changed |= merge(&mut items[at], value, faults),
            (None, _) => {
                let mut item = Node::map();
                item.insert("name", Node::new(name, origins.clone()));
                merge(&mut item, value, faults);
                items.push(item);
                changed = true;
            }
        }
    }
    changed
}

/// The items of a list by their names, as far as they have some.
fn by_name(items: &[Node]) -> Map {
    let named = items
        .iter()
        .filter_map(|it| Some((it.str_at(["name"])?.to_owned(), it.clone())));
    named.collect()
}

fn fault(title: impl Into<String>, at: &Node) -> Diagnostic {
    Diagnostic::error(codes::PATCH, title).at_node(at, "")
}

fn suggest(fault: Diagnostic, key: &str, map: &Map) -> Diagnostic {
    match did_you_mean(key, map.keys().map(String::as_str)) {
        Some(name) => fault.hint(format!("there is a similar key `{name}`")),
        None => fault,
    }
}

/// Equality of values, whatever made them; `1` and `1.0` are the same number.
#[allow(clippy::cast_precision_loss)] // An integer that a float cannot hold equals no float.
fn equal(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (Value::Integer(a), Value::Float(b)) | (Value::Float(b), Value::Integer(a)) => {
            (*a as f64).total_cmp(b).is_eq()
        }
        (a, b) => a == b,
    }
}

/// One fault, boxed because it is large and rare.
type Step<T> = Result<T, Box<Diagnostic>>;

/// Applies one operation of a JSON patch; `taken` is how much those before it copied and moved.
fn apply(target: &mut Node, operation: &Node, taken: &mut usize) -> Step<()> {
    let mut take = |node: &Node| {
        *taken += node.size();
        if *taken <= MOST_REPEATED {
            return Ok(());
        }
        let title = format!("the operations copy and move more than {MOST_REPEATED} values");
        Err(Box::new(fault(title, operation)))
    };
    let name = text(operation, "op")?;
    let path = Pointer::read(operation, "path")?;
    match name {
        "add" => path.add(target, value(operation)?.clone()),
        "replace" => {
            let value = value(operation)?;
            path.has_room_for(value)?;
            *path.find(target)? = value.clone();
            Ok(())
        }
        "remove" => path.remove(target).map(drop),
        "move" => {
            let from = Pointer::read(operation, "from")?;
            if from.keys.len() < path.keys.len() && path.keys.starts_with(&from.keys) {
                return Err(path.fault("a value cannot move into itself"));
            }
            let node = from.remove(target)?;
            take(&node)?;
            path.add(target, made_by(node, operation))
        }
        "copy" => {
            let from = Pointer::read(operation, "from")?;
            let node = from.find(target)?;
            take(node)?;
            let node = node.clone();
            path.add(target, made_by(node, operation))
        }
        "test" => {
            let wanted = value(operation)?;
            let found = path.find(target)?;
            if equal(found, wanted) {
                return Ok(());
            }
            let title = format!("the test of `{}` fails", path.text);
            let found = found.to_json();
            Err(Box::new(
                fault(title, wanted).note(format!("the value is {found}")),
            ))
        }
        other => {
            let title = format!("there is no operation `{other}`");
            let names = ["add", "remove", "replace", "move", "copy", "test"];
            let names = crate::diagnostics::name_list(names);
            let at = operation.get("op").unwrap_or(operation);
            Err(Box::new(
                fault(title, at).hint(format!("the operations are {names}")),
            ))
        }
    }
}

fn text<'a>(operation: &'a Node, member: &str) -> Step<&'a str> {
    operation
        .get(member)
        .and_then(Node::as_str)
        .ok_or_else(|| missing(operation, member))
}

fn value(operation: &Node) -> Step<&Node> {
    operation
        .get("value")
        .ok_or_else(|| missing(operation, "value"))
}

fn missing(operation: &Node, member: &str) -> Box<Diagnostic> {
    Box::new(match operation.get(member) {
        Some(node) => {
            let kind = node.value.kind();
            fault(format!("`{member}` is a string, not {kind}"), node)
        }
        None => fault(format!("the operation lacks `{member}`"), operation),
    })
}

/// A value that comes from the object, but to where it is by the patch.
fn made_by(mut node: Node, operation: &Node) -> Node {
    node.origins.extend(&operation.origins);
    node
}

/// A JSON pointer (RFC 6901) of an operation.
struct Pointer<'a> {
    text: &'a str,
    keys: Vec<String>,
    /// The node that holds the text.
    at: &'a Node,
}

impl<'a> Pointer<'a> {
    fn read(operation: &'a Node, member: &str) -> Step<Self> {
        let text = text(operation, member)?;
        let mut pointer = Self {
            text,
            keys: Vec::new(),
            at: operation.get(member).unwrap_or(operation),
        };
        let mut parts = text.split('/');
        if parts.next() != Some("") {
            return Err(pointer.fault(format!("`{text}` is not a path: it has to start with `/`")));
        }
        for part in parts {
            // What is left of an escape after both are replaced is none that the RFC knows.
            if part.replace("~0", "").replace("~1", "").contains('~') {
                return Err(pointer.fault(format!("`{text}` is not a path: `~` is written `~0`")));
            }
            pointer
                .keys
                .push(part.replace("~1", "/").replace("~0", "~"));
        }
        Ok(pointer)
    }

    fn fault(&self, title: impl Into<String>) -> Box<Diagnostic> {
        Box::new(fault(title, self.at))
    }

    /// The value that the path leads to.
    fn find<'t>(&self, target: &'t mut Node) -> Step<&'t mut Node> {
        self.walk(target, &self.keys)
    }

    /// The value that the first keys of the path lead to.
    fn walk<'t>(&self, mut node: &'t mut Node, keys: &[String]) -> Step<&'t mut Node> {
        for key in keys {
            if !has(node, key) {
                return Err(self.absent(node, key));
            }
            node = match &mut node.value {
                Value::Map(map) => map.get_mut(key),
                Value::List(items) => position(items, key).and_then(|at| items.get_mut(at)),
                _ => None,
            }
            .expect("it has the key");
        }
        Ok(node)
    }

    /// Says that there is no such key or item.
    fn absent(&self, node: &Node, key: &str) -> Box<Diagnostic> {
        let why = match &node.value {
            Value::Map(_) => format!("there is no key `{key}`"),
            Value::List(items) => format!("there is no item `{key}` among {}", items.len()),
            other => format!("`{key}` would be inside {}", other.kind()),
        };
        let fault = fault(format!("`{}` matches nothing: {why}", self.text), self.at);
        Box::new(match node.as_map() {
            Some(map) => suggest(fault, key, map),
            None => suggest(fault, key, &by_name(node.items())),
        })
    }

    /// Refuses a value that would be too deep here.
    fn has_room_for(&self, value: &Node) -> Step<()> {
        if self.keys.len() + value.depth() > DEEPEST {
            return Err(self.fault(format!("values are nested deeper than {DEEPEST} levels")));
        }
        Ok(())
    }

    /// Sets the value, which may be new; in a list it is inserted.
    fn add(&self, target: &mut Node, value: Node) -> Step<()> {
        self.has_room_for(&value)?;
        let Some((last, parents)) = self.keys.split_last() else {
            *target = value;
            return Ok(());
        };
        let parent = self.walk(target, parents)?;
        match &mut parent.value {
            Value::Map(map) => {
                map.insert(last.clone(), value);
            }
            Value::List(items) if last == "-" => items.push(value),
            Value::List(items) => match index(last).filter(|at| *at <= items.len()) {
                Some(at) => items.insert(at, value),
                None => match items.iter_mut().find(|it| is_named(it, last)) {
                    Some(item) => *item = value,
                    // What is added by its name has that name.
                    None if is_named(&value, last) => items.push(value),
                    None => return Err(self.absent(parent, last)),
                },
            },
            _ => return Err(self.absent(parent, last)),
        }
        Ok(())
    }

    /// Takes the value out. What lacks it from now on was made by the patch too.
    fn remove(&self, target: &mut Node) -> Step<Node> {
        let Some((last, parents)) = self.keys.split_last() else {
            return Err(self.fault("a patch cannot remove the whole object"));
        };
        let parent = self.walk(target, parents)?;
        if !has(parent, last) {
            return Err(self.absent(parent, last));
        }
        parent.origins.extend(&self.at.origins);
        let removed = match &mut parent.value {
            Value::Map(map) => map.remove(last),
            Value::List(items) => position(items, last).map(|at| items.remove(at)),
            _ => None,
        };
        Ok(removed.expect("it has the key"))
    }
}

/// Whether a mapping has the key or a list the item.
fn has(node: &Node, key: &str) -> bool {
    match &node.value {
        Value::Map(map) => map.contains_key(key),
        Value::List(items) => position(items, key).is_some(),
        _ => false,
    }
}

/// Where the item is that a key of a path means: by its position, or by its name.
fn position(items: &[Node], key: &str) -> Option<usize> {
    let by_name = || items.iter().position(|it| is_named(it, key));
    index(key).filter(|at| *at < items.len()).or_else(by_name)
}

fn is_named(item: &Node, name: &str) -> bool {
    item.str_at(["name"]) == Some(name)
}

/// The position that a key of a path means in a list; a leading zero is none.
fn index(key: &str) -> Option<usize> {
    let position: usize = key.parse().ok()?;
    (position.to_string() == key).then_some(position)
}
