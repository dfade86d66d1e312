//! Mappings: their keys, and what `<<` merges into them.

use std::collections::BTreeMap;

use saphyr_parser::{Event, ScalarStyle, Tag};

use super::{Fatal, Reader, Span, scalars::standard_name};
use crate::document::{Map, Node, Value};

enum Key {
    Name(String),
    /// `<<`
    Merge,
    /// A fault was reported.
    Unusable,
}

impl<'text> Reader<'text, '_> {
    pub(super) fn mapping(&mut self, start: Span, depth: usize) -> Fatal<(Map, Span)> {
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
                    .at(self.input.at(first.clone()), "first set here");
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

    /// What stands before a `:`.
    fn key(&mut self, event: Event<'text>, span: Span, depth: usize) -> Fatal<(Key, Span)> {
        if let Event::Scalar(text, style, anchor, tag) = event {
            let span = self.scalar_span(style, span);
            let is_merge_tag = |it: &Tag| standard_name(it).as_deref() == Some("merge");
            if text == "<<"
                && style == ScalarStyle::Plain
                && tag.as_deref().is_none_or(is_merge_tag)
            {
                return Ok((Key::Merge, span));
            }
            let scalar = self.scalar(&text, style, tag.as_deref(), &span);
            let Some(name) = scalar.key(&text) else {
                let fault = self.fault(format!("`{text}` is not a key"), &span);
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
                let fault = self.fault(format!("{} is not a key", other.kind()), &span);
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
                        .at(self.input.at(before.clone()), "set here")
                        .note("kubectl takes the merged value, other readers keep the first one")
                        .hint("write `<<` before the keys that replace its values");
                    self.faults.push(fault);
                } else {
                    map.entry(key.clone()).or_insert_with(|| node.clone());
                }
            }
        }
    }

    /// Refuses `[key:]`: a text `key:` to kubectl, a key without a value to YAML 1.2.
    fn check_colon(&mut self, key: &Span) {
        let after = self.input.text[key.end..].strip_prefix(':');
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
}
