//! The Connect server of real Spark, started with exactly the compiled files.
//!
//! Nothing runs the executors' pods: they are admitted and stay pending, and where a node would say
//! that one has failed, the test says it.

pub mod lab;
mod server;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    thread,
    time::{Duration, Instant},
};

use kiln::manifests::Layer;
use serde_json::{Value, json};

use self::{
    lab::{Lab, ObjectStore},
    server::{Compiled, Server, World},
};
use crate::{
    conformance::apply,
    conformance::platform::{Platform, text_at},
    conformance::rbac::{DRIVER, grants},
    support::control_plane::ControlPlane,
    support::sample::one_in,
};

/// The environment with servers of both lines of Spark.
const ENVIRONMENT: &str = "dev";

/// How long a server may take for anything but its start and its end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the client gets when executors run.
const SUM: &str = "[Row(sum(id)=499500)]";

/// What each right of a driver is for: what becomes of a server of Spark 4.1 without it.
const WITHOUT: [(&str, &str, Symptom); 8] = [
    ("configmaps", "create", Symptom::Ends),
    ("configmaps", "deletecollection", Symptom::Leaves),
    // Queries wait for ever.
    ("pods", "create", Symptom::Complains),
    // Failed executors remain until the server ends.
    ("pods", "delete", Symptom::Complains),
    ("pods", "deletecollection", Symptom::Leaves),
    ("pods", "get", Symptom::Ends),
    // Executors that no event told of are never found missing.
    ("pods", "list", Symptom::Complains),
    ("pods", "watch", Symptom::Ends),
];

/// The properties by which kiln spares drivers rights that they have no use for.
const SPARING: [&str; 3] = [
    "spark.kubernetes.driver.ownPersistentVolumeClaim",
    "spark.kubernetes.driver.reusePersistentVolumeClaim",
    "spark.kubernetes.driver.service.deleteOnTermination",
];

/// What a driver calls without them. One that the operator submits lacks the last of them.
const SPARED: [(&str, &str); 3] = [
    ("persistentvolumeclaims", "deletecollection"),
    ("persistentvolumeclaims", "list"),
    ("services", "deletecollection"),
];

/// How a missing right shows. The refusal stands in the log of the server whatever it does.
#[derive(Debug, PartialEq)]
enum Symptom {
    /// The server ends before it serves.
    Ends,
    /// The server serves, and leaves nothing behind.
    Complains,
    /// Objects of the kind remain when the server has ended.
    Leaves,
}

/// The codes of the API server's answers, by resource and verb.
type Calls = BTreeMap<(String, String), BTreeSet<u64>>;

/// What a server did from its start to its end.
struct Run {
    /// How long it took to serve; none when it ended before.
    served_after: Option<Duration>,
    /// What it called.
    calls: Calls,
    /// The kinds of its objects that remain.
    leaves: Vec<&'static str>,
    /// What it said.
    log: String,
}

#[test]
#[ignore = "needs a control plane, Java and a network; run by make conformance"]
fn servers_start_with_the_compiled_files_and_are_refused_nothing() {
    on_cluster(|servers, world| {
        let mut lines = BTreeSet::new();
        for server in servers.iter().filter(|it| it.backend() == "k8s") {
            let run = run(server, world);
            let served_after = run.served_after;
            let served_after = served_after.unwrap_or_else(|| panic!("it ends:\n{}", run.errors()));
            let calls = run.calls.keys();
            let calls: BTreeSet<_> = calls
                .map(|(resource, verb)| (&**resource, &**verb))
                .collect();
            let driver = grants(DRIVER);
            let allowed = driver.iter().flat_map(|(resource, verbs)| {
                verbs.iter().map(|verb| (resource.as_str(), verb.as_str()))
            });
            let name = server.name();
            assert_eq!(
                run.refused(),
                [],
                "{name} is refused nothing\n{}",
                run.errors()
            );
            assert_eq!(calls, allowed.collect(), "{name} calls all that it may");
            assert_eq!(
                run.leaves,
                [""; 0],
                "{name} leaves nothing\n{}",
                run.errors()
            );
            println!("Spark {} serves after {served_after:.1?}", server.version());
            lines.extend(
                server
                    .version()
                    .rsplit_once('.')
                    .map(|(line, _)| line.to_owned()),
            );
        }
        assert!(
            ["3.5", "4.1"].iter().all(|it| lines.contains(*it)),
            "only {lines:?} ran"
        );
    });
}

