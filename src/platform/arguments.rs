//! The command line of a container, as far as it can be read without running a shell.

use std::collections::BTreeMap;

use crate::{
    document::{Node, Origins},
    kubernetes::Container,
};

/// The words of a container's command and arguments.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    words: Vec<Word>,
    /// By the name of a variable, which of the words sets it last.
    assigned: BTreeMap<String, usize>,
    are_of_shell: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Word {
    pub text: String,
    pub origins: Origins,
    /// The quote that it, or a part of it, stands in.
    pub quote: Option<char>,
    /// What a shell reads from the lines below, for a redirection such as `<<EOF`.
    pub document: Option<HereDocument>,
}

#[derive(Clone, Debug)]
pub(super) struct HereDocument {
    pub text: Node,
    /// Whether the shell leaves its variables alone.
    pub is_literal: bool,
}

/// A command of a script.
#[derive(Clone, Debug)]
pub(super) struct Command<'a> {
    /// What it starts, and its arguments.
    pub words: Vec<&'a Word>,
    /// What it reads by a redirection.
    pub input: Option<&'a Word>,
    /// The file that its output goes to.
    pub output: Option<Output<'a>>,
    /// Whether the next command reads its output.
    pub feeds_next: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Output<'a> {
    pub path: &'a str,
    pub appends: bool,
}

/// The programs that read a script.
const SHELLS: [&str; 5] = ["sh", "bash", "ash", "dash", "zsh"];

impl Arguments {
    /// The words; those of a script for a shell are taken apart as a shell would, without expanding
    /// anything.
    #[must_use]
    pub fn of(container: Container<'_>) -> Self {
        let mut arguments = Self::default();
        let parts = ["command", "args"].map(|field| container.node.list_at([field]));
        for node in parts.into_iter().flatten() {
            let Some(text) = node.as_str() else {
                continue;
            };
            if text.contains([' ', '\n']) {
                arguments.extend(of_script(node, text));
            } else {
                arguments.extend([Word::new(text, &node.origins)]);
            }
        }
        arguments
    }

    /// Adds the words of a script that is started.
    pub(super) fn read(&mut self, script: &Node) {
        self.extend([Word::new("\n", &script.origins)]);
        self.extend(of_script(script, script.as_str().unwrap_or_default()));
    }

    fn extend(&mut self, words: impl IntoIterator<Item = Word>) {
        for word in words {
            if let Some((name, _)) = word.text.split_once('=') {
                self.assigned.insert(name.to_owned(), self.words.len());
            }
            self.are_of_shell |= SHELLS.contains(&file_name(&word.text));
            self.words.push(word);
        }
    }

    /// What they set a variable to.
    pub(super) fn assigned(&self, name: &str) -> Option<&str> {
        let word = &self.words[*self.assigned.get(name)?];
        Some(word.text.split_once('=')?.1)
    }

    /// Whether any word contains a text.
    #[must_use]
    pub fn mention(&self, part: &str) -> bool {
        self.words.iter().any(|word| word.text.contains(part))
    }

    /// The words.
    pub fn words(&self) -> impl Iterator<Item = (&str, &Origins)> {
        self.words
            .iter()
            .map(|word| (word.text.as_str(), &word.origins))
    }

    /// The values of an option, written as `--option value` or `--option=value`.
    pub fn values<'a>(&'a self, option: &'a str) -> impl Iterator<Item = (&'a str, &'a Origins)> {
        self.words.iter().enumerate().filter_map(move |(at, word)| {
            if word.text == option {
                let next = self.words.get(at + 1)?;
                return Some((next.text.as_str(), &next.origins));
            }
            let value = word.text.strip_prefix(option)?.strip_prefix('=')?;
            Some((value, &word.origins))
        })
    }

    /// Where a script starts a program, when it does.
    #[must_use]
    pub fn starts(&self, program: &str) -> Option<&Origins> {
        let mut commands = self.commands().into_iter();
        let command = commands.find(|it| it.program() == program)?;
        Some(&command.words.first()?.origins)
    }

    /// The program that they start last, with its place.
    #[must_use]
    pub fn last_command(&self) -> Option<(&str, &Origins)> {
        let command = self.commands().into_iter().next_back()?;
        let word = *command.words.first()?;
        Some((&word.text, &word.origins))
    }

    /// Whether a shell reads them.
    #[must_use]
    pub const fn are_of_shell(&self) -> bool {
        self.are_of_shell
    }

    /// The commands of the script, in order. Conditions and loops are read as if all of it ran once.
    pub(super) fn commands(&self) -> Vec<Command<'_>> {
        let parts = self.words.split_inclusive(ends_command);
        let mut commands: Vec<_> = parts.map(Command::of).collect();
        commands.retain(|it| !it.words.is_empty());
        commands
    }
}

impl Word {
    fn new(text: &str, origins: &Origins) -> Self {
        Self {
            text: text.to_owned(),
            origins: origins.clone(),
            quote: None,
            document: None,
        }
    }
}

