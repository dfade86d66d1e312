//! Reads raw manifests as kubectl does, with the place of every value.
//!
//! kubectl, Argo CD and Flux read YAML through `sigs.k8s.io/yaml`, whose scalars are those of go-yaml
//! v2: `yes` is true, `0777` is 511 and a key `on` becomes `"true"`. Reading a manifest in any other
//! way would check something else than what the cluster gets. What readers disagree on in earnest
//! (duplicate keys, private tags, a merge after the key that it would replace) is refused.
//! `tests/yaml_readers.rs` compares with the original.

use std::{collections::BTreeMap, ops::Range};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use crate::{
    diagnostics::{At, Diagnostic, Diagnostics, codes},
    document::{DEEPEST, FileId, MOST_REPEATED, Map, Node, Origin, Origins, Place, Sources, Value},
};

/// How many bytes of a file are read again for the sake of lines inside of brackets.
const MOST_READ_AGAIN: usize = 1 << 20;

/// The prefix that `!!` stands for.
const STANDARD_TAG: &str = "tag:yaml.org,2002:";

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

/// Reads each document of a file by itself: after one that is no YAML, reading goes on at the next
/// `---`.
#[must_use]
pub fn documents(sources: &mut Sources, file: FileId) -> Vec<Document> {
    // A copy, because origins are added to the sources while the text is read.
    let text = sources.file(file).text.clone();
    // A byte order mark is no part of the first key.
    let first = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let characters = Characters::of(&text);
    let mut body = text.clone();
    let mut documents = Vec::new();
    let mut start = first;
    let mut expanded = 0;
    let mut read_again = 0;
    loop {
        let before = sources.origins();
        let mut reader = Reader {
            parser: Parser::new_from_str(&body[start..]),
            offsets: characters.from(start),
            text: &text,
            sources,
            file,
            anchors: BTreeMap::new(),
            expanded,
            at: start,
            end: start,
            bracket: None,
            is_outdented: false,
            kept: before,
            faults: Diagnostics::default(),
            repeated: 0,
        };
        let Err(mut broken) = reader.documents(&mut documents) else {
            break;
        };
        let at = reader.at;
        let bracket = reader.is_outdented.then(|| reader.open_bracket()).flatten();
        let kept = reader.kept;
        expanded = reader.expanded;
        if let Some(bracket) = bracket.filter(|it| joinable(&body[..at], *it)) {
            read_again += at - broken.span.start;
            if read_again <= MOST_READ_AGAIN {
                join_lines(&mut body, bracket);
                sources.forget_origins(kept);
                start = broken.span.start;
                continue;
            }
            broken.faults.push(too_many_outdented(file, at));
        }
        documents.push(*broken);
        let Some(next) = next_document(&text, at.max(start + 1)) else {
            break;
        };
        start = next;
    }
    // A file of comments is a document that holds nothing.
    if documents.is_empty() {
        documents.push(Document {
            span: first..text.len(),
            node: Node::default(),
            faults: Diagnostics::default(),
            repeated: 0,
        });
    }
    documents[0].span.start = first;
    for index in 0..documents.len() {
        let end = documents
            .get(index + 1)
            .map_or(text.len(), |next: &Document| next.span.start);
        let document = &mut documents[index];
        document.span.end = end;
        check_characters(&text, file, document);
    }
    documents
}

/// Whether joining the lines of a bracket moves what stands behind the text up to there. Inside of brackets the
/// parser wants lines further right than their key, and no reader that Kubernetes has does; joined, they
/// say the same.
fn joinable(before: &str, bracket: usize) -> bool {
    let end = before.trim_end().len();
    breaks_in_bracket(before, bracket).any(|it| it >= end)
}

/// Joins the lines of a bracket, wherever that changes no value.
fn join_lines(body: &mut String, bracket: usize) {
    let breaks: Vec<_> = breaks_in_bracket(body, bracket).collect();
    for at in breaks {
        body.replace_range(at..=at, " ");
    }
}

