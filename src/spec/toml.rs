//! TOML with positions: every value knows its bytes in the file.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    diagnostics::{At, Diagnostic, Diagnostics, codes},
    document::{File, FileId, Map, Node, Origin, Origins, Place, Sources, Value},
};

/// Reads a TOML file into a tree, as far as its errors let.
pub fn parse(file: FileId, sources: &mut Sources) -> (Node, Diagnostics) {
    let text = sources.file(file).text.clone();
    let (root, errors) = DeTable::parse_recoverable(&text);
    let diagnostics = syntax_errors(file, sources.file(file), &errors);
    let mut reader = Reader {
        file,
        sources,
        diagnostics,
    };
    let map = reader.table("", root.get_ref());
    let origin = reader.sources.add_origin(Origin::Spec {
        path: String::new(),
        key: None,
        // The root has no header, so a message about it stands at the file's first line.
        value: Place { file, span: 0..0 },
    });
    (Node::new(map, origin.into()), reader.diagnostics)
}

/// The parser recovers inside a line too, and then complains of its own guesses: only the first
/// error of a line is the user's.
fn syntax_errors(file: FileId, text: &File, errors: &[toml::de::Error]) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut last_line = None;
    let spans = errors
        .iter()
        .map(|error| (error.span().unwrap_or(0..0), error));
    let mut errors: Vec<_> = spans.collect();
    errors.sort_by_key(|(span, _)| span.start);
    for (span, error) in errors {
        let (line, _) = text.line(span.start);
        if last_line.replace(line) == Some(line) {
            continue;
        }
        let place = At::Place(Place { file, span });
        diagnostics.push(
            Diagnostic::error(codes::TOML, format!("invalid TOML: {}", error.message()))
                .at(place, ""),
        );
    }
    diagnostics
}

struct Reader<'a> {
    file: FileId,
    sources: &'a mut Sources,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn table(&mut self, path: &str, table: &DeTable<'_>) -> Map {
        let mut map = Map::new();
        for (key, value) in table {
            let path = child(path, key.get_ref());
            let node = self.value(&path, Some(key.span()), value);
            map.insert(key.get_ref().to_string(), node);
        }
        map
    }

    fn value(
        &mut self,
        path: &str,
        key: Option<std::ops::Range<usize>>,
        written: &Spanned<DeValue<'_>>,
    ) -> Node {
        let place = |span| Place {
            file: self.file,
            span,
        };
        // A table with a header begins at its `[`: what names it is the key inside.
        let text = &self.sources.file(self.file).text;
        let is_inline = text[written.span().start..].starts_with('{');
        let has_header = matches!(written.get_ref(), DeValue::Table(_)) && !is_inline;
        let value = match &key {
            Some(key) if has_header => key.clone(),
            _ => written.span(),
        };
        let origin = self.sources.add_origin(Origin::Spec {
            path: path.to_owned(),
            key: key.map(place),
            value: place(value),
        });
        let value = match written.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(moment) => Value::String(moment.to_string()),
            DeValue::Integer(digits) => {
                match i64::from_str_radix(digits.as_str(), digits.radix()) {
                    Ok(number) => Value::Integer(number),
                    Err(_) => self.refuse(&origin.into(), "the integer does not fit 64 bits"),
                }
            }
            DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => Value::Float(number),
                _ => self.refuse(&origin.into(), "the number is not finite"),
            },
            DeValue::Array(items) => {
                let item = |(index, item)| self.value(&format!("{path}[{index}]"), None, item);
                Value::List(items.iter().enumerate().map(item).collect())
            }
            DeValue::Table(table) => Value::Map(self.table(path, table)),
        };
        Node::new(value, origin.into())
    }

    fn refuse(&mut self, origins: &Origins, title: &str) -> Value {
        self.diagnostics
            .push(Diagnostic::error(codes::BAD_VALUE, title).at_value(origins, ""));
        Value::Null
    }
}

/// The dotted path of a key, quoted where TOML would want quotes.
#[must_use]
pub fn child(path: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let key = if bare {
        key.to_owned()
    } else {
        serde_json::Value::from(key).to_string()
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// The keys of a dotted path as a user writes it.
pub fn split_path(path: &str) -> Option<Vec<String>> {
    let text = format!("{path} = 0");
    let table = DeTable::parse(&text).ok()?;
    let mut keys = Vec::new();
    let mut table = table.get_ref();
    loop {
        let (key, value) = table.iter().next()?;
        keys.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => return Some(keys),
        }
    }
}
