//! What a script of a container does with files.

use std::borrow::Cow;

use super::{
    Arguments, Found, Platform, Text,
    arguments::{Command, Word, file_name},
    environment::{Environment, Filler},
    files::{Files, MOST_WRITTEN},
};
use crate::document::{Node, Origins, Value};

/// Follows the commands that move files about. What it does not understand makes a file unknown.
pub(super) struct Shell<'s, 'a, 'e> {
    platform: &'s Platform<'a>,
    environment: Environment<'e>,
    files: &'s mut Files<'a>,
    /// What the command before hands on; none when that is not in sight.
    piped: Option<Text<'a>>,
}

impl<'s, 'a, 'e> Shell<'s, 'a, 'e> {
    pub(super) fn new(
        platform: &'s Platform<'a>,
        environment: Environment<'e>,
        files: &'s mut Files<'a>,
    ) -> Self {
        Self {
            platform,
            environment,
            files,
            piped: None,
        }
    }

    /// Runs the commands of a script.
    pub(super) fn run(&mut self, script: &Arguments) {
        for command in script.commands() {
            self.command(&command);
        }
    }

    fn command(&mut self, command: &Command<'_>) {
        let piped = self.piped.take();
        let input = command.input.map_or(piped, |word| self.input(word));
        let operands: Vec<&str> = command.operands().collect();
        let made = match command.program() {
            "cat" if operands.is_empty() => input,
            "cat" => joined(operands.iter().map(|path| self.read(path))),
            "echo" => self.echoed(command),
            "envsubst" => {
                let only = operands.iter().find(|it| it.contains('$')).copied();
                input.map(|text| self.filled(&text, Filler::Envsubst(only)))
            }
            "cp" | "mv" | "ln" | "install" => return self.copy(&operands),
            program if leaves_files_alone(program) => None,
            // Others may change files in place.
            _ => {
                for operand in &operands {
                    self.edit(operand);
                }
                None
            }
        };
        match command.output {
            Some(output) if output.appends => {
                let both = [self.read(output.path), made];
                self.write(output.path, joined(both));
            }
            Some(output) => self.write(output.path, made),
            None if command.feeds_next => self.piped = made,
            None => {}
        }
    }

    /// Takes a file for changed; all that were written when the name is not in sight.
    fn edit(&mut self, operand: &str) {
        if self.path(operand).is_some() {
            self.write(operand, None);
        } else if operand.contains(['*', '$', '?']) {
            self.files.forget();
        }
    }

