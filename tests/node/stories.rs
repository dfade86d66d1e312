//! What a review says of a change, against what the change does: the stories of `tests/review`, applied.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use kiln::{
    kubernetes::Identity,
    review::{Action, Change, Report, Rule, report, rules},
};
use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, Failure},
    lab::{Lab, sleeper},
    platform::{Platform, apply, namespace},
    rolls::differing,
    sample::one_in,
};

/// What else of a story is tried, before it and after: whether it is so.
type Trial = fn(&Lab) -> Result<bool, Failure>;

struct Story {
    name: &'static str,
    /// Something that was not so before the change, and is so after it.
    becomes_true: Option<Trial>,
}

const STORIES: [Story; 12] = [
    story("only-comments", None),
    story("engine-changed", None),
    story("executor-memory-doubled", None),
    story("bucket-removed", None),
    story(
        "pod-security-relaxed",
        Some(a_pod_without_seccomp_is_admitted),
    ),
    story("role-widened-by-a-patch", Some(the_server_may_read_secrets)),
    story("policy-opened-by-a-flow", Some(a_report_reaches_the_server)),
    story("connect-resource-property", None),
    story("application-argument-changed", None),
    story("server-renamed", None),
    story("operator-updated", None),
    story("image-digest-bumped", None),
];

/// The digests of the last story, each a name for the image that is there.
const DIGITS: [char; 2] = ['1', '2'];

const fn story(name: &'static str, becomes_true: Option<Trial>) -> Story {
    Story { name, becomes_true }
}

/// Each story happens as its review says: what rolls, what is killed, what does not answer meanwhile, what is made
/// and what goes, and that everything else stays as it is.
pub fn what_a_review_says_happens(lab: &mut Lab) -> Result<String, Failure> {
    let base = Platform::compile(&lab.platform.spec, "")?;
    for digit in DIGITS {
        let digest = String::from(digit).repeat(64);
        let name = format!("lab.local/spark@sha256:{digest}");
        lab.cluster.name_image("lab.local/spark:4.1.4", &name)?;
    }
    // Each takes half a minute; every second one has pods that roll, jobs that are killed, and rights that change.
    let mut told = Vec::new();
    for story in STORIES.into_iter().step_by(one_in(2)) {
        let side = |side: &str| -> Result<Platform, Failure> {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/review");
            let path = folder.join(story.name).join(format!("{side}.toml"));
            Platform::compile(&base.spec, &fs::read_to_string(path).unwrap_or_default())
        };
        let (before, after) = (side("before")?, side("after")?);
        become_(lab, before)?;
        let was = story.becomes_true.map(|it| it(lab)).transpose()?;
        let found = change(lab, after).map_err(|error| format!("{}: {error}", story.name))?;
        let is = story.becomes_true.map(|it| it(lab)).transpose()?;
        if was.zip(is).is_some_and(|it| it != (false, true)) {
            return Err(format!("{}: {was:?} before, {is:?} after", story.name));
        }
        println!("{}: {found}", story.name);
        told.push(story.name);
    }
    Ok(format!("{} stories", told.len()))
}

/// Brings the node to another platform, as an engine does: what is new and what differs is applied, layer by layer,
/// and what is gone is deleted.
fn become_(lab: &mut Lab, platform: Platform) -> Result<(), Failure> {
    platform.apply(&lab.cluster)?;
    let report = report(
        "lab",
        Some(&lab.platform.compilation),
        Some(&platform.compilation),
    );
    let kept = |rule: &Rule| *rule == *rules::KEPT;
    for change in report.changes.iter().filter(|it| it.layer.is_some()) {
        let gone = match change.action {
            Action::Deleted => &change.subject,
            Action::Renamed => change.was.as_ref().unwrap_or(&change.subject),
            _ => continue,
        };
        if !change.effects.iter().any(|it| kept(it.rule)) {
            delete(&lab.cluster, gone)?;
        }
    }
    lab.platform = platform;
    lab.cluster.wait_for_workloads()?;
    lab.connect_resources_get_ready()?;
    lab.applications_run()
}

