//! Documents that stand in a text of another, such as a pod template in a `ConfigMap`.

use super::{read, to_yaml};
use crate::{
    diagnostics::Diagnostics,
    document::{Node, Origins, Sources},
};

/// A document inside a text, when it is one; its values point to the line of the text where they stand.
#[must_use]
pub fn embedded(text: &Node) -> Option<Node> {
    read_embedded(text).ok().flatten()
}

/// Reads the document inside a text; none when there are several, or the text holds nothing.
///
/// # Errors
/// What keeps the text from being YAML, and the line where it does.
pub fn read_embedded(text: &Node) -> Result<Option<Node>, (String, Origins)> {
    let mut sources = Sources::default();
    let file = sources.add_file("", text.as_str().unwrap_or_default());
    let mut documents = read(&mut sources, file).map_err(|faults| first(faults, text, &sources))?;
    let document = documents.pop().filter(|_| documents.is_empty());
    Ok(document.map(|mut document| {
        point_outside(&mut document, text, &sources);
        document
    }))
}

/// A document as a text, such as a pod template in a ConfigMap.
#[must_use]
pub fn to_text(document: &Node) -> Node {
    let text = to_yaml(document)
        .expect("a rendered template has no keys and numbers that YAML cannot hold");
    let lines = lines_of(&text, document);
    Node {
        lines,
        ..Node::new(text, all_origins(document))
    }
}

/// Everything that went into a document, for the text that holds it.
fn all_origins(node: &Node) -> Origins {
    let mut origins = node.origins.clone();
    for item in node.items() {
        origins.extend(&all_origins(item));
    }
    for (_, entry) in node.entries() {
        origins.extend(&all_origins(entry));
    }
    origins
}

/// What made each line of the text that a document was written as.
fn lines_of(text: &str, document: &Node) -> Vec<Origins> {
    let mut sources = Sources::default();
    let file = sources.add_file("", text);
    let mut lines = vec![Origins::none(); text.lines().count()];
    if let Ok(read) = read(&mut sources, file)
        && let [read] = &read[..]
    {
        mark(document, read, &sources, &mut lines);
    }
    lines
}

/// Marks the lines of what was read with the origins of what was written.
fn mark(written: &Node, read: &Node, sources: &Sources, lines: &mut [Origins]) {
    let place = read.origins.first().and_then(|it| sources.place(it));
    let line = place.map(|it| sources.line(it) - 1);
    let line = line.and_then(|it| lines.get_mut(it));
    if let Some(line) = line {
        line.extend(&written.origins);
    }
    for (written, read) in written.items().iter().zip(read.items()) {
        mark(written, read, sources, lines);
    }
    for (key, written) in written.entries() {
        if let Some(read) = read.get(key) {
            mark(written, read, sources, lines);
        }
    }
}

fn first(faults: Diagnostics, text: &Node, sources: &Sources) -> (String, Origins) {
    let fault = faults.into_vec().into_iter().next();
    let place = fault.as_ref().and_then(|it| it.labels.first());
    let place = place.and_then(|it| it.at.place(sources));
    let line = place.map(|it| sources.line(it));
    let origins = line.and_then(|it| text.lines.get(it - 1));
    let title = fault.map_or_else(String::new, |it| it.title);
    let why = match line {
        Some(line) => format!("line {line}: {title}"),
        None => title,
    };
    (why, origins.unwrap_or(&text.origins).clone())
}

fn point_outside(node: &mut Node, text: &Node, sources: &Sources) {
    let place = node.origins.first().and_then(|it| sources.place(it));
    let line = place.map(|place| sources.line(place) - 1);
    let origins = line.and_then(|line| text.lines.get(line));
    node.origins = origins.unwrap_or(&text.origins).clone();
    node.lines = Vec::new();
    for child in node.children_mut() {
        point_outside(child, text, sources);
    }
}