    /// What a redirection of the input brings: a file, or the lines below.
    fn input(&self, word: &Word) -> Option<Text<'a>> {
        let Some(document) = &word.document else {
            return self.read(word.text.trim_start_matches('<'));
        };
        let text = self.own(document.text.clone());
        Some(if document.is_literal {
            text
        } else {
            self.filled(&text, Filler::Shell)
        })
    }

    fn echoed(&self, command: &Command<'_>) -> Option<Text<'a>> {
        let words = command.words.iter().skip(1);
        let words = words.filter(|it| !matches!(it.text.as_str(), "-e" | "-n"));
        let texts: Vec<_> = words
            .map(|word| match word.quote {
                Some('\'') => word.text.clone(),
                _ => self.environment.fill(&word.text, Filler::Shell),
            })
            .collect();
        let origins = command.words.first()?.origins.clone();
        let mut text = self.own(Node::new(texts.join(" "), origins));
        text.is_filled = true;
        Some(text)
    }

    /// Copies files to a file or into a folder.
    fn copy(&mut self, operands: &[&str]) {
        let Some((target, sources)) = operands.split_last() else {
            return;
        };
        for source in sources {
            let (folder, file) = source.rsplit_once('/').unwrap_or(("", source));
            let copied: Vec<_> = match file.strip_prefix('*') {
                None if !matches!(file, "" | ".") => {
                    let is_folder = sources.len() > 1
                        || target.ends_with('/')
                        || file.contains('.') && !file_name(target).contains('.');
                    let path = if is_folder {
                        format!("{}/{file}", target.trim_end_matches('/'))
                    } else {
                        (*target).to_owned()
                    };
                    vec![(path, self.read(source))]
                }
                pattern => {
                    let end = pattern.unwrap_or_default();
                    let names = self.names(folder);
                    let names = names.iter().filter(|it| it.ends_with(end));
                    let copy = |it: &&str| {
                        let path = format!("{}/{it}", target.trim_end_matches('/'));
                        (path, self.read(&format!("{folder}/{it}")))
                    };
                    names.map(copy).collect()
                }
            };
            for (path, text) in copied {
                self.write(&path, text);
            }
        }
    }

    fn names(&self, folder: &str) -> Vec<&'a str> {
        let folder = self.path(folder).unwrap_or_default();
        let files = self.files.in_folder(self.platform, &folder);
        files.into_iter().map(|(name, _)| name).collect()
    }

    /// A path, once the shell has filled it in; none when it is relative or not in sight.
    fn path(&self, written: &str) -> Option<String> {
        self.environment.path(written)
    }

    fn read(&self, path: &str) -> Option<Text<'a>> {
        match self.files.find(self.platform, &self.path(path)?) {
            Found::Text(text) => Some(text),
            Found::Absent(_) | Found::Unknown => None,
        }
    }

    fn write(&mut self, path: &str, text: Option<Text<'a>>) {
        if let Some(path) = self.path(path) {
            self.files.write(&path, text);
        }
    }

    /// A text that stands in the script itself.
    fn own(&self, node: Node) -> Text<'a> {
        Text {
            node: Cow::Owned(node),
            member: self.files.member,
            is_filled: false,
        }
    }

    fn filled(&self, text: &Text<'a>, by: Filler<'_>) -> Text<'a> {
        let written = text.node.as_str().unwrap_or_default();
        let mut node = Node::new(
            self.environment.fill(written, by),
            text.node.origins.clone(),
        );
        node.lines.clone_from(&text.node.lines);
        Text {
            node: Cow::Owned(node),
            member: text.member,
            is_filled: true,
        }
    }
}

/// Whether a program only reads the files that it is given.
fn leaves_files_alone(program: &str) -> bool {
    const READERS: [&str; 32] = [
        "[", "[[", "cd", "chgrp", "chmod", "chown", "date", "echo", "env", "exit", "export",
        "false", "grep", "head", "hostname", "id", "java", "kill", "ls", "mkdir", "printf", "set",
        "sleep", "stat", "tail", "test", "trap", "true", "umask", "unset", "wait", "whoami",
    ];
    let is_of_spark = program.contains("spark") || program.starts_with("start-");
    is_of_spark || READERS.contains(&program)
}

/// One text after the other; none when one of them is not in sight, or all are too large together.
fn joined<'a>(texts: impl IntoIterator<Item = Option<Text<'a>>>) -> Option<Text<'a>> {
    let mut texts = texts.into_iter();
    let mut all = texts.next()??;
    let mut texts = texts.peekable();
    if texts.peek().is_some() {
        let node = all.node.to_mut();
        node.lines = origins_of_lines(node);
    }
    for text in texts {
        let text = text?;
        let node = all.node.to_mut();
        if let Value::String(before) = &mut node.value {
            before.truncate(before.trim_end_matches('\n').len());
            before.push('\n');
            before.push_str(text.node.as_str().unwrap_or_default());
        }
        node.lines.extend(origins_of_lines(&text.node));
        if node.size() > MOST_WRITTEN {
            return None;
        }
        all.is_filled |= text.is_filled;
    }
    Some(all)
}

fn origins_of_lines(text: &Node) -> Vec<Origins> {
    let lines = text.as_str().unwrap_or_default().trim_end_matches('\n');
    let lines = lines.split('\n').enumerate();
    lines
        .map(|(at, _)| text.lines.get(at).unwrap_or(&text.origins).clone())
        .collect()
}
