//! Trees that the system guards: folders that nobody may read or write, and a file system that cannot move them.
//!
//! A superuser may do anything, so kiln runs as nobody here, and only root can arrange that:
//! `make conformance` runs it.

use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const NOBODY: u32 = 65534;

const CONFIG_MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: jobs}\n";

/// A repository of nobody's, and a kiln that nobody may run.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(TempDir::new().unwrap());
        set_rights(repository.0.path(), 0o755);
        fs::copy(env!("CARGO_BIN_EXE_kiln"), repository.0.path().join("kiln")).unwrap();
        repository.put("environments/extra/deep/settings.yaml", CONFIG_MAP);
        repository.revise(10);
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join("repository").join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        give_away(&self.path(""));
    }

    fn revise(&self, pods: u32) {
        let spec = format!(
            "[extra.all]\npath = \"extra/**/*.yaml\"\n\n[cluster]\nname = \"test\"\nkubernetes = \"1.34\"\n\
             api-server = {{ endpoints = [\"192.0.2.10:6443\"] }}\n\n[delivery]\nengine = \"argo-cd\"\n\
             repository = \"https://git.example.com/platform.git\"\n\n[namespaces.jobs]\nquota = {{ pods = {pods} }}\n"
        );
        self.put("environments/test.toml", &spec);
    }

    fn compile(&self) -> Output {
        let mut command = Command::new(self.0.path().join("kiln"));
        command.arg("compile").current_dir(self.path(""));
        command.uid(NOBODY).gid(NOBODY).output().unwrap()
    }

    fn quota(&self) -> String {
        fs::read_to_string(self.path("out/test/0-cluster/jobs/resourcequota-platform.yaml"))
            .unwrap()
    }
}

fn give_away(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).expect("the tests run as root");
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

fn set_rights(path: &Path, rights: u32) {
    fs::set_permissions(path, Permissions::from_mode(rights)).unwrap();
}

#[test]
#[ignore = "needs root; `make conformance` runs it"]
fn a_folder_that_cannot_be_read_is_not_taken_for_empty() {
    let repository = Repository::new();
    let said = repository.compile();
    assert!(said.status.success(), "{said:?}");
    let folder = repository.path("environments/extra/deep");
    set_rights(&folder, 0);
    let said = repository.compile();
    set_rights(&folder, 0o755);
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        said.contains("environments/extra/deep") && said.contains("Permission denied"),
        "{said}"
    );
}

#[test]
#[ignore = "needs root; `make conformance` runs it"]
fn folders_that_cannot_be_written_to_are_replaced() {
    let repository = Repository::new();
    assert!(repository.compile().status.success());
    for pods in [11, 12, 13] {
        repository.put("out/test/notes/deep/NOTES.md", "ours");
        for folder in [
            "out/test/notes/deep",
            "out/test/notes",
            "out/test/0-cluster/jobs",
        ] {
            set_rights(&repository.path(folder), 0o555);
        }
        repository.revise(pods);
        let said = repository.compile();
        assert!(said.status.success(), "{said:?}");
        assert!(repository.quota().contains(&pods.to_string()));
        assert!(repository.path("out/test/notes/deep/NOTES.md").exists());
        assert!(!repository.path("out/.kiln-staging").exists());
    }
    // What a killed run left may be so, too.
    let left = repository.path("out/.kiln-staging/ready/test/later");
    repository.put("out/.kiln-staging/ready/test/later/NOTES.md", "ours");
    set_rights(&left, 0o555);
    let said = repository.compile();
    assert!(said.status.success(), "{said:?}");
    assert!(repository.path("out/test/later/NOTES.md").exists());
    assert!(!repository.path("out/.kiln-staging").exists());
}

/// Whatever rights the staging folder has, as long as it is of who runs kiln.
#[test]
#[ignore = "needs root; `make conformance` runs it"]
fn a_guarded_staging_folder_blocks_nobody() {
    let repository = Repository::new();
    let mut pods = 20;
    for rights in [0o555, 0] {
        for left in ["", "next/", "ready/test/", "aside/other/"] {
            pods += 1;
            repository.revise(pods);
            repository.put(&format!("out/.kiln-staging/{left}NOTES.md"), "ours");
            let (top, _) = left.split_once('/').unwrap_or_default();
            set_rights(&repository.path("out/.kiln-staging").join(top), rights);
            set_rights(&repository.path("out/.kiln-staging"), rights);
            let said = repository.compile();
            assert!(said.status.success(), "{rights:o} {left}: {said:?}");
            assert!(repository.quota().contains(&pods.to_string()));
        }
    }
    assert!(repository.path("out/test/NOTES.md").exists());
    assert!(repository.path("out/other/NOTES.md").exists());
}

/// A repository in the lower layer of an overlay, as in an image: folders cannot be moved there.
#[test]
#[ignore = "needs root; `make conformance` runs it"]
fn a_file_system_that_cannot_exchange_loses_nothing() {
    let repository = Repository::new();
    assert!(repository.compile().status.success());
    repository.put("out/test/notes/NOTES.md", "ours");
    let root = repository.0.path().display();
    let script = format!(
        "cd {root}; mkdir layers merged; mount -t tmpfs tmpfs layers; mkdir layers/upper layers/work\n\
         mount -t overlay overlay -o lowerdir=repository,upperdir=layers/upper,workdir=layers/work merged\n\
         cd merged; sed -i 's/pods = 10/pods = 11/' environments/test.toml; ../kiln compile\n\
         grep -rq 11 out/test/0-cluster; cat out/test/notes/NOTES.md; ls -A out"
    );
    let said = Command::new("unshare")
        .args(["--mount", "sh", "-ec", &script])
        .output();
    let said = said.expect("util-linux is installed");
    assert!(said.status.success(), "{said:?}");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.ends_with("oursdelivery\ntest\n"), "{said}");
}
