//! What a change does to the cluster: a folder a story, with what the spec says before and after beside the platform
//! of `tests/node/lab.toml`, and the review of it. `KILN_BLESS=1` rewrites the reviews. On a real node
//! `tests/node/stories.rs` holds kiln to what it predicts.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use kiln::{
    Compilation,
    diagnostics::Text,
    review::{Review, Risk, Rule, json, markdown, report, rules, text},
};

use crate::support::{git, repository::files, snapshot::put};

type World = BTreeMap<String, Vec<u8>>;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn folder() -> PathBuf {
    Path::new(ROOT).join("tests/review")
}

/// A repository with one environment: the platform of the node, and what one side of a story says beside.
fn world(story: &str, side: &str) -> World {
    let node = Path::new(ROOT).join("tests/node");
    let read = |path: &Path| fs::read(path).expect("the test has it");
    // A side without a file says nothing beside.
    let said = fs::read_to_string(folder().join(story).join(format!("{side}.toml")));
    let said = format!("extends = \"_node.toml\"\n{}", said.unwrap_or_default());
    World::from([
        (
            "environments/_node.toml".to_owned(),
            read(&node.join("lab.toml")),
        ),
        (
            "environments/extra/report.yaml".to_owned(),
            read(&node.join("report.yaml")),
        ),
        ("environments/lab.toml".to_owned(), said.into_bytes()),
    ])
}

fn compiled(world: &World) -> Compilation {
    let compilation = kiln::compile(world, "lab");
    let said = Text { colour: false }.render(&compilation.diagnostics, &compilation.sources);
    assert!(!compilation.diagnostics.has_errors(), "{said}");
    compilation
}

fn review(story: &str) -> Review {
    let [before, after] = ["before", "after"].map(|side| compiled(&world(story, side)));
    let report = report("lab", Some(&before), Some(&after));
    Review::new("before".to_owned(), &[report], &[])
}

fn stories() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the folder can be listed");
    let paths = entries.map(|it| it.expect("the folder can be listed").path());
    let folders = paths.filter(|it| it.is_dir());
    let names = folders.filter_map(|it| Some(it.file_name()?.to_str()?.to_owned()));
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn each_story_is_told_as_expected() {
    let mut stale = Vec::new();
    for story in stories() {
        let review = review(&story);
        let mut whole = serde_json::from_str::<serde_json::Value>(&json::render(&review));
        let whole = whole.as_mut().expect("it is JSON");
        assert_eq!(whole["version"], 1);
        for (file, said) in [
            ("review.txt", text::render(&review, false)),
            ("comment.md", markdown::render(&review, None).text),
        ] {
            let path = folder().join(&story).join(file);
            if env::var_os("KILN_BLESS").is_some() {
                fs::write(&path, &said).expect("it can be written");
            }
            if fs::read_to_string(&path).unwrap_or_default() != said {
                stale.push(format!("{}:\n{said}", path.display()));
            }
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

/// A repository on disk, under git, with the environments of this one.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a temporary folder"));
        for (path, bytes) in files(Path::new(ROOT), "environments") {
            put(&repository.0.path().join(path), bytes);
        }
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository.compile();
        repository.commit();
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) {
        git::succeeds(self.path(), arguments);
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=a change"]);
    }

    fn compile(&self) {
        let (status, _, said) = self.kiln(&["compile"]);
        assert_eq!(status, 0, "{said}");
    }

    /// The status, the result and what was complained of.
    fn kiln(&self, arguments: &[&str]) -> (i32, String, String) {
        self.kiln_in("", arguments)
    }

    fn kiln_in(&self, folder: &str, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_kiln"))
            .current_dir(self.path().join(folder))
            .args(arguments)
            .output()
            .expect("kiln can be run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = output.status.code().expect("kiln ends by itself");
        (status, text(&output.stdout), text(&output.stderr))
    }

    fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).expect("the file can be read");
        assert!(text.contains(old), "{file} has {old}");
        fs::write(&path, text.replace(old, new)).expect("the file can be written");
    }

    /// What `kiln diff` says, which must succeed.
    fn diff(&self, arguments: &[&str]) -> String {
        let (status, text, said) = self.kiln(&[&["diff"], arguments].concat());
        assert_eq!(status, 0, "{said}");
        text
    }
}