/// The ends of the lines between the values of a bracket, up to the one that closes it. A line break in a
/// text is part of it, and one behind a comment ends that.
fn breaks_in_bracket(body: &str, bracket: usize) -> impl Iterator<Item = usize> {
    let mut letters = body[bracket..].char_indices().peekable();
    let mut depth = 0;
    // Whether a value could begin here, so that a quote is one.
    let mut is_between = true;
    let mut before = ' ';
    std::iter::from_fn(move || {
        while let Some((at, letter)) = letters.next() {
            let last = std::mem::replace(&mut before, letter);
            match letter {
                '[' | '{' => (depth, is_between) = (depth + 1, true),
                ']' | '}' => (depth, is_between) = (depth - 1, true),
                ',' => is_between = true,
                ':' if letters.peek().is_none_or(|(_, next)| next.is_whitespace()) => {
                    is_between = true;
                }
                '#' if last.is_whitespace() => {
                    while letters.next_if(|(_, it)| !is_break(*it)).is_some() {}
                    // The comment's own line break stays.
                    letters.next();
                    is_between = true;
                }
                '\'' | '"' if is_between => {
                    skip_quoted(letter, &mut letters);
                }
                _ if is_break(letter) => {
                    let rest = &body[bracket + at + 1..];
                    if rest.starts_with("---") {
                        return None;
                    }
                    is_between = is_between || rest.trim_start().starts_with([',', ']', '}']);
                    if is_between {
                        return Some(bracket + at);
                    }
                    while letters.next_if(|(_, it)| it.is_whitespace()).is_some() {}
                }
                ' ' | '\t' => {}
                _ => is_between = false,
            }
            if depth == 0 {
                return None;
            }
        }
        None
    })
}

const fn is_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r')
}

/// Goes behind the quote that ends a text.
fn skip_quoted(quote: char, letters: &mut std::iter::Peekable<std::str::CharIndices<'_>>) {
    while let Some((_, letter)) = letters.next() {
        if letter == '\\' && quote == '"' {
            letters.next();
        // A single quote inside is written twice.
        } else if letter == quote
            && (quote == '"' || letters.next_if(|(_, next)| *next == quote).is_none())
        {
            return;
        }
    }
}

