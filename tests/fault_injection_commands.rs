//! Every command that writes, stopped at every call and at any moment: each file is the one from before or the
//! one from after, what is not kiln's stays, and the same command once more ends as if nothing had happened.
//!
//! `tests/fault_injection.rs` holds the output stage alone to more than that. Needs `strace` and takes minutes;
//! `make conformance` runs it.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use crate::support::sample::one_in;
use crate::support::snapshot::{Snapshot, put, restore, snapshot};
use tempfile::TempDir;

const KILN: &str = env!("CARGO_BIN_EXE_kiln");

/// Every call by which kiln can change what is on the disk. A question mark: the machine may not have it.
const WRITING: [&str; 15] = [
    "mkdir",
    "mkdirat",
    "openat",
    "write",
    "copy_file_range",
    "linkat",
    "symlinkat",
    "fchmod",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
];

const ENVIRONMENTS: [&str; 3] = ["dev", "prod", "test"];

/// Both keys are misspelt where there is something to fix.
fn base(kubernetes: &str) -> String {
    format!(
        "[cluster]\n{kubernetes} = \"1.34\"\n\
         api-server = {{ endpoints = [\"192.0.2.10:6443\"] }}\n"
    )
}

fn spec(environment: &str, pods: u32, namespace: &str, labels: &str) -> String {
    format!(
        "extends = \"_base.toml\"\ndestroy = [\"Namespace/before\", \"Namespace/after\"]\n\n\
         [cluster]\nname = \"{environment}\"\n\n[delivery]\n\
         engine = \"flux\"\nrepository = \"https://git.example.com/platform.git\"\n\n\
         [namespaces.{namespace}]\n{labels} = {{ team = \"data\" }}\n\n[namespaces.jobs]\nquota = {{ pods = {pods} }}\n"
    )
}

/// A command, and the repository in which it has something to write.
#[derive(Clone)]
struct Scenario {
    arguments: &'static [&'static str],
    before: Snapshot,
    after: Snapshot,
}

