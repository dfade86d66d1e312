//! References: what the shell, Kubernetes, Spark, Hadoop, a template or a store of secrets fills in later.

use std::ops::Range;

use super::{Naming, name, value};

/// The longest reference whose inside is looked at.
const LONGEST: usize = 200;

/// What a bracket that is open waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    Parenthesis,
    Brace,
    Braces,
    Bracket,
    Percent,
}

/// The references of a text, in its order, none of which stands in another.
pub(super) struct References(Vec<Range<usize>>);

impl References {
    /// Finds them in one pass: what is never closed is none. Only commands go on in the next line.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut found: Vec<Range<usize>> = Vec::new();
        // What is open, and where its reference begins; brackets inside of one only count.
        let mut open: Vec<(Closing, Option<usize>)> = Vec::new();
        let mut at = 0;
        while let Some(letter) = bytes.get(at) {
            if let Some((length, closing)) = opening(&bytes[at..]) {
                open.push((closing, Some(at)));
                at += length;
                continue;
            }
            let last = open.last().map(|(closing, _)| *closing);
            let closed = match letter {
                b'$' => {
                    let name = variable(&bytes[at + 1..]);
                    if name > 0 {
                        found.push(at..at + 1 + name);
                    }
                    at += 1 + name;
                    continue;
                }
                b'(' if last.is_some() => {
                    open.push((Closing::Parenthesis, None));
                    0
                }
                b'{' if last.is_some() => {
                    open.push((Closing::Brace, None));
                    0
                }
                b')' if last == Some(Closing::Parenthesis) => 1,
                b'}' if last == Some(Closing::Brace) => 1,
                b']' if last == Some(Closing::Bracket) => 1,
                b'}' if last == Some(Closing::Braces) && bytes.get(at + 1) == Some(&b'}') => 2,
                b'%' if last == Some(Closing::Percent) && bytes.get(at + 1) == Some(&b'>') => 2,
                b'\n' => {
                    while open
                        .pop_if(|(closing, _)| *closing != Closing::Parenthesis)
                        .is_some()
                    {}
                    0
                }
                _ => 0,
            };
            at += closed.max(1);
            if closed > 0
                && let Some((_, Some(start))) = open.pop()
            {
                // Python's `%(name)s` has a letter behind.
                at += usize::from(bytes[start] == b'%' && bytes.get(at) == Some(&b's'));
                while found.pop_if(|it| it.start > start).is_some() {}
                found.push(start..at);
            }
        }
        Self(found)
    }

    /// The references that end behind a place.
    pub(super) fn from(&self, at: usize) -> &[Range<usize>] {
        &self.0[self.0.partition_point(|it| it.end <= at)..]
    }
}

/// The length of what opens a reference here, and what closes it.
fn opening(bytes: &[u8]) -> Option<(usize, Closing)> {
    const ALL: [(&[u8], Closing); 10] = [
        (b"${", Closing::Brace),
        (b"$(", Closing::Parenthesis),
        (b"{{", Closing::Braces),
        (b"<%", Closing::Percent),
        (b"%(", Closing::Parenthesis),
        (b"ENC[", Closing::Bracket),
        // Jasypt's.
        (b"ENC(", Closing::Parenthesis),
        // Grafana's.
        (b"$__file{", Closing::Brace),
        (b"$__env{", Closing::Brace),
        (b"$__vault{", Closing::Brace),
    ];
    let found = ALL.iter().find(|(opening, _)| bytes.starts_with(opening));
    found.map(|(opening, closing)| (opening.len(), *closing))
}

/// The length of the name of a variable, or of the number of an argument.
fn variable(bytes: &[u8]) -> usize {
    let starts = |it: &&u8| it.is_ascii_alphabetic() || **it == b'_';
    let is_of_name = |it: &&u8| it.is_ascii_alphanumeric() || **it == b'_';
    match bytes.first().filter(starts) {
        Some(_) => bytes.iter().take_while(is_of_name).count(),
        None => usize::from(bytes.first().is_some_and(u8::is_ascii_digit)),
    }
}

/// Whether a value is a path below one that somebody fills in.
pub(super) fn is_path_below(value: &str) -> bool {
    let references = References::of(value);
    let first = references.0.first().filter(|it| it.start == 0);
    first.is_some_and(|it| value[it.end..].starts_with('/'))
}

/// Whether a value is nothing but references, and what joins them: signs, and names of what they set. Text beside a
/// reference is plain, whatever the reference holds.
pub(super) fn is_whole(value: &str) -> bool {
    is_of_store(value) || is_command(value) || is_filled(value)
}

