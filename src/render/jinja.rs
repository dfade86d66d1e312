//! Documents that Jinja renders before a reader of YAML sees them, as Airflow does with its files.
//!
//! Jinja puts texts into texts and knows nothing of YAML, so a value with a quote or a line break would end its
//! scalar and begin fields of its own. Here an expression stands in a scalar in double quotes and is written
//! through `tojson`, whose escapes those of YAML include: whatever comes out of it, the scalar is one string. The
//! document is YAML before it is rendered, too.

use std::{fmt::Write as _, str::Chars};

use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Map, Node, Value},
};

/// The document as a template: the expressions of one list of texts are filled in, and all else comes out as it
/// is. Beside it, what Jinja would refuse in that list.
#[must_use]
pub fn to_template(document: &Node, filled: &[&str]) -> (Node, Diagnostics) {
    let mut faults = Diagnostics::default();
    let node = convert(document, Some(filled), &mut faults);
    (node, faults)
}

/// Converts a value; the path leads from here to the list with expressions, when that is inside.
fn convert(node: &Node, path: Option<&[&str]>, faults: &mut Diagnostics) -> Node {
    let value = match &node.value {
        Value::String(text) => Value::String(literal(text)),
        Value::List(items) if path == Some(&[]) => items
            .iter()
            .map(|item| argument(item, faults))
            .collect::<Vec<_>>()
            .into(),
        Value::List(items) => items
            .iter()
            .map(|item| convert(item, None, faults))
            .collect::<Vec<_>>()
            .into(),
        Value::Map(map) => {
            let entry = |(key, value): (&String, &Node)| {
                let path = path.and_then(|it| it.split_first());
                let path = path
                    .filter(|(first, _)| *first == key)
                    .map(|(_, rest)| rest);
                (literal(key), convert(value, path, faults))
            };
            Value::Map(map.iter().map(entry).collect::<Map>())
        }
        other => other.clone(),
    };
    Node {
        lines: node.lines.clone(),
        ..Node::new(value, node.origins.clone())
    }
}

fn argument(node: &Node, faults: &mut Diagnostics) -> Node {
    let Some(text) = node.as_str() else {
        return convert(node, None, faults);
    };
    let mut kept = None;
    match with_expressions(text, &mut kept) {
        Ok(template) => {
            if let Some(mark) = kept {
                let title =
                    format!("`{mark}` in an argument begins no expression, and stays as it is");
                faults.push(
                    Diagnostic::warning(codes::TEMPLATE_AS_TEXT, title)
                        .at_node(node, "")
                        .hint("write an expression, such as `{{ ds }}` or `{{ A if CONDITION else B }}`"),
                );
            }
            Node::new(template, node.origins.clone())
        }
        Err((why, hint)) => {
            faults.push(
                Diagnostic::error(codes::BAD_VALUE, why)
                    .at_node(node, "")
                    .note("Airflow fills it in with Jinja: `jinja2.exceptions.TemplateSyntaxError`")
                    .hint(hint),
            );
            Node::new(literal(text), node.origins.clone())
        }
    }
}

/// A text that Jinja leaves as it is.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, mark, after)) = next_mark(rest) {
        out.push_str(before);
        put(&mut out, &format!("'{mark}'"));
        rest = after;
    }
    out + rest
}

/// The first that begins something for Jinja in a text, with what stands before and after it.
fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let is_mark = |at: &usize| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#'));
    let found = text.match_indices('{').map(|(at, _)| at).find(is_mark)?;
    let after = found + 2;
    Some((&text[..found], &text[found..after], &text[after..]))
}

/// Why a text is not a template, and what to write.
type Fault = (String, String);

