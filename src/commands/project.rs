//! A project on disk: what the commands share.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::neighbours;
use crate::{
    Compilation, compile,
    delivery::RESERVED,
    diagnostics::{Diagnostic, Diagnostics, codes, name_list},
    document::Sources,
    output::{LOCK_FILE, Output},
    parallel,
    spec::{SPEC_FOLDER, environments, read},
    spelling,
    upgrade::compare_with_old,
    world::Disk,
};

/// Why a command ends without success.
#[derive(Debug)]
pub enum Stop {
    /// Problems were found, and shown.
    Problems,
    /// The command itself is wrong.
    Misuse(String),
}

/// A folder with `environments` and `out`.
pub struct Project {
    world: Disk,
}

impl Project {
    /// The project at a folder, or the one around the working folder.
    pub fn find(root: Option<&Path>) -> Result<Self, Stop> {
        let root = match root {
            Some(root) => root.to_owned(),
            None => around_working_folder()?,
        };
        let opened = Disk::new(&root).and_then(|world| {
            std::fs::read_dir(world.root().join(SPEC_FOLDER))?;
            Ok(world)
        });
        match opened {
            Ok(world) => Ok(Self { world }),
            Err(error) => Err(Stop::Misuse(format!(
                "cannot open `{}`: {error}",
                root.join(SPEC_FOLDER).display()
            ))),
        }
    }