fn too_many_outdented(file: FileId, at: usize) -> Diagnostic {
    let title = "too many brackets hold lines that stand no further right than their key";
    let place = At::Place(Place { file, span: at..at });
    Diagnostic::error(codes::MANIFEST, title)
        .at(place, "")
        .note(format!(
            "for each of them kiln reads the document again, and no more than {} MiB in all",
            MOST_READ_AGAIN >> 20
        ))
        .hint("indent the lines inside of brackets further than the key before them")
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
fn check_characters(text: &str, file: FileId, document: &mut Document) {
    let unreadable = |letter: char| match letter {
        '\t' | '\n' | '\r' => false,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => true,
        letter => letter.is_control(),
    };
    for (at, letter) in text[document.span.clone()].char_indices() {
        if unreadable(letter) {
            let at = document.span.start + at;
            let place = Place {
                file,
                span: at..at + letter.len_utf8(),
            };
            let title = format!(
                "readers of YAML disagree on the character U+{:04X}",
                u32::from(letter)
            );
            document.faults.push(
                Diagnostic::error(codes::MANIFEST, title)
                    .at(At::Place(place), "")
                    .hint("write it as an escape in double quotes"),
            );
        }
    }
}

/// A result whose error ends the reading of a document; lesser faults are collected.
type Fatal<T> = Result<T, Box<Diagnostic>>;

type Span = Range<usize>;

struct Reader<'text, 'sources> {
    parser: Parser<'text, StrInput<'text>>,
    offsets: Offsets<'text>,
    /// The whole file.
    text: &'text str,
    sources: &'sources mut Sources,
    file: FileId,
    /// The values of the document that have an anchor, by the parser's numbers.
    anchors: BTreeMap<usize, Node>,
    /// How much aliases have added so far.
    expanded: usize,
    /// The bytes up to which the parser came.
    at: usize,
    /// Where what it read last ends.
    end: usize,
    /// Where the outermost of the brackets around that starts.
    bracket: Option<usize>,
    /// How many origins the documents before this one have.
    kept: usize,
    /// Whether it stopped at a line inside of brackets for its indentation.
    is_outdented: bool,
    /// What is wrong with the document.
    faults: Diagnostics,
    /// How many of these are keys that are set twice.
    repeated: usize,
}

impl<'text> Reader<'text, '_> {
    /// Adds the documents up to one that is no YAML, which is the error.
    fn documents(&mut self, found: &mut Vec<Document>) -> Result<(), Box<Document>> {
        loop {
            let mut start = self.at;
            let read = self.document(&mut start);
            let repeated = std::mem::take(&mut self.repeated);
            let document = |node, faults| Document {
                span: start..start,
                node,
                faults,
                repeated,
            };
            let mut faults = std::mem::take(&mut self.faults);
            match read {
                Ok(None) => return Ok(()),
                Ok(Some(node)) => {
                    found.push(document(node, faults));
                    self.kept = self.sources.origins();
                }
                Err(fatal) => {
                    faults.push(*fatal);
                    return Err(Box::new(document(Node::default(), faults)));
                }
            }
        }
    }

    /// The next document, and where it starts.
    fn document(&mut self, start: &mut usize) -> Fatal<Option<Node>> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(None),
                (Event::DocumentStart(_), span) => {
                    *start = span.start;
                    self.anchors.clear();
                    let (event, span) = self.next()?;
                    return Ok(Some(self.node(event, span, None, 0)?.0));
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Fatal<(Event<'text>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let start = self.offsets.byte(span.start.index());
                let end = self.offsets.byte(span.end.index()).max(start);
                (self.at, self.end) = (start, end);
                Ok((event, start..end))
            }
            Some(Err(error)) => {
                self.at = self.offsets.byte(error.marker().index());
                let outdented = [
                    "invalid indentation",
                    "invalid indentation in flow construct",
                ];
                self.is_outdented = outdented.contains(&error.info());
                Err(self.syntax(&error))
            }
            None => unreachable!("the end of the stream ends every loop"),
        }
    }

    fn syntax(&self, error: &ScanError) -> Box<Diagnostic> {
        let at = self.offsets.byte(error.marker().index());
        Box::new(self.fault(format!("this is no YAML: {}", error.info()), &(at..at)))
    }

    fn fault(&self, title: impl Into<String>, span: &Span) -> Diagnostic {
        Diagnostic::error(codes::MANIFEST, title).at(self.at(span), "")
    }

    fn at(&self, span: &Span) -> At {
        At::Place(Place {
            file: self.file,
            span: span.clone(),
        })
    }

    /// The value that an event begins, and its place.
    fn node(
        &mut self,
        event: Event<'text>,
        span: Span,
        key: Option<&Span>,
        depth: usize,
    ) -> Fatal<(Node, Span)> {
        self.fits(depth, &span)?;
        let mut lines = Vec::new();
        let (value, anchor, span) = match event {
            Event::Alias(anchor) => return Ok((self.alias(anchor, &span, key, depth)?, span)),
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.scalar_span(style, span);
                if style == ScalarStyle::Literal {
                    lines = self.lines(&span, &text);
                }
                let scalar = self.scalar(&text, style, tag.as_deref(), &span);
                (self.value(scalar, &text, &span), anchor, span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &span);
                let (items, span) =
                    self.collection(&span.clone(), |it| it.sequence(span, depth))?;
                (Value::List(items), anchor, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &span);
                let (map, span) = self.collection(&span.clone(), |it| it.mapping(span, depth))?;
                (Value::Map(map), anchor, span)
            }
            _ => unreachable!("the parser starts a value where one is due"),
        };
        let node = Node {
            lines,
            ..Node::new(value, self.origin(&span, key))
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok((node, span))
    }

    fn origin(&mut self, span: &Span, key: Option<&Span>) -> Origins {
        let place = |span: &Span| Place {
            file: self.file,
            span: span.clone(),
        };
        let origin = Origin::Manifest {
            key: key.map(place),
            value: place(span),
        };
        self.sources.add_origin(origin).into()
    }

    /// The lines of a literal block, each a place of its own: a file inside the file.
    fn lines(&mut self, block: &Span, text: &str) -> Vec<Origins> {
        // The parser's span begins with the header, or with the first letter behind it and behind empty
        // lines.
        let has_header = self.text[block.clone()].starts_with('|');
        let empty = text.lines().take_while(|line| line.is_empty()).count();
        let missing = if has_header { 0 } else { empty };
        let mut lines = vec![block.start..block.start; missing];
        let mut start = block.start;
        for line in self.text[block.clone()].split_inclusive('\n') {
            let content = line.trim_end();
            let indentation = content.len() - content.trim_start().len();
            lines.push(start + indentation..start + content.len());
            start += line.len();
        }
        let lines = lines.into_iter().skip(usize::from(has_header));
        let lines = lines.take(text.lines().count());
        lines.map(|span| self.origin(&span, None)).collect()
    }

    fn fits(&self, depth: usize, span: &Span) -> Fatal<()> {
        if depth > DEEPEST {
            let title = format!("values are nested deeper than {DEEPEST} levels");
            return Err(Box::new(self.fault(title, span)));
        }
        Ok(())
    }

    fn alias(
        &mut self,
        anchor: usize,
        span: &Span,
        key: Option<&Span>,
        depth: usize,
    ) -> Fatal<Node> {
        let Some(node) = self.anchors.get(&anchor) else {
            let title = "the anchor belongs to another document or to a value around this one";
            return Err(Box::new(self.fault(title, span)));
        };
        self.fits(depth + node.depth(), span)?;
        self.expanded += node.size();
        if self.expanded > MOST_REPEATED {
            let title = format!("aliases expand to more than {MOST_REPEATED} values");
            return Err(Box::new(self.fault(title, span)));
        }
        let mut node = node.clone();
        node.origins.extend(&self.origin(span, key));
        Ok(node)
    }

    /// Where the outermost bracket starts that is open where the parser stopped. The parser may know it
    /// already and not yet have told.
    fn open_bracket(&self) -> Option<usize> {
        self.bracket.or_else(|| {
            let mut lines = self.text[self.end..self.at].split_inclusive('\n');
            let mut start = self.end;
            lines.find_map(|line| {
                let code = line.split(" #").next().unwrap_or(line);
                let at = code
                    .find(['[', '{'])
                    .filter(|_| !code.trim_start().starts_with('#'));
                start += line.len();
                at.map(|at| start - line.len() + at)
            })
        })
    }

    /// Reads a collection, which stands in brackets or holds some.
    fn collection<T>(
        &mut self,
        start: &Span,
        read: impl FnOnce(&mut Self) -> Fatal<T>,
    ) -> Fatal<T> {
        let is_outermost = self.bracket.is_none() && self.text[start.clone()].ends_with(['[', '{']);
        if is_outermost {
            self.bracket = Some(start.start);
        }
        let found = read(self)?;
        if is_outermost {
            self.bracket = None;
        }
        Ok(found)
    }

    fn sequence(&mut self, start: Span, depth: usize) -> Fatal<(Vec<Node>, Span)> {
        let mut items = Vec::new();
        let mut end = start.end;
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok((items, self.whole(&start, end, &span)));
            }
            self.check_indentation(&start, &span);
            let (node, span) = self.node(event, span, None, depth + 1)?;
            end = end.max(span.end);
            items.push(node);
        }
    }

    fn mapping(&mut self, start: Span, depth: usize) -> Fatal<(Map, Span)> {
        let mut map = Map::new();
        let mut written: BTreeMap<String, Span> = BTreeMap::new();
        let mut end = start.end;
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok((map, self.whole(&start, end, &span)));
            }
            let (key, key_span) = self.key(event, span, depth)?;
            self.check_indentation(&start, &key_span);
            self.check_colon(&key_span);
            let (event, mut span) = self.next()?;
            // What is not there cannot be underlined: the key stands for it.
            if matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty()) {
                span = key_span.clone();
            }
            let (node, span) = self.node(event, span, Some(&key_span), depth + 1)?;
            end = end.max(span.end);

            let merges = matches!(key, Key::Merge);
            let name = match key {
                Key::Unusable => continue,
                Key::Merge => "<<".to_owned(),
                Key::Name(name) => name,
            };
            if let Some(first) = written.get(&name) {
                let fault = self
                    .fault(format!("the key `{name}` is set twice"), &key_span)
                    .at(self.at(first), "first set here");
                self.faults.push(fault);
                self.repeated += 1;
            }
            if merges {
                self.merge(&mut map, &written, &node, &span);
            } else {
                map.insert(name.clone(), node);
            }
            written.insert(name, key_span);
        }
    }

    /// Refuses a tab before an entry of a block: the parser takes it for a space, kubectl fails.
    fn check_indentation(&mut self, collection: &Span, entry: &Span) {
        if self.text[collection.clone()].ends_with(['[', '{']) {
            return;
        }
        let before = &self.text[..entry.start];
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let up_to_tab = before[line..].trim_end_matches(|letter| letter != '\t');
        let blank = |letter| matches!(letter, ' ' | '\t' | '-');
        if !up_to_tab.is_empty() && up_to_tab.chars().all(blank) {
            let fault = self
                .fault("a tab indents this line", &(line..entry.start))
                .hint("YAML is indented by spaces");
            self.faults.push(fault);
        }
    }

    /// Refuses `[key:]`: a text `key:` to kubectl, a key without a value to YAML 1.2.
    fn check_colon(&mut self, key: &Span) {
        let after = self.text[key.end..].strip_prefix(':');
        if after.is_some_and(|after| after.starts_with([',', ']', '}'])) {
            let fault = self
                .fault(
                    "readers of YAML disagree on a `:` before a bracket or comma",
                    key,
                )
                .hint("write a space after the `:`, or quotes around it");
            self.faults.push(fault);
        }
    }

    /// What stands before a `:`.
    fn key(&mut self, event: Event<'text>, span: Span, depth: usize) -> Fatal<(Key, Span)> {
        if let Event::Scalar(text, style, anchor, tag) = event {
            let span = self.scalar_span(style, span);
            if text == "<<" && style == ScalarStyle::Plain && tag.is_none() {
                return Ok((Key::Merge, span));
            }
            let scalar = self.scalar(&text, style, tag.as_deref(), &span);
            let Some(name) = scalar.key(&text) else {
                let fault = self.fault(format!("`{text}` is no key"), &span);
                self.faults.push(fault);
                return Ok((Key::Unusable, span));
            };
            if anchor != 0 {
                let node = Node::new(name.as_str(), self.origin(&span, None));
                self.anchors.insert(anchor, node);
            }
            return Ok((Key::Name(name), span));
        }
        let (node, span) = self.node(event, span, None, depth + 1)?;
        match node.value {
            Value::String(name) => Ok((Key::Name(name), span)),
            other => {
                let fault = self.fault(format!("{} is no key", other.kind()), &span);
                self.faults.push(fault);
                Ok((Key::Unusable, span))
            }
        }
    }

    /// Adds the entries of the mapping (or list of mappings, of which the first counts most) that a
    /// `<<` names.
    fn merge(&mut self, map: &mut Map, written: &BTreeMap<String, Span>, node: &Node, span: &Span) {
        let mappings = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for mapping in mappings {
            let Some(entries) = mapping.as_map() else {
                let title = format!("`<<` merges mappings, and this is {}", mapping.value.kind());
                let fault = self.fault(title, span);
                self.faults.push(fault);
                continue;
            };
            for (key, node) in entries {
                if let Some(before) = written.get(key) {
                    let fault = self
                        .fault(format!("the merge sets `{key}` once more"), span)
                        .at(self.at(before), "set here")
                        .note("kubectl takes the merged value, other readers keep the first one")
                        .hint("write `<<` before the keys that replace its values");
                    self.faults.push(fault);
                } else {
                    map.entry(key.clone()).or_insert_with(|| node.clone());
                }
            }
        }
    }

    /// The place of a scalar without the blanks and the comment behind it.
    fn scalar_span(&self, style: ScalarStyle, span: Span) -> Span {
        let text = &self.text[span.clone()];
        let quote = match style {
            ScalarStyle::SingleQuoted => '\'',
            ScalarStyle::DoubleQuoted => '"',
            _ => return span.start..span.start + text.trim_end().len(),
        };
        let mut letters = text
            .char_indices()
            .skip_while(|(_, it)| *it != quote)
            .skip(1);
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' && quote == '"' {
                letters.next();
            // A single quote inside is written twice.
            } else if letter == quote && !(quote == '\'' && text[at + 1..].starts_with(quote)) {
                return span.start..span.start + at + 1;
            } else if letter == quote {
                letters.next();
            }
        }
        span
    }

    /// The place from the start of a collection to its closing bracket, or else to its last value:
    /// what ends a block is the next line that is less indented.
    fn whole(&self, start: &Span, last: usize, closing: &Span) -> Span {
        let end = if self.text[closing.start..].starts_with([']', '}']) {
            closing.start + 1
        } else {
            last
        };
        start.start..end
    }

    fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, span: &Span) {
        if let Some(tag) = tag
            && standard_name(tag).as_deref() != Some(expected)
        {
            self.refuse_tag(tag, span);
        }
    }

    fn refuse_tag(&mut self, tag: &Tag, span: &Span) {
        let title = match standard_name(tag) {
            Some(name) => format!("the tag `!!{name}` does not fit this value"),
            None => format!(
                "the tag `{}{}` means nothing to Kubernetes",
                tag.handle, tag.suffix
            ),
        };
        let fault = self.fault(title, span);
        self.faults.push(fault);
    }

    /// What a scalar means, as go-yaml's `resolve` decides.
    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Scalar {
        let Some(tag) = tag else {
            return match style {
                ScalarStyle::Plain => Scalar::resolve(text),
                _ => Scalar::Text,
            };
        };
        let scalar = Scalar::resolve(text);
        match (standard_name(tag).as_deref(), scalar) {
            (Some("str" | "timestamp"), _) => Scalar::Text,
            (Some("null"), Scalar::Null)
            | (Some("bool"), Scalar::Bool(_))
            | (Some("int"), Scalar::Integer(_) | Scalar::Unsigned)
            | (Some("float"), Scalar::Float(_) | Scalar::Integer(_)) => scalar,
            _ => {
                self.refuse_tag(tag, span);
                Scalar::Text
            }
        }
    }

    /// The value of a scalar after its way through JSON, on which it reaches the cluster.
    fn value(&mut self, scalar: Scalar, text: &str, span: &Span) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Integer(number) => Value::Integer(number),
            Scalar::Float(number) if number.is_finite() => {
                whole_number(number).map_or(Value::Float(number), Value::Integer)
            }
            Scalar::Float(_) | Scalar::Unsigned => {
                let title = format!("Kubernetes has no number `{text}`");
                let fault = self
                    .fault(title, span)
                    .hint("write it in quotes if it is meant as a text");
                self.faults.push(fault);
                Value::Null
            }
            Scalar::Text => Value::String(text.to_owned()),
        }
    }
}

