//! Compiles the templates into the program.
//!
//! A template (`src/**/*.hbs`) is Handlebars around YAML: the shape of one object, with places for values
//! and no logic beyond `if`, `unless` and `each` around whole lines. Parsing Handlebars and YAML would be
//! two thirds of compiling a platform, so both happen here: what is left at run time is a tree of
//! constants (`src/render/shape.rs`) with places in it. A template that is wrong fails the build.

use std::fmt::Write as _;

use handlebars::template::{HelperTemplate, Parameter, Template, TemplateElement};
use serde_yaml::Value;

/// Around the name of a place, inside a text. Characters of the private use area: no template holds
/// them, and YAML takes them as text.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
/// Begins the name of a place that stands in quotes, so that what is put there is a text.
const QUOTED: char = '\u{e003}';
/// Begins the key that stands for a block.
const BLOCK: char = '\u{e002}';

/// A template as a Rust expression.
pub fn compile(text: &str) -> Result<String, String> {
    let template = Template::compile(text).map_err(|error| error.to_string())?;
    let mut blocks = 0;
    let yaml = lower(&template, &mut blocks)?;
    let document: Value =
        serde_yaml::from_str(&yaml).map_err(|error| format!("{error}\n{yaml}"))?;
    let mut out = String::from(
        "{\n#[allow(unused_imports, clippy::enum_glob_use, clippy::cast_lossless)]\nuse crate::render::shape::{Entry::{self, *}, Item::{self, *}, Piece::*, Shape::*};\n",
    );
    shape(&document, &mut out)?;
    out.push('}');
    Ok(out)
}

/// YAML in which places are words and blocks are keys: their lines become a mapping or a list of its
/// own below a key that says what the block is.
fn lower(template: &Template, blocks: &mut u32) -> Result<String, String> {
    let mut out = String::new();
    for element in &template.elements {
        match element {
            TemplateElement::RawString(text) => out.push_str(text),
            TemplateElement::Expression(expression) => {
                let quoted = if out.ends_with('"') {
                    QUOTED.to_string()
                } else {
                    String::new()
                };
                let _ = write!(out, "{OPEN}{quoted}{}{CLOSE}", name(&expression.name)?);
            }
            TemplateElement::HelperBlock(block) => {
                if !out.is_empty() && !out.ends_with('\n') {
                    return Err("a block begins inside a line".to_owned());
                }
                out.push_str(&lower_block(block, blocks)?);
            }
            TemplateElement::Comment(_) => {}
            other => return Err(format!("a template has no use for {other:?}")),
        }
    }
    Ok(out)
}

fn lower_block(block: &HelperTemplate, blocks: &mut u32) -> Result<String, String> {
    let helper = name(&block.name)?;
    let [parameter] = block.params.as_slice() else {
        return Err(format!("`{helper}` takes one name"));
    };
    let subject = name(parameter)?;
    let opposite = match helper.as_str() {
        "if" => "unless",
        "unless" => "if",
        "each" => "",
        _ => return Err(format!("`{helper}` is not a block of ours")),
    };
    let mut out = String::new();
    for (word, body) in [
        (helper.as_str(), &block.template),
        (opposite, &block.inverse),
    ] {
        let Some(body) = body else { continue };
        if word.is_empty() {
            return Err("`each` has no `else`".to_owned());
        }
        let text = lower(body, blocks)?;
        *blocks += 1;
        out.push_str(&nest(&format!("{BLOCK}{blocks} {word} {subject}"), &text)?);
    }
    Ok(out)
}

/// Puts lines below a key, as what they are: list items or entries of a mapping.
fn nest(key: &str, body: &str) -> Result<String, String> {
    let first = body.lines().find(|line| !line.trim().is_empty());
    let first = first.ok_or("a block is empty")?;
    let indent = first.len() - first.trim_start().len();
    let dash = if first.trim_start().starts_with("- ") {
        "- "
    } else {
        ""
    };
    let mut out = format!("{:indent$}{dash}\"{key}\":\n", "");
    for line in body.lines() {
        if line.is_empty() {
            out.push('\n');
        } else {
            let _ = writeln!(out, "  {line}");
        }
    }
    Ok(out)
}

fn name(parameter: &Parameter) -> Result<String, String> {
    let name = parameter
        .as_name()
        .ok_or_else(|| format!("{parameter:?} is not a name"))?;
    if name
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || it == '_')
    {
        Ok(name.to_owned())
    } else {
        Err(format!("`{name}` is not a plain name"))
    }
}