/// Deletes an object by how kiln writes it.
fn delete(cluster: &Cluster, object: &str) -> Result<(), Failure> {
    let parts: Vec<&str> = object.split('/').collect();
    let (kind, name, namespace) = match parts[..] {
        [kind, namespace, name] => (kind, name, Some(namespace)),
        [kind, name] => (kind, name, None),
        _ => return Err(format!("{object} is no object")),
    };
    let mut arguments = vec!["delete", kind, name, "--ignore-not-found"];
    if let Some(namespace) = namespace {
        arguments.extend(["--namespace", namespace]);
    }
    cluster.run(&arguments, "").map(|_| ())
}

/// What is seen of the platform from outside.
struct Seen {
    /// The pods of each workload.
    pods: BTreeMap<String, Value>,
    /// The identity of the run of each application.
    runs: BTreeMap<String, Value>,
    /// The generation of each object, as far as it has one, and its version.
    versions: BTreeMap<String, Value>,
}

/// Makes a change, and holds what happens against what its review says.
fn change(lab: &mut Lab, after: Platform) -> Result<String, Failure> {
    let report = report(
        "lab",
        Some(&lab.platform.compilation),
        Some(&after.compilation),
    );
    let before = lab.look()?;
    let begin = Instant::now();
    let callers = lab.call_services()?;
    become_(lab, after)?;
    let gaps = callers.end();
    let time = begin.elapsed();
    let now = lab.look()?;

    let said = |rule: &'static Rule| -> BTreeSet<String> {
        let changes = report.changes.iter();
        let meant = changes.filter(|it| it.effects.iter().any(|it| *it.rule == *rule));
        meant.map(|it| it.subject.clone()).collect()
    };
    let name = |subject: &String| subject.rsplit('/').next().unwrap_or_default().to_owned();
    let names =
        |subjects: BTreeSet<String>| -> BTreeSet<String> { subjects.iter().map(name).collect() };
    let both =
        |one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>| -> BTreeSet<String> {
            let all = differing(one, other);
            all.into_iter()
                .filter(|it| one.contains_key(it) && other.contains_key(it))
                .collect()
        };
    expect(
        "pods were replaced",
        &names(said(rules::ROLLS)),
        &both(&before.pods, &now.pods),
    )?;
    expect(
        "runs began anew",
        &names(said(rules::KILLED)),
        &both(&before.runs, &now.runs),
    )?;
    let away: BTreeSet<String> = gaps.keys().cloned().collect();
    expect("services did not answer", &services(lab, &report), &away)?;
    let touched: BTreeSet<String> = report
        .changes
        .iter()
        .filter(|it| it.layer.is_some() && it.action == Action::Changed)
        .map(|it| it.subject.clone())
        .collect();
    expect(
        "objects were changed",
        &touched,
        &both(&before.versions, &now.versions),
    )?;
    for change in report.changes.iter().filter(|it| it.layer.is_some()) {
        let (was, is) = (
            before.versions.contains_key(&change.subject),
            now.versions.contains_key(&change.subject),
        );
        let is_as_said = match change.action {
            Action::Created | Action::Renamed => !was && is,
            Action::Deleted => was && !is,
            _ => true,
        };
        if !is_as_said {
            return Err(format!(
                "{} was there: {was}, is there: {is}",
                change.subject
            ));
        }
    }
    let mut text = format!("as said, in {time:.0?}");
    for (service, gap) in gaps {
        let _ = write!(text, "; {service} did not answer for {gap:.1?}");
    }
    Ok(text)
}

/// The services of the workloads of which a review says that they do not answer for a while.
fn services(lab: &Lab, report: &Report) -> BTreeSet<String> {
    let is_away = |it: &&Change| it.effects.iter().any(|it| *it.rule == *rules::UNREACHABLE);
    let away = report.changes.iter().filter(is_away);
    let workloads: BTreeSet<&str> = away
        .filter_map(|it| it.subject.rsplit('/').next())
        .collect();
    let services = lab.platform.objects(&["Service"]);
    let of_workload = |service: &Value| {
        let selector = &service["spec"]["selector"];
        ["kiln/workload", "sparkoperator.k8s.io/connect-name"]
            .iter()
            .any(|label| {
                selector[label]
                    .as_str()
                    .is_some_and(|it| workloads.contains(it))
            })
    };
    let names = services.iter().filter(|it| of_workload(it));
    names
        .filter_map(|it| it["metadata"]["name"].as_str().map(str::to_owned))
        .collect()
}

