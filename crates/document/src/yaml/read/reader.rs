//! From the parser's events to values.

use std::{collections::BTreeMap, mem};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use super::{Document, Fatal, Input, Span, outdented, places::Offsets};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Node, Sources, Value},
};

/// Reads the documents of a file, up to one that is not YAML.
pub(super) struct Reader<'text, 'sources> {
    parser: Parser<'text, StrInput<'text>>,
    offsets: Offsets<'text>,
    pub(super) input: &'text Input<'text>,
    /// The text as the parser gets it.
    body: &'text str,
    pub(super) sources: &'sources mut Sources,
    /// The values of the document that have an anchor, by the parser's numbers.
    pub(super) anchors: BTreeMap<usize, Node>,
    /// How much aliases have added so far.
    pub(super) expanded: usize,
    /// The bytes up to which the parser came.
    pub(super) at: usize,
    /// Where what it read last ends.
    pub(super) end: usize,
    /// Where the outermost of the brackets around that starts.
    pub(super) bracket: Option<usize>,
    /// How many origins the documents before this one have.
    kept: usize,
    /// Whether it stopped at a line inside of brackets for its indentation.
    is_outdented: bool,
    /// Whether it stopped at a line inside of quotes for its indentation.
    is_outdented_text: bool,
    /// What is wrong with the document.
    pub(super) faults: Diagnostics,
    /// How many of these are keys that are set twice.
    pub(super) repeated: usize,
}

/// A document that is not YAML, and where that left the reader.
pub(super) struct Broken {
    pub(super) document: Document,
    /// Where the parser stopped.
    pub(super) at: usize,
    /// The outermost of the brackets around, where the parser stopped at a line's indentation.
    pub(super) outdented_in: Option<usize>,
    /// Whether the parser stopped at a text in quotes for the indentation of a line of it.
    pub(super) is_outdented_text: bool,
    /// How much aliases have added so far.
    pub(super) expanded: usize,
    /// How many origins the documents before this one have.
    pub(super) kept: usize,
}

impl<'text, 'sources> Reader<'text, 'sources> {
    /// A reader of what stands in a text from a byte on. The text is the file's but for line breaks.
    pub(super) fn new(
        input: &'text Input<'text>,
        text: &'text str,
        start: usize,
        expanded: usize,
        sources: &'sources mut Sources,
    ) -> Self {
        Self {
            parser: Parser::new_from_str(&text[start..]),
            offsets: input.characters.from(start),
            input,
            body: text,
            kept: sources.origins(),
            sources,
            anchors: BTreeMap::new(),
            expanded,
            at: start,
            end: start,
            bracket: None,
            is_outdented: false,
            is_outdented_text: false,
            faults: Diagnostics::default(),
            repeated: 0,
        }
    }

    /// Adds the documents up to one that is not YAML, which is the error.
    pub(super) fn documents(&mut self, found: &mut Vec<Document>) -> Result<(), Box<Broken>> {
        loop {
            let mut start = self.at;
            let read = self.document(&mut start);
            let mut document = Document {
                span: start..start,
                node: Node::default(),
                faults: mem::take(&mut self.faults),
                repeated: mem::take(&mut self.repeated),
            };
            match read {
                Ok(None) => return Ok(()),
                Ok(Some(node)) => {
                    document.node = node;
                    found.push(document);
                    self.kept = self.sources.origins();
                }
                Err(fatal) => {
                    document.faults.push(*fatal);
                    return Err(Box::new(self.broken(document)));
                }
            }
        }
    }

    fn broken(&self, document: Document) -> Broken {
        Broken {
            document,
            at: self.at,
            is_outdented_text: self.is_outdented_text,
            outdented_in: self.is_outdented.then(|| self.open_bracket()).flatten(),
            expanded: self.expanded,
            kept: self.kept,
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

    pub(super) fn next(&mut self) -> Fatal<(Event<'text>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let start = self.offsets.byte(span.start.index());
                let end = self.offsets.byte(span.end.index()).max(start);
                (self.at, self.end) = (start, end);
                Ok((event, start..end))
            }
            Some(Err(error)) => {
                self.at = self.offsets.byte(error.marker().index());
                self.is_outdented = outdented::is_cause(&error);
                self.is_outdented_text = outdented::is_cause_in_quotes(&error);
                Err(self.syntax(&error))
            }
            None => unreachable!("the end of the stream ends every loop"),
        }
    }

    fn syntax(&self, error: &ScanError) -> Box<Diagnostic> {
        let at = self.offsets.byte(error.marker().index());
        Box::new(self.fault(format!("this is not YAML: {}", error.info()), &(at..at)))
    }

    pub(super) fn fault(&self, title: impl Into<String>, span: &Span) -> Diagnostic {
        Diagnostic::error(codes::MANIFEST, title).at(self.input.at(span.clone()), "")
    }

    /// The value that an event begins, and its place.
    pub(super) fn node(
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
                let is_joined = self.body[span.clone()].contains(outdented::BREAK);
                let text = if is_joined {
                    outdented::fold(&text).into()
                } else {
                    text
                };
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

    /// Reads a collection, which stands in brackets or holds some.
    fn collection<T>(
        &mut self,
        start: &Span,
        read: impl FnOnce(&mut Self) -> Fatal<T>,
    ) -> Fatal<T> {
        let is_outermost =
            self.bracket.is_none() && self.input.text[start.clone()].ends_with(['[', '{']);
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

    /// Refuses a tab before an entry of a block: the parser takes it for a space, kubectl fails.
    pub(super) fn check_indentation(&mut self, collection: &Span, entry: &Span) {
        if self.input.text[collection.clone()].ends_with(['[', '{']) {
            return;
        }
        let before = &self.input.text[..entry.start];
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
}
