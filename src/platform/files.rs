//! The files of a pod's containers: what `ConfigMap`s put there, and what scripts make of these.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    Arguments, Platform,
    arguments::{Command, Word},
    environment::{Environment, Filler},
};
use crate::{
    document::{Node, Origins},
    graph::Member,
    kubernetes::{Container, ContainerRole, PodTemplate},
};

/// A file as a container sees it.
#[derive(Clone, Debug)]
pub enum Found<'a> {
    /// Its text is in sight.
    Text(Text<'a>),
    /// The `ConfigMap` that is mounted there has no such file.
    Absent(&'a Member),
    /// The image, another volume, an object out of sight or another program decides.
    Unknown,
}

/// The text of a file.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    /// The text, with what made each line.
    pub node: Cow<'a, Node>,
    /// The object in which it stands.
    pub member: &'a Member,
    /// Whether somebody filled in variables of the environment.
    pub is_filled: bool,
}

/// What the containers of a pod find in their files when the last of them starts.
#[derive(Clone, Debug)]
pub(super) struct Files<'a> {
    member: &'a Member,
    pod: &'a Node,
    /// The files that scripts write; none when their text is not in sight.
    written: BTreeMap<Place<'a>, Option<Text<'a>>>,
}

/// Where a file lies, however the containers call it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    /// In a volume, by the path below its root.
    Volume(&'a str, String),
    /// In a container's own file system.
    Container(&'a str, String),
}

impl<'a> Files<'a> {
    /// What the containers that run before it, and the script of the container itself, leave behind;
    /// also the words of its command and scripts.
    pub(super) fn of(
        platform: &Platform<'a>,
        member: &'a Member,
        pod: &'a Node,
        container: Container<'a>,
    ) -> (Self, Arguments) {
        let mut files = Self {
            member,
            pod,
            written: BTreeMap::new(),
        };
        let template = PodTemplate {
            path: &[],
            node: pod,
        };
        let before = template
            .containers()
            .filter(|it| it.role == ContainerRole::Init && it.name() != container.name());
        for init in before {
            files.start(platform, init);
        }
        let arguments = files.start(platform, container);
        (files, arguments)
    }

    /// Looks a file up.
    pub(super) fn find(
        &self,
        platform: &Platform<'a>,
        container: Container<'a>,
        path: &str,
    ) -> Found<'a> {
        let mount = self.mount(container, path);
        match self.written.get(&place(container, mount.as_ref(), path)) {
            Some(Some(text)) => return Found::Text(text.clone()),
            Some(None) => return Found::Unknown,
            None => {}
        }
        let volume = mount.as_ref().and_then(|it| it.volume.get("configMap"));
        let config_map = volume.and_then(|it| self.config_map(platform, it));
        let (Some(mount), Some(volume), Some(member)) = (mount, volume, config_map) else {
            return Found::Unknown;
        };
        let items = volume.list_at(["items"]);
        let item = items
            .iter()
            .find(|it| it.str_at(["path"]) == Some(&mount.rest));
        let key = match item {
            Some(item) => item.str_at(["key"]),
            None if items.is_empty() => Some(mount.rest.as_str()),
            None => None,
        };
        let data = member.object.node().get("data");
        match key.and_then(|key| data?.get(key)) {
            Some(text) => Found::Text(Text {
                node: Cow::Borrowed(text),
                member,
                is_filled: false,
            }),
            None => Found::Absent(member),
        }
    }

    /// The files that `ConfigMap`s put into a folder, with their names there.
    pub(super) fn in_folder(
        &self,
        platform: &Platform<'a>,
        container: Container<'a>,
        folder: &str,
    ) -> Vec<(&'a str, &'a Node)> {
        let mounts = self.mounts(container).filter(|mount| {
            mount.at.trim_end_matches('/') == folder.trim_end_matches('/') && mount.rest.is_empty()
        });
        let volumes = mounts.filter_map(|mount| mount.volume.get("configMap"));
        let mut files = Vec::new();
        for volume in volumes {
            let Some(member) = self.config_map(platform, volume) else {
                continue;
            };
            let items = volume.list_at(["items"]);
            let data = member.object.node().get("data");
            for (key, text) in data.into_iter().flat_map(Node::entries) {
                let item = items.iter().find(|it| it.str_at(["key"]) == Some(key));
                if let Some(item) = item {
                    files.extend(item.str_at(["path"]).map(|path| (path, text)));
                } else if items.is_empty() {
                    files.push((key.as_str(), text));
                }
            }
        }
        files
    }

    /// Whether anything is mounted on or below a folder, or written there.
    pub(super) fn touch(&self, container: Container<'a>, folder: &str) -> bool {
        let is_below = |path: &str| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.mount(container, folder).is_some()
            || self.mounts(container).any(|mount| is_below(mount.at))
            || self.written.keys().any(|place| match place {
                Place::Container(name, path) => *name == container.name() && is_below(path),
                Place::Volume(..) => false,
            })
    }

    fn config_map(&self, platform: &Platform<'a>, volume: &Node) -> Option<&'a Member> {
        let namespace = self.member.object.identity().namespace.as_deref();
        platform.object("", "ConfigMap", namespace, volume.str_at(["name"])?)
    }

    /// Reads what a container starts, and does what its script does with files.
    fn start(&mut self, platform: &Platform<'a>, container: Container<'a>) -> Arguments {
        let mut arguments = Arguments::of(container);
        let paths = arguments.words().filter(|(word, _)| word.starts_with('/'));
        let scripts = paths.filter_map(|(word, _)| {
            let Found::Text(text) = self.find(platform, container, word) else {
                return None;
            };
            is_script(word, &text.node).then_some(text.node)
        });
        let scripts: Vec<_> = scripts.collect();
        for script in &scripts {
            arguments.read(script);
        }
        if scripts.is_empty() && !arguments.are_of_shell() {
            return arguments;
        }
        let mut shell = Shell {
            platform,
            container,
            environment: self.environment(container, &arguments),
            files: self,
            piped: None,
        };
        for command in arguments.commands() {
            shell.run(&command);
        }
        arguments
    }

    /// What a container's script finds in its environment.
    pub(super) fn environment<'e>(
        &self,
        container: Container<'a>,
        arguments: &'e Arguments,
    ) -> Environment<'e>
    where
        'a: 'e,
    {
        Environment {
            container,
            arguments,
            namespace: self.member.object.identity().namespace.as_deref(),
        }
    }

    /// What is mounted where a path leads: the deepest mount decides.
    fn mount(&self, container: Container<'a>, path: &str) -> Option<Mount<'a>> {
        let mounts = self.mounts(container).filter_map(|mount| {
            let rest = path.strip_prefix(mount.at.trim_end_matches('/'))?;
            if !rest.is_empty() && !rest.starts_with('/') {
                return None;
            }
            let parts = [mount.rest.as_str(), rest.trim_start_matches('/')];
            let rest = parts.join("/").trim_matches('/').to_owned();
            Some(Mount { rest, ..mount })
        });
        mounts.max_by_key(|mount| mount.at.len())
    }

    fn mounts(&self, container: Container<'a>) -> impl Iterator<Item = Mount<'a>> {
        let volumes = self.pod.list_at(["spec", "volumes"]);
        let mounts = container.node.list_at(["volumeMounts"]).iter();
        mounts.filter_map(move |mount| {
            let name = mount.str_at(["name"])?;
            Some(Mount {
                at: mount.str_at(["mountPath"])?,
                volume: volumes
                    .iter()
                    .find(|it| it.str_at(["name"]) == Some(name))?,
                name,
                rest: mount.str_at(["subPath"]).unwrap_or_default().to_owned(),
            })
        })
    }
}

/// A volume in a container.
struct Mount<'a> {
    at: &'a str,
    name: &'a str,
    volume: &'a Node,
    /// The path below the volume's root.
    rest: String,
}

fn place<'a>(container: Container<'a>, mount: Option<&Mount<'a>>, path: &str) -> Place<'a> {
    mount.map_or_else(
        || Place::Container(container.name(), path.to_owned()),
        |mount| Place::Volume(mount.name, mount.rest.clone()),
    )
}

/// Whether a file is meant for a shell.
fn is_script(path: &str, text: &Node) -> bool {
    let first = text.as_str().and_then(|it| it.lines().next());
    let shebang = first.and_then(|it| it.strip_prefix("#!"));
    shebang.map_or_else(
        || path.rsplit_once('.').is_some_and(|(_, end)| end == "sh"),
        |it| it.contains("sh"),
    )
}

/// Follows the commands that move files about. What it does not understand makes a file unknown.
struct Shell<'s, 'a, 'e> {
    platform: &'s Platform<'a>,
    container: Container<'a>,
    environment: Environment<'e>,
    files: &'s mut Files<'a>,
    /// What the command before hands on; none when that is not in sight.
    piped: Option<Text<'a>>,
}

