//! Whatever happens to a run in the middle of a write, the tree on disk is the old or the new one,
//! and the next run leaves the new one and nothing else.
//!
//! Needs `strace`, and takes minutes: `make conformance` runs it.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The program under test, an example of this crate. Started as `PROGRAM OUT REVISION FILES`, it
/// makes `OUT/TREE` the tree of a revision.
const PROGRAM: &str = "write_tree";

/// The tree that it writes.
const TREE: &str = "env-0";

/// The calls that build a tree and put it into its place. Two names for one thing are for the
/// machines that have only one of them.
const BUILDING: [&str; 13] = [
    "mkdir",
    "mkdirat",
    "openat",
    "write",
    "copy_file_range",
    "linkat",
    "symlink",
    "symlinkat",
    "fchmod",
    "rename",
    "renameat",
    "renameat2",
    "close",
];

/// The calls that clear away, and the one that waits for other runs.
const CLEARING: [&str; 4] = ["unlink", "unlinkat", "rmdir", "flock"];

/// Makes a run find that folders cannot be exchanged.
const NO_EXCHANGE: &str = "renameat2:error=EINVAL:when=1";

const SIGKILL: i32 = 9;

/// What lies below a folder: folders, files with their mode and text, links with their target.
type Snapshot = BTreeMap<PathBuf, String>;

fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    // Cargo builds no examples when a single test target is run.
    BUILT.get_or_init(|| {
        let target = std::env::current_exe().unwrap();
        let target = target
            .ancestors()
            .nth(3)
            .expect("cargo puts tests into target/PROFILE/deps");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", PROGRAM, "--target-dir"])
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(built.success());
        target.join("debug/examples").join(PROGRAM)
    })
}

/// An output folder that holds revision `a` and foreign files, and how it is to look.
struct Trial {
    files: usize,
    folder: TempDir,
    old: Snapshot,
    new: Snapshot,
}

impl Trial {
    fn new(files: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut trial = Self {
            files,
            folder,
            old: Snapshot::new(),
            new: Snapshot::new(),
        };
        trial.run("b");
        trial.add_foreign_files();
        trial.new = trial.snapshot();
        trial.reset();
        trial.old = trial.snapshot();
        assert_ne!(trial.old, trial.new);
        trial
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Starts anew with revision `a`.
    fn reset(&self) {
        if self.old.is_empty() {
            let _ = fs::remove_dir_all(self.out());
            self.run("a");
            self.add_foreign_files();
            return;
        }
        fs::remove_dir_all(self.out()).unwrap();
        restore(&self.out(), &self.old);
    }

    fn add_foreign_files(&self) {
        let tree = self.out().join(TREE);
        fs::create_dir_all(tree.join("3-platform/notes")).unwrap();
        let script = tree.join("3-platform/notes/run.sh");
        fs::write(&script, "ours").unwrap();
        fs::set_permissions(script, fs::Permissions::from_mode(0o750)).unwrap();
        symlink("3-platform", tree.join("link")).unwrap();
    }

    fn arguments(&self, command: &mut Command, revision: &str) {
        command
            .arg(self.out())
            .arg(revision)
            .arg(self.files.to_string());
    }

    /// A run that nothing disturbs.
    fn run(&self, revision: &str) {
        let mut command = Command::new(program());
        self.arguments(&mut command, revision);
        assert!(command.status().unwrap().success());
    }

    /// A run towards revision `b` with faults, as `strace` writes them, and whether the last came
    /// about: a run may end before it.
    fn run_with(&self, faults: &[&str]) -> (ExitStatus, bool) {
        let log = self.folder.path().join("strace.log");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o"]).arg(&log);
        let mut calls = Vec::new();
        for fault in faults {
            let (call, _) = fault.split_once(':').expect("a fault names its call");
            // A question mark: the machine may not have this call.
            calls.push(format!("?{call}"));
            command.arg("-e").arg(format!("inject=?{fault}"));
        }
        command.args(["-e", &format!("trace={}", calls.join(","))]);
        command.arg(program());
        self.arguments(&mut command, "b");
        let status = command.stderr(Stdio::null()).status();
        let status = status.expect("strace is installed: without it nothing is tested");
        let refused = fs::read_to_string(log)
            .unwrap()
            .matches("(INJECTED)")
            .count();
        (
            status,
            status.signal() == Some(SIGKILL) || refused == faults.len(),
        )
    }

    fn snapshot(&self) -> Snapshot {
        let mut found = Snapshot::new();
        collect(&self.out(), &self.out(), &mut found);
        found
    }

    /// The tree alone, without what lies in the staging folder.
    fn tree(&self) -> Snapshot {
        let mut found = self.snapshot();
        found.retain(|path, _| path.starts_with(TREE));
        found
    }

    /// The tree is wholly the old or wholly the new one: says whether it is the new one.
    fn assert_whole(&self, when: &str) -> bool {
        let tree = self.tree();
        assert!(
            tree == self.old || tree == self.new,
            "{when}: {:?}",
            tree.keys()
        );
        tree == self.new
    }

    /// The next run ends as if nothing had happened.
    fn assert_heals(&self, when: &str) {
        self.run("b");
        assert!(
            self.snapshot() == self.new,
            "{when}: {:?}",
            self.snapshot().keys()
        );
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Snapshot) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let content = if path.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if path.is_dir() {
            collect(root, &path, found);
            "folder".to_owned()
        } else {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            format!("{mode:o} {}", fs::read_to_string(&path).unwrap())
        };
        found.insert(path.strip_prefix(root).unwrap().to_owned(), content);
    }
}