impl<'a> Command<'a> {
    fn of(part: &'a [Word]) -> Self {
        let mut command = Self {
            words: Vec::new(),
            input: None,
            output: None,
            feeds_next: part.last().is_some_and(|it| it.text == "|"),
        };
        let mut words = part.iter().filter(|it| !ends_command(it));
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            // The number of a stream may stand in front; errors are not what ends up in a file.
            let redirection = text.strip_prefix('1').unwrap_or(text);
            if word.document.is_some() {
                command.input = Some(word);
                if matches!(text, "<<" | "<<-") {
                    words.next();
                }
            } else if let Some(path) = redirection.strip_prefix('>') {
                let (path, appends) = path
                    .strip_prefix('>')
                    .map_or((path, false), |it| (it, true));
                let path = if path.is_empty() {
                    words.next().map_or("", |it| &it.text)
                } else {
                    path
                };
                command.output = Some(Output { path, appends });
            } else if text == "<" {
                command.input = words.next();
            } else if text.starts_with('<') && text.len() > 1 {
                command.input = Some(word);
            } else if !(command.words.is_empty() && is_of_shell(text)) {
                command.words.push(word);
            }
        }
        command
    }

    /// The program, without its folder.
    pub(super) fn program(&self) -> &'a str {
        self.words.first().map_or("", |it| file_name(&it.text))
    }

    /// Its arguments that are not options.
    pub(super) fn operands(&self) -> impl Iterator<Item = &'a str> {
        let arguments = self.words.iter().skip(1).map(|it| it.text.as_str());
        arguments.filter(|it| !it.starts_with('-'))
    }
}

fn ends_command(word: &Word) -> bool {
    word.quote.is_none()
        && matches!(
            word.text.as_str(),
            ";" | ";;" | "|" | "||" | "&" | "&&" | "\n"
        )
}

/// Whether a word in front of a command belongs to the shell that runs it, or to what only starts it.
fn is_of_shell(text: &str) -> bool {
    const KEYWORDS: [&str; 12] = [
        "if", "then", "else", "elif", "do", "while", "until", "{", "(", "!", "exec", "sudo",
    ];
    const STARTERS: [&str; 3] = ["entrypoint.sh", "tini", "dumb-init"];
    let is_option = text.starts_with('-');
    let name = file_name(text);
    is_option
        || KEYWORDS.contains(&text)
        || SHELLS.contains(&name)
        || STARTERS.contains(&name)
        || is_assignment(text)
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_')
    })
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Takes a script apart into words: quotes keep blanks together, a backslash keeps the next letter,
/// and what ends a command stands alone, also the end of a line.
fn of_script(node: &Node, script: &str) -> Vec<Word> {
    let mut reader = Reader {
        node,
        rest: script,
        line: 0,
        words: Vec::new(),
        word: None,
        quote: None,
    };
    // The first word of the current line, below which its documents begin.
    let mut first = 0;
    while let Some(letter) = reader.next() {
        match (reader.quote, letter) {
            (Some(open), _) if letter == open => reader.quote = None,
            (Some('"') | None, '\\') => match reader.next() {
                Some('\n') | None => {}
                Some(next) => reader.keep(next),
            },
            (None, '"' | '\'') => {
                reader.quote = Some(letter);
                reader.word().quote = Some(letter);
            }
            (None, ' ' | '\t') => reader.finish(),
            (None, '\n') => {
                reader.finish();
                let line = reader.origins(reader.line - 1).clone();
                reader.words.push(Word::new("\n", &line));
                for at in first..reader.words.len() {
                    reader.read_document(at);
                }
                first = reader.words.len();
            }
            (None, ';' | '|' | '&') => {
                reader.finish();
                reader.keep(letter);
                if reader.rest.starts_with(letter) {
                    reader.next();
                    reader.keep(letter);
                }
                reader.finish();
            }
            (None, '#') if reader.word.is_none() => {
                let end = reader.rest.find('\n').unwrap_or(reader.rest.len());
                reader.rest = &reader.rest[end..];
            }
            _ => reader.keep(letter),
        }
    }
    reader.finish();
    reader.words
}

struct Reader<'s> {
    node: &'s Node,
    rest: &'s str,
    /// How many lines are read.
    line: usize,
    words: Vec<Word>,
    word: Option<Word>,
    quote: Option<char>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn origins(&self, line: usize) -> &Origins {
        self.node.lines.get(line).unwrap_or(&self.node.origins)
    }

    /// The word that is being read.
    fn word(&mut self) -> &mut Word {
        let origins = self.node.lines.get(self.line).unwrap_or(&self.node.origins);
        self.word.get_or_insert_with(|| Word::new("", origins))
    }

    fn keep(&mut self, letter: char) {
        self.word().text.push(letter);
    }

    fn finish(&mut self) {
        self.words.extend(self.word.take());
    }

    /// Reads the lines that belong to a word such as `<<EOF`.
    fn read_document(&mut self, at: usize) {
        let Some(end) = self.words[at].text.strip_prefix("<<") else {
            return;
        };
        let (end, has_tabs) = end.strip_prefix('-').map_or((end, false), |it| (it, true));
        let (end, quote) = match self.words.get(at + 1) {
            Some(next) if end.is_empty() => (next.text.clone(), next.quote),
            _ => (end.to_owned(), self.words[at].quote),
        };
        if end.is_empty() || end.starts_with('<') {
            return;
        }
        let (mut lines, mut origins) = (Vec::new(), Vec::new());
        while !self.rest.is_empty() {
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            self.rest = rest;
            let of_line = self.origins(self.line).clone();
            self.line += 1;
            let line = if has_tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            if line == end {
                break;
            }
            lines.push(line);
            origins.push(of_line);
        }
        let mut text = Node::new(lines.join("\n"), self.words[at].origins.clone());
        text.lines = origins;
        self.words[at].document = Some(HereDocument {
            text,
            is_literal: quote.is_some(),
        });
    }
}