const BASE: &str = "environments/_base.toml";
const MEMORY: (&str, &str) = (
    "executor = { cores = 1, memory = \"2Gi\" }",
    "executor = { cores = 1, memory = \"3Gi\" }",
);

#[test]
fn a_branch_is_compared_with_where_it_left_the_main_one() {
    let repository = Repository::new();
    repository.git(&["switch", "--quiet", "--create", "more"]);
    repository.edit(BASE, MEMORY.0, MEMORY.1);
    repository.compile();
    repository.commit();
    let said = repository.diff(&[]);
    assert!(said.contains("(where this branch left main)"), "{said}");
    assert!(
        said.contains("connect.analytics.executor.memory: \"2Gi\" -> \"3Gi\""),
        "{said}"
    );
    // Neither another branch's commits nor a work tree that is not committed confuse it.
    repository.edit(BASE, MEMORY.1, MEMORY.0);
    let said = repository.diff(&[]);
    assert!(!said.contains("3Gi"), "{said}");
    let said = repository.diff(&["--against", "HEAD"]);
    assert!(said.contains("\"3Gi\" -> \"2Gi\""), "{said}");
    // From a folder of the repository, and in a hook, which has variables of its own.
    let (status, text, _) = repository.kiln_in("environments", &["diff", "--against", "HEAD"]);
    assert_eq!((status, text), (0, said));
}

#[test]
fn a_changed_base_file_names_the_environments_that_were_not_asked_about() {
    let repository = Repository::new();
    repository.edit(BASE, MEMORY.0, MEMORY.1);
    let said = repository.diff(&["dev", "--against", "HEAD"]);
    assert!(
        said.contains("environments/_base.toml also reaches prod, staging"),
        "{said}"
    );
}

#[test]
fn new_and_removed_environments_are_told() {
    let repository = Repository::new();
    let path = |name: &str| repository.path().join(format!("environments/{name}.toml"));
    fs::rename(path("dev"), path("test")).expect("it can be renamed");
    let said = repository.diff(&["--against", "HEAD"]);
    assert!(said.contains("test is new"), "{said}");
    assert!(
        said.contains("dev is gone: `kiln compile --remove dev`"),
        "{said}"
    );
    assert!(
        said.contains("prod, staging: nothing changes on the cluster"),
        "{said}"
    );
    // What is gone can be asked about.
    let said = repository.diff(&["dev", "--against", "HEAD"]);
    assert!(said.contains("dev is gone"), "{said}");
}

#[test]
fn what_the_committed_output_lacks_is_not_blamed_on_the_spec() {
    let repository = Repository::new();
    let file = "out/prod/3-platform/jupyterhub-users/deployment-spark-history-server.yaml";
    repository.edit(file, "replicas: 1", "replicas: 2");
    repository.commit();
    let said = repository.diff(&["prod", "--against", "HEAD"]);
    let (of_spec, of_kiln) = said
        .split_once("not from the spec")
        .expect("it is told apart");
    assert!(!of_spec.contains("spark-history-server"), "{said}");
    assert!(of_kiln.contains("has 1 pod instead of 2"), "{said}");
}

#[test]
fn a_spec_that_this_kiln_refuses_is_compared_by_what_was_committed_of_it() {
    let repository = Repository::new();
    repository.edit(
        BASE,
        "version = \"2.4.0\"",
        "version = \"2.4.0\"\nno-such-key = 1",
    );
    repository.commit();
    repository.edit(BASE, "\nno-such-key = 1", "");
    repository.edit(BASE, MEMORY.0, MEMORY.1);
    let said = repository.diff(&["prod", "dev", "--against", "HEAD"]);
    assert!(
        said.contains("this kiln does not compile the spec of before"),
        "{said}"
    );
    assert!(
        said.contains("spark.executor.memory: 1463m -> 2194m"),
        "{said}"
    );
    assert!(!said.contains("not from the spec"), "{said}");
}