#[test]
#[ignore = "needs a control plane, Java and a network; run by make conformance"]
fn servers_with_executors_outside_kubernetes_answer() {
    on_cluster(|servers, world| {
        let mut backends = BTreeSet::new();
        for server in servers.iter().filter(|it| it.backend() != "k8s") {
            let name = server.name();
            let mut programs = Vec::new();
            for program in server.cluster().iter().chain([server]) {
                let mut process = Server::start(program, world);
                let serves = process.serves(program.startup_time());
                assert!(serves, "{} serves:\n{}", program.name(), process.log());
                programs.push((program.name(), process));
            }
            let answer = world.lab.client().answer(PATIENCE);
            let logs = || {
                programs
                    .iter()
                    .map(|(name, it)| format!("{name}:\n{}", it.log()))
            };
            assert_eq!(
                answer.trim(),
                SUM,
                "{name}:\n{}",
                logs().collect::<String>()
            );
            let (_, process) = programs.last_mut().expect("the server runs");
            assert!(process.stop(server.grace()), "{name} ends in time");
            backends.insert(server.backend());
        }
        assert!(
            ["local[2]", "spark"]
                .iter()
                .all(|it| backends.contains(*it)),
            "{backends:?}"
        );
    });
}

#[test]
#[ignore = "needs a control plane, Java and a network; run by make conformance"]
fn a_server_that_outlives_its_context_is_found() {
    on_cluster(|servers, world| {
        let server = servers.iter().find(|it| it.backend() == "spark");
        let server = server.expect("one brings its own executors");
        let cluster = server.cluster();
        let start = |it: &Compiled| {
            let mut process = Server::start(it, world);
            assert!(process.serves(it.startup_time()), "{}", process.log());
            process
        };
        let [of_master, of_worker] = cluster.as_slice() else {
            panic!("a master and its workers: {}", cluster.len());
        };
        let (_master, worker) = (start(of_master), start(of_worker));
        let process = start(server);
        world.plane.wait_for("an executor", |_| {
            worker.log().contains("Asked to launch executor")
        });
        assert!(process.is_live(), "its context runs");
        // The master takes the application away after ten failures.
        worker.fails_executors(of_worker);
        world
            .plane
            .wait_for("the end of the context", |_| !process.is_live());
        assert!(
            process.log().contains("Master removed our application"),
            "{}",
            process.log()
        );
        assert!(process.is_open(), "only the probe tells");
    });
}

#[test]
#[ignore = "needs a control plane, Java and a network; run by make conformance"]
fn a_driver_needs_every_right_that_it_has_and_is_spared_others() {
    on_cluster(|servers, world| {
        let newest = servers.iter().find(|it| it.version().starts_with("4.1."));
        let server = newest.expect("a server of Spark 4.1");
        let driver = grants(DRIVER);
        let rights = driver.iter().flat_map(|(resource, verbs)| {
            verbs.iter().map(|verb| (resource.as_str(), verb.as_str()))
        });
        assert!(rights.eq(WITHOUT.iter().map(|(resource, verb, _)| (*resource, *verb))));
        for (resource, verb, symptom) in WITHOUT.iter().step_by(one_in(2)) {
            let role =
                world
                    .plane
                    .get(&["role", &server.name(), "--namespace", &server.namespace()]);
            allow(server, world.plane, &role[0], Some((resource, verb)));
            let run = run(server, world);
            allow(server, world.plane, &role[0], None);
            remove_leavings(server, world.plane);
            let shown = match (&run.served_after, &run.leaves[..]) {
                (None, _) => Symptom::Ends,
                (Some(_), []) => Symptom::Complains,
                (Some(_), _) => Symptom::Leaves,
            };
            let what = format!("without the right to {verb} {resource}");
            assert_eq!(
                run.refused(),
                [(*resource, *verb)],
                "{what}\n{}",
                run.errors()
            );
            assert_eq!(
                shown,
                *symptom,
                "{what}: leaves {:?}\n{}",
                run.leaves,
                run.errors()
            );
            let refusal = match *verb {
                "watch" => "Received 403 on websocket".to_owned(),
                verb => format!("cannot {verb} resource \"{resource}\""),
            };
            assert!(
                run.log.contains(&refusal),
                "{what}: {refusal}\n{}",
                run.errors()
            );
            println!("{what}: {shown:?}");
        }
        let run = run(&server.without(&SPARING), world);
        assert_eq!(
            run.refused(),
            SPARED,
            "without {SPARING:?}\n{}",
            run.errors()
        );
    });
}

