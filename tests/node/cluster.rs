//! One node of a real Kubernetes on this machine, whose kubelet runs containers and whose network
//! policies are enforced.

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;

/// How long anything may take, on a machine that does other work too.
pub const PATIENCE: Duration = Duration::from_secs(420);

/// Why a test fails.
pub type Failure = String;

/// The node. Stopped when dropped.
pub struct Cluster {
    program: PathBuf,
    directory: PathBuf,
    /// Beside the directory, and locked: who holds it runs the node.
    holder: File,
}

impl Cluster {
    /// Takes the machine for the node of `KILN_NODE`, or else of `../shared/node`: nobody else starts one, and what a
    /// run that was killed left of its own is taken away. Nothing is started yet.
    pub fn reserve() -> Result<Self, Failure> {
        let folder = std::env::var_os("KILN_NODE").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/node"),
            PathBuf::from,
        );
        let program = folder.join("node");
        let directory = std::env::temp_dir().join("kiln-node");
        let mark = directory.with_extension("tests");
        let left_over = mark.exists();
        let holder = File::create(&mark).map_err(|error| format!("{}: {error}", mark.display()))?;
        let free = flock(&holder, FlockOperation::NonBlockingLockExclusive).is_ok();
        if !free || (directory.exists() && !left_over) {
            return Err(format!(
                "a node runs already: NODE_DIR={} {} down",
                directory.display(),
                program.display()
            ));
        }
        let cluster = Self {
            program,
            directory,
            holder,
        };
        if left_over {
            // What its processes write while they end can keep the folder the first time.
            let down = || cluster.node(&["down"]);
            down().or_else(|_| down())?;
        }
        Ok(cluster)
    }

    /// Starts the node.
    pub fn start(&self) -> Result<(), Failure> {
        let started = self.node(&["up"]);
        prefer_pods();
        let started = started.map_err(|error| {
            format!(
                "{error}; KILN_NODE names the folder of a `node` that starts one; it needs root"
            )
        });
        started.map(|_| ())
    }

    fn node(&self, arguments: &[&str]) -> Result<String, Failure> {
        // Into a file: what the node starts would keep a pipe open.
        let log = tempfile::NamedTempFile::new().expect("a temporary file");
        let output = || log.reopen().expect("a file can be opened twice");
        // Before anything else that the machine does: policies that lag behind would end executors.
        let status = Command::new("nice")
            .arg("--adjustment=-15")
            .arg(&self.program)
            .args(arguments)
            .env("NODE_DIR", &self.directory)
            .stdin(Stdio::null())
            .stdout(output())
            .stderr(output())
            .status();
        let said = fs::read_to_string(log.path()).unwrap_or_default();
        match status {
            Ok(status) if status.success() => Ok(said),
            Ok(_) => Err(format!("`node {}`: {said}", arguments.join(" "))),
            Err(error) => Err(format!("{}: {error}", self.program.display())),
        }
    }

    /// Makes a folder for a volume, into which any user may write; it goes with the node.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.directory.join(name);
        let made = fs::create_dir(&folder)
            .and_then(|()| fs::set_permissions(&folder, Permissions::from_mode(0o777)));
        made.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// Imports the images of an archive.
    pub fn import(&self, archive: &Path) -> Result<(), Failure> {
        let archive = archive.display().to_string();
        let _ = self.containers(&["images", "import", &archive])?;
        Ok(())
    }

    /// Runs `ctr`, containerd's own client.
    pub fn containers(&self, arguments: &[&str]) -> Result<String, Failure> {
        let socket = self.directory.join("containerd.sock");
        let output = Command::new("ctr")
            .arg("--address")
            .arg(socket)
            .args(["--namespace", "k8s.io"])
            .args(arguments)
            .output()
            .map_err(|error| format!("ctr: {error}"))?;
        succeeded("ctr", arguments, &output)
    }

    /// Gives an image another name.
    pub fn name_image(&self, image: &str, name: &str) -> Result<(), Failure> {
        let _ = self.containers(&["images", "tag", "--force", image, name])?;
        Ok(())
    }

    /// The digest of an image, such as `sha256:…`.
    pub fn digest(&self, image: &str) -> Result<String, Failure> {
        let images = self.containers(&["images", "ls"])?;
        let mut lines = images
            .lines()
            .map(|it| it.split_whitespace().collect::<Vec<_>>());
        let line = lines.find(|it| it.first() == Some(&image));
        let digest = line.and_then(|it| it.into_iter().find(|it| it.starts_with("sha256:")));
        digest
            .map(str::to_owned)
            .ok_or_else(|| format!("there is no {image}"))
    }

    /// One line of JSON for each call that the API server answered.
    pub fn audit_log(&self) -> String {
        fs::read_to_string(self.directory.join("audit.log")).expect("the log can be read")
    }

    /// Runs kubectl with an input.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new("kubectl")
            .args(arguments)
            .env("KUBECONFIG", self.directory.join("kubeconfig"))
            .env("HOME", &self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl is installed");
        let mut pipe = child.stdin.take().expect("the input is a pipe");
        thread::scope(|scope| {
            scope.spawn(move || pipe.write_all(input.as_bytes()));
            child.wait_with_output().expect("kubectl ends")
        })
    }

    /// Runs kubectl, which must succeed, and returns what it says.
    pub fn run(&self, arguments: &[&str], input: &str) -> Result<String, Failure> {
        succeeded("kubectl", arguments, &self.kubectl(arguments, input))
    }

    /// The objects that `kubectl get` finds.
    pub fn get(&self, arguments: &[&str]) -> Result<Vec<Value>, Failure> {
        let json = self.run(&[&["get", "--output=json"], arguments].concat(), "")?;
        let mut found: Value = serde_json::from_str(&json).expect("kubectl writes JSON");
        Ok(match found.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => vec![found],
        })
    }

    /// The pods of a namespace with a label, oldest first; those that are being deleted are left out.
    pub fn pods(&self, namespace: &str, selector: &str) -> Result<Vec<Pod>, Failure> {
        let select = format!("--selector={selector}");
        let age = "--sort-by=.metadata.creationTimestamp";
        let found = self.get(&["pods", "--namespace", namespace, &select, age])?;
        let alive = found
            .into_iter()
            .filter(|it| it["metadata"]["deletionTimestamp"].is_null());
        Ok(alive.map(Pod).collect())
    }

    /// What a pod has written so far.
    pub fn logs(&self, namespace: &str, name: &str) -> String {
        let output = self.kubectl(&["logs", "--namespace", namespace, name], "");
        text(&output.stdout) + &text(&output.stderr)
    }

    /// Waits until something is there.
    pub fn wait_for<T>(
        &self,
        what: &str,
        mut find: impl FnMut(&Self) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = find(self)? {
                return Ok(found);
            }
            if Instant::now() > deadline {
                let pods = self.kubectl(&["get", "pods", "--all-namespaces", "-o", "wide"], "");
                let events = self.kubectl(
                    &["get", "events", "-A", "--field-selector=type=Warning"],
                    "",
                );
                return Err(format!(
                    "{what}: not within {PATIENCE:?}\n{}\n{}",
                    text(&pods.stdout),
                    text(&events.stdout)
                ));
            }
            thread::sleep(Duration::from_secs(1));
        }
    }

    /// Waits until every Deployment and StatefulSet has all its pods, of its newest template and ready,
    /// and every Job is complete.
    pub fn wait_for_workloads(&self) -> Result<(), Failure> {
        self.wait_for("workloads that are ready", |cluster| {
            let found = cluster.get(&["deployments,statefulsets,jobs", "--all-namespaces"])?;
            Ok(found.iter().all(is_ready).then_some(()))
        })
    }

    /// The number by which the machine knows a pod's first process, whose network is the pod's.
    pub fn process(&self, pod: &Pod) -> Result<String, Failure> {
        let id = pod.0["status"]["containerStatuses"][0]["containerID"].as_str();
        let id = id.and_then(|it| it.strip_prefix("containerd://"));
        let id = id.ok_or_else(|| format!("{} has no container", pod.name()))?;
        let tasks = self.containers(&["tasks", "ls"])?;
        let mut lines = tasks.lines().map(str::split_whitespace);
        let task = lines.find_map(|mut words| (words.next() == Some(id)).then(|| words.next())?);
        task.map(str::to_owned)
            .ok_or_else(|| format!("{} does not run", pod.name()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.node(&["down"]) {
            eprintln!("the node is not stopped: {error}");
            return;
        }
        let _ = fs::remove_file(self.directory.with_extension("tests"));
        let _ = flock(&self.holder, FlockOperation::Unlock);
    }
}

/// Gives pods the machine before anything else that runs on it: what they request would be a small share
/// beside a compiler.
fn prefer_pods() {
    for group in ["kubepods", "kubepods/burstable"] {
        // Where control groups are of version 2 they lie elsewhere, and tests only take longer.
        let _ = fs::write(format!("/sys/fs/cgroup/cpu/{group}/cpu.shares"), "20000");
    }
}

/// A pod as the API server shows it.
#[derive(Clone)]
pub struct Pod(pub Value);

impl Pod {
    pub fn name(&self) -> &str {
        self.0["metadata"]["name"].as_str().expect("it has a name")
    }

    pub fn namespace(&self) -> &str {
        let namespace = self.0["metadata"]["namespace"].as_str();
        namespace.expect("it is in a namespace")
    }

    pub fn uid(&self) -> &str {
        self.0["metadata"]["uid"].as_str().expect("it has an id")
    }

    pub fn address(&self) -> Option<&str> {
        self.0["status"]["podIP"].as_str()
    }

    pub fn phase(&self) -> &str {
        self.0["status"]["phase"].as_str().unwrap_or_default()
    }

    pub fn is_ready(&self) -> bool {
        let conditions = self.0["status"]["conditions"].as_array();
        let mut conditions = conditions.into_iter().flatten();
        conditions.any(|it| it["type"] == "Ready" && it["status"] == "True")
    }

    pub fn label(&self, key: &str) -> Option<&str> {
        self.0["metadata"]["labels"][key].as_str()
    }
}

fn is_ready(workload: &Value) -> bool {
    let (spec, status) = (&workload["spec"], &workload["status"]);
    if workload["kind"] == "Job" {
        return status["succeeded"] == 1;
    }
    let wanted = &spec["replicas"];
    let counts = ["replicas", "readyReplicas", "updatedReplicas"];
    status["observedGeneration"] == workload["metadata"]["generation"]
        && counts.iter().all(|it| status[it] == *wanted)
}

/// Output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The output of a program that ended well.
pub fn succeeded(program: &str, arguments: &[&str], output: &Output) -> Result<String, Failure> {
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(&output.stderr);
    Err(format!("{program} {}: {said}", arguments.join(" ")))
}
