//! What compiles is accepted: specs that `support/specs` makes up, and walks from one to another.
//!
//! All of them live on one control plane, each in namespaces of its own. What they share (the operator's
//! roles, definitions and webhooks have fixed names) the next one takes over.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    panic::{self, AssertUnwindSafe},
    path::Path,
    process::Command,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use kiln::manifests::Layer;
use serde_json::Value;

use crate::{
    conformance::apply::{refused_pods, spawned_pods, tokens_are_where_rights_are, wait_for_pods},
    conformance::client::Client,
    conformance::platform::{self, File, Platform, define, text_at},
    support::control_plane::{ControlPlane, items, text},
    support::sample::one_in,
    support::specs::{Spec, Specs},
};

/// How many specs there are at least.
const SPECS: usize = 200;
/// How many walks.
const WALKS: usize = 40;
/// How many specs have the longest names that kiln takes.
const LONGEST: usize = 20;
/// In how many keys the ends of a walk differ, and in what follows from these.
const STEPS: usize = 3;

/// How long controllers may write to what was just applied.
const SETTLING: Duration = Duration::from_secs(90);

/// Nothing serves the operator's webhooks here, and what they would change is the operator's business.
const WITHOUT_WEBHOOKS: [&str; 2] = [
    "--disable-admission-plugins",
    "MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
];

/// What kiln says of a step that the cluster would refuse, or that would lose data.
const REFUSALS: [&str; 3] = ["E0306", "E0307", "E0715"];

/// The cluster of all specs, and what was seen on it.
struct Cluster {
    plane: ControlPlane,
    client: Client,
    /// The names of definitions that somebody else than kiln made.
    defined: Mutex<BTreeSet<String>>,
    /// What all specs share, as it was applied last.
    shared: Mutex<BTreeMap<String, Value>>,
    objects: AtomicUsize,
    pods: AtomicUsize,
    compared: AtomicUsize,
}

/// The generation and the version of an object.
type Versions = BTreeMap<String, [Value; 2]>;

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn every_valid_spec_and_every_step_between_two_is_accepted() {
    let begin = Instant::now();
    let mut specs = Specs::new(SPECS);
    let rows = specs.covering.rows.clone();
    let mut wanted: Vec<_> = (0..rows.len())
        .map(|it| specs.spec(&rows[it], it))
        .collect();
    let longest = (0..LONGEST).map(|it| {
        let row = &rows[it * rows.len() / LONGEST];
        with_longest_names(&specs, row, rows.len() + WALKS + it)
    });
    wanted.extend(longest);
    let walks: Vec<_> = (0..WALKS)
        .map(|walk| {
            let (row, number) = (&rows[walk * rows.len() / WALKS], rows.len() + walk);
            let mut other = row.clone();
            for _ in 0..STEPS {
                other = specs.neighbour(&other);
            }
            [row, &other].map(|row| specs.spec(row, number))
        })
        .collect();
    // Every pair of values compiles in `tests/specs.rs`; here it is every eighth spec that is applied.
    let wanted: Vec<_> = wanted.into_iter().step_by(one_in(8)).collect();
    let walks: Vec<_> = walks.into_iter().step_by(one_in(4)).collect();
    let plane = ControlPlane::start_with(&WITHOUT_WEBHOOKS);
    let cluster = Cluster {
        client: Client::new(&plane),
        plane,
        defined: Mutex::default(),
        shared: Mutex::default(),
        objects: AtomicUsize::default(),
        pods: AtomicUsize::default(),
        compared: AtomicUsize::default(),
    };
    let refused_specs = in_parallel(&wanted, |spec| cluster.accepts(spec));
    let said = begin.elapsed();
    let refused_by_kiln = AtomicUsize::default();
    let refused_steps = in_parallel(&walks, |[from, to]| {
        if !cluster.walks(from, to) {
            refused_by_kiln.fetch_add(1, Ordering::Relaxed);
        }
    });
    let count = |it: &AtomicUsize| it.load(Ordering::Relaxed);
    println!(
        "{} specs of {} factors, {} pairs ({} excluded by the rules), {} objects, {} pods of Spark; \
         {} objects compared after a second apply, in {said:.0?}; {} walks, of which kiln refused {}; {:.0?}",
        wanted.len(),
        specs.factors(),
        specs.covering.covered,
        specs.covering.excluded,
        count(&cluster.objects),
        count(&cluster.pods),
        count(&cluster.compared),
        walks.len(),
        count(&refused_by_kiln),
        begin.elapsed(),
    );
    let refused: Vec<_> = refused_specs.into_iter().chain(refused_steps).collect();
    assert!(
        refused.is_empty(),
        "{} refusals:\n{}",
        refused.len(),
        refused.join("\n")
    );
    wait_for_pods(&cluster.plane);
    assert_eq!(refused_pods(&cluster.plane), "", "no pod is refused");
}

