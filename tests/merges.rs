//! Two pull requests on one environment: what git makes of them, in every way in which a forge or a person puts
//! them together, with nothing set up in git.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::support::{
    git,
    repository::{files, root},
};

/// A change of a spec: what stands there, and what is to stand there instead.
type Edit = (&'static str, &'static str);

const DEV: &str = "environments/dev.toml";
const STAGING: &str = "environments/staging.toml";
const PROD: &str = "environments/prod.toml";

const LEGACY_GROWS: Edit = (
    "image = \"spark-3-5\"\n",
    "image = \"spark-3-5\"\ndriver = { cores = 2, memory = \"4Gi\" }\n",
);
const SCRATCH_GROWS: Edit = ("memory = \"3Gi\"", "memory = \"6Gi\"");
const A_BUCKET: Edit = (
    "[\"spark-logs\", \"warehouse\"]",
    "[\"spark-logs\", \"warehouse\", \"landing\"]",
);
const SCRATCH_GOES: Edit = (
    "# Trying a query needs no executors: everything runs in the server's own container.
[connect.scratch]
namespace = \"jupyterhub-users\"
backend = \"local\"
image = \"spark\"
driver = { cores = 2, memory = \"3Gi\" }

",
    "",
);
const ITS_FLOW_GOES: Edit = (
    "[flows.users-to-scratch]
from = { namespace = \"jupyterhub\", labels = { app = \"jupyterhub\", component = \"singleuser-server\" } }
to = \"connect.scratch\"

",
    "",
);

/// Adds a table before another one.
macro_rules! before {
    ($table:literal, $new:literal) => {
        (concat!($table, "\n"), concat!($new, "\n", $table, "\n"))
    };
}

const A_SMALL_SERVER: Edit = before!(
    "[applications.smoke-test]",
    "[connect.small]
namespace = \"jupyterhub-users\"
backend = \"local\"
image = \"spark\"
"
);
const ANOTHER_SMALL_SERVER: Edit = before!(
    "[flows.users-to-legacy]",
    "[connect.tiny]
namespace = \"jupyterhub-users\"
backend = \"local\"
image = \"spark\"
"
);
const A_SERVER: Edit = before!(
    "[secrets.object-store]",
    "[connect.finance]
namespace = \"jupyterhub-users\"
image = \"spark\"
executor = { cores = 1, memory = \"2Gi\", instances = 1 }

[flows.users-to-finance]
from = { namespace = \"jupyterhub\", labels = { team = \"finance\" } }
to = \"connect.finance\"
"
);
const ANOTHER_SERVER: Edit = before!(
    "[object-store]",
    "[connect.marketing]
namespace = \"jupyterhub-users\"
image = \"spark\"
executor = { cores = 1, memory = \"2Gi\", instances = 1 }

[flows.users-to-marketing]
from = { namespace = \"jupyterhub\", labels = { team = \"marketing\" } }
to = \"connect.marketing\"
"
);
const AN_APPLICATION: Edit = before!(
    "[applications.compaction]",
    "[applications.ingest]
namespace = \"jupyterhub-users\"
trigger = \"schedule\"
schedule = \"0 3 * * *\"
type = \"python\"
image = \"spark\"
main-file = \"s3a://warehouse/jobs/ingest.py\"
"
);
const ANOTHER_APPLICATION: Edit = before!(
    "[flows.prometheus-to-operator]",
    "[applications.report]
namespace = \"jupyterhub-users\"
trigger = \"schedule\"
schedule = \"0 5 * * *\"
type = \"python\"
image = \"spark\"
main-file = \"s3a://warehouse/jobs/report.py\"
"
);

/// A repository with this one's environments, compiled, and a branch for each of two pull requests.
struct Repository(TempDir);

impl Repository {
    fn new(spec: &str, ours: &[Edit], theirs: &[Edit]) -> Self {
        let repository = Self(TempDir::new().expect("there is room for temporary files"));
        for (path, bytes) in files(root(), "environments") {
            let path = repository.path().join(path);
            fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("it is ours");
            fs::write(path, bytes).expect("it is ours");
        }
        repository.kiln(&["compile"]);
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message", "Begin"]);
        for (branch, edits) in [("ours", ours), ("theirs", theirs)] {
            repository.git(&["switch", "--quiet", "--create", branch, "main"]);
            let path = repository.path().join(spec);
            let mut text = fs::read_to_string(&path).expect("the spec is there");
            for (old, new) in edits {
                assert_eq!(text.matches(old).count(), 1, "{old}");
                text = text.replace(old, new);
            }
            fs::write(path, text).expect("it is ours");
            repository.kiln(&["compile"]);
            repository.git(&["add", "--all"]);
            repository.git(&["commit", "--quiet", "--message", branch]);
        }
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git::succeeds(self.path(), arguments)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        let command = git::isolated(&mut command).args(arguments);
        let output = command.current_dir(self.path()).output();
        output.expect("it is installed")
    }

    fn kiln(&self, arguments: &[&str]) -> String {
        let output = self.run(env!("CARGO_BIN_EXE_kiln"), arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("it prints text")
    }

    /// Merges `theirs`, and gives back the files that git could not merge.
    fn conflicts_of_a_merge(&self) -> Vec<String> {
        let merged = git::run(self.path(), &["merge", "--no-edit", "theirs"]);
        assert_eq!(merged.status.code(), Some(1), "{merged:?}");
        let listed = self.git(&["diff", "--name-only", "--diff-filter=U"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Has kiln end a merge whose spec is decided on.
    fn resolves(&self) {
        let said = self.run(env!("CARGO_BIN_EXE_kiln"), &["compile", "dev"]);
        let said = String::from_utf8(said.stderr).expect("it prints text");
        assert!(said.contains("is a merge conflict marker"), "{said}");
        assert!(!said.contains("changed by hand"), "{said}");
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--no-edit"]);
        self.kiln(&["compile", "--check"]);
    }
}

/// Puts the two together in every way; each time `out` has to be what the merged spec compiles to.
fn merges(spec: &str, ours: &[Edit], theirs: &[Edit]) {
    let repository = Repository::new(spec, ours, theirs);
    // What a forge does for its merge button: no work tree is there.
    let merged = repository.git(&["merge-tree", "--write-tree", "ours", "theirs"]);
    for way in [
        &["merge", "--no-edit", "theirs"][..],
        &["merge", "--no-edit", "--strategy", "recursive", "theirs"],
        &["merge", "--squash", "theirs"],
        &["rebase", "--merge", "theirs"],
        &["rebase", "--apply", "theirs"],
        &["cherry-pick", "theirs"],
    ] {
        repository.git(&["switch", "--quiet", "--force-create", "merged", "ours"]);
        repository.git(way);
        let said = repository.kiln(&["compile", "--check"]);
        assert_eq!(said, "out is what the spec compiles to\n", "{way:?}");
        repository.kiln(&["verify"]);
        repository.git(&["add", "--all"]);
        assert_eq!(repository.git(&["write-tree"]), merged, "{way:?}");
        repository.git(&["reset", "--quiet", "--hard"]);
    }
}

#[test]
fn of_different_servers() {
    merges(DEV, &[LEGACY_GROWS], &[SCRATCH_GROWS]);
}

#[test]
fn of_a_memory_and_of_a_bucket() {
    merges(DEV, &[SCRATCH_GROWS], &[A_BUCKET]);
}

#[test]
fn that_both_add_a_server() {
    merges(STAGING, &[A_SERVER], &[ANOTHER_SERVER]);
}

#[test]
fn that_both_add_an_application() {
    merges(PROD, &[AN_APPLICATION], &[ANOTHER_APPLICATION]);
}

#[test]
fn that_remove_one_thing_and_change_another() {
    merges(DEV, &[SCRATCH_GOES, ITS_FLOW_GOES], &[LEGACY_GROWS]);
    merges(DEV, &[SCRATCH_GOES, ITS_FLOW_GOES], &[A_BUCKET]);
}

#[test]
fn of_one_value_conflict_where_it_leads_to_and_nowhere_else() {
    let more = ("memory = \"3Gi\"", "memory = \"5Gi\"");
    let repository = Repository::new(DEV, &[SCRATCH_GROWS], &[more]);
    repository.git(&["switch", "--quiet", "ours"]);
    assert_eq!(
        repository.conflicts_of_a_merge(),
        [
            DEV,
            "out/dev/3-platform/jupyterhub-users/configmap-spark-connect-scratch.yaml",
            "out/dev/3-platform/jupyterhub-users/deployment-spark-connect-scratch.yaml",
            "out/dev/kiln.lock",
        ]
    );
    // Whoever decides, decides in the spec; kiln does the rest.
    repository.git(&["checkout", "--quiet", "--theirs", DEV]);
    repository.resolves();
    assert_eq!(repository.git(&["diff", "theirs"]), "");
}

/// Every server is a client of MinIO, whose policy has one list of them, in which both stand in the same place.
#[test]
fn that_both_add_a_client_of_minio_conflict_in_its_policy_and_nowhere_else() {
    let policy = "0-cluster/storage/networkpolicy-minio.yaml";
    let repository = Repository::new(DEV, &[A_SMALL_SERVER], &[ANOTHER_SMALL_SERVER]);
    repository.git(&["switch", "--quiet", "ours"]);
    let conflicts = [format!("out/dev/{policy}"), "out/dev/kiln.lock".to_owned()];
    assert_eq!(repository.conflicts_of_a_merge(), conflicts);
    let lock = fs::read_to_string(repository.path().join("out/dev/kiln.lock"));
    let lock = lock.expect("the lock is there");
    let [_, conflict] = lock.split("<<<<<<< HEAD\n").collect::<Vec<_>>()[..] else {
        panic!("there is one conflict");
    };
    let (ours, rest) = conflict.split_once("=======\n").expect("there are markers");
    let (theirs, _) = rest.split_once(">>>>>>> ").expect("there are markers");
    for side in [ours, theirs] {
        assert_eq!(side.lines().count(), 1, "{side}");
        assert!(side.ends_with(&format!("  {policy}\n")), "{side}");
    }
    repository.resolves();
}

/// The commands of a page, each with what it says it prints.
fn commands(page: &str) -> Vec<(&str, String)> {
    let mut commands = Vec::<(&str, String)>::new();
    for block in page.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        for line in block.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command, String::new())),
                (None, Some((_, printed))) => printed.extend([line, "\n"]),
                (None, None) => panic!("a block begins with a command, not with `{line}`"),
            }
        }
    }
    commands
}

#[test]
fn the_page_about_conflicts_shows_what_is_printed() {
    let path = root().join("docs/conflicts.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let driver = "driver = { cores = 2, memory = \"8Gi\" }";
    let main = (driver, "driver = { cores = 2, memory = \"10Gi\" }");
    let branch = (driver, "driver = { cores = 2, memory = \"12Gi\" }");
    let repository = Repository::new(PROD, &[main], &[branch]);
    repository.git(&["branch", "--force", "main", "ours"]);
    let (mut shown, mut rest) = (String::new(), page.as_str());
    for (command, expected) in commands(&page) {
        let folder = Path::new(env!("CARGO_BIN_EXE_kiln")).parent();
        let folder = folder.expect("the binary is in a folder").display();
        let script = format!("PATH={folder}:$PATH; {command} 2>&1");
        let output = repository.run("sh", &["-c", &script]);
        let printed = String::from_utf8(output.stdout).expect("it prints text");
        let told = format!("$ {command}\n{expected}");
        let (before, after) = rest.split_once(&told).expect("the command was found here");
        shown.extend([before, "$ ", command, "\n", &printed]);
        rest = after;
    }
    shown += rest;
    if std::env::var_os("KILN_BLESS").is_some() {
        fs::write(path, shown).expect("the page can be written");
    } else {
        assert!(page == shown, "`KILN_BLESS=1` rewrites the page:\n{shown}");
    }
}
