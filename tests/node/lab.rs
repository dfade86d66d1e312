//! The node with the images of the lab, and the platform on it.

use std::{
    collections::BTreeSet,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, Failure},
    outside::Outside,
    platform::{Platform, Spec, apply, namespace},
};

/// What runs on a node, and who uses it.
#[derive(Clone, Copy)]
pub struct Environment {
    pub name: &'static str,
    /// Its spec; the images are on the node already.
    pub spec: fn(&Cluster) -> Result<Spec, Failure>,
    /// The namespace of servers and jobs.
    pub jobs: &'static str,
    /// The namespace of clients that a flow admits, and their labels.
    pub clients: (&'static str, &'static [(&'static str, &'static str)]),
    /// Whether its object store is one outside the cluster.
    pub has_store: bool,
}

/// Everything that runs Spark.
pub const LAB: Environment = Environment {
    name: "lab",
    spec: |_| Ok(Spec::of_the_lab()),
    jobs: "jobs",
    clients: ("clients", &[("app", "client")]),
    has_store: false,
};

/// The node, and what runs on it.
pub struct Lab {
    pub environment: Environment,
    pub cluster: Cluster,
    pub platform: Platform,
    pub outside: Outside,
    _store: Option<Store>,
}

impl Lab {
    /// Makes the images, starts the node and imports them.
    pub fn start(environment: Environment) -> Result<Self, Failure> {
        let begin = Instant::now();
        let images = images()?;
        println!("the images are there after {:.0?}", begin.elapsed());
        let cluster = Cluster::reserve()?;
        let outside = Outside::start()?;
        cluster.start()?;
        cluster.import(&images)?;
        let store = environment.has_store.then(|| Store::start(&cluster));
        let lab = Self {
            environment,
            platform: Platform::compile(&(environment.spec)(&cluster)?, "")?,
            outside,
            _store: store.transpose()?,
            cluster,
        };
        lab.surroundings()?;
        println!("the node is there after {:.0?}", begin.elapsed());
        Ok(lab)
    }

    /// What the cluster holds that is not the platform's: a namespace of clients, and a volume.
    fn surroundings(&self) -> Result<(), Failure> {
        let volume = self.cluster.folder("volume")?;
        let class = json!({
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": "lab",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "kubernetes.io/no-provisioner",
            // Bound at once, a claim may be so just after the scheduler has looked at it, which then
            // looks at its pod again after five minutes.
            "volumeBindingMode": "WaitForFirstConsumer",
        });
        let volume = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "lab"},
            "spec": {
                "storageClassName": "lab",
                // Nobody measures it.
                "capacity": {"storage": "1Ti"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": volume},
            },
        });
        apply(
            &self.cluster,
            &[class, volume, namespace(self.environment.clients.0)],
        )
    }

    /// Pods of others, from which flows lead to the platform's, or not.
    fn neighbours(&self) -> Result<(), Failure> {
        apply(&self.cluster, &[namespace("hub")])?;
        let pods = [
            sleeper("clients", "shell", &json!({"app": "client"})),
            sleeper("clients", "stranger", &json!({"app": "stranger"})),
            sleeper(
                "hub",
                "hub",
                &json!({"app": "jupyterhub", "component": "hub"}),
            ),
            sleeper(
                "hub",
                "proxy",
                &json!({"app": "jupyterhub", "component": "proxy"}),
            ),
        ];
        apply(&self.cluster, &pods)
    }
}

/// Pods in the platform's own namespace: a notebook, one of others at the end of a flow, and one of which
/// kiln knows nothing.
fn inhabitants(lab: &Lab) -> Result<(), Failure> {
    let mut pods = [
        sleeper("jobs", "idle", &json!({"kiln/workload": "spark-notebook"})),
        sleeper("jobs", "neighbour", &json!({"app": "neighbour"})),
        sleeper("jobs", "unknown", &json!({"app": "unknown"})),
    ];
    for pod in &mut pods {
        pod["spec"]["securityContext"] = json!({
            "runAsNonRoot": true,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        });
        pod["spec"]["containers"][0]["securityContext"] = json!({
            "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]},
        });
    }
    apply(&lab.cluster, &pods)
}

/// An S3 server outside the cluster, at the address that the specs of the environments name.
struct Store(Child);

impl Store {
    const ADDRESS: &str = "10.250.0.1:9000";