/// Runs something for each on as many threads as help, and gives back what went wrong.
fn in_parallel<T: Sync>(all: &[T], run: impl Fn(&T) + Sync) -> Vec<String> {
    let next = AtomicUsize::default();
    let faults = Mutex::default();
    let threads = thread::available_parallelism()
        .map_or(2, usize::from)
        .min(4);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = panic::catch_unwind(AssertUnwindSafe(|| run(one)));
                    if let Err(fault) = result {
                        let said = fault.downcast_ref::<String>().cloned();
                        let mut faults: MutexGuard<'_, Vec<String>> =
                            faults.lock().unwrap_or_else(PoisonError::into_inner);
                        faults.push(said.unwrap_or_else(|| "a panic without words".to_owned()));
                    }
                }
            });
        }
    });
    faults.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The spec of a row with the longest names of a server and of a job that kiln takes.
fn with_longest_names(specs: &Specs, row: &[usize], number: usize) -> Spec {
    let longest = |names: &dyn Fn(usize) -> [usize; 2]| {
        let (mut taken, mut refused) = (3, 64);
        while refused - taken > 1 {
            let tried = usize::midpoint(taken, refused);
            let spec = specs.spec_with(row, number, Some(names(tried)));
            let compilation = kiln::compile(&spec, &spec.environment);
            let is_taken = !compilation.diagnostics.has_errors();
            *if is_taken { &mut taken } else { &mut refused } = tried;
        }
        taken
    };
    let server = longest(&|length| [length, 3]);
    let job = longest(&|length| [3, length]);
    specs.spec_with(row, number, Some([server, job]))
}

impl Cluster {
    /// A spec is applied, and applied again with nothing changed.
    fn accepts(&self, spec: &Spec) {
        let platform = Platform::compile(spec, &spec.environment);
        let files = self.apply_all(&platform);
        self.objects.fetch_add(files.len(), Ordering::Relaxed);
        self.admits_spawned_pods(&platform);
        // The same in the words of the tool that people ask; it takes too long to ask it every time.
        if spec.environment.ends_with('0') {
            let own = files.iter().filter(|it| !is_shared(&it.object));
            let mut arguments = vec!["diff", "--server-side", "--field-manager=kiln"];
            for file in own {
                arguments.extend(["--filename", file.path.to_str().expect("the path is text")]);
            }
            assert_eq!(self.plane.run(&arguments, ""), "", "{}", platform.name);
        }
    }