impl<'a> Shell<'_, 'a, '_> {
    fn run(&mut self, command: &Command<'_>) {
        let piped = self.piped.take();
        let input = command.input.map_or(piped, |word| self.input(word));
        let operands: Vec<&str> = command.operands().collect();
        let made = match command.program() {
            "cat" if operands.is_empty() => input,
            "cat" => self.joined(&operands),
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
                let before = self.read(output.path);
                let both = before
                    .zip(made)
                    .map(|(before, after)| join(&before, &after));
                self.write(output.path, both);
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
            self.files.written.values_mut().for_each(|it| *it = None);
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

    fn joined(&self, paths: &[&str]) -> Option<Text<'a>> {
        let mut texts = paths.iter().map(|path| self.read(path));
        let first = texts.next()??;
        texts.try_fold(first, |before, after| Some(join(&before, &after?)))
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
                        || file.contains('.') && !name(target).contains('.');
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
        let files = self.files.in_folder(self.platform, self.container, &folder);
        files.into_iter().map(|(name, _)| name).collect()
    }

    /// A path, once the shell has filled it in; none when it is relative or not in sight.
    fn path(&self, written: &str) -> Option<String> {
        self.environment.path(written)
    }

    fn read(&self, path: &str) -> Option<Text<'a>> {
        match self
            .files
            .find(self.platform, self.container, &self.path(path)?)
        {
            Found::Text(text) => Some(text),
            Found::Absent(_) | Found::Unknown => None,
        }
    }