fn restore(root: &Path, snapshot: &Snapshot) {
    for (path, content) in snapshot {
        let path = root.join(path);
        if content == "folder" {
            fs::create_dir_all(path).unwrap();
        } else if let Some(target) = content.strip_prefix("-> ") {
            symlink(target, path).unwrap();
        } else {
            let (mode, text) = content
                .split_once(' ')
                .expect("a mode stands before the text");
            let mode = u32::from_str_radix(mode, 8).expect("it was written by `collect`");
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

#[test]
#[ignore = "needs strace and takes minutes; `make conformance` runs it"]
fn killed_before_any_call_the_tree_is_whole() {
    let trial = Trial::new(12);
    let (mut old, mut new) = (0, 0);
    // strace counts each call by itself.
    for call in BUILDING.into_iter().chain(CLEARING) {
        for number in 1.. {
            trial.reset();
            let when = format!("killed before {call} {number}");
            let (status, killed) =
                trial.run_with(&[&format!("{call}:signal=SIGKILL:when={number}")]);
            assert_ne!(killed, status.success(), "{when}: {status}");
            if !killed {
                assert!(
                    trial.snapshot() == trial.new,
                    "{call} {number} was not reached"
                );
                break;
            }
            *(if trial.assert_whole(&when) {
                &mut new
            } else {
                &mut old
            }) += 1;
            trial.assert_heals(&when);
        }
    }
    println!(
        "killed before each of {} calls: {old} left the old tree, {new} the new",
        old + new
    );
    // The new tree is built long before the exchange, and the old one removed long after.
    assert!(
        old > 80 && new > 30,
        "{old} old, {new} new: not all calls were reached"
    );
}

#[test]
#[ignore = "needs strace and takes minutes; `make conformance` runs it"]
fn killed_where_nothing_can_be_exchanged_the_next_run_heals() {
    let trial = Trial::new(12);
    let (mut whole, mut absent) = (0, 0);
    for call in BUILDING
        .into_iter()
        .chain(CLEARING)
        .filter(|call| *call != "renameat2")
    {
        for number in 1.. {
            trial.reset();
            let when = format!("killed before {call} {number}");
            let kill = format!("{call}:signal=SIGKILL:when={number}");
            let (status, _) = trial.run_with(&[NO_EXCHANGE, &kill]);
            if status.success() {
                break;
            }
            assert_eq!(status.signal(), Some(SIGKILL), "{when}: {status}");
            if trial.tree().is_empty() {
                absent += 1;
            } else {
                trial.assert_whole(&when);
                whole += 1;
            }
            // The foreign files are in what the run had moved aside, and come back with it.
            trial.assert_heals(&when);
        }
    }
    println!(
        "killed before each of {} calls: {absent} left no tree",
        whole + absent
    );
    assert!(
        whole > 110,
        "{whole} times whole: not all calls were reached"
    );
    assert_eq!(absent, 1, "there is one gap, between the first two renames");
}

#[test]
#[ignore = "needs strace and takes minutes; `make conformance` runs it"]
fn a_refused_call_leaves_a_whole_tree() {
    let trial = Trial::new(12);
    let (mut errors, mut coped) = (0, 0);
    // No file system refuses to close a folder, and the standard library takes that for a bug.
    let calls = || {
        BUILDING
            .into_iter()
            .chain(CLEARING)
            .filter(|call| *call != "close")
    };
    for error in ["ENOSPC", "EROFS", "EACCES"] {
        for call in calls() {
            for number in 1.. {
                trial.reset();
                let when = format!("{call} {number} refused with {error}");
                let (status, refused) =
                    trial.run_with(&[&format!("{call}:error={error}:when={number}")]);
                let is_new = trial.assert_whole(&when);
                assert_eq!(status.success(), is_new, "{when}: {status}");
                if !refused {
                    break;
                }
                *(if is_new { &mut coped } else { &mut errors }) += 1;
                // What cannot be cleared away after a success stays for the next run; so does a
                // lock that cannot be had, because it may be another run's.
                if !is_new && call != "flock" {
                    let beside = trial.snapshot().len() - trial.tree().len();
                    assert_eq!(beside, 0, "{when}: something stays beside the tree");
                }
                trial.assert_heals(&when);
            }
        }
    }
    println!(
        "{} refusals: {errors} ended the run, {coped} did not matter",
        errors + coped
    );
    assert!(errors > 150, "{errors} errors: not all calls were reached");
}

#[test]
#[ignore = "needs strace and takes minutes; `make conformance` runs it"]
fn a_durable_tree_is_flushed_before_it_is_exchanged() {
    let trial = Trial::new(12);
    let log = trial.folder.path().join("strace.log");
    let mut command = Command::new("strace");
    command
        .args(["-e", "trace=linkat,write,syncfs,renameat2", "-o"])
        .arg(&log);
    command.arg(program());
    trial.arguments(&mut command, "b");
    assert!(command.args(["1", "durable"]).status().unwrap().success());
    let log = fs::read_to_string(log).unwrap();
    let mut last = log
        .lines()
        .rev()
        .skip_while(|line| !line.starts_with("renameat2("));
    assert!(
        last.next()
            .is_some_and(|line| line.contains("RENAME_EXCHANGE")),
        "{log}"
    );
    assert!(
        last.next().is_some_and(|line| line.starts_with("syncfs(")),
        "{log}"
    );
    assert!(trial.assert_whole("flushed"));
}

#[test]
#[ignore = "needs strace and takes minutes; `make conformance` runs it"]
fn killed_at_any_moment_the_tree_is_whole() {
    let trial = Trial::new(400);
    let start = Instant::now();
    trial.run("b");
    let usual = start.elapsed();
    let mut killed = 0;
    for round in 0..100 {
        trial.reset();
        let mut command = Command::new(program());
        trial.arguments(&mut command, "b");
        let mut run = command.spawn().unwrap();
        let moment = usual * random() / 1000;
        std::thread::sleep(moment);
        run.kill().unwrap();
        let status = run.wait().unwrap();
        assert!(
            status.success() || status.signal() == Some(SIGKILL),
            "{status}"
        );
        killed += usize::from(!status.success());
        let when = format!("round {round}, killed after {moment:?}");
        trial.assert_whole(&when);
        trial.assert_heals(&when);
    }
    assert!(
        killed > 30,
        "{killed} of 100 runs were still at work: {usual:?} is too short"
    );
    assert!(usual > Duration::from_millis(2));
}

/// A number below a thousand.
fn random() -> u32 {
    let bits = RandomState::new().build_hasher().finish() % 1000;
    u32::try_from(bits).expect("a remainder of 1,000 is small")
}
