//! The files of a pod's containers: what `ConfigMap`s put there, and what scripts make of these.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    mem,
    ops::Bound::{Included, Unbounded},
    rc::Rc,
};

use super::{Arguments, Platform, environment::Environment, shell::Shell};
use crate::{
    document::Node,
    graph::Member,
    kubernetes::{Container, ContainerRole, PodTemplate},
};

/// How large the texts may become that the scripts of a pod make of others, as [`Node::size`] counts: far more than
/// `ConfigMap`s hold, and little enough for scripts that double a text with each line. What would be beyond it,
/// nobody knows.
pub(super) const MOST_WRITTEN: usize = 100_000;

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

/// What a container of a pod finds in its files when it starts, and once its script has run.
#[derive(Clone, Debug)]
pub(super) struct Files<'a> {
    /// The object that makes the pod.
    pub member: &'a Member,
    container: Container<'a>,
    /// What is mounted in the container, by the paths without a `/` at their end.
    mounts: BTreeMap<&'a str, Mount<'a>>,
    /// The variables of the container, by their names.
    variables: Rc<BTreeMap<&'a str, &'a Node>>,
    /// What the scripts of init containers write.
    before: Rc<Written<'a>>,
    /// Up to when of that the container finds.
    until: usize,
    /// What the container's own script writes.
    own: Written<'a>,
}

/// What scripts leave in files.
#[derive(Clone, Debug, Default)]
struct Written<'a> {
    /// What each file held, and since when; none when the text is not in sight.
    files: BTreeMap<FileLocation<'a>, Vec<(usize, Option<Text<'a>>)>>,
    /// When all files that had been written were taken for changed.
    forgotten: Vec<usize>,
    /// How often anything happened so far.
    now: usize,
    /// How large the texts are that no object holds.
    size: usize,
}