enum Key {
    Name(String),
    /// `<<`
    Merge,
    /// A fault was reported.
    Unusable,
}

/// The name after `!!`, when the tag is one of YAML's own.
fn standard_name(tag: &Tag) -> Option<String> {
    format!("{}{}", tag.handle, tag.suffix)
        .strip_prefix(STANDARD_TAG)
        .map(str::to_owned)
}

/// Where the characters of a file start, in bytes.
enum Characters {
    /// One byte each.
    Ascii,
    /// The offset of each, and of the end.
    Table(Vec<usize>),
}

/// The same for a parser that begins within the file.
struct Offsets<'a> {
    characters: &'a Characters,
    /// How many characters stand before its first.
    before: usize,
}

impl Characters {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let offsets = text.char_indices().map(|(at, _)| at);
        Self::Table(offsets.chain([text.len()]).collect())
    }

    /// Those from a byte on.
    fn from(&self, byte: usize) -> Offsets<'_> {
        let before = match self {
            Self::Ascii => byte,
            Self::Table(offsets) => offsets.partition_point(|it| *it < byte),
        };
        Offsets {
            characters: self,
            before,
        }
    }
}

impl Offsets<'_> {
    fn byte(&self, character: usize) -> usize {
        let at = self.before + character;
        match self.characters {
            Characters::Ascii => at,
            Characters::Table(offsets) => offsets[at.min(offsets.len() - 1)],
        }
    }
}