/// Applies the environment to a cluster, with an S3 server beside it, and lets its servers be tested.
fn on_cluster(test: impl Fn(&[Compiled], &World)) {
    let mut platforms = Platform::all().into_iter();
    let platform = platforms.find(|it| it.name == ENVIRONMENT);
    let platform = platform.expect("the environment is there");
    let objects = platform.objects();
    let servers = Compiled::all(&objects, "spark-connect");
    let versions: Vec<_> = servers.iter().map(Compiled::version).collect();
    let lab = Lab::install(&versions);

    let plane = ControlPlane::start();
    platform.prepare(&plane);
    apply::layers(
        &plane,
        &platform,
        &Layer::ALL[..=Layer::Platform.wave() as usize],
    );
    apply::wait_for_pods(&plane);
    let store = ObjectStore::start(&lab);
    let logs: BTreeSet<_> = servers.iter().map(Compiled::event_log).collect();
    for (bucket, prefix) in logs {
        store.put(&bucket);
        // What kiln's bucket Job puts there: without it there is no folder, and Spark ends.
        store.put(&format!("{bucket}/{prefix}/.keep"));
    }
    let (plane, lab, store) = (&plane, &lab, &store);
    test(&servers, &World { plane, lab, store });
}

/// Lets a server start, ask for executors, lose one, and end.
fn run(server: &Compiled, world: &World) -> Run {
    let plane = world.plane;
    let before = fs::metadata(plane.audit_log())
        .expect("the API server writes it")
        .len();
    let calls = || calls(server, plane, before);
    let begin = Instant::now();
    let mut process = Server::start(server, world);
    let served_after = process
        .serves(server.startup_time())
        .then(|| begin.elapsed());
    let mut application = None;
    if served_after.is_some() {
        let _client = world.lab.client();
        until_answered("pods", "create", calls);
        if let Some(executor) = spawned(server, plane, "pods").first() {
            let owner = text_at(executor, "/metadata/ownerReferences/0/name");
            assert_eq!(
                owner,
                server.pod(plane),
                "executors belong to their server's pod"
            );
            application = Some(text_at(executor, "/metadata/labels/spark-app-selector"));
            fail(executor, plane);
            until_answered("pods", "delete", calls);
        }
        assert!(
            process.stop(server.grace()),
            "it ends in time: {}",
            process.log()
        );
    }
    if let Some(application) = application {
        let (bucket, prefix) = server.event_log();
        let events = world
            .store
            .list(&bucket, &format!("{prefix}/eventlog_v2_{application}"));
        assert!(
            events.contains("<Key>"),
            "the event log is not there: {events}"
        );
    }
    let mut leaves = vec!["pods", "configmaps"];
    leaves.retain(|kind| !spawned(server, plane, kind).is_empty());
    Run {
        served_after,
        calls: calls(),
        leaves,
        log: process.log(),
    }
}

impl Run {
    /// What the API server refused.
    fn refused(&self) -> Vec<(&str, &str)> {
        let refused = self.calls.iter();
        let refused = refused.filter(|(_, codes)| codes.contains(&401) || codes.contains(&403));
        refused
            .map(|((resource, verb), _)| (resource.as_str(), verb.as_str()))
            .collect()
    }