/// A text whose expressions Jinja fills in. It holds no line break, so that YAML has it in double quotes. `kept`
/// becomes the mark of what somebody may have taken for something to fill in.
fn with_expressions<'t>(text: &'t str, kept: &mut Option<&'t str>) -> Result<String, Fault> {
    let mut out = String::new();
    // Looked for once: a text may begin as many expressions as it has letters, and end none.
    let [expression_end, statement_end] = ["}}", "%}"].map(|it| text.rfind(it));
    let last_end = |mark: &str| {
        if mark == "{%" {
            statement_end
        } else {
            expression_end
        }
    };
    let mut rest = text;
    let mut has_expression = false;
    let mut trims = false;
    while let Some((before, mark, after)) = next_mark(rest) {
        let before = if trims { before.trim_start() } else { before };
        trims = false;
        let is_ended = last_end(mark).is_some_and(|it| it >= text.len() - after.len());
        if mark != "{{" || !is_ended {
            if mark == "{{" || mark == "{%" && is_ended {
                kept.get_or_insert(mark);
            }
            in_quotes(&mut out, before);
            put(&mut out, &format!("'{mark}'"));
            rest = after;
            continue;
        }
        // Jinja takes blanks away at these signs.
        let is_trimmed = after.starts_with('-');
        in_quotes(
            &mut out,
            if is_trimmed {
                before.trim_end()
            } else {
                before
            },
        );
        let mut letters = after.strip_prefix(['-', '+']).unwrap_or(after).chars();
        let (expression, ends_trimmed) = expression(&mut letters)?;
        // The brackets hold what filters and commas bind less than.
        put(
            &mut out,
            &format!("(({expression}) | string | tojson)[1:-1]"),
        );
        rest = letters.as_str();
        trims = ends_trimmed;
        has_expression = true;
    }
    if !has_expression {
        return Ok(literal(text));
    }
    in_quotes(&mut out, if trims { rest.trim_start() } else { rest });
    Ok(out)
}

/// A text without marks, for a scalar in double quotes: a line break is written as Jinja would write `\n` there.
fn in_quotes(out: &mut String, text: &str) {
    let mut lines = text.split('\n');
    out.push_str(lines.next().unwrap_or_default());
    for line in lines {
        put(out, "'%cn' | format(92)");
        out.push_str(line);
    }
}

/// Adds an expression of Jinja. A brace right before it would begin another one.
fn put(out: &mut String, expression: &str) {
    if out.ends_with('{') {
        out.pop();
        out.push_str("{{ '{' }}");
    }
    let _ = write!(out, "{{{{ {expression} }}}}");
}

/// Reads an expression and its end, and writes it without quotes and backslashes that YAML would escape; also
/// whether it takes the blanks behind it away.
fn expression(letters: &mut Chars<'_>) -> Result<(String, bool), Fault> {
    let open = || {
        (
            "an expression of Jinja has no end".to_owned(),
            "end it with `}}`, or for the text itself write `{{ '{{' }}`".to_owned(),
        )
    };
    let mut out = String::new();
    let mut brackets: Vec<Bracket> = Vec::new();
    loop {
        let letter = letters.next().ok_or_else(open)?;
        if let Some(bracket) = brackets.last_mut()
            && !bracket.takes(letter)
        {
            return Err((
                "braces in an expression of Jinja hold no dictionary".to_owned(),
                "write `{'KEY': VALUE}`, or for a brace of the text `{{ '{' }}`".to_owned(),
            ));
        }
        match letter {
            '\'' | '"' => {
                let mut text = string(letters, letter)?;
                // Texts side by side are one.
                let mut ahead = letters.clone();
                while let Some(quote) = next_quote(&mut ahead) {
                    text += &string(&mut ahead, quote)?;
                    *letters = ahead.clone();
                }
                write_string(&mut out, &text);
            }
            '(' | '[' | '{' => {
                brackets.push(Bracket::new(match letter {
                    '(' => ')',
                    '[' => ']',
                    _ => '}',
                }));
                out.push(letter);
            }
            '}' if brackets.is_empty() && letters.as_str().starts_with('}') => {
                letters.next();
                let inner = out.trim();
                let is_trimmed = inner.ends_with('-');
                let inner = inner.strip_suffix('-').unwrap_or(inner).trim();
                if inner.is_empty() {
                    return Err((
                        "an expression of Jinja is empty".to_owned(),
                        "name a value, such as `{{ ds }}`, or for the text itself write `{{ '{{}}' }}`".to_owned(),
                    ));
                }
                return Ok((inner.to_owned(), is_trimmed));
            }
            ')' | ']' | '}' => {
                if brackets.pop().is_none_or(|it| it.end != letter) {
                    return Err((
                        format!("a `{letter}` in an expression of Jinja closes nothing"),
                        "remove it, or open its bracket".to_owned(),
                    ));
                }
                out.push(letter);
            }
            _ if letter.is_whitespace() => out.push(' '),
            _ if letter.is_alphanumeric() || "_+-*/%|~.,:=<>!".contains(letter) => out.push(letter),
            _ => {
                return Err((
                    format!("an expression of Jinja holds no `{letter}`"),
                    "write texts in it in quotes".to_owned(),
                ));
            }
        }
    }
}

