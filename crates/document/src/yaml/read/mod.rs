//! Reads raw manifests as kubectl does, with the place of every value.
//!
//! kubectl, Argo CD and Flux read YAML through `sigs.k8s.io/yaml`, whose scalars are those of go-yaml
//! v2: `yes` is true, `0777` is 511 and a key `on` becomes `"true"`. Reading a manifest in any other
//! way would check something else than what the cluster gets. What readers disagree on in earnest
//! (duplicate keys, private tags, a merge after the key that it would replace) is refused.
//! `tests/yaml_readers.rs` compares with the original.

mod aliases;
mod mappings;
mod outdented;
mod places;
mod reader;
mod scalars;

use std::ops::Range;

use self::{places::Characters, reader::Reader};
use crate::{
    diagnostics::{At, Diagnostic, Diagnostics, codes},
    document::{FileId, Node, Place, Sources, Value},
};

/// A document of a file.
pub struct Document {
    /// Where it stands, from its `---` to the next one.
    pub span: Range<usize>,
    /// What it holds, as far as it can be read; null when it holds nothing.
    pub node: Node,
    /// What is wrong with it.
    pub faults: Diagnostics,
    /// How many of the faults are keys that are set twice; the node has the last of each, as kubectl does.
    pub repeated: usize,
}

/// Reads the documents of a file; those that hold nothing are left out.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn read(sources: &mut Sources, file: FileId) -> Result<Vec<Node>, Diagnostics> {
    let mut faults = Diagnostics::default();
    let mut nodes = Vec::new();
    for document in documents(sources, file) {
        faults.append(document.faults);
        if document.node.value != Value::Null {
            nodes.push(document.node);
        }
    }
    if faults.is_empty() {
        Ok(nodes)
    } else {
        Err(faults)
    }
}

/// Reads each document of a file by itself: after one that is not YAML, reading goes on at the next
/// `---`.
#[must_use]
pub fn documents(sources: &mut Sources, file: FileId) -> Vec<Document> {
    // A copy, because origins are added to the sources while the text is read.
    let text = sources.file(file).text.clone();
    let input = Input {
        file,
        text: &text,
        characters: Characters::of(&text),
    };
    // A byte order mark is not a part of the first key.
    let first = text
        .strip_prefix('\u{feff}')
        .map_or(0, |rest| text.len() - rest.len());
    let mut documents = Vec::new();
    // The text as the parser gets it: a line break may be a space here, so places are the same.
    let mut body = text.clone();
    let mut start = first;
    let mut expanded = 0;
    let mut read_again = 0;
    loop {
        let mut reader = Reader::new(&input, &body, start, expanded, sources);
        let Err(mut broken) = reader.documents(&mut documents) else {
            break;
        };
        expanded = broken.expanded;
        let before = &body[..broken.at];
        let is_joinable = |bracket: &usize| outdented::is_joinable(before, *bracket);
        if let Some(bracket) = broken.outdented_in.filter(is_joinable) {
            let begin = broken.document.span.start;
            read_again += broken.at - begin;
            if read_again <= outdented::MOST_READ_AGAIN {
                outdented::join_lines(&mut body, bracket);
                sources.forget_origins(broken.kept);
                start = begin;
                continue;
            }
            let too_many = outdented::too_many(file, broken.at);
            broken.document.faults.push(too_many);
        }
        if broken.is_outdented_text && outdented::join_quoted(&mut body, broken.at) {
            let begin = broken.document.span.start;
            read_again += broken.at - begin;
            if read_again <= outdented::MOST_READ_AGAIN {
                sources.forget_origins(broken.kept);
                start = begin;
                continue;
            }
            let too_many = outdented::too_many(file, broken.at);
            broken.document.faults.push(too_many);
        }
        documents.push(broken.document);
        let Some(next) = next_document(&text, broken.at.max(start + 1)) else {
            break;
        };
        start = next;
    }
    // A file of comments is a document that holds nothing.
    if documents.is_empty() {
        documents.push(Document {
            span: first..first,
            node: Node::default(),
            faults: Diagnostics::default(),
            repeated: 0,
        });
    }
    close(&mut documents, first..text.len());
    for document in &mut documents {
        check_characters(&input, document);
    }
    documents
}

/// Has each document end where the next one starts, and all of them fill the file.
fn close(documents: &mut [Document], all: Range<usize>) {
    let mut end = all.end;
    for document in documents.iter_mut().rev() {
        document.span.end = end;
        end = document.span.start;
    }
    if let Some(first) = documents.first_mut() {
        first.span.start = all.start;
    }
}

/// Where the next line that begins a document starts, at a place or behind it.
fn next_document(text: &str, from: usize) -> Option<usize> {
    // The line break before it may be what stands before the place.
    let mut before = (0..from).rev();
    let from = before.find(|it| text.is_char_boundary(*it))?;
    let begins = |(at, marker): &(usize, &str)| {
        let after = &text[from + at + marker.len()..];
        after.is_empty() || after.starts_with([' ', '\t', '\r', '\n'])
    };
    let (at, _) = text[from..].match_indices("\n---").find(begins)?;
    Some(from + at + 1)
}

/// Refuses what kubectl refuses anywhere in a document, and what YAML 1.1 takes for the end of a line
/// and YAML 1.2 for a letter.
fn check_characters(input: &Input<'_>, document: &mut Document) {
    let unreadable = |letter: char| match letter {
        '\t' | '\n' | '\r' => false,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => true,
        letter => letter.is_control(),
    };
    let letters = input.text[document.span.clone()].char_indices();
    for (at, letter) in letters.filter(|(_, letter)| unreadable(*letter)) {
        let at = document.span.start + at;
        let title = format!(
            "readers of YAML disagree on the character U+{:04X}",
            u32::from(letter)
        );
        document.faults.push(
            Diagnostic::error(codes::MANIFEST, title)
                .at(input.at(at..at + letter.len_utf8()), "")
                .hint("write it as an escape in double quotes"),
        );
    }
}

/// A file that is read.
struct Input<'text> {
    file: FileId,
    text: &'text str,
    characters: Characters,
}

impl Input<'_> {
    fn at(&self, span: Span) -> At {
        let file = self.file;
        At::Place(Place { file, span })
    }
}

/// A result whose error ends the reading of a document; lesser faults are collected.
type Fatal<T> = Result<T, Box<Diagnostic>>;

type Span = Range<usize>;