#[test]
fn what_does_not_compile_is_said_with_its_place() {
    let repository = Repository::new();
    repository.edit(
        BASE,
        "version = \"2.4.0\"",
        "version = \"2.4.0\"\nno-such-key = 1",
    );
    let (status, text, said) = repository.kiln(&["diff", "--against", "HEAD"]);
    assert_eq!((status, text.as_str()), (1, ""), "{said}");
    assert!(said.contains("environments/_base.toml:"), "{said}");
}

#[test]
fn rules_fail_the_command() {
    let repository = Repository::new();
    repository.edit(BASE, MEMORY.0, MEMORY.1);
    let status = |rules: &str| {
        repository
            .kiln(&["diff", "--against", "HEAD", "--fail-on", rules])
            .0
    };
    assert_eq!(status("storage-lost,killed"), 0);
    assert_eq!(status("killed,sessions-ended"), 1);
    assert_eq!(status("kiled"), 2);
    let (_, _, said) = repository.kiln(&["diff", "--fail-on", "kiled"]);
    assert!(said.contains("did you mean `killed`?"), "{said}");
}

#[test]
fn what_cannot_be_compared_with_is_said() {
    let repository = Repository::new();
    let refused = |arguments: &[&str], words: &str| {
        let (status, _, said) = repository.kiln(&[&["diff"], arguments].concat());
        assert_eq!(status, 2, "{said}");
        assert!(said.contains(words), "{said}");
    };
    refused(
        &["--against", "nowhere"],
        "neither a revision of git here nor a folder",
    );
    refused(&["--against=--upload-pack=x"], "neither a revision");
    refused(&["--against", "./out"], "has no folder `environments`");
    refused(&["prodd", "--against", "HEAD"], "did you mean `prod`?");
    repository.git(&["branch", "--move", "main", "trunk"]);
    refused(&[], "say with `--against` what to compare with");
    fs::remove_dir_all(repository.path().join(".git")).expect("it can be removed");
    refused(&[], "not a git repository");
}

#[test]
fn a_folder_is_compared_with_like_a_revision() {
    let (repository, other) = (Repository::new(), Repository::new());
    repository.edit(BASE, MEMORY.0, MEMORY.1);
    let folder = other.path().display().to_string();
    let with_folder = repository.diff(&["--against", &folder]);
    let with_revision = repository.diff(&["--against", "HEAD"]);
    let lines = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&with_folder), lines(&with_revision));
}

#[test]
fn links_in_a_revision_lead_where_they_lead_on_disk() {
    let repository = Repository::new();
    let base = repository.path().join(BASE);
    fs::rename(&base, repository.path().join("environments/_shared.toml"))
        .expect("it can be renamed");
    std::os::unix::fs::symlink("_shared.toml", &base).expect("it can be linked");
    repository.commit();
    repository.edit("environments/_shared.toml", MEMORY.0, MEMORY.1);
    let said = repository.diff(&["--against", "HEAD"]);
    assert!(
        said.contains("connect.analytics.executor.memory: \"2Gi\" -> \"3Gi\""),
        "{said}"
    );
    // One that leads out of the repository is not followed.
    fs::remove_file(&base).expect("it can be removed");
    std::os::unix::fs::symlink("/etc/hostname", &base).expect("it can be linked");
    repository.commit();
    repository.git(&["checkout", "--quiet", "HEAD~1", "--", BASE]);
    let said = repository.diff(&["--against", "HEAD"]);
    assert!(
        said.contains("this kiln does not compile the spec of before"),
        "{said}"
    );
}

#[test]
fn two_environments_are_compared_side_by_side() {
    let repository = Repository::new();
    let said = repository.diff(&["staging", "prod"]);
    assert!(said.starts_with("against staging\n"), "{said}");
    assert!(
        said.contains("SparkConnect/jupyterhub-users/spark-connect-analytics"),
        "{said}"
    );
    let said = repository.diff(&["prod", "prod"]);
    assert!(said.contains("nothing changes on the cluster"), "{said}");
}

