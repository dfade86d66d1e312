//! The files of a revision, read from git's objects: the work tree is not looked at, and nothing in it changes.
//!
//! The user's own `git` reads them. Whatever a repository is (of SHA-256, shallow, a linked work tree, partly
//! fetched), it knows.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use crate::world::{self, Listing, MAX_FILE, ReadError, World};

/// A folder of a repository as a revision has it.
#[derive(Debug)]
pub struct Revision {
    /// The commit's name in full.
    pub commit: String,
    files: BTreeMap<String, Entry>,
    /// Paths that are not UTF-8.
    unnamed: Vec<String>,
    objects: Mutex<Objects>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    /// A commit of another repository.
    Submodule,
}

/// The commit that work on this branch began with.
#[derive(Clone, Debug)]
pub struct Base {
    /// Its name in full.
    pub commit: String,
    /// The branch that it is on, such as `origin/main`.
    pub branch: String,
}

/// Where a main branch is looked for, when the remote does not say which it is.
const MAIN: [&str; 4] = [
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

/// Where the branch that is checked out left the main one.
///
/// # Errors
/// In words: there is no repository, no main branch, or no commit in common.
pub fn merge_base(root: &Path) -> Result<Base, String> {
    let remote = run(
        root,
        &["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"],
    );
    let remote = remote.ok().map(|it| it.trim().to_owned());
    let candidates = remote.into_iter().chain(MAIN.map(str::to_owned));
    // Without a repository, that is what is wrong.
    run(root, &["rev-parse", "--git-dir"])?;
    let branch = candidates.into_iter().find(|it| commit(root, it).is_ok());
    let branch =
        branch.ok_or("there is no main branch here; say with `--against` what to compare with")?;
    let short = branch
        .trim_start_matches("refs/remotes/")
        .trim_start_matches("refs/heads/");
    let base = run(root, &["merge-base", "HEAD", &branch]).map_err(|said| {
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        format!(
            "this branch and {short} have no commit in common{said}; a shallow clone may lack it (`fetch-depth: 0`), or say with `--against` what to compare with"
        )
    })?;
    Ok(Base {
        commit: base.trim().to_owned(),
        branch: short.to_owned(),
    })
}

/// The commit that a revision names.
///
/// # Errors
/// git's words.
pub fn commit(root: &Path, revision: &str) -> Result<String, String> {
    let name = format!("{revision}^{{commit}}");
    let found = run(
        root,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ],
    );
    found.map(|it| it.trim().to_owned())
}

impl Revision {
    /// The files below a folder of a repository, as a commit has them.
    ///
    /// # Errors
    /// git's words.
    pub fn open(root: &Path, commit: &str) -> Result<Self, String> {
        let listed = output(root, &["ls-tree", "-r", "-z", commit])?;
        let (mut files, mut unnamed) = (BTreeMap::new(), Vec::new());
        for line in listed.split(|it| *it == 0).filter(|it| !it.is_empty()) {
            let malformed = || "git listed what cannot be read".to_owned();
            let tab = line
                .iter()
                .position(|it| *it == b'\t')
                .ok_or_else(malformed)?;
            let (head, path) = (&line[..tab], &line[tab + 1..]);
            let head = String::from_utf8_lossy(head).into_owned();
            let mut words = head.split(' ');
            let (mode, id) = words.next().zip(words.nth(1)).ok_or_else(malformed)?;
            let kind = match mode {
                "120000" => Kind::Link,
                "160000" => Kind::Submodule,
                _ => Kind::File,
            };
            match std::str::from_utf8(path) {
                Ok(path) => {
                    let id = id.to_owned();
                    files.insert(path.to_owned(), Entry { id, kind });
                }
                Err(_) => unnamed.push(String::from_utf8_lossy(path).into_owned()),
            }
        }
        let objects = Objects::open(root).map_err(|error| format!("git cannot be run: {error}"))?;
        Ok(Self {
            commit: commit.to_owned(),
            files,
            unnamed,
            objects: Mutex::new(objects),
        })
    }

    fn blob(&self, entry: &Entry) -> Result<Vec<u8>, ReadError> {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.blob(&entry.id)
    }

