//! `kiln compile`, killed before every single call that changes the disk: each of its two trees is
//! wholly the old one or wholly the new one, and the next run makes both new.
//!
//! `tests/fault_injection.rs` does the same to the output stage alone, and more of it. Needs `strace`;
//! `make conformance` runs it.

use std::{
    collections::BTreeMap,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::snapshot::{put, restore, snapshot};

/// Every call by which kiln can change what is on the disk.
const WRITING: &str = "mkdir,mkdirat,openat,write,linkat,symlinkat,fchmod,rename,renameat,renameat2,\
                       unlink,unlinkat,rmdir,copy_file_range";

const SPEC: &str = r#"
[cluster]
name = "test"
kubernetes = "1.34"
api-server = { endpoints = ["192.0.2.10:6443"] }

[delivery]
engine = "flux"
repository = "https://git.example.com/platform.git"
revision = "REVISION"

[namespaces.REVISION]
pod-security = "restricted"

[namespaces.jobs]
quota = { pods = PODS }
"#;

fn kiln(project: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiln"));
    command.args(["compile", "--root"]).arg(project);
    command
}

fn revise(project: &Path, revision: &str, pods: u32) {
    let spec = SPEC
        .replace("REVISION", revision)
        .replace("PODS", &pods.to_string());
    let destroy = "destroy = [\"Namespace/before\", \"Namespace/after\"]\n";
    put(
        &project.join("environments/test.toml"),
        format!("{destroy}{spec}"),
    );
}

#[test]
#[ignore = "needs strace"]
fn killed_before_every_call_that_writes() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path();
    let trees = ["out/test", "out/delivery/test"].map(|tree| project.join(tree));
    let run = || {
        let output = kiln(project).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    revise(project, "before", 10);
    run();
    let old = snapshot(&project.join("out"));
    let old_trees = trees.each_ref().map(|tree| snapshot(tree));
    revise(project, "after", 20);
    run();
    let new_trees = trees.each_ref().map(|tree| snapshot(tree));
    assert_ne!(old_trees[0], new_trees[0]);
    assert_ne!(old_trees[1], new_trees[1]);

    let mut kills = 0;
    let mut outcomes = BTreeMap::<[bool; 2], u32>::new();
    for call in WRITING.split(',') {
        for occurrence in 1.. {
            restore(&project.join("out"), &old);
            let status = Command::new("strace")
                .args(["-f", "-qq", "-o", "/dev/null", "-e"])
                .arg(format!("trace={call}"))
                .arg("-e")
                .arg(format!("inject={call}:signal=SIGKILL:when={occurrence}"))
                .arg(env!("CARGO_BIN_EXE_kiln"))
                .args(["compile", "--root"])
                .arg(project)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("strace must be installed");
            let killed = status.signal() == Some(9) || status.code() == Some(137);
            let state = [0, 1].map(|at| {
                let found = snapshot(&trees[at]);
                let is_new = found == new_trees[at];
                assert!(
                    is_new || found == old_trees[at],
                    "{call} number {occurrence} left {} mixed",
                    trees[at].display()
                );
                is_new
            });
            run();
            for (tree, wanted) in trees.iter().zip(&new_trees) {
                assert_eq!(snapshot(tree), *wanted, "{call} number {occurrence}");
            }
            assert!(!project.join("out/.kiln-staging").exists());
            if !killed {
                assert!(status.success(), "{call} number {occurrence}: {status}");
                break;
            }
            kills += 1;
            *outcomes.entry(state).or_default() += 1;
        }
    }
    println!("{kills} kills; [tree is new, delivery is new] and how often: {outcomes:?}");
    // The engines' objects point into the tree, so they never come first.
    assert!(!outcomes.contains_key(&[false, true]));
    assert!(kills > 40, "only {kills} calls were found");
}