fn expect(what: &str, said: &BTreeSet<String>, seen: &BTreeSet<String>) -> Result<(), Failure> {
    if said == seen {
        return Ok(());
    }
    let missing: Vec<_> = said.difference(seen).collect();
    let more: Vec<_> = seen.difference(said).collect();
    Err(format!(
        "{what}: said and not seen {missing:?}, seen and not said {more:?}"
    ))
}

impl Lab {
    fn look(&self) -> Result<Seen, Failure> {
        let mut runs = BTreeMap::new();
        for it in self
            .cluster
            .get(&["sparkapplications", "--all-namespaces"])?
        {
            let name = it["metadata"]["name"].as_str().unwrap_or_default();
            runs.insert(name.to_owned(), it["status"]["sparkApplicationId"].clone());
        }
        let live = self.platform.live(&self.cluster)?.into_iter();
        let versions = live
            .map(|it| (identity(&it).to_string(), said_of(&it)))
            .collect();
        Ok(Seen {
            pods: self.running()?,
            runs,
            versions,
        })
    }

    /// Waits until every application runs or has ended: one that was killed is there again.
    fn applications_run(&self) -> Result<(), Failure> {
        self.cluster.wait_for("applications that run", |cluster| {
            let found = cluster.get(&["sparkapplications", "--all-namespaces"])?;
            let is_there = |it: &Value| {
                let state = it["status"]["applicationState"]["state"].as_str();
                matches!(state, Some("RUNNING" | "COMPLETED"))
            };
            Ok(found.iter().all(is_there).then_some(()))
        })
    }

