//! The command line of a container, as far as it can be read without running a shell.

use crate::{
    document::{Node, Origins},
    kubernetes::Container,
};

/// The words of a container's command and arguments.
#[derive(Clone, Debug, Default)]
pub struct Arguments(Vec<Word>);

#[derive(Clone, Debug)]
struct Word {
    text: String,
    origins: Origins,
}

impl Arguments {
    /// The words; those of a script for a shell are taken apart as a shell would, without expanding
    /// anything.
    #[must_use]
    pub fn of(container: Container<'_>) -> Self {
        let mut words = Vec::new();
        let parts = ["command", "args"].map(|field| container.node.list_at([field]));
        for node in parts.concat() {
            let Some(text) = node.as_str() else {
                continue;
            };
            if text.contains([' ', '\n']) {
                words.extend(of_script(&node, text));
            } else {
                words.push(Word {
                    text: text.to_owned(),
                    origins: node.origins.clone(),
                });
            }
        }
        Self(words)
    }

    /// Whether any word contains a text.
    #[must_use]
    pub fn mention(&self, part: &str) -> bool {
        self.0.iter().any(|word| word.text.contains(part))
    }

    /// The words.
    pub fn words(&self) -> impl Iterator<Item = (&str, &Origins)> {
        self.0
            .iter()
            .map(|word| (word.text.as_str(), &word.origins))
    }

    /// The values of an option, written as `--option value` or `--option=value`.
    pub fn values<'a>(&'a self, option: &'a str) -> impl Iterator<Item = (&'a str, &'a Origins)> {
        self.0.iter().enumerate().filter_map(move |(at, word)| {
            if word.text == option {
                let next = self.0.get(at + 1)?;
                return Some((next.text.as_str(), &next.origins));
            }
            let value = word.text.strip_prefix(option)?.strip_prefix('=')?;
            Some((value, &word.origins))
        })
    }
}

/// Takes a script apart into words: quotes keep blanks together, a backslash keeps the next letter,
/// and what ends a command stands alone.
fn of_script(node: &Node, script: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut line = 0;
    let mut letters = script.chars().peekable();
    let mut finish = |word: &mut Option<String>, line: usize| {
        if let Some(text) = word.take() {
            let origins = node.lines.get(line).unwrap_or(&node.origins).clone();
            words.push(Word { text, origins });
        }
    };
    while let Some(letter) = letters.next() {
        let ends_line = letter == '\n';
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('"') | None, '\\') => match letters.next() {
                Some('\n') => line += 1,
                Some(next) => word.get_or_insert_default().push(next),
                None => {}
            },
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\n') => finish(&mut word, line),
            (None, ';' | '|' | '&') => {
                finish(&mut word, line);
                word = Some(letter.to_string());
                finish(&mut word, line);
            }
            (None, '#') if word.is_none() => while letters.next_if(|it| *it != '\n').is_some() {},
            _ => word.get_or_insert_default().push(letter),
        }
        line += usize::from(ends_line);
    }
    finish(&mut word, line);
    words
}
