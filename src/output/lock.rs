//! The lock file: what kiln wrote, from what, and what the cluster must already hold.
//!
//! ```text
//! # Written by kiln. After a merge conflict: run `kiln compile` and commit what it writes.
//! # An entry stands in the slot of its path's or text's SHA-256, so that two changes seldom meet: `grep " "` shows all.
//! kiln 2a39f2b3b1b5a4f6…  0.1.0
//! 000
//! 001
//! reads 0b54c1f0a7ac0f20…  environments/prod.toml
//! 002
//! …
//! 7ab
//! needs 8d0a5d2c6e0a2d27…  Secret jupyterhub-users/object-store
//! 7ac
//! file e258d248fda94c63…  0-cluster/_cluster/namespace-a.yaml
//! …
//! fff
//! end
//! ```
//!
//! It lives in git, and two pull requests meet in it only where they meet in a file. Git merges two changes
//! when a line that neither touches stands between them, and it has no place for two lines that are added
//! between the same two. So [`SLOTS`] lines are always there, and an entry stands below the one that begins as
//! the SHA-256 of its path or text does: whatever is added, changed or removed, the next entry is most likely
//! some lines away. `tests/output/lock.rs` measures how likely. For the same reason there is no digest of
//! digests, and none of an input, which two pull requests often change in different places: that `out` is what
//! the specs compile to, only `kiln compile --check` can say.
//!
//! After `file` stands what `sha256sum` prints, so it can be checked without kiln; after `kiln`, `reads` and
//! `needs` stands the digest of the text that follows, so that each line answers for itself.

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

const HEADER: &str = "\
# Written by kiln. After a merge conflict: run `kiln compile` and commit what it writes.
# An entry stands in the slot of its path's or text's SHA-256, so that two changes seldom meet: `grep \" \"` shows all.
";

/// How many slots there are: as many as three hexadecimal digits can name. Two pull requests that add ten files
/// each, as for a Connect server, then meet by chance in one of forty cases; with 256 slots it would be one of
/// three, and with 65,536 every lock would have 300 kB.
const SLOTS: usize = 1 << 12;

/// The lines of all slots, one after another: most are empty, and are written in runs.
static SLOT_LINES: [u8; 4 * SLOTS] = slot_lines();

const fn slot_lines() -> [u8; 4 * SLOTS] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut lines = [b'\n'; 4 * SLOTS];
    let mut slot = 0;
    while slot < SLOTS {
        lines[4 * slot] = DIGITS[slot >> 8];
        lines[4 * slot + 1] = DIGITS[slot >> 4 & 15];
        lines[4 * slot + 2] = DIGITS[slot & 15];
        slot += 1;
    }
    lines
}

/// What the lock file of one tree says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The version of the kiln that wrote the tree.
    pub version: String,
    /// Everything that was read (specs, raw manifests): paths in the repository.
    pub inputs: BTreeSet<String>,
    /// Every file of the tree but the lock itself, by its path below the tree.
    pub files: BTreeMap<String, Digest>,
    /// What the cluster must already hold, in words.
    pub prerequisites: BTreeSet<String>,
}