/// What go-yaml v2 takes a plain scalar for (`resolve.go`).
#[derive(Clone, Copy)]
enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    /// An integer between 2^63 and 2^64.
    Unsigned,
    Float(f64),
    Text,
}

impl Scalar {
    fn resolve(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Self::Bool(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Self::Bool(false),
            ".nan" | ".NaN" | ".NAN" => Self::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Self::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Self::Float(f64::NEG_INFINITY),
            _ => match text.as_bytes()[0] {
                b'.' => float(text).unwrap_or(Self::Text),
                // Anything with four digits and a dash could be a date, and stays a text as such.
                b'+' | b'-' | b'0'..=b'9' => {
                    let digits = text.replace('_', "");
                    integer(&digits)
                        .or_else(|| float(&digits))
                        .unwrap_or(Self::Text)
                }
                _ => Self::Text,
            },
        }
    }

    /// The key that `sigs.k8s.io/yaml` makes of a scalar, if any.
    fn key(self, text: &str) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Float(number) => Some(float_key(number)),
            Self::Text => Some(text.to_owned()),
            Self::Null | Self::Unsigned => None,
        }
    }
}

/// An integer as Go's `strconv.ParseInt` with base 0 reads it: a leading zero means octal.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, magnitude) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    if let Ok(number) = i64::from_str_radix(&format!("{sign}{digits}"), base) {
        return Some(Scalar::Integer(number));
    }
    // `ParseUint` takes no sign.
    let unsigned = text.starts_with(|first: char| first.is_ascii_digit());
    (unsigned && u64::from_str_radix(digits, base).is_ok()).then_some(Scalar::Unsigned)
}

/// A number with a point or an exponent, or an integer too large for 64 bits.
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    // Rust also reads `inf`, `nan` and `infinity`, which are words here.
    let starts_well = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let number = text.parse::<f64>().ok().filter(|_| starts_well)?;
    // Out of range is an error to Go, and then a text.
    number.is_finite().then_some(Scalar::Float(number))
}

/// The integer that a number is written as in JSON, such as `1` for `1.0` and for `1e0`.
#[allow(clippy::cast_possible_truncation)] // The range is checked.
fn whole_number(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2^63
    (number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number)).then_some(number as i64)
}

/// A number as a key: Go's `strconv.FormatFloat(number, 'g', -1, 32)`, of single precision indeed.
#[allow(clippy::cast_possible_truncation)] // The original does it.
fn float_key(number: f64) -> String {
    let number = number as f32;
    if !number.is_finite() {
        let sign = if number == f32::NEG_INFINITY { "-" } else { "" };
        return format!("{sign}.{}", if number.is_nan() { "nan" } else { "inf" });
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific
        .split_once('e')
        .expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