    /// The path without links on it; none when one leads out of the folder.
    fn resolve(&self, path: &str) -> Result<String, ReadError> {
        const MOST_LINKS: usize = 40;
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let ends = path
                .match_indices('/')
                .map(|(at, _)| at)
                .chain([path.len()]);
            let links = ends.filter_map(|end| {
                let entry = self.files.get(&path[..end])?;
                (entry.kind == Kind::Link).then_some((end, entry))
            });
            let first = links.into_iter().next();
            let Some((end, link)) = first else {
                return Ok(path);
            };
            let target = String::from_utf8(self.blob(link)?).map_err(|_| ReadError::Missing)?;
            let target = world::join(world::folder(&path[..end]), &target);
            path = format!("{}{}", target.ok_or(ReadError::Outside)?, &path[end..]);
        }
        Err(ReadError::System(
            "too many levels of symbolic links".to_owned(),
        ))
    }
}

impl World for Revision {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let path = self.resolve(path)?;
        match self.files.get(&path) {
            Some(entry) if entry.kind == Kind::File => self.blob(entry),
            Some(_) => Err(ReadError::NoFile("another repository")),
            None => {
                let folder = format!("{path}/");
                let next = self.files.range(folder.clone()..).next();
                let is_folder = next.is_some_and(|(it, _)| it.starts_with(&folder));
                Err(if is_folder {
                    ReadError::NoFile("a folder")
                } else {
                    ReadError::Missing
                })
            }
        }
    }

    fn list(&self, folder: &str) -> Listing {
        let Ok(real) = self.resolve(folder) else {
            return Listing::default();
        };
        let below = |path: &str| match real.as_str() {
            "" => Some(path.to_owned()),
            real => path
                .strip_prefix(real)?
                .strip_prefix('/')
                .map(str::to_owned),
        };
        let shown = |inside: String| match folder {
            "" => inside,
            folder => format!("{folder}/{inside}"),
        };
        let files = self
            .files
            .iter()
            .filter(|(_, it)| it.kind != Kind::Submodule);
        let unnamed = self.unnamed.iter().filter_map(|it| below(it));
        let why = "its name is not UTF-8".to_owned();
        Listing {
            files: files
                .filter_map(|(path, _)| below(path).map(shown))
                .collect(),
            unread: unnamed.map(|it| (shown(it), why.clone())).collect(),
        }
    }
}

/// A `git cat-file --batch` that answers one question after the other.
#[derive(Debug)]
struct Objects {
    child: Child,
    /// None when it is told to end.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    fn open(root: &Path) -> io::Result<Self> {
        let mut child = git(root)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let questions = child.stdin.take();
        let answers = child.stdout.take();
        let answers = answers.expect("the output is a pipe, because it was asked for");
        Ok(Self {
            child,
            questions,
            answers: BufReader::new(answers),
        })
    }

    fn blob(&mut self, id: &str) -> Result<Vec<u8>, ReadError> {
        let system = |error: io::Error| ReadError::System(error.to_string());
        let missing = || ReadError::System("git does not have the file's content".to_owned());
        let questions = self.questions.as_mut().ok_or_else(missing)?;
        writeln!(questions, "{id}").map_err(system)?;
        questions.flush().map_err(system)?;
        let mut head = String::new();
        self.answers.read_line(&mut head).map_err(system)?;
        // `ID blob SIZE`, or `ID missing`, as of a partial clone without a network.
        let size = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|it| it.parse::<u64>().ok());
        let size = size.ok_or_else(missing)?;
        let mut bytes = Vec::new();
        let kept = size.min(MAX_FILE + 1);
        io::copy(&mut (&mut self.answers).take(kept), &mut bytes).map_err(system)?;
        let rest = size - kept + 1;
        io::copy(&mut (&mut self.answers).take(rest), &mut io::sink()).map_err(system)?;
        if size > MAX_FILE {
            return Err(ReadError::TooLarge(size));
        }
        Ok(bytes)
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It ends when nobody can ask any more.
        self.questions = None;
        let _ = self.child.wait();
    }
}

fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root);
    // A hook of git sets these for its own work tree and index.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command
}

fn run(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let said = output(root, arguments)?;
    String::from_utf8(said).map_err(|_| "git answered in another encoding than UTF-8".to_owned())
}

fn output(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = git(root).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("git cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().trim_start_matches("fatal: ");
    Err(said.lines().next().unwrap_or_default().to_owned())
}