impl Scenario {
    /// A scenario whose repository some steps prepare.
    fn new(arguments: &'static [&'static str], prepare: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        put(&root.join("NOTES.md"), "ours");
        prepare(root);
        let before = snapshot(root);
        let scenario = Self {
            arguments,
            before,
            after: Snapshot::new(),
        };
        let said = scenario.command(root).output().unwrap();
        assert!(said.status.success(), "{arguments:?}: {said:?}");
        let after = snapshot(root);
        assert_ne!(scenario.before, after);
        Self { after, ..scenario }
    }

    fn all() -> Vec<Self> {
        let compiled = |root: &Path| {
            put(&root.join("environments/_base.toml"), base("kubernetes"));
            for environment in ENVIRONMENTS {
                let path = root.join(format!("environments/{environment}.toml"));
                put(&path, spec(environment, 10, "before", "labels"));
            }
            let compiled = Command::new(KILN)
                .args(["compile", "--root"])
                .arg(root)
                .output();
            assert!(compiled.unwrap().status.success());
            put(&root.join("out/prod/0-cluster/NOTES.md"), "ours");
        };
        let revised = |root: &Path| {
            compiled(root);
            for environment in ENVIRONMENTS {
                let path = root.join(format!("environments/{environment}.toml"));
                put(&path, spec(environment, 20, "after", "labels"));
            }
        };
        let misspelt = |root: &Path| {
            put(&root.join("environments/_base.toml"), base("kubernets"));
            for environment in ["dev", "prod"] {
                let path = root.join(format!("environments/{environment}.toml"));
                put(&path, spec(environment, 10, "before", "labls"));
            }
        };
        let removed = |root: &Path| {
            compiled(root);
            fs::remove_file(root.join("environments/dev.toml")).unwrap();
        };
        vec![
            Self::new(&["compile"], revised),
            Self::new(&["compile", "--remove", "dev"], removed),
            Self::new(&["check", "--fix"], misspelt),
            Self::new(&["init"], |_| {}),
            Self::new(&["schema", "--write"], |root| {
                compiled(root);
                put(&root.join("schemas/platform.schema.json"), "{}");
            }),
        ]
    }

    fn command(&self, root: &Path) -> Command {
        let mut command = Command::new(KILN);
        command.args(self.arguments).current_dir(root);
        command
    }

    /// The command with a fault of one call, as `strace` writes it; whether it came about, and whether the
    /// command succeeded.
    fn run_with(&self, root: &Path, call: &str, fault: &str) -> (bool, bool) {
        let log = root.with_extension("strace");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-o"])
            .arg(&log)
            .args([
                "-e",
                &format!("trace=?{call}"),
                "-e",
                &format!("inject=?{call}:{fault}"),
                KILN,
            ])
            .args(self.arguments)
            .current_dir(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("strace is installed: without it nothing is tested");
        let log = fs::read_to_string(log).unwrap();
        let killed = status.signal() == Some(9) || status.code() == Some(137);
        (killed || log.contains("(INJECTED)"), status.success())
    }

    /// Every file is as it was or as it will be, and each tree as a whole.
    fn assert_nothing_lost(&self, root: &Path, when: &str) {
        let found = snapshot(root);
        for (path, bytes) in &found {
            let is_own = path.to_string_lossy().contains(".kiln-");
            let is_known = [&self.before, &self.after]
                .iter()
                .any(|it| it.get(path) == Some(bytes));
            assert!(is_own || is_known, "{when}: {}", path.display());
        }
        let keeps = |path: &&PathBuf| self.after.contains_key(*path);
        for path in self.before.keys().filter(keeps) {
            assert!(
                found.contains_key(path),
                "{when}: {} is gone",
                path.display()
            );
        }
        for environment in ENVIRONMENTS {
            for tree in ["out", "out/delivery"].map(|it| Path::new(it).join(environment)) {
                let of = |files: &Snapshot| -> Snapshot {
                    let below = files.iter().filter(|(path, _)| path.starts_with(&tree));
                    below
                        .map(|(path, bytes)| (path.clone(), bytes.clone()))
                        .collect()
                };
                let now = of(&found);
                assert!(
                    now == of(&self.before) || now == of(&self.after),
                    "{when}: {} is mixed",
                    tree.display()
                );
            }
        }
    }

    /// The same command once more ends as if nothing had happened.
    fn assert_heals(&self, root: &Path, when: &str) {
        let mut before = snapshot(root);
        before.retain(|path, _| !path.to_string_lossy().contains(".kiln-"));
        let was_done = before == self.after;
        let said = self.command(root).output().unwrap();
        // What is done already is no error but of those that begin or end something.
        assert!(was_done || said.status.success(), "{when}: {said:?}");
        let after = snapshot(root);
        assert!(after == self.after, "{when}: {:?}", after.keys());
    }
}

/// Does something with all scenarios, each in its own repository, as many at once as there are processors; the
/// sum of what they count.
fn each(of: &(dyn Fn(&Scenario, &Path) -> usize + Sync)) -> usize {
    let scenarios = Scenario::all();
    thread::scope(|scope| {
        let run = |scenario: Scenario| {
            let folder = TempDir::new().unwrap();
            let root = folder.path().join("repository");
            fs::create_dir(&root).unwrap();
            let count = of(&scenario, &root);
            println!("kiln {}: {count}", scenario.arguments.join(" "));
            count
        };
        let runs: Vec<_> = scenarios
            .into_iter()
            .map(|it| scope.spawn(move || run(it)))
            .collect();
        runs.into_iter().map(|it| it.join().unwrap()).sum()
    })
}

/// Injects a fault into each call of a command, one after the other.
fn at_each_call(scenario: &Scenario, root: &Path, fault: &str) -> usize {
    let mut count = 0;
    for call in WRITING {
        for number in (1..).step_by(one_in(4)) {
            restore(root, &scenario.before);
            let when = format!("{:?} with {fault} at {call} {number}", scenario.arguments);
            let (came, succeeded) =
                scenario.run_with(root, call, &format!("{fault}:when={number}"));
            scenario.assert_nothing_lost(root, &when);
            if succeeded {
                let done = snapshot(root);
                assert!(
                    scenario
                        .after
                        .iter()
                        .all(|(path, bytes)| done.get(path) == Some(bytes)),
                    "{when}"
                );
            }
            scenario.assert_heals(root, &when);
            if !came {
                break;
            }
            count += 1;
        }
    }
    count
}