    /// Calls every service of the platform, over and over.
    fn call_services(&self) -> Result<Callers, Failure> {
        let is_over = Arc::new(AtomicBool::new(false));
        let gaps: Arc<Mutex<BTreeMap<String, Duration>>> = Arc::default();
        let (answered, answers) = mpsc::channel();
        let mut threads = Vec::new();
        for namespace in self.platform.namespaces() {
            let services = self.cluster.get(&["services", "--namespace", &namespace])?;
            for service in services.iter().filter(|it| !is_of_job(it)) {
                let name = service["metadata"]["name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                let address = service["spec"]["clusterIP"].as_str().unwrap_or_default();
                let port = &service["spec"]["ports"][0]["port"];
                // A service without an address of its own is not called by one.
                let Ok(address) = format!("{address}:{port}").parse::<SocketAddr>() else {
                    continue;
                };
                let (is_over, gaps) = (Arc::clone(&is_over), Arc::clone(&gaps));
                let answered = answered.clone();
                threads.push(thread::spawn(move || {
                    call(&name, address, &is_over, &gaps, &answered);
                }));
            }
        }
        // Who never answered before a change cannot be seen to stop; a pod that is ready may still be on its way to the
        // proxy.
        for _ in 0..threads.len() {
            if answers.recv_timeout(Duration::from_secs(60)).is_err() {
                break;
            }
        }
        Ok(Callers {
            is_over,
            gaps,
            threads,
        })
    }
}

/// Whether a service is one of a job, behind which nobody listens once that has ended.
fn is_of_job(service: &Value) -> bool {
    let owners = service["metadata"]["ownerReferences"].as_array();
    let mut owners = owners.into_iter().flatten();
    owners.any(|it| it["kind"] == "SparkApplication" || it["kind"] == "Pod")
}

fn identity(object: &Value) -> Identity {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    Identity {
        group: version
            .split_once('/')
            .map_or_else(String::new, |(group, _)| group.to_owned()),
        kind: text(&object["kind"]),
        namespace: object["metadata"]["namespace"].as_str().map(str::to_owned),
        name: text(&object["metadata"]["name"]),
    }
}

/// What somebody says of an object: all but what the server and its controllers write.
fn said_of(object: &Value) -> Value {
    let mut said = object.clone();
    if let Some(root) = said.as_object_mut() {
        root.remove("status");
    }
    for field in [
        "resourceVersion",
        "generation",
        "managedFields",
        "uid",
        "creationTimestamp",
        "finalizers",
    ] {
        if let Some(metadata) = said["metadata"].as_object_mut() {
            metadata.remove(field);
        }
    }
    // A controller counts its rollouts here.
    if let Some(annotations) = said["metadata"]["annotations"].as_object_mut() {
        annotations.remove("deployment.kubernetes.io/revision");
        annotations.remove("deprecated.daemonset.template.generation");
    }
    // The operator's webhook writes its certificate here.
    if let Some(webhooks) = said["webhooks"].as_array_mut() {
        for webhook in webhooks {
            webhook["clientConfig"]["caBundle"] = Value::Null;
        }
    }
    said
}

/// Who calls services.
struct Callers {
    is_over: Arc<AtomicBool>,
    gaps: Arc<Mutex<BTreeMap<String, Duration>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Callers {
    /// The services that did not answer for a while, and how long. One that goes for good does not count.
    fn end(self) -> BTreeMap<String, Duration> {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            let _ = thread.join();
        }
        let gaps = self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        gaps.clone()
    }
}

/// Connects again and again, and adds up how long nobody answered between two answers.
fn call(
    name: &str,
    address: SocketAddr,
    is_over: &AtomicBool,
    gaps: &Mutex<BTreeMap<String, Duration>>,
    answered: &mpsc::Sender<()>,
) {
    const PAUSE: Duration = Duration::from_millis(200);
    // A busy machine, and a proxy that writes its rules anew, are slower than that, and no pod starts in less.
    const LONG: Duration = Duration::from_secs(4);
    let mut last = None;
    while !is_over.load(Ordering::Relaxed) {
        let begin = Instant::now();
        if TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok() {
            let gap = last.map(|it| begin - it).unwrap_or_default();
            if gap > LONG {
                let mut gaps = gaps.lock().unwrap_or_else(PoisonError::into_inner);
                *gaps.entry(name.to_owned()).or_default() += gap;
            }
            if last.replace(Instant::now()).is_none() {
                // Nobody listens any more when all have answered.
                let _ = answered.send(());
            }
        }
        thread::sleep(PAUSE);
    }
}

/// A pod that `baseline` admits and `restricted` refuses.
#[expect(clippy::unnecessary_wraps, reason = "a trial may fail")]
fn a_pod_without_seccomp_is_admitted(lab: &Lab) -> Result<bool, Failure> {
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "plain", "namespace": "jobs"},
        "spec": {"containers": [{
            "name": "main",
            "image": "lab.local/spark:4.1.4",
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "10m", "memory": "16Mi"}},
        }]},
    });
    let output = lab.cluster.kubectl(
        &["create", "--dry-run=server", "--filename=-"],
        &pod.to_string(),
    );
    Ok(output.status.success())
}

#[expect(clippy::unnecessary_wraps, reason = "a trial may fail")]
fn the_server_may_read_secrets(lab: &Lab) -> Result<bool, Failure> {
    let account = "--as=system:serviceaccount:jobs:spark-connect-analytics";
    let output = lab.cluster.kubectl(
        &[
            "auth",
            "can-i",
            "get",
            "secrets",
            "--namespace",
            "jobs",
            account,
        ],
        "",
    );
    Ok(output.status.success())
}

/// A pod of the other end of the flow, which asks until it is answered or some time is over.
fn a_report_reaches_the_server(lab: &Lab) -> Result<bool, Failure> {
    let pod = sleeper("reports", "report", &json!({"app": "report"}));
    apply(&lab.cluster, &[namespace("reports"), pod])?;
    lab.cluster.run(
        &[
            "wait",
            "--namespace",
            "reports",
            "--for=condition=Ready",
            "pod/report",
            "--timeout=120s",
        ],
        "",
    )?;
    let connect = "exec 3<>/dev/tcp/spark-connect-analytics.jobs.svc.cluster.local/15002";
    // A policy takes some seconds to be in force.
    for _ in 0..5 {
        let words = [
            "exec",
            "--namespace",
            "reports",
            "report",
            "--",
            "timeout",
            "3",
            "bash",
            "-c",
            connect,
        ];
        if lab.cluster.kubectl(&words, "").status.success() {
            return Ok(true);
        }
    }
    Ok(false)
}