    fn write(&mut self, path: &str, text: Option<Text<'a>>) {
        if let Some(path) = self.path(path) {
            let mount = self.files.mount(self.container, &path);
            let place = place(self.container, mount.as_ref(), &path);
            self.files.written.insert(place, text);
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
    const READERS: [&str; 18] = [
        "[", "[[", "chgrp", "chmod", "chown", "echo", "export", "grep", "head", "java", "ls",
        "mkdir", "printf", "set", "sleep", "stat", "tail", "test",
    ];
    let is_of_spark = program.contains("spark") || program.starts_with("start-");
    is_of_spark || READERS.contains(&program)
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// One text after the other.
fn join<'a>(before: &Text<'a>, after: &Text<'a>) -> Text<'a> {
    let mut lines = origins_of_lines(&before.node);
    lines.extend(origins_of_lines(&after.node));
    let texts = [&before.node, &after.node].map(|it| it.as_str().unwrap_or_default());
    let mut node = Node::new(
        format!("{}\n{}", texts[0].trim_end_matches('\n'), texts[1]),
        before.node.origins.clone(),
    );
    node.lines = lines;
    Text {
        node: Cow::Owned(node),
        member: before.member,
        is_filled: before.is_filled || after.is_filled,
    }
}

fn origins_of_lines(text: &Node) -> Vec<Origins> {
    let lines = text.as_str().unwrap_or_default().trim_end_matches('\n');
    let lines = lines.split('\n').enumerate();
    lines
        .map(|(at, _)| text.lines.get(at).unwrap_or(&text.origins).clone())
        .collect()
}