    /// The lines of the log that say why something failed, and the last ones.
    fn errors(&self) -> String {
        let is_reason = |line: &&str| [" ERROR ", "Exception"].iter().any(|it| line.contains(it));
        let mut lines: Vec<_> = self.log.lines().filter(is_reason).take(20).collect();
        lines.push("…");
        let last: Vec<_> = self.log.lines().rev().take(10).collect();
        lines.extend(last.into_iter().rev());
        lines.join("\n")
    }
}

/// Waits until the API server has answered a call, whatever it said.
fn until_answered(resource: &str, verb: &str, calls: impl Fn() -> Calls) {
    let call = (resource.to_owned(), verb.to_owned());
    let deadline = Instant::now() + PATIENCE;
    while !calls().contains_key(&call) {
        assert!(
            Instant::now() < deadline,
            "the server does not {verb} {resource}: {:?}",
            calls()
        );
        thread::sleep(Duration::from_millis(200));
    }
}

/// What a server called since the audit log had a length.
fn calls(server: &Compiled, plane: &ControlPlane, since: u64) -> Calls {
    let mut log = File::open(plane.audit_log()).expect("the API server writes it");
    log.seek(SeekFrom::Start(since))
        .expect("a file can be read from anywhere");
    let mut text = String::new();
    log.read_to_string(&mut text).expect("the log is text");
    let mut calls = Calls::new();
    // The last line may not be whole yet.
    for call in text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let is_own = call["user"]["username"] == server.user();
        if let (true, Some(resource)) = (is_own, call["objectRef"]["resource"].as_str()) {
            let codes = calls
                .entry((resource.to_owned(), text_at(&call, "/verb")))
                .or_default();
            codes.extend(call["responseStatus"]["code"].as_u64());
        }
    }
    calls
}

/// The objects of a kind that a server has made.
fn spawned(server: &Compiled, plane: &ControlPlane, kind: &str) -> Vec<Value> {
    let namespace = server.namespace();
    plane.get(&[
        kind,
        "--namespace",
        &namespace,
        "--selector=spark-app-selector",
    ])
}

/// Says what a node would say of an executor that has failed.
fn fail(executor: &Value, plane: &ControlPlane) {
    let status = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": executor["metadata"],
        "status": {"phase": "Failed"},
    });
    plane.run(
        &["replace", "--subresource=status", "--filename=-"],
        &status.to_string(),
    );
}

/// Sets a server's Role to what it was, but for one right, and waits until the API server heeds it.
fn allow(server: &Compiled, plane: &ControlPlane, role: &Value, but: Option<(&str, &str)>) {
    let mut role = role.clone();
    let metadata = role["metadata"]
        .as_object_mut()
        .expect("an object has metadata");
    metadata.remove("resourceVersion");
    for rule in role["rules"].as_array_mut().expect("a Role has rules") {
        let resource = text_at(rule, "/resources/0");
        let verbs = rule["verbs"].as_array_mut().expect("a rule has verbs");
        verbs.retain(|verb| but != verb.as_str().map(|verb| (resource.as_str(), verb)));
    }
    plane.run(&["replace", "--filename=-"], &role.to_string());
    let allowed = grants(DRIVER);
    plane.wait_for("what the Role allows", |plane| {
        allowed.iter().all(|(resource, verbs)| {
            verbs.iter().all(|verb| {
                let ask = ["auth", "can-i", verb, resource, "--as", &server.user()];
                let there = ["--namespace", &server.namespace()];
                let answer = plane.kubectl(&[&ask[..], &there].concat(), "");
                answer.status.success() == (but != Some((resource, verb)))
            })
        })
    });
}

/// Removes what a server has left.
fn remove_leavings(server: &Compiled, plane: &ControlPlane) {
    let namespace = server.namespace();
    let all = [
        "pods,configmaps",
        "--namespace",
        &namespace,
        "--selector=spark-app-selector",
    ];
    plane.run(&[&["delete", "--now"], &all[..]].concat(), "");
}
