//! A review as a comment of a pull request, never larger than a comment may be.

use std::fmt::Write as _;

use super::{Change, Review, Risk, Story, words};
use crate::diagnostics::one_line;

/// What tells kiln's comment from others, so that the next one replaces it.
pub const MARKER: &str = "<!-- kiln diff -->";

/// How many characters a comment of GitHub may have, and how many bytes: it keeps 262,144 bytes, which are 65,536
/// characters of four.
pub const MOST_CHARACTERS: usize = 65_536;
/// See [`MOST_CHARACTERS`].
pub const MOST_BYTES: usize = 262_144;

/// How much is kept free for what says what is missing.
const RESERVED: usize = 1_024;

/// A comment, and whether all of the review is in it.
#[derive(Debug)]
pub struct Comment {
    /// The text.
    pub text: String,
    /// How many changes did not fit.
    pub omitted: usize,
}

/// The review as a comment. `overflow` names where the whole of it is, if it does not fit.
#[must_use]
pub fn render(review: &Review, overflow: Option<&str>) -> Comment {
    limited(review, overflow, MOST_CHARACTERS, MOST_BYTES)
}

/// The review without any limit.
#[must_use]
pub fn render_whole(review: &Review) -> String {
    limited(review, None, usize::MAX, usize::MAX).text
}

fn limited(review: &Review, overflow: Option<&str>, characters: usize, bytes: usize) -> Comment {
    let mut out = Budget {
        text: String::new(),
        characters: characters.saturating_sub(RESERVED),
        bytes: bytes.saturating_sub(RESERVED),
    };
    let all = || review.changes();
    out.must(&format!(
        "{MARKER}\n### kiln: {}\n\n",
        escaped(&words::verdict(all()))
    ));
    out.must(&format!("against {}\n\n", escaped(&review.against)));
    for note in &review.notes {
        out.add(&format!("> {}\n\n", escaped(note)));
    }
    let mut omitted = 0;
    risks(&mut out, review);
    for story in &review.stories {
        omitted += whole(&mut out, story, &words::environments(&story.environments));
    }
    for story in &review.of_kiln {
        let names = words::environments(&story.environments);
        let title = format!("not from the spec, but from this kiln or a hand edit: {names}");
        omitted += whole(&mut out, story, &title);
    }
    let mut idle = String::new();
    for (environments, cause) in &review.idle {
        let of = words::environments(environments);
        let _ = writeln!(idle, "- {} ({})", code(&words::cause(cause)), escaped(&of));
    }
    if !idle.is_empty() {
        out.add(&format!(
            "\nChanged in the spec, and nothing of it reaches the cluster:\n\n{idle}"
        ));
    }
    if !review.unchanged.is_empty() {
        let names = words::listed(&review.unchanged, 20);
        out.add(&format!(
            "\nNothing changes on the cluster in {}.\n",
            escaped(&names)
        ));
    }
    let mut text = out.text;
    if omitted > 0 {
        let place = overflow.map_or_else(
            || "`kiln diff --verbose` shows all".to_owned(),
            |it| format!("all of it is in {}", code(it)),
        );
        let changes = if omitted == 1 {
            "change does"
        } else {
            "changes do"
        };
        let _ = writeln!(
            text,
            "\n**{omitted} {changes} not fit here as a whole; {place}.**"
        );
    }
    Comment { text, omitted }
}

/// What somebody should think about, in one table.
fn risks(out: &mut Budget, review: &Review) {
    let rows = review.stories.iter().flat_map(|story| {
        let changes = story
            .changes
            .iter()
            .filter(|it| words::risk(it) != Risk::None);
        changes.map(move |change| (story, change))
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|(_, change)| change.worst());
    if rows.is_empty() {
        return;
    }
    out.add("| | what | why | where |\n| --- | --- | --- | --- |\n");
    for (story, change) in rows {
        let effects = change
            .effects
            .iter()
            .filter(|it| it.rule.risk != Risk::None);
        let effects: Vec<_> = effects.map(|it| escaped(&it.what)).collect();
        let why = change.causes.first().map(|it| code(&words::cause(it)));
        let row = format!(
            "| {} | {} {} | {} | {} |\n",
            mark(words::risk(change)),
            code(&change.subject),
            effects.join("; "),
            why.unwrap_or_default(),
            escaped(&words::environments(&story.environments)),
        );
        out.add(&row);
    }
    out.add("\n");
}

const fn mark(risk: Risk) -> &'static str {
    match risk {
        Risk::High => "🔴",
        Risk::Some => "🟠",
        Risk::None => "⚪",
    }
}