/// A bracket that is open in an expression.
struct Bracket {
    /// What closes it.
    end: char,
    /// How far the entry of a dictionary is read.
    entry: Entry,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Empty,
    Key,
    Colon,
    Value,
}

impl Bracket {
    const fn new(end: char) -> Self {
        Self {
            end,
            entry: Entry::Empty,
        }
    }

    /// Whether a letter may stand here: braces hold entries of a dictionary, or nothing.
    fn takes(&mut self, letter: char) -> bool {
        if self.end != '}' || letter.is_whitespace() {
            return true;
        }
        self.entry = match (letter, self.entry) {
            ('}', Entry::Empty | Entry::Value) => return true,
            (',', Entry::Value) => Entry::Empty,
            (':', Entry::Key) => Entry::Colon,
            ('}' | ',' | ':', _) => return false,
            (_, Entry::Empty | Entry::Key) => Entry::Key,
            (_, Entry::Colon | Entry::Value) => Entry::Value,
        };
        true
    }
}

/// The quote with which the next text begins, when only blanks stand before it.
fn next_quote(letters: &mut Chars<'_>) -> Option<char> {
    letters
        .find(|it| !it.is_whitespace())
        .filter(|it| matches!(it, '\'' | '"'))
}

/// Reads a text in quotes as Jinja does: with the escapes of Python.
fn string(letters: &mut Chars<'_>, quote: char) -> Result<String, Fault> {
    let open = || {
        (
            "a text in an expression of Jinja has no end".to_owned(),
            format!("end it with `{quote}`"),
        )
    };
    let mut out = String::new();
    loop {
        match letters.next().ok_or_else(open)? {
            '\\' => escape(letters, &mut out)?,
            letter if letter == quote => return Ok(out),
            letter => out.push(letter),
        }
    }
}

/// Reads what follows a backslash (<https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences>).
fn escape(letters: &mut Chars<'_>, out: &mut String) -> Result<(), Fault> {
    let Some(letter) = letters.next() else {
        // The text has no end, which its reader says.
        return Ok(());
    };
    let (first, length, radix) = match letter {
        'x' => (None, 2, 16),
        'u' => (None, 4, 16),
        'U' => (None, 8, 16),
        '0'..='7' => (Some(letter), 3, 8),
        '\n' => return Ok(()),
        _ => {
            match letter {
                'a' => out.push('\u{7}'),
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                'v' => out.push('\u{b}'),
                '\\' | '\'' | '"' => out.push(letter),
                _ => out.extend(['\\', letter]),
            }
            return Ok(());
        }
    };
    let mut digits: String = first.into_iter().collect();
    while digits.len() < length
        && let Some(digit) = letters.clone().next().filter(|it| it.is_digit(radix))
    {
        digits.push(digit);
        letters.next();
    }
    let is_whole = radix == 8 || digits.len() == length;
    let code = u32::from_str_radix(&digits, radix)
        .ok()
        .filter(|_| is_whole);
    out.push(code.and_then(char::from_u32).ok_or_else(|| {
        (
            format!("`\\{letter}{digits}` in an expression of Jinja stands for no letter"),
            "write the letter itself".to_owned(),
        )
    })?);
    Ok(())
}

/// Writes a text for an expression: what YAML would escape is put in by its number.
fn write_string(out: &mut String, text: &str) {
    let is_special = |it: char| {
        it.is_control()
            || matches!(it, '\'' | '"' | '\\')
            || !it.is_ascii() && !it.is_alphanumeric()
    };
    if !text.contains(is_special) {
        let _ = write!(out, "'{text}'");
        return;
    }
    let numbers: Vec<_> = text
        .chars()
        .filter(|it| is_special(*it))
        .map(|it| u32::from(it).to_string())
        .collect();
    let text = text.replace('%', "%%").replace(is_special, "%c");
    let _ = write!(out, "('{text}' | format({}))", numbers.join(", "));
}