/// Where a file lies, however the containers call it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FileLocation<'a> {
    /// In a volume, by the path below its root.
    Volume(&'a str, String),
    /// In a container's own file system.
    Container(&'a str, String),
}

impl<'a> Written<'a> {
    fn set(&mut self, place: FileLocation<'a>, text: Option<Text<'a>>) {
        if let Some(Cow::Owned(node)) = text.as_ref().map(|it| &it.node) {
            self.size += node.size();
        }
        let text = text.filter(|_| self.size <= MOST_WRITTEN);
        self.now += 1;
        self.files.entry(place).or_default().push((self.now, text));
    }

    fn forget(&mut self) {
        self.now += 1;
        self.forgotten.push(self.now);
    }

    /// What was written into a file until then, if anything; nobody knows it when the text is not in sight.
    fn get(&self, place: &FileLocation<'a>, until: usize) -> Option<Found<'a>> {
        let versions = self.files.get(place)?;
        let count = versions.partition_point(|(since, _)| *since <= until);
        let (since, text) = versions[..count].last()?;
        let after = self.forgotten.partition_point(|it| it < since);
        let is_forgotten = self.forgotten.get(after).is_some_and(|it| *it <= until);
        let text = text.clone().filter(|_| !is_forgotten);
        Some(text.map_or(Found::Unknown, Found::Text))
    }

    /// Whether anything was written until then into a folder of a container's own file system.
    fn touches(&self, container: Container<'a>, folder: &str, until: usize) -> bool {
        let name = container.name();
        let from = FileLocation::Container(name, folder.to_owned());
        let places = self
            .files
            .range(from..)
            .map_while(|(place, versions)| match place {
                FileLocation::Container(of, path) if *of == name && path.starts_with(folder) => {
                    Some((path, versions))
                }
                _ => None,
            });
        let mut below = places.filter(|(path, _)| is_below(path, folder));
        below.any(|(_, versions)| versions.first().is_some_and(|(since, _)| *since <= until))
    }
}

impl<'a> Files<'a> {
    /// The containers of a pod with their files, and with the words of their commands and scripts. Each finds what
    /// the scripts of the init containers that run before it, and its own, leave behind.
    pub(super) fn of_pod(
        platform: &Platform<'a>,
        member: &'a Member,
        pod: PodTemplate<'a>,
    ) -> Vec<(Container<'a>, Self, Arguments)> {
        let mut volumes = BTreeMap::new();
        for volume in pod.node.list_at(["spec", "volumes"]) {
            if let Some(name) = volume.str_at(["name"]) {
                volumes.entry(name).or_insert(volume);
            }
        }
        let mut containers: Vec<_> = pod
            .containers()
            .map(|it| (it, Self::new(member, it, &volumes), Arguments::default()))
            .collect();
        let (init, main): (Vec<_>, Vec<_>) = containers
            .iter_mut()
            .partition(|(it, ..)| it.role == ContainerRole::Init);
        let mut written = Written::default();
        let mut started = Vec::new();
        for (_, files, arguments) in init {
            files.own = mem::take(&mut written);
            *arguments = files.start(platform);
            written = mem::take(&mut files.own);
            files.until = written.now;
            started.push(files);
        }
        let before = Rc::new(written);
        for files in started {
            files.before = Rc::clone(&before);
        }
        for (_, files, arguments) in main {
            files.before = Rc::clone(&before);
            files.until = before.now;
            *arguments = files.start(platform);
        }
        containers
    }

    /// The files of one container of a pod, and the words of its command and scripts.
    pub(super) fn of(
        platform: &Platform<'a>,
        member: &'a Member,
        pod: &'a Node,
        container: Container<'a>,
    ) -> Option<(Self, Arguments)> {
        let template = PodTemplate {
            path: &[],
            node: pod,
        };
        let mut all = Self::of_pod(platform, member, template).into_iter();
        let (_, files, arguments) = all.find(|(it, ..)| std::ptr::eq(it.node, container.node))?;
        Some((files, arguments))
    }

    /// The files of a container before anything has run.
    fn new(
        member: &'a Member,
        container: Container<'a>,
        volumes: &BTreeMap<&'a str, &'a Node>,
    ) -> Self {
        let mounts = container.node.list_at(["volumeMounts"]).iter();
        let mounts = mounts.filter_map(|mount| {
            let name = mount.str_at(["name"])?;
            let at = mount.str_at(["mountPath"])?.trim_end_matches('/');
            let mount = Mount {
                volume: volumes.get(name)?,
                name,
                rest: mount.str_at(["subPath"]).unwrap_or_default().to_owned(),
            };
            Some((at, mount))
        });
        Self {
            member,
            container,
            mounts: mounts.collect(),
            variables: Rc::new(container.variables()),
            before: Rc::default(),
            until: 0,
            own: Written::default(),
        }
    }

    /// Looks a file up.
    pub(super) fn find(&self, platform: &Platform<'a>, path: &str) -> Found<'a> {
        let mount = self.mount(path);
        if let Some(written) = self.written(&self.place(mount.as_ref(), path)) {
            return written;
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

    /// What scripts wrote into a file, if anything.
    fn written(&self, place: &FileLocation<'a>) -> Option<Found<'a>> {
        let forgets = !self.own.forgotten.is_empty();
        self.own.get(place, self.own.now).or_else(|| {
            let before = self.before.get(place, self.until)?;
            Some(if forgets { Found::Unknown } else { before })
        })
    }

    /// The files that `ConfigMap`s put into a folder, with their names there.
    pub(super) fn in_folder(
        &self,
        platform: &Platform<'a>,
        folder: &str,
    ) -> Vec<(&'a str, &'a Node)> {
        let mount = self.mounts.get(folder.trim_end_matches('/'));
        let volume = mount.filter(|it| it.rest.is_empty());
        let volume = volume.and_then(|it| it.volume.get("configMap"));
        let Some((volume, member)) =
            volume.zip(volume.and_then(|it| self.config_map(platform, it)))
        else {
            return Vec::new();
        };
        let data = member.object.node().get("data");
        let items = volume.list_at(["items"]);
        if items.is_empty() {
            let data = data.into_iter().flat_map(Node::entries);
            return data.map(|(key, text)| (key.as_str(), text)).collect();
        }
        let files = items.iter().filter_map(|item| {
            let text = data?.get(item.str_at(["key"])?)?;
            Some((item.str_at(["path"])?, text))
        });
        files.collect()
    }

    /// Puts a text into a file; without one, nobody knows what the file holds.
    pub(super) fn write(&mut self, path: &str, text: Option<Text<'a>>) {
        let place = self.place(self.mount(path).as_ref(), path);
        self.own.set(place, text);
    }

    /// Takes all files that were written for changed.
    pub(super) fn forget(&mut self) {
        self.own.forget();
    }

    /// Whether anything is mounted on or below a folder, or written there.
    pub(super) fn touch(&self, folder: &str) -> bool {
        let folder = folder.trim_end_matches('/');
        let mounts = self.mounts.range::<str, _>((Included(folder), Unbounded));
        let mut mounts = mounts.take_while(|(at, _)| at.starts_with(folder));
        self.mount(folder).is_some()
            || mounts.any(|(at, _)| is_below(at, folder))
            || self.own.touches(self.container, folder, self.own.now)
            || self.before.touches(self.container, folder, self.until)
    }

    /// Where a path lies in a claim: the claim's name, and the path below its root.
    pub(super) fn in_claim(&self, path: &str) -> Option<(&'a str, String)> {
        let Mount { volume, rest, .. } = self.mount(path)?;
        let claim = volume.str_at(["persistentVolumeClaim", "claimName"])?;
        Some((claim, rest))
    }

    fn config_map(&self, platform: &Platform<'a>, volume: &Node) -> Option<&'a Member> {
        let namespace = self.member.object.identity().namespace.as_deref();
        platform.object("", "ConfigMap", namespace, volume.str_at(["name"])?)
    }

    /// Reads what the container starts, and does what its script does with files.
    fn start(&mut self, platform: &Platform<'a>) -> Arguments {
        let mut arguments = Arguments::of(self.container);
        let paths = arguments.words().filter(|(word, _)| word.starts_with('/'));
        let scripts = paths.filter_map(|(word, _)| {
            let Found::Text(text) = self.find(platform, word) else {
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
        Shell::new(platform, self.environment(&arguments), self).run(&arguments);
        arguments
    }

    /// What the container's script finds in its environment.
    pub(super) fn environment<'e>(&self, arguments: &'e Arguments) -> Environment<'e>
    where
        'a: 'e,
    {
        Environment {
            variables: Rc::clone(&self.variables),
            arguments,
            namespace: self.member.object.identity().namespace.as_deref(),
        }
    }

    /// What is mounted where a path leads: the deepest mount decides.
    fn mount(&self, path: &str) -> Option<Mount<'a>> {
        let mut folder = path;
        let mount = loop {
            match self.mounts.get(folder) {
                Some(mount) => break mount,
                None => folder = &folder[..folder.rfind('/')?],
            }
        };
        let rest = path[folder.len()..].trim_start_matches('/');
        let rest = [mount.rest.as_str(), rest].join("/");
        Some(Mount {
            rest: rest.trim_matches('/').to_owned(),
            ..*mount
        })
    }

    fn place(&self, mount: Option<&Mount<'a>>, path: &str) -> FileLocation<'a> {
        mount.map_or_else(
            || FileLocation::Container(self.container.name(), path.to_owned()),
            |mount| FileLocation::Volume(mount.name, mount.rest.clone()),
        )
    }
}

/// A volume in a container.
#[derive(Clone, Debug)]
struct Mount<'a> {
    name: &'a str,
    volume: &'a Node,
    /// The path below the volume's root.
    rest: String,
}

/// Whether a path is a folder, or below it.
fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