#[test]
fn a_comment_is_never_too_large_and_counts_what_it_lacks() {
    let repository = Repository::new();
    let mut text =
        fs::read_to_string(repository.path().join("environments/dev.toml")).expect("it is there");
    for number in 0..400 {
        let _ = write!(
            text,
            "\n[flows.many-{number}]\nfrom = {{ namespace = \"n{number}\", labels = {{ app = \"ü🦀{number}\" }} }}\nto = \"connect.analytics\"\n"
        );
        let _ = write!(text, "\n[namespaces.n{number}]\ncreate = false\n");
    }
    let text = text.replace("ü🦀", "x");
    fs::write(repository.path().join("environments/dev.toml"), text).expect("it can be written");
    let (status, comment, said) = repository.kiln(&[
        "diff",
        "dev",
        "--against",
        "HEAD",
        "--format",
        "markdown",
        "--overflow",
        "all.md",
    ]);
    assert_eq!(status, 0, "{said}");
    assert!(comment.starts_with("<!-- kiln diff -->\n"));
    assert!(
        comment.chars().count() <= markdown::MOST_CHARACTERS
            && comment.len() <= markdown::MOST_BYTES
    );
    assert!(
        comment.contains("do not fit here as a whole; all of it is in `all.md`"),
        "{comment}"
    );
    assert_eq!(
        comment.matches("<details>").count(),
        comment.matches("</details>").count()
    );
    let whole = fs::read_to_string(repository.path().join("all.md")).expect("it is written");
    assert!(whole.len() > comment.len() && whole.contains("app=x399"));
}