impl Lock {
    /// The lock of a tree that this kiln has just compiled.
    #[must_use]
    pub fn of(tree: &Tree, inputs: BTreeSet<String>, prerequisites: BTreeSet<String>) -> Self {
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
            inputs: BTreeSet::new(),
            files: BTreeMap::new(),
            prerequisites: BTreeSet::new(),
        };
        let (mut ended, mut has_inputs) = (false, false);
        for (index, line) in lines(text) {
            let line = Line::parse(line).map_err(|what| corrupt(Some(index), what))?;
            if ended {
                return Err(corrupt(Some(index), "follows the end of the lock"));
            }
            let is_new = match line {
                Line::Comment => true,
                Line::Kiln(written) => version.replace(written).is_none(),
                Line::Input(path) => {
                    has_inputs = true;
                    lock.inputs.insert(path)
                }
                Line::Reads(path) => lock.inputs.insert(path),
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
        let is_of_before_slots = has_inputs && !text.lines().any(is_slot);
        if !is_of_before_slots && lock.render() != text {
            return Err(corrupt(None, "is not as kiln writes it"));
        }
        Ok(lock)
    }

    /// The lock file; the same lock always gives the same bytes.
    #[must_use]
    pub fn render(&self) -> String {
        let reads = self.inputs.iter().map(|it| Entry::new("reads", it, None));
        let needs = self.prerequisites.iter();
        let needs = needs.map(|it| Entry::new("needs", it, None));
        let files = self.files.iter();
        let files = files.map(|(path, digest)| Entry::new("file", path, Some(*digest)));
        let mut entries: Vec<_> = reads.chain(needs).chain(files).collect();
        entries.sort_unstable_by_key(|it| (it.slot, it.word, it.text));

        let mut out = format!("{HEADER}kiln ");
        push_line(&mut out, &self.version, Digest::of(self.version.as_bytes()));
        let slots = str::from_utf8(&SLOT_LINES).expect("digits are UTF-8");
        let mut written = 0;
        for entry in entries {
            let until = 4 * (entry.slot + 1);
            out.push_str(&slots[written..until]);
            written = until;
            out.push_str(entry.word);
            out.push(' ');
            push_line(&mut out, entry.text, entry.digest);
        }
        out.push_str(&slots[written..]);
        out.push_str("end\n");
        out
    }

    /// The environment's digest: of all files of the tree and nothing else, so that it names what
    /// the cluster gets. `sed -n 's/^file //p' kiln.lock | LC_ALL=C sort -k 2 | sha256sum` prints the same.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let files = self.files.iter();
        let mut files: Vec<_> = files
            .map(|(path, digest)| (escape(path), *digest))
            .collect();
        files.sort_unstable();
        let mut lines = String::new();
        for (path, digest) in files {
            writeln!(lines, "{digest}  {path}").expect(WRITES_ALL);
        }
        Digest::of(lines.as_bytes())
    }
}

const WRITES_ALL: &str = "a string takes all that is written to it";

/// A line that stands in a slot.
struct Entry<'a> {
    slot: usize,
    word: &'static str,
    text: &'a str,
    digest: Digest,
}

impl<'a> Entry<'a> {
    /// An entry about a path or a text, with the digest of what it leads to or its own.
    fn new(word: &'static str, text: &'a str, digest: Option<Digest>) -> Self {
        let own = Digest::of(text.as_bytes());
        Self {
            slot: own.first_bits(SLOTS.ilog2()),
            word,
            text,
            digest: digest.unwrap_or(own),
        }
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
    for (_, line) in lines(whole) {
        if let Ok(Line::File(path, digest)) = Line::parse(line) {
            claims.entry(path).or_default().push(digest);
        }
    }
    claims
}

/// The lines of a lock but its slots, with their numbers from 0.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut rest, mut number) = (text, 0);
    // Most are slots, and one is told from others without a search for where it ends.
    std::iter::from_fn(move || {
        while rest.as_bytes().get(3) == Some(&b'\n') && rest.get(..3).is_some_and(is_slot) {
            rest = &rest[4..];
            number += 1;
        }
        let line = rest.lines().next()?;
        rest = rest.split_once('\n').map_or("", |(_, after)| after);
        number += 1;
        Some((number - 1, line))
    })
}

fn is_slot(line: &str) -> bool {
    line.len() == 3
        && line
            .bytes()
            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether git wrote a line because it could not merge those beside it.
pub(super) fn is_conflict_marker(line: &[u8]) -> bool {
    [b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"]
        .iter()
        .any(|marker| line.starts_with(*marker))
}

enum Line {
    Comment,
    Kiln(String),
    /// Of a lock of before there were slots, which named the inputs with their digests.
    Input(String),
    Reads(String),
    File(String, Digest),
    Needs(String),
    End,
}

impl Line {
    fn parse(line: &str) -> Result<Self, &'static str> {
        if is_conflict_marker(line.as_bytes()) {
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
            Some(("input", rest)) => parse_line(rest).map(|(path, _)| Self::Input(path)),
            Some(("reads", rest)) => parse_text_line(rest).map(Self::Reads),
            Some(("needs", rest)) => parse_text_line(rest).map(Self::Needs),
            Some(("file", rest)) => parse_line(rest)
                .filter(|(path, _)| is_relative(path) && path != LOCK_FILE)
                .map(|(at, is)| Self::File(at, is)),
            _ => None,
        };
        parsed.ok_or("is not a line of a lock file, or not all of one")
    }
}

fn push_line(out: &mut String, text: &str, digest: Digest) {
    writeln!(out, "{digest}  {}", escape(text)).expect(WRITES_ALL);
}

fn parse_line(rest: &str) -> Option<(String, Digest)> {
    let (digest, path) = rest.split_once("  ")?;
    Some((unescape(path)?, Digest::parse(digest)?))
}

fn parse_text_line(rest: &str) -> Option<String> {
    let (text, digest) = parse_line(rest)?;
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
