//! Values that are not credentials, whatever they are called.

use super::{
    name::{self, Kind},
    reference,
    shape::decoded,
};

/// Whether a value is a credential that somebody wrote down.
pub(super) fn is_written(value: &str, kind: Kind) -> bool {
    let value = value.trim();
    is_literal(value)
        && match kind {
            Kind::Place => is_random(value) && !value.contains(['/', '.', '\\']),
            Kind::Header => is_of_header(value),
            Kind::Pair => decoded(value).is_some_and(|it| it.contains(':')),
            Kind::Name => is_random(value),
            Kind::Password => !is_path(value),
            Kind::Key => {
                !is_elsewhere(value)
                    && !is_amount(value)
                    && !is_identifier_of_key(value)
                    && !is_list_of_names(value)
            }
            Kind::Word => {
                !is_elsewhere(value)
                    && !is_amount(value)
                    && !value.contains("://")
                    && !is_class(value)
                    && !is_sentence(value)
                    && !name::is_of_form(value)
            }
        }
}

/// Whether a value tells where a credential is: a path, a variable, or a part of a schema.
fn is_elsewhere(value: &str) -> bool {
    let is_variable = value.contains('_')
        && value
            .bytes()
            .all(|it| it.is_ascii_uppercase() || it == b'_');
    is_variable || is_path(value) || reference::is_path_below(value) || value.starts_with('#')
}

/// Whether a value is the text itself: neither empty, nor a reference, nor a placeholder.
pub(super) fn is_literal(value: &str) -> bool {
    // The last ones are types, of which code and schemas say that a name has them.
    const NOTHING: [&str; 16] = [
        "true",
        "false",
        "null",
        "none",
        "nil",
        "yes",
        "no",
        "on",
        "off",
        "required",
        "optional",
        "undefined",
        "str",
        "string",
        "bytes",
        "boolean",
    ];
    let value = value.trim();
    let is_word = |words: &[&str]| words.iter().any(|it| it.eq_ignore_ascii_case(value));
    !value.is_empty() && !is_word(&NOTHING) && !reference::is_whole(value) && !is_placeholder(value)
}

/// Whether a value says that something else belongs there, or hides what does.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let letters: String = lower
        .replace("%s", "")
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    // The one of Java's own trust store, which is not a secret: https://docs.oracle.com/en/java/javase/17/docs/specs/man/keytool.html
    let is_known = [
        "changeit",
        "changeme",
        "replaceme",
        "redacted",
        "todo",
        "tbd",
        "fixme",
    ];
    letters.is_empty()
        || is_known.contains(&letters.as_str())
        || letters.bytes().all(|it| it == b'x')
        || within(value, '<', '>').is_some_and(is_words)
        || within(value, '[', ']').is_some_and(is_words)
        || within(value, '{', '}').is_some_and(is_code)
        || (lower.starts_with("your-") || lower.starts_with("your_")) && is_words(value)
        || lower.ends_with("example") && value.starts_with("AKIA")
}

fn within(value: &str, start: char, end: char) -> Option<&str> {
    value.strip_prefix(start)?.strip_suffix(end)
}

/// Whether a text is what Python fills in where it stands in braces.
fn is_code(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && (is_words(text) || text.contains(['.', '(', '[']))
}

/// Whether a text is words that somebody could read, rather than letters in any order.
fn is_words(text: &str) -> bool {
    text.split([' ', '-', '_', '.']).all(|word| {
        let rest = word.get(1..).unwrap_or_default();
        (1..=16).contains(&word.len())
            && word.bytes().all(|it| it.is_ascii_alphabetic())
            && (word.bytes().all(|it| it.is_ascii_uppercase())
                || rest.bytes().all(|it| it.is_ascii_lowercase()))
    })
}

/// Whether a text is several words that somebody could read.
pub(super) fn is_sentence(text: &str) -> bool {
    let mut words = text
        .split(' ')
        .map(|it| it.trim_end_matches([',', '.', ':', ';', '!', '?']));
    text.matches(' ').count() >= 2 && words.all(is_words)
}

/// Whether a value is a few names of keys, each too short for a key.
fn is_list_of_names(value: &str) -> bool {
    value.split(',').map(str::trim).all(|it| {
        let word = it.trim_end_matches(|it: char| it.is_ascii_digit());
        it.len() < 4 || value.contains(',') && it.len() <= 8 && is_words(word)
    })
}

/// Whether a value is what a header proves somebody with: a scheme and more, or a cookie.
fn is_of_header(value: &str) -> bool {
    match value.split_once([' ', '=']) {
        Some((_, rest)) => is_proof(rest.trim_matches(['"', '\''])),
        None => is_random(value),
    }
}