/// What the page about reviews shows of the code and of a story.
#[test]
fn the_page_about_reviews_is_fresh() {
    let path = Path::new(ROOT).join("docs/review.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let mut table = String::from("| rule | risk | |\n| --- | --- | --- |\n");
    for rule in rules::ALL {
        let risk = match rule.risk {
            Risk::High => "high",
            Risk::Some => "some",
            Risk::None => "",
        };
        let _ = writeln!(table, "| `{}` | {risk} | {} |", rule.name, rule.reason);
    }
    let story = "executor-memory-doubled";
    let said = text::render(&review(story), false);
    let shown = format!("```text\n{said}```\n");
    let fresh = filled(&page, "rules", &table);
    let fresh = filled(&fresh, &format!("story: {story}"), &shown);
    if env::var_os("KILN_BLESS").is_some() {
        fs::write(&path, &fresh).expect("it can be written");
    }
    let now = fs::read_to_string(&path).expect("the page is there");
    assert!(now == fresh, "docs/review.md is stale; run `make generate`");
}

/// A page with something else between a mark and the next end.
fn filled(page: &str, mark: &str, text: &str) -> String {
    let mark = format!("<!-- {mark} -->\n");
    let (before, rest) = page.split_once(&mark).expect("the page has the mark");
    let (_, after) = rest
        .split_once("<!-- end -->")
        .expect("the mark has an end");
    format!("{before}{mark}\n{text}\n<!-- end -->{after}")
}

/// What a change says beside the platform of the stories, or what a manifest says beside it, before and after; and the
/// rules that have to apply, in their order. Each is something that a reader took for a wrong verdict once.
const VERDICTS: &[(&str, &str, &str, &[&str])] = &[
    (
        "a whole namespace reaches a server",
        "",
        "[flows.all]\nfrom = { namespace = 'reports' }\nto = 'connect.analytics'\n[namespaces.reports]\ncreate = false",
        &["access-widened", "prerequisite-needed", "updated"],
    ),
    (
        "a server has no pod any more",
        "",
        "[patches.none]\ntarget = 'Deployment/jobs/spark-connect-analytics'\nmerge = { spec = { replicas = 0 } }",
        &["sessions-ended", "unreachable", "scaled", "capacity"],
    ),
    (
        "a schedule is gone",
        SCHEDULE,
        "",
        &["killed", "deleted", "capacity"],
    ),
    ("an application is suspended", JOB, SUSPENDED, &["killed"]),
    (
        "the engine follows another repository",
        "",
        "[delivery]\nrepository = 'https://git.example.com/other.git'",
        &["handed-over"],
    ),
    (
        "the engine follows another branch",
        "",
        "[delivery]\nrevision = 'next'",
        &["handed-over"],
    ),
    (
        "a quota allows less",
        "",
        "[namespaces.jobs]\nquota = { cpu = 5, memory = '24Gi', pods = 30 }",
        &["tightened"],
    ),
    (
        "a network is open by default",
        "",
        "[namespaces.jobs]\ndefault-deny = false",
        &["access-widened", "deleted"],
    ),
];

const SCHEDULE: &str = "[applications.nightly]\nnamespace = 'jobs'\ntrigger = 'schedule'\nschedule = '0 3 * * *'\ntype = 'python'\nimage = 'spark'\nmain-file = 'local:///opt/spark/examples/src/main/python/pi.py'\ndriver = { memory = '1Gi' }\nexecutor = { memory = '1Gi', instances = 1 }";

const JOB: &str = "[applications.nightly]\nnamespace = 'jobs'\ntrigger = 'git'\ntype = 'python'\nimage = 'spark'\nmain-file = 'local:///opt/spark/examples/src/main/python/pi.py'\ndriver = { memory = '1Gi' }\nexecutor = { memory = '1Gi', instances = 1 }";

const SUSPENDED: &str = "[applications.nightly]\nnamespace = 'jobs'\ntrigger = 'git'\ntype = 'python'\nimage = 'spark'\nmain-file = 'local:///opt/spark/examples/src/main/python/pi.py'\ndriver = { memory = '1Gi' }\nexecutor = { memory = '1Gi', instances = 1 }\n[patches.suspend]\ntarget = 'SparkApplication/jobs/nightly'\nmerge = { spec = { suspend = true } }";

/// The same for manifests of `extra`.
const OF_MANIFESTS: &[(&str, &str, &str, &[&str])] = &[
    (
        "an outsider gets a right that leads further",
        "",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: makers, namespace: jobs}\nrules: [{apiGroups: [sparkoperator.k8s.io], resources: [sparkapplications], verbs: [create]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: makers, namespace: jobs}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: makers}\nsubjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: somebody}]\n",
        &["access-widened", "created"],
    ),
    (
        "a role becomes a part of view",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: readers, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'false'}}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: readers, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n",
        &["access-widened", "updated"],
    ),
    (
        "an exception of a block is gone",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: jobs}\nspec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 172.16.0.0/12, except: [172.20.0.0/16]}}]}]}\n",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: jobs}\nspec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 172.16.0.0/12}}]}]}\n",
        &["access-widened", "updated"],
    ),
    (
        "a port of UDP is added",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: jobs}\nspec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 172.16.0.0/12}}], ports: [{port: 7777}]}]}\n",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: jobs}\nspec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 172.16.0.0/12}}], ports: [{port: 7777}, {port: 7778, protocol: UDP}]}]}\n",
        &["access-widened", "updated"],
    ),
    (
        "a service sends its callers away",
        "apiVersion: v1\nkind: Service\nmetadata: {name: away, namespace: clients}\nspec: {type: ExternalName, externalName: a.example.com}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: away, namespace: clients}\nspec: {type: ExternalName, externalName: b.example.com}\n",
        &["access-widened"],
    ),
    (
        "a service is opened to the outside",
        "apiVersion: v1\nkind: Service\nmetadata: {name: out, namespace: clients}\nspec: {ports: [{port: 80}]}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: out, namespace: clients}\nspec: {type: NodePort, ports: [{port: 80}]}\n",
        &["access-widened"],
    ),
    (
        "a way in from outside",
        "",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: in, namespace: clients}\nspec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: clients}\nspec: {ports: [{port: 80}]}\n",
        &["access-widened", "created"],
    ),
    (
        "a value of a manifest",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: clients}\ndata: {a: '1'}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: clients}\ndata: {a: '9'}\n",
        &["updated"],
    ),
];

fn rules_of(before: &World, after: &World) -> (Vec<&'static str>, Review) {
    let [before, after] = [before, after].map(compiled);
    let review = Review::new(
        "before".to_owned(),
        &[report("lab", Some(&before), Some(&after))],
        &[],
    );
    let applied = |rule: &&&'static Rule| {
        review
            .changes()
            .any(|it| it.effects.iter().any(|it| *it.rule == ***rule))
    };
    let found = rules::ALL.iter().filter(applied).map(|it| it.name);
    (found.collect(), review)
}