#[test]
#[ignore = "needs strace and takes minutes; `make conformance` runs it"]
fn killed_before_any_call() {
    let kills = each(&|scenario, root| at_each_call(scenario, root, "signal=SIGKILL"));
    println!("{kills} kills, none lost anything");
    assert!(
        kills * one_in(4) > 400,
        "{kills}: not all calls were reached"
    );
}

#[test]
#[ignore = "needs strace and takes minutes; `make conformance` runs it"]
fn on_a_full_disk() {
    let refused = each(&|scenario, root| at_each_call(scenario, root, "error=ENOSPC"));
    println!("{refused} calls refused, none lost anything");
    assert!(
        refused * one_in(4) > 400,
        "{refused}: not all calls were reached"
    );
}

#[test]
#[ignore = "needs strace; `make conformance` runs it"]
fn a_fix_whose_last_files_are_refused_is_taken_back() {
    let scenarios = Scenario::all();
    let fix = scenarios
        .iter()
        .find(|it| it.arguments.contains(&"--fix"))
        .unwrap();
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("repository");
    for refused in [1, 2, 3] {
        restore(&root, &fix.before);
        let fault = format!("error=EBUSY:when={refused}");
        let (came, succeeded) = fix.run_with(&root, "renameat", &fault);
        assert!(came && !succeeded, "{fault}");
        assert!(snapshot(&root) == fix.before, "{fault}");
        fix.assert_heals(&root, &fault);
    }
}

#[test]
#[ignore = "takes minutes; `make conformance` runs it"]
fn killed_at_any_moment() {
    let rounds = u32::try_from(100 / one_in(4)).unwrap();
    let kills = each(&|scenario, root| {
        restore(root, &scenario.before);
        let start = Instant::now();
        assert!(
            scenario
                .command(root)
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
        );
        let usual = start.elapsed();
        let mut kills = 0;
        for round in 0..rounds {
            restore(root, &scenario.before);
            let moment = usual * round / rounds;
            let mut run = scenario
                .command(root)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            thread::sleep(moment);
            run.kill().unwrap();
            let killed = run.wait().unwrap().signal().is_some();
            kills += usize::from(killed);
            let when = format!("{:?} killed after {moment:?}", scenario.arguments);
            scenario.assert_nothing_lost(root, &when);
            scenario.assert_heals(root, &when);
        }
        kills
    });
    println!("{kills} kills at any moment, none lost anything");
    assert!(
        kills * one_in(4) > 150,
        "{kills} of {} runs were still at work",
        5 * rounds
    );
}

#[test]
#[ignore = "takes a minute; `make conformance` runs it"]
fn several_at_once() {
    let scenario = &Scenario::all()[0];
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    for round in 0..20 {
        restore(root, &scenario.before);
        let runs = [
            &["compile"][..],
            &["compile", "dev", "prod"],
            &["compile", "prod", "test"],
            &["verify"],
        ];
        let runs = runs.map(|arguments| {
            let mut command = Command::new(KILN);
            command.args(arguments).current_dir(root);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        });
        let said = runs.map(|it| it.wait_with_output().unwrap());
        for said in &said[..3] {
            assert!(said.status.success(), "round {round}: {said:?}");
        }
        // An output that is not compiled yet is older than its spec, and no worse.
        let verified = String::from_utf8_lossy(&said[3].stderr);
        let is_older = |line: &str| line.contains("environments/");
        let errors = verified.lines().filter(|it| it.starts_with("error"));
        assert!(
            errors.into_iter().all(is_older),
            "round {round}: {verified}"
        );
        assert!(snapshot(root) == scenario.after, "round {round}");
    }
}
