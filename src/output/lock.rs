//! The lock file: what kiln wrote, from what, and what the cluster must already hold.
//!
//! ```text
//! # Written by kiln. After a merge conflict: run `kiln compile` and commit what it writes.
//! kiln 2a39f2b3b1b5a4f6…  0.1.0
//! input 5891b5b522d5df08…  environments/prod.toml
//! needs 8d0a5d2c6e0a2d27…  Secret jupyterhub-users/object-store
//! file e258d248fda94c63…  0-cluster/_cluster/namespace-a.yaml
//! end
//! ```
//!
//! It lives in git, so it is made of lines that change by themselves: two pull requests meet in it
//! only where they meet in an input or a file. For the same reason it holds no digest of digests:
//! each line answers for itself. After `input` and `file` stands what `sha256sum` prints, so it can
//! be checked without kiln; after `kiln` and `needs` stands the digest of the text that follows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::{Tree, is_relative};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes},
    digest::Digest,
};

/// The lock's path below the tree that it describes. Neither engine reads this extension.
pub const LOCK_FILE: &str = "kiln.lock";

const HEADER: &str =
    "# Written by kiln. After a merge conflict: run `kiln compile` and commit what it writes.";

/// What the lock file of one tree says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The version of the kiln that wrote the tree.
    pub version: String,
    /// Everything that was read (specs, raw manifests), by its path in the repository.
    pub inputs: BTreeMap<String, Digest>,
    /// Every file of the tree but the lock itself, by its path below the tree.
    pub files: BTreeMap<String, Digest>,
    /// What the cluster must already hold, in words.
    pub prerequisites: BTreeSet<String>,
}

impl Lock {
    /// The lock of a tree that this kiln has just compiled.
    #[must_use]
    pub fn of(
        tree: &Tree,
        inputs: BTreeMap<String, Digest>,
        prerequisites: BTreeSet<String>,
    ) -> Self {
        let digest = |(path, bytes): (&String, &Vec<u8>)| (path.clone(), Digest::of(bytes));
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            inputs,
            files: tree.iter().map(digest).collect(),
            prerequisites,
        }
    }

    /// Reads a lock file; `path` is what messages call it.
    ///
    /// # Errors
    /// `CORRUPT` for the first line that kiln would not have written.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, Diagnostics> {
        let corrupt = |line: Option<usize>, what: &str| {
            let place = line.map_or_else(String::new, |index| format!(", line {}", index + 1));
            let title = format!("`{}`{place} {what}", path.display());
            Diagnostics::from(
                Diagnostic::error(codes::CORRUPT, title)
                    .in_file(path)
                    .hint("`kiln compile` writes the lock anew from the spec"),
            )
        };
        let text = std::str::from_utf8(text).map_err(|_| corrupt(None, "is not UTF-8 text"))?;
        let mut version = None;
        let mut lock = Self {
            version: String::new(),
            inputs: BTreeMap::new(),
            files: BTreeMap::new(),
            prerequisites: BTreeSet::new(),
        };
        let mut ended = false;
        for (index, line) in text.lines().enumerate() {
            let line = Line::parse(line).map_err(|what| corrupt(Some(index), what))?;
            if ended {
                return Err(corrupt(Some(index), "follows the end of the lock"));
            }
            let is_new = match line {
                Line::Comment => true,
                Line::Kiln(written) => version.replace(written).is_none(),
                Line::Input(path, digest) => lock.inputs.insert(path, digest).is_none(),
                Line::File(path, digest) => lock.files.insert(path, digest).is_none(),
                Line::Needs(text) => lock.prerequisites.insert(text),
                Line::End => {
                    ended = true;
                    true
                }
            };
            if !is_new {
                return Err(corrupt(Some(index), "repeats an earlier line"));
            }
        }
        // A lock that lost its tail would disown the files that stood there.
        if !ended {
            return Err(corrupt(None, "is cut off: its last line is not `end`"));
        }
        lock.version = version.ok_or_else(|| corrupt(None, "does not say which kiln wrote it"))?;
        if lock.render() != text {
            return Err(corrupt(None, "is not as kiln writes it"));
        }
        Ok(lock)
    }

    /// The lock file; the same lock always gives the same bytes.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = format!("{HEADER}\nkiln ");
        push_text_line(&mut out, &self.version);
        for (path, digest) in &self.inputs {
            out.push_str("input ");
            push_digest_line(&mut out, path, *digest);
        }
        for text in &self.prerequisites {
            out.push_str("needs ");
            push_text_line(&mut out, text);
        }
        for (path, digest) in &self.files {
            out.push_str("file ");
            push_digest_line(&mut out, path, *digest);
        }
        out.push_str("end\n");
        out
    }

    /// The environment's digest: of all files of the tree and nothing else, so that it names what
    /// the cluster gets. `sed -n 's/^file //p' kiln.lock | sha256sum` prints the same.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut lines = String::new();
        for (path, digest) in &self.files {
            push_digest_line(&mut lines, path, *digest);
        }
        Digest::of(lines.as_bytes())
    }
}

/// Which files a lock claims, and with which content. A lock with merge conflict markers holds the
/// claims of both sides: a file may be as either left it, and after a bad merge the next compile
/// still has to know its own files from other people's.
pub(super) fn claims(text: &[u8]) -> BTreeMap<String, Vec<Digest>> {
    let mut claims = BTreeMap::<_, Vec<_>>::new();
    let text = String::from_utf8_lossy(text);
    // A line without an end may be cut in the middle of another file's path.
    let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    for line in whole.lines() {
        if let Ok(Line::File(path, digest)) = Line::parse(line) {
            claims.entry(path).or_default().push(digest);
        }
    }
    claims
}

enum Line {
    Comment,
    Kiln(String),
    Input(String, Digest),
    File(String, Digest),
    Needs(String),
    End,
}

impl Line {
    fn parse(line: &str) -> Result<Self, &'static str> {
        if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
            .iter()
            .any(|marker| line.starts_with(marker))
        {
            return Err("is a merge conflict marker");
        }
        if line == "end" {
            return Ok(Self::End);
        }
        if line.starts_with('#') {
            return Ok(Self::Comment);
        }
        let parsed = match line.split_once(' ') {
            Some(("kiln", rest)) => parse_text_line(rest).map(Self::Kiln),
            Some(("input", rest)) => parse_digest_line(rest).map(|(at, is)| Self::Input(at, is)),
            Some(("needs", rest)) => parse_text_line(rest).map(Self::Needs),
            Some(("file", rest)) => parse_digest_line(rest)
                .filter(|(path, _)| is_relative(path) && path != LOCK_FILE)
                .map(|(at, is)| Self::File(at, is)),
            _ => None,
        };
        parsed.ok_or("is not a line of a lock file, or not all of one")
    }
}

fn push_digest_line(out: &mut String, path: &str, digest: Digest) {
    writeln!(out, "{digest}  {}", escape(path)).expect("a string takes all that is written to it");
}

fn parse_digest_line(rest: &str) -> Option<(String, Digest)> {
    let (digest, path) = rest.split_once("  ")?;
    Some((unescape(path)?, Digest::parse(digest)?))
}

fn push_text_line(out: &mut String, text: &str) {
    push_digest_line(out, text, Digest::of(text.as_bytes()));
}

fn parse_text_line(rest: &str) -> Option<String> {
    let (text, digest) = parse_digest_line(rest)?;
    (Digest::of(text.as_bytes()) == digest).then_some(text)
}

/// Keeps a text on one line, also for readers to whom a carriage return ends one.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            plain => plain,
        });
    }
    Some(out)
}