#[test]
fn verdicts_leave_nothing_out() {
    let mut wrong = Vec::new();
    let mut expect = |what: &str, before: &World, after: &World, wanted: &[&str]| {
        let (found, review) = rules_of(before, after);
        let nameless = review
            .changes()
            .any(|it| it.layer.is_some() && it.causes.is_empty());
        if found != wanted || nameless {
            wrong.push(format!(
                "{what}: {found:?}\n{}",
                text::render(&review, false)
            ));
        }
    };
    let with = |said: &str| {
        let mut world = world("only-comments", "");
        let said = format!("extends = '_node.toml'\n{said}");
        world.insert("environments/lab.toml".to_owned(), said.into_bytes());
        world
    };
    for (what, before, after, wanted) in VERDICTS {
        expect(what, &with(before), &with(after), wanted);
    }
    for (what, before, after, wanted) in OF_MANIFESTS {
        let with = |manifest: &str| {
            let mut world = with("[extra.more]\npath = 'extra/more.yaml'");
            // Something has to be there, and to stay.
            let other =
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: clients}\n";
            let text = format!("{other}---\n{manifest}");
            world.insert("environments/extra/more.yaml".to_owned(), text.into_bytes());
            world
        };
        expect(what, &with(before), &with(after), wanted);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The platform of the stories with more in its spec, and a manifest if it names one.
fn beside(said: &str, manifest: &str) -> World {
    let mut world = world("only-comments", "");
    let said = format!("extends = '_node.toml'\n{said}");
    world.insert("environments/lab.toml".to_owned(), said.into_bytes());
    // Something has to be there, and to stay.
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: clients}\n";
    let text = format!("{other}---\n{manifest}");
    world.insert("environments/extra/more.yaml".to_owned(), text.into_bytes());
    world
}

/// The causes of what is said of a subject.
fn causes_of<'r>(review: &'r Review, subject: &str) -> Vec<&'r str> {
    let changes = review.changes().filter(|it| it.subject == subject);
    let causes = changes.flat_map(|it| it.causes.iter().map(|it| it.key.as_str()));
    causes.collect()
}

#[test]
fn a_list_that_grows_in_front_names_what_is_new() {
    let with = |list: &str| {
        let said = SUSPENDED.split("[patches").next().unwrap_or_default();
        beside(&format!("{said}\narguments = {list}\n"), "")
    };
    let subject = "SparkApplication/jobs/nightly";
    let causes = |before: &str, after: &str| -> Vec<(Option<String>, Option<String>)> {
        let (_, review) = rules_of(&with(before), &with(after));
        let mut changes = review.changes().filter(|it| it.subject == subject);
        let change = changes.next().expect("it changes");
        let text = |it: &Option<kiln::review::Line>| it.as_ref().map(|it| it.text.clone());
        let causes = change.causes.iter();
        causes
            .map(|it| (text(&it.before), text(&it.after)))
            .collect()
    };
    let said = |text: &str| Some(format!("'{text}'"));
    assert_eq!(causes("['a', 'b']", "['x', 'a', 'b']"), [(None, said("x"))]);
    assert_eq!(causes("['x', 'a', 'b']", "['a', 'b']"), [(said("x"), None)]);
    assert_eq!(
        causes("['a', 'b']", "['c', 'a', 'd']"),
        [(None, said("c")), (said("b"), said("d"))]
    );
}

#[test]
fn each_connection_names_the_flow_that_opens_it() {
    let flow = |name: &str| {
        format!(
            "[flows.{name}]\nfrom = {{ namespace = '{name}', labels = {{ app = '{name}' }} }}\nto = 'connect.analytics'\n[namespaces.{name}]\ncreate = false\n"
        )
    };
    let both = format!("{}{}", flow("one"), flow("two"));
    for (before, after) in [("", both.as_str()), (both.as_str(), "")] {
        let (_, review) = rules_of(&beside(before, ""), &beside(after, ""));
        for name in ["one", "two"] {
            let subject = format!("a pod with app={name} in {name}");
            assert_eq!(
                causes_of(&review, &subject),
                [format!("flows.{name}")],
                "{}",
                text::render(&review, false)
            );
        }
    }
}

