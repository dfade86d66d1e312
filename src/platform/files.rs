//! The files of a pod's containers: what `ConfigMap`s put there, and what scripts make of these.

use std::{borrow::Cow, collections::BTreeMap};

use super::{Arguments, Platform, environment::Environment, shell::Shell};
use crate::{
    document::Node,
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
    /// The object that makes the pod.
    pub member: &'a Member,
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

    /// Puts a text into a file; without one, nobody knows what the file holds.
    pub(super) fn write(&mut self, container: Container<'a>, path: &str, text: Option<Text<'a>>) {
        let mount = self.mount(container, path);
        let place = place(container, mount.as_ref(), path);
        self.written.insert(place, text);
    }

    /// Takes all files that were written for changed.
    pub(super) fn forget(&mut self) {
        self.written.values_mut().for_each(|it| *it = None);
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
        let environment = self.environment(container, &arguments);
        Shell::new(platform, container, environment, self).run(&arguments);
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
