//! The output stage through its public functions: locks, whole trees, drift.

mod drift;
mod lock;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use kiln::diagnostics::{Diagnostics, Severity};
use kiln::output::{Lock, Output, Tree};
use tempfile::TempDir;

const NAMESPACE: &str = "0-cluster/_cluster/Namespace-jobs.yaml";
const CONNECT: &str = "3-platform/jobs/Deployment-connect.yaml";
const SERVICE: &str = "3-platform/jobs/Service-connect.yaml";
const HISTORY: &str = "3-platform/jobs/Deployment-history.yaml";

/// An output folder of its own for a test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("the system has room for temporary files"))
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    /// The path of a file of the environment `prod`.
    fn prod(&self, file: &str) -> PathBuf {
        self.out().join("prod").join(file)
    }

    /// Writes a tree as a run of its own: says whether anything changed, and the warnings.
    fn write(&self, tree: &Tree) -> Result<(bool, Vec<String>), Vec<String>> {
        match Output::new(self.out()).write("prod", tree, &lock(tree)) {
            Ok(written) => Ok((written.changed, self.said(&written.warnings))),
            Err(errors) => Err(self.said(&errors)),
        }
    }

    fn verify(&self) -> Vec<String> {
        let (Ok(found) | Err(found)) = Output::new(self.out()).verify("prod");
        self.said(&found)
    }

    fn compare(&self, tree: &Tree) -> Vec<String> {
        let (Ok(found) | Err(found)) = Output::new(self.out()).compare("prod", tree, &lock(tree));
        self.said(&found)
    }

    /// Puts a file beside or over what kiln wrote.
    fn put(&self, file: &str, text: &str) {
        let path = self.prod(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.prod(file)).unwrap()
    }

    /// Everything below the output folder: folders, files with their text, links with their target.
    fn everything(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        collect(&self.out(), &self.out(), &mut found);
        found
    }

    /// Everything below the output folder with its inode and its time of modification.
    fn times(&self) -> Vec<(String, u64, i64, i64)> {
        let time = |path: String| {
            let data = fs::symlink_metadata(self.out().join(&path)).unwrap();
            (path, data.ino(), data.mtime(), data.mtime_nsec())
        };
        let mut times: Vec<_> = self.everything().into_keys().map(time).collect();
        times.push(time(String::new()));
        times
    }

    /// What diagnostics say, one line each, with paths as below the folder of the test.
    fn said(&self, diagnostics: &Diagnostics) -> Vec<String> {
        let here = format!("{}/", self.0.path().display());
        let line = |it: &kiln::diagnostics::Diagnostic| {
            let severity = match it.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            format!(
                "{severity} {}: {}",
                it.code.name,
                it.title.replace(&here, "")
            )
        };
        diagnostics.iter().map(line).collect()
    }
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        let content = if path.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if path.is_dir() {
            collect(root, &path, found);
            "folder".to_owned()
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        };
        found.insert(name, content);
    }
}

fn tree<const N: usize>(files: [(&str, &str); N]) -> Tree {
    files
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_owned()))
        .into()
}

fn lock(tree: &Tree) -> Lock {
    Lock::of(tree, BTreeSet::new(), BTreeSet::new())
}

/// A small platform.
fn first() -> Tree {
    tree([
        (NAMESPACE, "kind: Namespace\n"),
        (CONNECT, "kind: Deployment\nreplicas: 1\n"),
        (SERVICE, "kind: Service\n"),
    ])
}

/// The same platform after a pull request: one file changed, one gone, one new.
fn second() -> Tree {
    tree([
        (NAMESPACE, "kind: Namespace\n"),
        (CONNECT, "kind: Deployment\nreplicas: 2\n"),
        (HISTORY, "kind: Deployment\nname: history\n"),
    ])
}