/// Two roles, and a binding of one of them.
fn bound(role: &str) -> World {
    let manifest = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: readers, namespace: jobs}}\nrules: [{{apiGroups: [''], resources: [pods], verbs: [get]}}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: writers, namespace: jobs}}\nrules: [{{apiGroups: [''], resources: [secrets], verbs: [get]}}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: people, namespace: jobs}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {role}}}\nsubjects: [{{kind: User, apiGroup: rbac.authorization.k8s.io, name: somebody}}]\n"
    );
    beside("[extra.more]\npath = 'extra/more.yaml'", &manifest)
}

#[test]
fn another_role_is_refused_and_told_once() {
    let (rules, review) = rules_of(&bound("readers"), &bound("writers"));
    assert_eq!(rules, ["refused", "access-widened", "access-narrowed"]);
    let subjects: Vec<_> = review.changes().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, ["RoleBinding/jobs/people"]);
    let said = text::render(&review, false);
    for words in [
        "once it is made anew, User/somebody may then, in jobs, get secrets",
        "once it is made anew, User/somebody may then no longer, in jobs, get pods",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn what_moves_between_environments_is_no_loss_if_the_new_one_is_first() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: clients}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: moved, namespace: clients}\n";
    let said = "[extra.more]\npath = 'extra/more.yaml'";
    let side = |name: &str, manifest: &str, more: &str| {
        let mut world = beside(&format!("{said}\n{more}"), manifest);
        let spec = world.remove("environments/lab.toml").expect("it is there");
        world.insert(format!("environments/{name}.toml"), spec);
        let compilation = kiln::compile(&world, name);
        let said = Text { colour: false }.render(&compilation.diagnostics, &compilation.sources);
        assert!(!compilation.diagnostics.has_errors(), "{said}");
        compilation
    };
    let told = |engine: &str, more: &str| {
        let reports = [("one", claim, ""), ("two", "", claim)].map(|(name, before, after)| {
            let more = if name == "two" { more } else { "" };
            let [before, after] =
                [before, after].map(|it| side(name, it, &format!("{engine}\n{more}")));
            report(name, Some(&before), Some(&after))
        });
        Review::new("before".to_owned(), &reports, &[])
    };
    for (engine, first) in [
        ("", "two's Kustomization is reconciled"),
        ("[delivery]\nengine = 'argo-cd'", "two's Application syncs"),
    ] {
        let said = text::render(&told(engine, ""), false);
        assert!(
            said.contains(&format!("goes to two: it stays if {first} before one's")),
            "{said}"
        );
        assert!(
            said.contains(&format!("comes from one, as it is if {first} first")),
            "{said}"
        );
        assert!(said.contains("goes to two, and stays meanwhile"), "{said}");
        assert!(
            !said.contains("is deleted\n") && !said.contains("is created"),
            "{said}"
        );
    }
    // On another cluster nothing moves.
    let said = text::render(&told("", "[cluster]\nname = 'other'"), false);
    assert!(
        said.contains("is deleted") && !said.contains("goes to"),
        "{said}"
    );
}

#[test]
fn what_the_project_of_argo_cd_no_longer_allows_is_left_behind() {
    let with = |more: &str, manifest: &str| {
        let said = format!(
            "[delivery]\nengine = 'argo-cd'\n[extra.more]\npath = 'extra/more.yaml'\n{more}"
        );
        beside(&said, manifest)
    };
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: left, namespace: aaa}\n";
    let namespace = "[namespaces.aaa]\ncreate = false\n";
    let (rules, review) = rules_of(&with(namespace, manifest), &with("", ""));
    // The first namespace is the default of the Application, which leads nobody elsewhere.
    assert_eq!(
        rules,
        ["kept", "updated", "prerequisite-dropped"],
        "{}",
        text::render(&review, false)
    );
    // A namespace that the spec still names is one that the project allows.
    let (rules, _) = rules_of(&with(namespace, manifest), &with(namespace, ""));
    assert_eq!(rules, ["deleted"]);
}