/// A document as a Rust expression.
fn shape(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Null => out.push_str("Null"),
        Value::Bool(flag) => drop(write!(out, "Bool({flag})")),
        Value::Number(number) => {
            let number = number.as_i64().ok_or("a template holds integers alone")?;
            let _ = write!(out, "Integer({number})");
        }
        Value::String(text) => match parts(text)?.as_slice() {
            [Piece::Slot(name)] => drop(write!(out, "Slot({name:?})")),
            [Piece::Port(name)] if !text.contains(QUOTED) => {
                let _ = write!(out, "Integer(crate::ports::{name} as i64)");
            }
            parts => {
                out.push_str("Text(");
                write_parts(parts, out);
                out.push(')');
            }
        },
        Value::Sequence(_) => {
            out.push_str("List(");
            items(value, out)?;
            out.push(')');
        }
        Value::Mapping(_) => {
            out.push_str("Map(");
            entries(value, out)?;
            out.push(')');
        }
        Value::Tagged(_) => return Err("a template holds no YAML tags".to_owned()),
    }
    Ok(())
}

fn items(value: &Value, out: &mut String) -> Result<(), String> {
    let Value::Sequence(values) = value else {
        return Err("list items stand beside entries of a mapping".to_owned());
    };
    out.push_str("&[");
    for value in values {
        match value.as_mapping().and_then(|map| map.iter().next()) {
            Some((key, body)) if block(key).is_some() => {
                let (word, name) = block(key).expect("it was just found");
                out.push_str("Item::");
                condition(&word, &name, out);
                items(body, out)?;
                out.push(')');
            }
            _ => {
                out.push_str("Item::One(");
                shape(value, out)?;
                out.push(')');
            }
        }
        out.push_str(",\n");
    }
    out.push(']');
    Ok(())
}

fn entries(value: &Value, out: &mut String) -> Result<(), String> {
    let Value::Mapping(map) = value else {
        return Err("entries of a mapping stand beside list items".to_owned());
    };
    out.push_str("&[");
    for (key, value) in map {
        if let Some((word, name)) = block(key) {
            out.push_str("Entry::");
            condition(&word, &name, out);
            entries(value, out)?;
        } else {
            let key = key.as_str().ok_or("a key is a string")?;
            out.push_str("Entry::One(");
            write_parts(&parts(key)?, out);
            out.push_str(", ");
            shape(value, out)?;
        }
        out.push_str("),\n");
    }
    out.push(']');
    Ok(())
}

fn condition(word: &str, name: &str, out: &mut String) {
    let _ = match word {
        "if" => write!(out, "When({name:?}, true, "),
        "unless" => write!(out, "When({name:?}, false, "),
        _ => write!(out, "Each({name:?}, "),
    };
}

/// The word and the name of a block's key.
fn block(key: &Value) -> Option<(String, String)> {
    let mut words = key.as_str()?.strip_prefix(BLOCK)?.split(' ').skip(1);
    Some((words.next()?.to_owned(), words.next()?.to_owned()))
}

enum Piece<'a> {
    Literal(&'a str),
    Slot(&'a str),
    /// `CONNECT_PORT` is `CONNECT` of `crates/spark/src/ports.rs`.
    Port(&'a str),
}

fn parts(text: &str) -> Result<Vec<Piece<'_>>, String> {
    if text.contains(BLOCK) {
        return Err("a block stands inside a text".to_owned());
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        if !before.is_empty() {
            parts.push(Piece::Literal(before));
        }
        let (name, after) = after.split_once(CLOSE).ok_or("a place is not closed")?;
        let name = name.trim_start_matches(QUOTED);
        parts.push(match name.strip_suffix("_PORT") {
            Some(port) => Piece::Port(port),
            None => Piece::Slot(name),
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Piece::Literal(rest));
    }
    Ok(parts)
}

fn write_parts(parts: &[Piece<'_>], out: &mut String) {
    out.push_str("&[");
    for part in parts {
        let _ = match part {
            Piece::Literal(text) => write!(out, "Literal({text:?}),"),
            Piece::Slot(name) => write!(out, "Place({name:?}),"),
            Piece::Port(name) => write!(out, "Number(crate::ports::{name} as i64),"),
        };
    }
    out.push(']');
}
