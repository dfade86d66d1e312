//! What clients and servers of Spark do.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    cluster::{Failure, Pod, text},
    lab::Lab,
    platform::apply,
};

/// The release that most of the lab runs.
pub const VERSION: &str = "4.1.4";

const CLIENT: &str = include_str!("client.py");

/// How long an executor lives that has found its driver, and others do not.
const STEADY: Duration = Duration::from_secs(20);

/// What a cell of a notebook does, once the image's start has sourced the script of the hand-over.
const NOTEBOOK: &str = r#"
set -eu
. /usr/local/bin/before-notebook.d/10-spark.sh
cd /tmp
export PYTHONPATH=$(echo /opt/spark/python/lib/*.zip | tr ' ' :)
exec python3 -c '
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("sum", spark.range(1000).selectExpr("sum(id) s").collect()[0].s)
spark.range(1000).repartition(4).write.mode("overwrite").parquet("s3a://warehouse/notebook")
print("read", spark.read.parquet("s3a://warehouse/notebook").count())
spark.stop()
'
"#;

/// The servers, and what a client of each is told of its version.
const SERVERS: [(&str, &str); 4] = [
    ("analytics", VERSION),
    ("legacy", "3.5.7"),
    ("sandbox", VERSION),
    ("scratch", VERSION),
];

impl Lab {
    /// Starts a client in another namespace, which a flow of the spec names.
    pub fn start_client(&self, name: &str, arguments: &[&str]) -> Result<(), Failure> {
        let command = [&["/usr/bin/python3", "-c", CLIENT], arguments].concat();
        let (namespace, labels) = self.environment.clients;
        let labels: BTreeMap<_, _> = labels.iter().copied().collect();
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {
                "restartPolicy": "Never",
                "terminationGracePeriodSeconds": 1,
                "containers": [{
                    "name": "client",
                    "image": "lab.local/spark:4.1.4",
                    "imagePullPolicy": "Never",
                    "command": command,
                    "env": [{"name": "PYTHONPATH", "value": "/opt/client"}],
                }],
            },
        });
        apply(&self.cluster, &[pod])
    }

    /// Waits for a client to end, and returns what it wrote.
    pub fn answer(&self, name: &str) -> Result<String, Failure> {
        self.ended(self.environment.clients.0, name)
    }

    /// Waits for a pod to end well, and returns what it wrote.
    fn ended(&self, namespace: &str, name: &str) -> Result<String, Failure> {
        let phase = self
            .cluster
            .wait_for(&format!("the end of {name}"), |cluster| {
                let pod = cluster.get(&["pod", "--namespace", namespace, name])?;
                let pod = pod.into_iter().next().map(Pod);
                let phase = pod.map_or_else(String::new, |it| it.phase().to_owned());
                Ok(["Succeeded", "Failed"]
                    .contains(&phase.as_str())
                    .then_some(phase))
            });
        let said = self.cluster.logs(namespace, name);
        match phase.map_err(|error| format!("{error}\n{said}"))?.as_str() {
            "Succeeded" => Ok(said),
            _ => Err(format!("{name} fails: {said}")),
        }
    }

    /// The one pod that a label selects.
    pub fn one_pod(&self, namespace: &str, label: &str) -> Result<Pod, Failure> {
        let mut found = self.cluster.pods(namespace, label)?;
        match found.pop() {
            Some(pod) if found.is_empty() => Ok(pod),
            _ => Err(format!("not one pod has {label}")),
        }
    }

    /// Keeps executors of one server busy, until the client `held` goes.
    pub fn hold_executors(&self) -> Result<(), Failure> {
        self.start_client("held", &["spark-connect-analytics.jobs", "hold"])?;
        // One for which the network is not ready in time ends, and another takes its place.
        let mut seen = (BTreeSet::new(), Instant::now());
        self.cluster.wait_for("two executors that stay", |_| {
            let executors = self.executors("analytics")?;
            let ready = executors.iter().filter(|it| it.is_ready());
            let ready: BTreeSet<_> = ready.map(|it| it.uid().to_owned()).collect();
            if ready != seen.0 {
                seen = (ready, Instant::now());
            }
            let stay = seen.0.len() == 2 && seen.1.elapsed() > STEADY;
            Ok(stay.then_some(()))
        })
    }

    /// What a URL answers to a client.
    fn fetch(&self, url: &str) -> Result<String, Failure> {
        let curl = [
            "exec",
            "--namespace",
            "clients",
            "shell",
            "--",
            "curl",
            "--silent",
            url,
        ];
        self.cluster.run(&curl, "")
    }

    /// The executors of a server that run.
    fn executors(&self, server: &str) -> Result<Vec<Pod>, Failure> {
        let label = format!("kiln/workload=spark-connect-{server}-executors");
        self.cluster.pods("jobs", &label)
    }
}

/// What a client of a server writes when all is well.
pub fn expect(server: &str, version: &str, said: &str) -> Result<(), Failure> {
    let version = format!("version {version}");
    for line in [&*version, "sum 1999999000000", "read 1000"] {
        if !said.contains(line) {
            return Err(format!("{server}: no `{line}` in {said}"));
        }
    }
    Ok(())
}

/// A client in another namespace computes, writes and reads on each server; dynamic allocation brings
/// executors and takes them away.
pub fn clients_compute(lab: &mut Lab) -> Result<String, Failure> {
    let mut found = Vec::new();
    for (server, version) in SERVERS {
        let begin = Instant::now();
        let host = format!("spark-connect-{server}.jobs.svc.cluster.local");
        lab.start_client(server, &[&host])?;
        let has_executors = ["analytics", "legacy"].contains(&server);
        if has_executors {
            lab.cluster
                .wait_for(&format!("executors of {server}"), |_| {
                    Ok((!lab.executors(server)?.is_empty()).then_some(()))
                })?;
        }
        expect(server, version, &lab.answer(server)?)?;
        let computed = begin.elapsed();
        if has_executors {
            lab.cluster
                .wait_for(&format!("no executors of {server}"), |_| {
                    Ok(lab.executors(server)?.is_empty().then_some(()))
                })?;
        }
        found.push(format!(
            "{server} after {computed:.0?}, idle after {:.0?}",
            begin.elapsed()
        ));
    }
    Ok(found.join("; "))
}

/// The History Server lists a server that has ended, and one that runs, once its event log has rolled.
pub fn history_lists(lab: &mut Lab) -> Result<String, Failure> {
    // Each task is an event; the log rolls at the size that the spec says.
    lab.start_client("busy", &["spark-connect-analytics.jobs", "1500"])?;
    lab.answer("busy")?;
    let server = lab.one_pod("jobs", "kiln/workload=spark-connect-scratch")?;
    lab.cluster
        .run(&["delete", "pod", "--namespace", "jobs", server.name()], "")?;
    let begin = Instant::now();
    lab.cluster
        .wait_for("a running and an ended application in the list", |_| {
            let applications =
                lab.fetch("http://spark-history-server.jobs:18080/api/v1/applications")?;
            let applications: Value = serde_json::from_str(&applications).unwrap_or_default();
            let applications = applications.as_array().cloned().unwrap_or_default();
            let has = |completed: bool| {
                let mut attempts = applications.iter().map(|it| &it["attempts"][0]);
                attempts.any(|it| it["completed"] == completed)
            };
            Ok((has(true) && has(false)).then_some(()))
        })?;
    lab.cluster.wait_for_workloads()?;
    Ok(format!(
        "both listed {:.0?} after a server has ended",
        begin.elapsed()
    ))
}

/// A notebook, made by JupyterHub's own spawner from the values of the hand-over, drives executors.
pub fn notebooks_compute(lab: &mut Lab) -> Result<String, Failure> {
    let values = &lab.platform.compilation.hand_over["jupyterhub.values"];
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(values.as_str().unwrap_or_default().as_bytes())
        .expect("it can be written");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(folder.join("target/node-images/hub/bin/python"))
        .arg(folder.join("tests/node/notebook.py"))
        .arg(file.path())
        .args(["lab.local/spark:4.1.4", "/usr/bin/bash", "-c", NOTEBOOK])
        .output()
        .map_err(|error| format!("the spawner: {error}"))?;
    let mut pod: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("the spawner: {error}: {}", text(&output.stderr)))?;
    let jobs = lab.environment.jobs;
    pod["metadata"]["namespace"] = jobs.into();
    pod["spec"]["restartPolicy"] = "Never".into();
    apply(&lab.cluster, &[pod])?;
    let said = lab.ended(jobs, "jupyter-ada")?;
    for line in ["sum 499500", "read 1000"] {
        if !said.contains(line) {
            return Err(format!("the notebook: no `{line}` in {said}"));
        }
    }
    lab.cluster
        .run(&["delete", "pod", "--namespace", jobs, "jupyter-ada"], "")?;
    Ok("a pod of KubeSpawner computed in executors of its own".to_owned())
}

/// A server that is deleted by force leaves nothing behind, and the next one computes.
pub fn a_killed_server_leaves_nothing(lab: &mut Lab) -> Result<String, Failure> {
    let label = "kiln/workload=spark-connect-analytics";
    let server = lab.one_pod("jobs", label)?;
    lab.hold_executors()?;
    let owned = |kinds: &str| -> Result<Vec<String>, Failure> {
        let found = lab.cluster.get(&[kinds, "--namespace", "jobs"])?;
        let of_server = found
            .iter()
            .filter(|it| it["metadata"]["ownerReferences"][0]["uid"] == *server.uid());
        Ok(of_server
            .map(|it| {
                it["metadata"]["name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect())
    };
    let made = owned("pods,configmaps")?;
    let force = [
        "delete",
        "pod",
        "--namespace",
        "jobs",
        server.name(),
        "--force",
        "--grace-period=0",
    ];
    lab.cluster.run(&force, "")?;
    let begin = Instant::now();
    lab.cluster.wait_for("nothing of the killed server", |_| {
        Ok(owned("pods,configmaps")?.is_empty().then_some(()))
    })?;
    let collected = begin.elapsed();
    lab.cluster.wait_for_workloads()?;
    let delete = [
        "delete",
        "pod",
        "--namespace",
        "clients",
        "held",
        "--ignore-not-found",
    ];
    lab.cluster.run(&delete, "")?;
    lab.start_client("next", &["spark-connect-analytics.jobs"])?;
    lab.answer("next")?;
    Ok(format!("{} gone after {collected:.0?}", made.join(", ")))
}

/// A container that ends is started again in its pod, and computes; no pull is tried that the spec
/// forbids.
pub fn a_restarted_server_computes(lab: &mut Lab) -> Result<String, Failure> {
    let label = "kiln/workload=spark-connect-legacy";
    let server = lab.one_pod("jobs", label)?;
    let process = lab.cluster.process(&server)?;
    let killed = Command::new("kill").args(["-KILL", &process]).status();
    if !killed.is_ok_and(|it| it.success()) {
        return Err(format!("{process} cannot be killed"));
    }
    lab.cluster
        .wait_for("the container's next start", |cluster| {
            let pods = cluster.pods("jobs", label)?;
            let restarted = |it: &Pod| it.0["status"]["containerStatuses"][0]["restartCount"] == 1;
            Ok(pods
                .iter()
                .any(|it| it.uid() == server.uid() && restarted(it) && it.is_ready())
                .then_some(()))
        })?;
    lab.start_client("again", &["spark-connect-legacy.jobs"])?;
    let executor = lab.cluster.wait_for("an executor", |_| {
        Ok(lab
            .executors("legacy")?
            .into_iter()
            .find(|it| it.phase() == "Running"))
    })?;
    lab.answer("again")?;
    for (pod, policy) in [
        (&server, "IfNotPresent"),
        (&executor, "IfNotPresent"),
        (
            &lab.one_pod("jobs", "kiln/workload=spark-connect-analytics")?,
            "Never",
        ),
    ] {
        let found = &pod.0["spec"]["containers"][0]["imagePullPolicy"];
        if found != policy {
            return Err(format!("{}: {found} and not {policy}", pod.name()));
        }
    }
    Ok("the same pod computes after its container was killed".to_owned())
}