#[test]
fn nobody_is_cut_off_in_a_namespace_that_is_new() {
    let more = "[namespaces.more]\n[operator]\njob-namespaces = ['jobs', 'more']";
    let (rules, review) = rules_of(&beside("", ""), &beside(more, ""));
    assert!(
        rules.contains(&"created") && !rules.contains(&"access-narrowed"),
        "{}",
        text::render(&review, false)
    );
}

#[test]
fn what_another_backend_no_longer_needs_names_it() {
    let with = |backend: &str| {
        beside(
            &format!(
                "[connect.more]\nnamespace = 'jobs'\nimage = 'spark'\nexecutor = {{ cores = 1, memory = '2Gi' }}\n{backend}\n"
            ),
            "",
        )
    };
    let (_, review) = rules_of(
        &with("backend = 'kubernetes'"),
        &with("backend = 'standalone'\nstandalone = { workers = 1 }"),
    );
    let nameless: Vec<_> = review
        .changes()
        .filter(|it| it.layer.is_some() && it.causes.is_empty())
        .map(|it| &it.subject)
        .collect();
    assert!(nameless.is_empty(), "{nameless:?}");
}

#[test]
fn a_comment_calls_nobody_and_leads_nowhere() {
    let hostile = "see https://evil.example or www.evil.example, @team, org/repo#12 #34 GH-5 !6 and a@b.example";
    let change = kiln::review::Change::of("Thing", rules::UPDATED, hostile);
    let report = kiln::review::Report {
        environment: "lab".to_owned(),
        changes: vec![change],
        ..kiln::review::Report::default()
    };
    let mut review = Review::new("branch-of-@somebody#7".to_owned(), &[report], &[]);
    review.notes.push(hostile.to_owned());
    let comment = markdown::render(&review, None).text;
    // What is left without code is what a forge looks at.
    let outside: String = comment.split('`').step_by(2).collect();
    for live in ["://", "www.", "@", "#12", "#34", "#7", "GH-5", "!6"] {
        assert!(
            comment.contains(live) && !outside.contains(live),
            "{live}: {comment}"
        );
    }
}

#[test]
fn an_output_that_the_spec_does_not_make_is_told() {
    let repository = Repository::new();
    repository.git(&["switch", "--quiet", "--create", "evil"]);
    let path = repository
        .path()
        .join("out/prod/0-cluster/_cluster/clusterrolebinding-evil.yaml");
    put(
        &path,
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: evil}\n",
    );
    repository.commit();
    let said = repository.diff(&["prod"]);
    assert!(
        said.contains(
            "prod: 1 committed tree is not what the spec compiles to\n!! out\n      is not what"
        ),
        "{said}"
    );
    assert!(!said.contains("nothing is deleted"), "{said}");
    assert_eq!(
        repository
            .kiln(&["diff", "prod", "--fail-on", "out-differs"])
            .0,
        1
    );
    // A spec whose output is not written yet is no such thing.
    fs::remove_file(&path).expect("it is there");
    repository.edit(BASE, MEMORY.0, MEMORY.1);
    let said = repository.diff(&["dev", "--against", "HEAD"]);
    let told = "out/dev is as it was: `kiln compile` writes what is told here";
    assert!(said.contains(told), "{said}");
    // Of many environments this is said once.
    let said = repository.diff(&["--against", "HEAD"]);
    let told = "out/dev, out/staging are as they were: `kiln compile` writes what is told here";
    assert!(said.contains(told), "{said}");
}

#[test]
fn what_cannot_be_known_is_not_claimed() {
    let repository = Repository::new();
    fs::remove_dir_all(repository.path().join("out")).expect("it is there");
    repository.edit(
        BASE,
        "version = \"2.4.0\"",
        "version = \"2.4.0\"\nno-such-key = 1",
    );
    repository.commit();
    repository.edit(BASE, "\nno-such-key = 1", "");
    let said = repository.diff(&["prod", "--against", "HEAD"]);
    assert!(
        said.contains("what this change deletes, ends or opens is not known"),
        "{said}"
    );
    assert!(
        !said.contains("no job is killed") && !said.contains("is new"),
        "{said}"
    );
    assert_eq!(
        repository
            .kiln(&["diff", "prod", "--against", "HEAD", "--fail-on", "unknown"])
            .0,
        1
    );
}
