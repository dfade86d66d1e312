//! Credentials in texts: told by what a value is called, or by its shape.
//!
//! What Spark would redact is the floor (`spark.redaction.regex`); a value that only refers to a
//! credential, or could not be one, passes. Nothing here knows who wrote the text: a property, a
//! variable, an option, a file of a `ConfigMap`, a line of a spec.

mod name;
mod plain;
mod reference;
mod shape;
mod text;
mod url;
mod value;

use std::ops::Range;

pub use name::Naming;
pub use shape::decoded;
pub use text::{find, is_option};
pub use url::without_user;

/// A credential that stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// What it is called in the text, in code quotes, or what its shape tells.
    pub what: String,
    /// The bytes of the text that have to stay unseen.
    pub span: Range<usize>,
}

/// Whether a value is a credential by the name that it has.
#[must_use]
pub fn is_credential(name: &str, naming: Naming, value: &str) -> bool {
    let kind = if name.is_ascii() {
        name::kind(name, naming)
    } else {
        name::kind(&plain::Plain::of(name).text, naming)
    };
    kind.is_some_and(|kind| {
        value::is_written(value, kind)
            || kind >= name::Kind::Key && reference::is_of_shell(value.trim())
    })
}

/// Whether a text is several words that somebody could read.
#[must_use]
pub fn is_sentence(text: &str) -> bool {
    value::is_sentence(text)
}

/// Whether a value is the text itself: neither a reference that somebody fills in later, nor a placeholder.
#[must_use]
pub fn is_literal(value: &str) -> bool {
    value::is_literal(value)
}

/// Whether somebody fills in something of a text later.
#[must_use]
pub fn is_template(text: &str) -> bool {
    reference::is_part(text)
}

/// Whether a value of a `SealedSecret` is what `kubeseal` writes: the length of an encrypted session key, in two
/// bytes, and more, in base64.
#[must_use]
pub fn is_sealed(value: &str) -> bool {
    // Keys of RSA have 2048, 3072 or 4096 bits: 256, 384 or 512 bytes.
    value::is_base64(value) && ["AQ", "AY", "Ag"].iter().any(|it| value.starts_with(it))
}

/// The text with `*` in the place of each byte of its credentials, and of spans that hold one: from where it is
/// known to begin, or else the whole of them. The rest stays where it is.
#[must_use]
pub fn masked(text: &str, holders: &[Range<usize>]) -> String {
    let mut spans: Vec<_> = find(text).into_iter().map(|it| it.span).collect();
    let of_holders: Vec<_> = holders
        .iter()
        .map(|holder| {
            let known = spans.iter().map(|it| it.start);
            let start = known.filter(|it| holder.contains(it)).min();
            let quoted = text.get(..holder.end).unwrap_or_default();
            let end = quoted.trim_end_matches(['"', '\'']).len();
            start.unwrap_or(holder.start)..end
        })
        .collect();
    spans.extend(of_holders);
    spans.sort_by_key(|it| it.start);
    let mut out = String::with_capacity(text.len());
    for span in spans {
        let start = span.start.max(out.len());
        if let (Some(before), Some(hidden)) =
            (text.get(out.len()..start), text.get(start..span.end))
        {
            out.push_str(before);
            for letter in hidden.chars() {
                match letter {
                    '\n' | '\r' => out.push(letter),
                    _ => out.extend(std::iter::repeat_n('*', letter.len_utf8())),
                }
            }
        }
    }
    out.push_str(&text[out.len()..]);
    out
}