/// Whether a value is a command in the quotes that the shell has for one, and other languages for a text.
fn is_command(value: &str) -> bool {
    let inner = value.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
    inner.is_some_and(|it| !it.is_empty() && (it.contains([' ', '/']) || is_name(it)))
}

/// Whether a value is a variable to the shell alone, which reads no value of an object: what people mean for one has
/// capitals.
pub(super) fn is_of_shell(value: &str) -> bool {
    let name = value.strip_prefix('$').unwrap_or_default();
    name.bytes().any(|it| it.is_ascii_lowercase()) && variable(name.as_bytes()) == name.len()
}

/// Whether something is filled in here and there.
pub(super) fn is_part(text: &str) -> bool {
    !References::of(text).0.is_empty()
}

fn is_filled(value: &str) -> bool {
    let references = References::of(value).0;
    let is_url = value.contains("://");
    let mut end = 0;
    for it in &references {
        if !is_meant(&value[it.clone()]) || !is_joint(&value[end..it.start], is_url) {
            return false;
        }
        end = it.end;
    }
    !references.is_empty() && is_joint(&value[end..], is_url)
}

/// Whether a text beside references is not a secret: signs, the names of settings and what they are set to, the scheme of
/// a header, and the host of a URL.
fn is_joint(text: &str, is_url: bool) -> bool {
    if is_url && text.starts_with('@') {
        return true;
    }
    let mut rest = text;
    while let Some(start) = rest.find(|it: char| it.is_alphanumeric()) {
        rest = &rest[start..];
        let is_of_word = |it: char| it.is_alphanumeric() || "-_.".contains(it);
        let end = rest.find(|it| !is_of_word(it)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let schemes = ["basic", "bearer", "token"];
        let is_scheme =
            after.starts_with(' ') && schemes.contains(&word.to_ascii_lowercase().as_str());
        let sign = after.trim_start_matches(['"', '\'', '\\', ' ']);
        let is_set = text[..text.len() - rest.len()].ends_with('=') && !after.is_empty();
        if !is_scheme && !is_set && !sign.starts_with(['=', ':']) {
            return false;
        }
        rest = after;
    }
    true
}

/// Whether a reference refers: it names something, and has no default that is plain.
fn is_meant(reference: &str) -> bool {
    if reference.starts_with("ENC[") {
        return is_of_sops(reference);
    }
    if let Some(sealed) = reference.strip_prefix("ENC(") {
        // A salt and a block of eight bytes each are the least.
        let sealed = sealed.trim_end_matches(')');
        return sealed.len() >= 24 && value::is_base64(sealed);
    }
    let within = |start, end| reference.strip_prefix(start)?.strip_suffix(end);
    let printed = within("%(", ")s").or_else(|| within("<%", "%>"));
    if let Some(printed) = printed.map(|it| it.trim_matches(['=', '-', ' '])) {
        return printed.contains(is_sign) || is_name(printed);
    }
    let is_template = reference.starts_with("{{");
    let inner = within("${", "}")
        .or_else(|| within("$(", ")"))
        .or_else(|| within("{{", "}}"));
    let Some(inner) = inner.map(str::trim) else {
        let name = reference.strip_prefix('$').unwrap_or_default();
        return variable(name.as_bytes()) < name.len() || is_name(name) && !is_mixed(name);
    };
    if inner.len() > LONGEST {
        return true;
    }
    let unquoted = inner.trim_matches(['"', '\'']);
    if is_template && unquoted.len() + 2 == inner.len() {
        return false;
    }
    if reference.starts_with("$(") {
        return !inner.is_empty() && !prints(inner) && (inner.contains(is_sign) || is_name(inner));
    }
    let default = if is_template {
        default_of_template(inner)
    } else {
        default(inner)
    };
    if let Some(default) = default {
        return !value::is_literal(default);
    }
    if is_template {
        return inner.contains([' ', '.', '(', '[', '|', ':']) || is_name(inner);
    }
    // The shell's `${!A}` and `${#A}`, and what it makes of a variable: `${A%x}`.
    let name = inner.trim_start_matches(['!', '#']);
    let end = name.find(|it| is_sign(it) && !"-_.".contains(it));
    let name = &name[..end.unwrap_or(name.len())];
    !inner.is_empty() && is_name(name)
}

fn is_sign(letter: char) -> bool {
    !letter.is_ascii_alphanumeric()
}

/// Whether a word has small letters, capitals and digits, as variables of credentials alone have them.
fn is_mixed(word: &str) -> bool {
    let has = |is_such: fn(&u8) -> bool| word.bytes().any(|it| is_such(&it));
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && name::kind(word, Naming::Setting).is_none()
}

/// Whether a command prints a text that somebody wrote down, such as `echo X`, or `cat FILE || echo X`.
fn prints(command: &str) -> bool {
    let printed = |of: &'static str| command.split(of).skip(1);
    printed("echo ").chain(printed("printf ")).any(|rest| {
        let is_end = |it: char| it.is_whitespace() || "|;\"'\\".contains(it);
        let is_option = |it: &str| it.starts_with(['-', '%']) || it.len() < 2;
        let word = rest.split(is_end).find(|it| !is_option(it));
        word.is_some_and(|it| it.contains(|it: char| it.is_ascii_digit()) && value::is_literal(it))
    })
}

/// What a template takes when there is no such variable: `{{ x | default("y") }}`, `{{ x or "y" }}`.
fn default_of_template(inner: &str) -> Option<&str> {
    let (_, rest) = inner
        .split_once("default")
        .or_else(|| inner.split_once(" or "))?;
    let rest = rest.trim_start_matches(['(', ' ', '\\']);
    let quote = rest.chars().next().filter(|it| "\"'".contains(*it))?;
    rest[1..].split([quote, '\\']).next()
}

/// What Hadoop, the shell or Spring take when there is no such variable.
fn default(inner: &str) -> Option<&str> {
    if let Some((_, default)) = inner.split_once(":-") {
        return Some(default);
    }
    let (name, default) = inner.split_once(':')?;
    // Those who provide values, to Trino in capitals.
    let is_provider = ["ENV", "FILE", "SYS", "SECRET", "VAULT"].contains(&name);
    let is_variable = !is_provider && !name.bytes().any(|it| it.is_ascii_lowercase());
    let is_default = is_variable && !default.starts_with(['?', '+']);
    is_default.then(|| default.strip_prefix('=').unwrap_or(default))
}

/// Whether a word could name a variable, as one of letters and digits in any order could not.
fn is_name(word: &str) -> bool {
    let is_variable = !word.bytes().any(|it| it.is_ascii_lowercase());
    let is_part = |part: &str| {
        let letters = part.trim_end_matches(|it: char| it.is_ascii_digit());
        // Such as `s3a` and `k8s`.
        part.len() <= 4 || letters.bytes().all(|it| it.is_ascii_alphabetic())
    };
    is_of_letters(word)
        && (is_variable
            || word.split(['_', '-', '.']).all(is_part)
            || name::kind(word, Naming::Setting).is_some())
}

/// Whether a value is what a store of secrets is asked for, or what it sealed.
fn is_of_store(value: &str) -> bool {
    let rest = |prefix: &str| value.strip_prefix(prefix).filter(|it| !it.is_empty());
    let is_url = |scheme: &str| rest(scheme).is_some_and(|it| it.contains('/'));
    rest("{cipher}").is_some_and(|it| it.len() >= 32 && value::is_base64(it))
        || rest("arn:aws").is_some_and(|it| it.matches(':').count() >= 4)
        || rest("vault:").is_some_and(|it| it.contains(['/', '#']))
        || rest("ref+").is_some_and(|it| it.contains("://"))
        || ["op://", "secret://", "awssm://", "gcpsm://"]
            .iter()
            .any(|it| is_url(it) || rest(it).is_some_and(is_of_letters))
        || ["secretref:", "env:"]
            .iter()
            .any(|it| rest(it).is_some_and(is_name))
        || rest("@").is_some_and(|it| it.starts_with(['/', '.']) || it.starts_with("Microsoft."))
}

/// Whether a text has the letters of names alone.
fn is_of_letters(text: &str) -> bool {
    text.bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
}

/// Whether a value is what SOPS writes in its place:
/// <https://github.com/getsops/sops#encrypting-using-age>.
fn is_of_sops(value: &str) -> bool {
    let inner = value.strip_prefix("ENC[AES256_GCM,");
    let Some(inner) = inner.and_then(|it| it.strip_suffix(']')) else {
        return false;
    };
    let parts = inner.split(',').map(|it| it.split_once(':'));
    let names = ["data", "iv", "tag", "type"];
    let has = |(part, name): (Option<(&str, &str)>, &str)| {
        part.is_some_and(|(called, text)| called == name && value::is_base64(text))
    };
    inner.split(',').count() == names.len() && parts.zip(names).all(has)
}