    /// The folder, without symbolic links.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.world.root()
    }

    /// The files.
    #[must_use]
    pub const fn world(&self) -> &Disk {
        &self.world
    }

    /// The output. Its paths are relative to the working folder where they can be, for messages.
    #[must_use]
    pub fn output(&self) -> Output {
        Output::beneath(&self.world, "out", self.shown("out"))
    }

    /// The output of the engines' own objects.
    #[must_use]
    pub fn delivery(&self) -> Output {
        Output::beneath(&self.world, "out/delivery", self.shown("out/delivery"))
    }

    /// A path of the project as the user would write it from the working folder.
    #[must_use]
    pub fn shown(&self, path: &str) -> PathBuf {
        let here = std::env::current_dir().and_then(std::fs::canonicalize);
        match here {
            Ok(here) if here == self.root() => PathBuf::from(path),
            _ => self.root().join(path),
        }
    }

    /// The environments that the user named, or all.
    pub fn chosen(&self, named: &[String]) -> Result<Vec<String>, Stop> {
        let all = environments(&self.world);
        if named.is_empty() {
            if all.is_empty() {
                return Err(Stop::Misuse(format!(
                    "there is no spec in `{SPEC_FOLDER}`; `kiln init` writes a first one"
                )));
            }
            return Ok(all);
        }
        for name in named {
            if !all.contains(name) {
                let known = || all.iter().map(String::as_str);
                let hint = spelling::hint(name, known(), || {
                    format!("`{SPEC_FOLDER}` has {}", name_list(known()))
                });
                return Err(Stop::Misuse(format!(
                    "there is no environment `{name}`; {hint}"
                )));
            }
        }
        let mut chosen = named.to_vec();
        chosen.sort();
        chosen.dedup();
        Ok(chosen)
    }

    /// The environments that names and paths stand for, or all. A path stands for every environment that reads the
    /// file: what runs kiln for changed files, as pre-commit does, knows no names.
    pub fn selected(&self, words: &[String]) -> Result<Vec<String>, Stop> {
        let is_path = |word: &&String| {
            let ending = Path::new(word).extension();
            word.contains('/') || ending.is_some_and(|it| it == "toml")
        };
        let (paths, names): (Vec<_>, Vec<_>) = words.iter().partition(is_path);
        let mut names: Vec<_> = names.into_iter().cloned().collect();
        if !paths.is_empty() {
            names.extend(self.readers(&paths)?);
        }
        self.chosen(&names)
    }

    /// The environments that read any of some files.
    fn readers(&self, paths: &[&String]) -> Result<BTreeSet<String>, Stop> {
        let all = environments(&self.world);
        let mut wanted = Vec::new();
        for path in paths {
            wanted.push((*path, self.file(path, &all)?));
        }
        // What a spec extends is known when it is read; its other files, when it is compiled.
        let of_spec = |it: &str| read(&self.world, it).0.sources;
        let of_all = |it: &str| compile(&self.world, it).sources;
        let mut found = BTreeSet::new();
        for sources in [&of_spec as &dyn Fn(&str) -> Sources, &of_all] {
            if wanted.is_empty() {
                break;
            }
            let mut readers = BTreeMap::<_, Vec<_>>::new();
            for environment in &all {
                for file in sources(environment).files() {
                    if let Ok(path) = std::fs::canonicalize(self.root().join(&file.path)) {
                        readers.entry(path).or_default().push(environment);
                    }
                }
            }
            wanted.retain(|(_, path)| {
                let of_file = readers.get(path);
                found.extend(of_file.into_iter().flatten().copied().cloned());
                of_file.is_none()
            });
        }
        match wanted.first() {
            None => Ok(found),
            Some((path, _)) => Err(Stop::Misuse(format!(
                "no environment reads `{path}`; write the name of one, or a file that one reads"
            ))),
        }
    }

    /// A file by its path from the working folder, or from the project as messages print it.
    fn file(&self, path: &str, environments: &[String]) -> Result<PathBuf, Stop> {
        let found = std::fs::canonicalize(path);
        let found = found.or_else(|_| std::fs::canonicalize(self.root().join(path)));
        found.map_err(|_| {
            let specs = environments.iter();
            let specs: Vec<_> = specs.map(|it| format!("{SPEC_FOLDER}/{it}.toml")).collect();
            let hint = spelling::hint(path, specs.iter().map(String::as_str), || {
                let names = environments.iter().map(String::as_str);
                format!("`{SPEC_FOLDER}` has {}", name_list(names))
            });
            Stop::Misuse(format!("there is no file `{path}`; {hint}"))
        })
    }

    /// Compiles environments, and checks them against each other and against what is compiled so far.
    pub fn compile(&self, chosen: &[String]) -> Result<Vec<Compilation>, Stop> {
        let mut compilations = parallel::map(chosen, |it| compile(&self.world, it));
        self.neighbours(&mut compilations);
        let output = self.output();
        for compilation in &mut compilations {
            if compilation.diagnostics.has_errors() {
                continue;
            }
            // A lock that cannot be read is reported when the tree is written or verified.
            let claims = || output.claims(&compilation.environment).ok().flatten();
            let mut now = claims();
            while let Some(old) = now {
                let found = compare_with_old(compilation, &old, &self.world);
                now = claims();
                // Of a tree that another run has replaced meanwhile, only a part may have been read.
                if now.as_ref().is_none_or(|it| *it == old) {
                    compilation.diagnostics.append(found);
                    break;
                }
            }
        }
        // What is about no line is about the spec as a whole.
        for compilation in &mut compilations {
            let spec = format!("{SPEC_FOLDER}/{}.toml", compilation.environment);
            compilation.diagnostics.place_in_file(&spec);
        }
        Ok(compilations)
    }

    /// Two environments on one cluster may not make the same object: their engines would overwrite
    /// it for ever. So the neighbours of what was chosen are compiled too.
    fn neighbours(&self, compilations: &mut [Compilation]) {
        let clusters: BTreeSet<String> = compilations
            .iter()
            .filter_map(neighbours::cluster)
            .collect();
        let chosen: BTreeSet<_> = compilations.iter().map(|it| &it.environment).collect();
        let mut unchosen = environments(&self.world);
        unchosen.retain(|it| !chosen.contains(it));
        let unchosen = parallel::map(&unchosen, |name| {
            let (source, _) = read(&self.world, name);
            let stated = source.root.str_at(["cluster", "name"]);
            let is_neighbour = stated.is_some_and(|it| clusters.contains(it));
            is_neighbour.then(|| compile(&self.world, name))
        });
        let unchosen: Vec<_> = unchosen.into_iter().flatten().collect();
        neighbours::report_shared_objects(&unchosen, compilations);
    }

    /// All trees, be they of environments or not: their names, and a folder in which each lies.
    pub fn trees(&self) -> Result<BTreeMap<String, &'static str>, Diagnostics> {
        let of_engines = self.delivery().folders()?.into_iter();
        let mut all: BTreeMap<_, _> = of_engines.map(|it| (it, "out/delivery")).collect();
        let own = self.output().folders()?.into_iter();
        // That of the engines' objects is none of an environment, and holds one for each.
        all.extend(own.filter(|it| it != RESERVED).map(|it| (it, "out")));
        Ok(all)
    }

    /// What lies in the output and belongs to no spec. Where the output is verified, that is an error, and so is what
    /// lies beside the trees: an engine may still follow it.
    #[must_use]
    pub fn orphans(&self, is_verified: bool) -> Diagnostics {
        let mut found = Diagnostics::default();
        // What cannot be listed is reported where a tree of it is opened.
        let Ok(trees) = self.trees() else {
            return found;
        };
        let environments = environments(&self.world);
        let outputs = [(self.output(), "out"), (self.delivery(), "out/delivery")];
        let orphans = trees.iter().filter(|(it, _)| !environments.contains(it));
        for (name, folder) in orphans {
            let locked = outputs
                .iter()
                .find(|(output, _)| !matches!(output.claims(name), Ok(None)));
            found.push(if let Some((_, folder)) = locked {
                orphan(folder, name).hint(format!(
                    "`kiln compile --remove {name}` removes it; an engine that prunes then deletes its objects"
                ))
            } else {
                let diagnostic = orphan(folder, name)
                    .note("it has no lock either, so nothing in it is known to be kiln's")
                    .hint("restore the spec, or delete the folder: an engine may follow it still");
                if is_verified { diagnostic } else { diagnostic.lesser() }
            });
        }
        if is_verified {
            for (output, _) in &outputs {
                found.append(output.beside().unwrap_or_default());
            }
        }
        found
    }
}

fn orphan(folder: &str, name: &str) -> Diagnostic {
    let title = format!("`{folder}/{name}` has no spec any more");
    Diagnostic::error(codes::ORPHAN, title).in_file(format!("{folder}/{name}/{LOCK_FILE}"))
}

fn around_working_folder() -> Result<PathBuf, Stop> {
    let here = std::env::current_dir()
        .map_err(|error| Stop::Misuse(format!("cannot tell the working folder: {error}")))?;
    here.ancestors()
        .find(|folder| folder.join(SPEC_FOLDER).is_dir())
        .map(Path::to_owned)
        .ok_or_else(|| {
            Stop::Misuse(format!(
                "no folder `{SPEC_FOLDER}` here or above; `kiln init` writes a first one"
            ))
        })
}