/// Whether a text could prove who somebody is, where a sentence could have a word instead.
pub(super) fn is_proof(text: &str) -> bool {
    let has = |is_such: fn(&u8) -> bool| text.bytes().any(|it| is_such(&it));
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    text.len() >= 6
        && !text.contains(' ')
        && (is_mixed || decoded(text).is_some_and(|it| it.contains(':')))
}

/// Whether a value has letters in an order that no name has: digits between small and capital ones, or signs.
pub(super) fn is_random(value: &str) -> bool {
    let has = |is_such: fn(u8) -> bool| value.bytes().any(is_such);
    let inner = value.trim_end_matches(|it: char| it.is_ascii_digit());
    let is_mixed = inner.bytes().any(|it| it.is_ascii_digit())
        && has(|it| it.is_ascii_lowercase())
        && has(|it| it.is_ascii_uppercase());
    let is_long = value.len() >= 32 && value.bytes().all(|it| it.is_ascii_hexdigit());
    let has_signs =
        value.contains(['!', '%', '^', '+', '=', '~', '$']) && has(|it| it.is_ascii_digit());
    let is_word = !value.contains([' ', '\n']) && !value.contains("://");
    is_word && (is_mixed || is_long || has_signs) && !is_path(value)
}

/// Whether a value is the path of a file, or that of what a store keeps.
fn is_path(value: &str) -> bool {
    const STARTS: [&str; 6] = ["./", "../", "~/", "secret/", "secrets/", "projects/"];
    let scheme = ["file:", "local:"]
        .iter()
        .find_map(|it| value.strip_prefix(it));
    match scheme.unwrap_or(value).strip_prefix('/') {
        Some(path) => is_path_of_root(path),
        None => {
            scheme.is_some_and(|it| it.contains(['/', '.']))
                || STARTS
                    .iter()
                    .find_map(|it| value.strip_prefix(it))
                    .is_some_and(is_path_of_root)
        }
    }
}

/// Whether a text is a path below the root or another folder, as letters of base64 behind a slash are none: it begins
/// with a folder that every system has, ends in a kind of file, or is made of words.
fn is_path_of_root(path: &str) -> bool {
    const FOLDERS: [&str; 10] = [
        "etc", "home", "mnt", "opt", "run", "secrets", "tmp", "usr", "var", "vault",
    ];
    let is_digit = |it: char| it.is_ascii_digit();
    let is_word = |it: &str| {
        let letters = it.trim_end_matches(is_digit);
        letters.is_empty() || is_words(letters)
    };
    let is_name = |it: &str| it.split(['-', '_', '.', ':']).all(is_word) || reference::is_part(it);
    let (folder, rest) = path.split_once('/').unwrap_or((path, ""));
    let extension = path.rsplit('/').next().and_then(|it| it.rsplit_once('.'));
    let is_extension =
        |it: &str| (2..=10).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_lowercase());
    !path.contains(['+', '='])
        && (FOLDERS.contains(&folder) && !rest.is_empty()
            || extension.is_some_and(|(_, it)| is_extension(it))
            || path.split('/').all(is_name))
}

/// Whether a value is a number, with or without a unit.
fn is_amount(value: &str) -> bool {
    let number = value.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let unit = value.len() - number.len();
    !number.is_empty()
        && unit <= 3
        && number
            .bytes()
            .all(|it| it.is_ascii_digit() || it == b'.' || it == b'-')
}

/// Whether a value is a dotted name of a class.
fn is_class(value: &str) -> bool {
    let mut parts = value.split('.').rev();
    let is_name = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"_$-".contains(&it))
    };
    let last = parts.next().unwrap_or_default();
    let parts: Vec<_> = parts.collect();
    parts.len() >= 2
        && is_name(last)
        && last.starts_with(|it: char| it.is_ascii_uppercase())
        && parts.into_iter().all(is_name)
}

/// Whether a value names a key that a service keeps: a UUID, or an alias of AWS.
fn is_identifier_of_key(value: &str) -> bool {
    let lengths = value.split('-').map(str::len);
    let is_uuid = lengths.eq([8, 4, 4, 4, 12])
        && value.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
    is_uuid || value.starts_with("alias/")
}

/// Whether a value has the letters of base64 alone.
pub(super) fn is_base64(value: &str) -> bool {
    let letters = value.trim_end_matches(['=', '.', '…', '\n']);
    !letters.is_empty()
        && letters
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'+' || it == b'/' || it == b'\n')
}