/// A story, folded. What does not fit is counted.
fn whole(out: &mut Budget, story: &Story, title: &str) -> usize {
    const END: &str = "\n</details>\n\n";
    let head = format!(
        "<details><summary><b>{}</b>: {}</summary>\n\n",
        html(title),
        html(&words::verdict(&story.changes))
    );
    if !out.has_room(&(head.clone() + END)) {
        return story.changes.len();
    }
    out.add(&head);
    out.reserve(END);
    let mut omitted = 0;
    for change in &story.changes {
        // Without its fields, which can be as long as a file, it may still fit.
        let short = || {
            one(&Change {
                fields: Vec::new(),
                ..change.clone()
            })
        };
        let is_whole = out.add(&one(change));
        omitted += usize::from(!is_whole);
        if !is_whole {
            out.add(&short());
        }
    }
    let steps = words::order(story);
    if steps.len() > 1 {
        let mut order = format!(
            "\nIn this order: {}.\n\n",
            words::engine_order(story.engine)
        );
        for (at, step) in steps.iter().enumerate() {
            let what = words::listed(&step.what, 8);
            let _ = writeln!(
                order,
                "{}. {}: {}",
                at + 1,
                escaped(&step.layer),
                escaped(&what)
            );
        }
        out.add(&order);
    }
    out.must(END);
    omitted
}

fn one(change: &Change) -> String {
    let was = change
        .was
        .as_ref()
        .map_or_else(String::new, |it| format!(", {} before", code(it)));
    let mut text = format!(
        "- {} {}{was}\n",
        mark(words::risk(change)),
        code(&change.subject)
    );
    for effect in &change.effects {
        let _ = writeln!(text, "  - {}", escaped(&effect.what));
        for note in &effect.notes {
            let _ = writeln!(text, "    - {}", escaped(note));
        }
    }
    for cause in &change.causes {
        let _ = writeln!(text, "  - from {}", code(&words::cause(cause)));
    }
    let fields: Vec<_> = change.fields.iter().filter(|it| !it.derived).collect();
    if fields.is_empty() {
        return text;
    }
    let mut diff = String::new();
    for field in fields {
        let _ = writeln!(diff, "  {}", one_line(&field.path));
        for (sign, said) in [("-", &field.before), ("+", &field.after)] {
            for line in said.iter().flat_map(|it| it.lines()) {
                let _ = writeln!(diff, "{sign} {}", one_line(line));
            }
        }
    }
    let fence = fence(&diff);
    let _ = writeln!(text, "\n  {fence}diff");
    for line in diff.lines() {
        let _ = writeln!(text, "  {line}");
    }
    let _ = writeln!(text, "  {fence}");
    text
}

/// A fence that is longer than any in a text.
fn fence(text: &str) -> String {
    let longest = text
        .split(|it| it != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// A text as code, which names and mentions nobody.
fn code(text: &str) -> String {
    let text = one_line(text).replace('|', "\\|");
    let ticks = "`".repeat(
        text.split(|it| it != '`')
            .map(str::len)
            .max()
            .unwrap_or_default()
            + 1,
    );
    if text.contains('`') {
        format!("{ticks} {text} {ticks}")
    } else {
        format!("{ticks}{text}{ticks}")
    }
}

/// A text in a sentence: nothing in it is Markdown or HTML, and nothing in it leads anywhere or calls anybody.
fn escaped(text: &str) -> String {
    in_words(
        text,
        |word| {
            let mut out = String::new();
            for character in word.chars() {
                match character {
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '&' => out.push_str("&amp;"),
                    '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                        out.push('\\');
                        out.push(character);
                    }
                    _ => out.push(character),
                }
            }
            out
        },
        code,
    )
}

/// The same between tags, where Markdown is not read.
fn html(text: &str) -> String {
    let escaped = |word: &str| {
        word.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    in_words(text, escaped, |word| {
        format!("<code>{}</code>", escaped(word))
    })
}

/// A text, word by word: those that a forge would make links of, or calls to people, stay what they are as code alone.
/// It looks for them in the page that comes out, where neither a backslash nor an entity is left to see.
fn in_words(text: &str, plain: impl Fn(&str) -> String, code: impl Fn(&str) -> String) -> String {
    let is_live = |word: &str| {
        let lower = word.to_lowercase();
        let is_number = |rest: &str| rest.starts_with(|it: char| it.is_ascii_digit());
        let after = |sigil: &str| lower.split(sigil).skip(1).any(is_number);
        lower.contains("://")
            || lower.contains("www.")
            || lower.contains("mailto:")
            || lower.contains('@')
            || ["#", "gh-", "!", "$", "%", "&"].into_iter().any(after)
    };
    let text = one_line(text);
    let words = text.split(' ').map(|word| {
        if is_live(word) {
            code(word)
        } else {
            plain(word)
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A text that stays below what a comment may have.
struct Budget {
    text: String,
    characters: usize,
    bytes: usize,
}

impl Budget {
    fn has_room(&self, text: &str) -> bool {
        text.chars().count() <= self.characters && text.len() <= self.bytes
    }

    /// Keeps room for what has to follow.
    fn reserve(&mut self, text: &str) {
        self.characters = self.characters.saturating_sub(text.chars().count());
        self.bytes = self.bytes.saturating_sub(text.len());
    }

    /// Adds a text, if it fits.
    fn add(&mut self, text: &str) -> bool {
        let fits = self.has_room(text);
        if fits {
            self.reserve(text);
            self.text.push_str(text);
        }
        fits
    }

    /// Adds what is short, or has its room already.
    fn must(&mut self, text: &str) {
        self.text.push_str(text);
    }
}