    /// Starts one with the buckets of the environments. It has no folder without an object, and Spark
    /// writes event logs into none that is not there.
    fn start(cluster: &Cluster) -> Result<Self, Failure> {
        let python = repository().join("target/spark-lab/s3/bin/python");
        let (host, port) = Self::ADDRESS.split_once(':').expect("it has a port");
        let server = Command::new(python)
            .args(["-m", "moto.server", "--host", host, "--port", port])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let store = Self(server.map_err(|error| format!("the S3 server: {error}"))?);
        cluster.wait_for("an S3 server", |_| {
            Ok(TcpStream::connect(Self::ADDRESS).is_ok().then_some(()))
        })?;
        for path in ["spark-logs", "warehouse", "spark-logs/events/.keep"] {
            let url = format!("http://{}/{path}", Self::ADDRESS);
            let put = Command::new("curl")
                .args([
                    "--silent",
                    "--show-error",
                    "--fail",
                    "--data",
                    "",
                    "--request",
                    "PUT",
                    &url,
                ])
                .status();
            if !put.is_ok_and(|it| it.success()) {
                return Err(format!("{url} cannot be made"));
            }
        }
        Ok(store)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A pod that does nothing.
pub fn sleeper(namespace: &str, name: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{
                "name": "main",
                "image": "lab.local/spark:4.1.4",
                "imagePullPolicy": "Never",
                "command": ["/usr/bin/sleep", "infinity"],
            }],
        },
    })
}

/// Makes the images that are not there yet, in `target`.
fn images() -> Result<PathBuf, Failure> {
    let repository = repository();
    let made = Command::new(repository.join("tests/node/prepare")).status();
    if !made.is_ok_and(|it| it.success()) {
        return Err(
            "tests/node/prepare must succeed: it needs java, mvn, go, python3 and a network".into(),
        );
    }
    Ok(repository.join("target/node-images/images.tar"))
}

/// Everything is accepted, starts, and gets ready, with others around it.
pub fn applies_among_others(lab: &mut Lab) -> Result<String, Failure> {
    lab.neighbours()?;
    let found = applies(lab)?;
    inhabitants(lab)?;
    Ok(found)
}

/// Everything is accepted, starts, and gets ready.
pub fn applies(lab: &mut Lab) -> Result<String, Failure> {
    let count = lab.platform.apply(&lab.cluster)?;
    // A shell goes on after a command that was killed, so the Job's word is not enough.
    for pod in lab.cluster.get(&["pods", "--all-namespaces"])? {
        if pod["status"].to_string().contains("OOMKilled") {
            return Err(format!("too little memory: {}", pod["metadata"]["name"]));
        }
    }
    Ok(format!("{count} objects"))
}

/// The Job that makes the buckets does it again, with what is there already.
pub fn buckets_are_made_again(lab: &mut Lab) -> Result<String, Failure> {
    lab.cluster
        .run(&["delete", "jobs", "--namespace", "storage", "--all"], "")?;
    lab.platform.apply(&lab.cluster)?;
    Ok("the Job ran twice".to_owned())
}

/// The API server has refused no account of the platform anything.
pub fn no_call_is_refused(lab: &mut Lab) -> Result<String, Failure> {
    let namespaces = lab.platform.namespaces();
    let mut calls = 0;
    let mut accounts = BTreeSet::new();
    let mut refused = BTreeSet::new();
    for line in lab.cluster.audit_log().lines() {
        let call: Value = serde_json::from_str(line).expect("a line of JSON for each call");
        let user = call["user"]["username"].as_str().unwrap_or_default();
        let account = user.strip_prefix("system:serviceaccount:");
        let Some((namespace, name)) = account.and_then(|it| it.split_once(':')) else {
            continue;
        };
        if namespaces.contains(namespace) {
            calls += 1;
            accounts.insert(name.to_owned());
            if let Some(code @ (401 | 403)) = call["responseStatus"]["code"].as_u64() {
                let [verb, path] = ["verb", "requestURI"].map(|it| call[it].as_str());
                refused.insert(format!("{code} {name}: {verb:?} {path:?}"));
            }
        }
    }
    if calls == 0 {
        return Err("no account of the platform called the API server".to_owned());
    }
    if !refused.is_empty() {
        return Err(Vec::from_iter(refused).join("\n"));
    }
    Ok(format!(
        "{calls} calls of {}",
        Vec::from_iter(accounts).join(", ")
    ))
}

/// The operator's webhook, which the API server must reach, answers.
pub fn the_operator_answers(lab: &mut Lab) -> Result<String, Failure> {
    let application = json!({
        "apiVersion": "sparkoperator.k8s.io/v1beta2",
        "kind": "SparkApplication",
        "metadata": {"name": "asked", "namespace": "jobs"},
        "spec": {
            "type": "Java",
            "mode": "cluster",
            "image": "lab.local/spark:4.1.4",
            "mainClass": "org.example.Main",
            "mainApplicationFile": "local:///opt/spark/jars/main.jar",
            "sparkVersion": "4.1.4",
            "driver": {"cores": 1, "memory": "512m"},
            "executor": {"cores": 1, "memory": "512m", "instances": 1},
        },
    });
    let ask = [
        "create",
        "--dry-run=server",
        "--filename=-",
        "--output=name",
    ];
    lab.cluster.run(&ask, &application.to_string())?;
    Ok("a SparkApplication is admitted".to_owned())
}