    /// Applies all objects twice; returns their files.
    fn apply_all(&self, platform: &Platform) -> Vec<File> {
        self.prepare(platform);
        let mut files = platform.files();
        files.extend(platform.delivered());
        let layer = |file: &File| {
            let folders = Layer::ALL.iter().map(|it| it.folder());
            let of = |folder: &str| file.path.iter().any(|it| it == folder);
            folders.into_iter().position(of).unwrap_or(usize::MAX)
        };
        files.sort_by_key(|it| (layer(it), rank(&it.object)));
        let (first, others): (Vec<_>, Vec<_>) = files.iter().partition(|it| layer(it) == 0);
        let (own, shared): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|it| !is_shared(&it.object));
        let (own_first, shared_first): (Vec<_>, Vec<_>) =
            first.into_iter().partition(|it| !is_shared(&it.object));
        {
            let mut known = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let mut changed: Vec<_> = shared_first.into_iter().chain(shared).collect();
            changed.retain(|it| {
                known
                    .insert(identity(&it.object), it.object.clone())
                    .as_ref()
                    != Some(&it.object)
            });
            self.twice(&changed, platform);
        }
        self.twice(&own_first, platform);
        if own_first
            .iter()
            .any(|it| it.object["kind"] == "ResourceQuota")
        {
            self.wait_for_quotas(&own_first);
        }
        platform.fill_namespaces(&self.plane);
        self.twice(&own, platform);
        files
    }

    /// Makes what others make on a real cluster.
    fn prepare(&self, platform: &Platform) {
        let [mut definitions, namespaces] = platform.foreign();
        {
            // Another spec's platform may define the same: then it is the one that exists.
            let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            let mut defined = self.defined.lock().unwrap_or_else(PoisonError::into_inner);
            definitions.retain(|it| {
                !shared.contains_key(&identity(it)) && defined.insert(text_at(it, "/metadata/name"))
            });
            define(&self.plane, &definitions);
        }
        platform::apply(&self.plane, &namespaces);
        platform.meet_outside(&self.plane);
    }

    fn wait_for_quotas(&self, files: &[&File]) {
        let mut arguments = vec!["get", "--output=json"];
        for file in files
            .iter()
            .filter(|it| it.object["kind"] == "ResourceQuota")
        {
            arguments.extend(["--filename", file.path.to_str().expect("the path is text")]);
        }
        self.plane.wait_for("the status of the quotas", |plane| {
            let quotas = items(&plane.run(&arguments, ""));
            quotas
                .iter()
                .all(|it| it["status"]["hard"] == it["spec"]["hard"])
        });
    }

    /// Applies files, and again until two times agree: controllers may write a status in between. What an
    /// object is meant to be must not change even once.
    fn twice(&self, files: &[&File], platform: &Platform) {
        if files.is_empty() {
            return;
        }
        let first = self.apply(files);
        let mut last = first.clone();
        let begin = Instant::now();
        loop {
            let next = self.apply(files);
            for (name, [generation, _]) in &next {
                assert_eq!(
                    *generation, first[name][0],
                    "{}: {name}: a second apply changes it",
                    platform.name
                );
            }
            if next == last {
                self.compared.fetch_add(next.len(), Ordering::Relaxed);
                return;
            }
            let changed = next.keys().filter(|it| next[*it] != last[*it]);
            let changed: Vec<_> = changed.cloned().collect();
            assert!(
                begin.elapsed() < SETTLING,
                "{}: every apply changes {}",
                platform.name,
                changed.join(", ")
            );
            last = next;
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// Applies files in their order.
    fn apply(&self, files: &[&File]) -> Versions {
        let applied = files.iter().map(|file| {
            let applied = self.client.apply(&file.object);
            let applied = applied.unwrap_or_else(|said| panic!("{}: {said}", file.path.display()));
            let versions =
                ["generation", "resourceVersion"].map(|it| applied["metadata"][it].clone());
            (identity(&file.object), versions)
        });
        applied.collect()
    }

    /// The pods that Spark, its operator and a hub make are admitted.
    fn admits_spawned_pods(&self, platform: &Platform) {
        let objects = platform.objects();
        let pods = spawned_pods(&objects).into_iter().map(|pod| {
            let admitted = self.client.create(&pod);
            admitted.unwrap_or_else(|said| panic!("{}: {said}", platform.name))
        });
        let pods: Vec<_> = pods.collect();
        tokens_are_where_rights_are(&pods, &objects);
        self.pods.fetch_add(pods.len(), Ordering::Relaxed);
    }

    /// A spec becomes another one; false when kiln refuses that.
    fn walks(&self, from: &Spec, to: &Spec) -> bool {
        let difference = from.difference(to);
        let repository = tempfile::tempdir().expect("a temporary folder");
        compile(repository.path(), from).unwrap_or_else(|said| panic!("{said}"));
        if let Err(said) = compile(repository.path(), to) {
            let errors = said.lines().filter_map(|it| it.strip_prefix("error["));
            let others: Vec<_> = errors
                .filter(|it| !REFUSALS.iter().any(|code| it.starts_with(code)))
                .collect();
            assert!(
                others.is_empty(),
                "{}: {difference}: {said}",
                from.environment
            );
            return false;
        }
        let [old, new] = [from, to].map(|it| Platform::compile(it, &it.environment));
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            let before = self.apply_all(&old);
            let after = self.apply_all(&new);
            self.prune(&before, &after);
        }));
        if let Err(fault) = result {
            let said = fault.downcast_ref::<String>().cloned().unwrap_or_default();
            panic!("{}: {difference}: {said}", from.environment);
        }
        true
    }

    /// Deletes what is no longer made, but for what its annotations keep and what all specs share.
    fn prune(&self, before: &[File], after: &[File]) {
        let kept: BTreeSet<_> = after.iter().map(|it| identity(&it.object)).collect();
        for file in before {
            let annotations = file.object["metadata"]["annotations"].to_string();
            let is_kept =
                kept.contains(&identity(&file.object)) || annotations.contains("Prune=false");
            if !is_kept && !is_shared(&file.object) {
                let deleted = self.client.delete(&file.object);
                deleted.unwrap_or_else(|said| panic!("{said}"));
            }
        }
    }
}

/// Kind, namespace and name.
fn identity(object: &Value) -> String {
    let metadata = &object["metadata"];
    format!(
        "{} {}/{}",
        object["kind"], metadata["namespace"], metadata["name"]
    )
}

/// The order in which both engines apply the objects of one layer, by their kinds.
fn rank(object: &Value) -> u8 {
    match object["kind"].as_str() {
        Some("Namespace") => 0,
        Some("Deployment" | "StatefulSet" | "Job") => 2,
        _ => 1,
    }
}

/// Whether several specs make an object of this name.
fn is_shared(object: &Value) -> bool {
    object["metadata"]["namespace"].is_null()
        && !matches!(object["kind"].as_str(), Some("Namespace" | "PriorityClass"))
}

/// Writes a spec into a repository and compiles it over what lies there; what kiln says when it refuses.
fn compile(repository: &Path, spec: &Spec) -> Result<(), String> {
    let environments = repository.join("environments");
    if environments.is_dir() {
        fs::remove_dir_all(&environments).expect("the old spec can be removed");
    }
    for (path, text) in &spec.files {
        let path = repository.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let kiln = Command::new(env!("CARGO_BIN_EXE_kiln"))
        .arg("compile")
        .current_dir(repository)
        .output();
    let kiln = kiln.expect("kiln runs");
    if kiln.status.success() {
        Ok(())
    } else {
        Err(text(&kiln.stderr))
    }
}
