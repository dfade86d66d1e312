//! A container of Spark as a process of this machine.
//!
//! There is no node, so this does what a node does: it mounts the compiled files, fills the
//! environment, and hands over the token of the compiled service account. It must differ from a pod
//! in these, and in nothing else:
//!
//! | in a pod | here |
//! | --- | --- |
//! | files are mounted at `/PATH` | they lie in `ROOT/PATH`, and so do the paths in the environment and in the properties |
//! | the image's `/opt/spark/bin` | the same programs of an installed Spark |
//! | `spark.master`, the API server's Service | the control plane's address |
//! | the token and the authority lie where every client looks for them | `spark.kubernetes.authenticate.oauthTokenFile` and `caCertFile` say where |
//! | `spark.hadoop.fs.s3a.endpoint`, the object store's | the S3 server's address |
//! | the pod's address, and the Service of a master | 127.0.0.1 |

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use super::lab::{Lab, ObjectStore, Process};
use crate::{
    conformance::platform::text_at, conformance::spark_conf::SparkConf,
    support::control_plane::ControlPlane,
};

/// The file with Spark's properties.
const PROPERTIES: &str = "spark-defaults.conf";

/// Where every client in a pod looks for its token.
const ACCOUNT_FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A compiled Deployment of one of Spark's programs.
#[derive(Clone, Copy)]
pub struct Compiled<'a> {
    deployment: &'a Value,
    objects: &'a [Value],
    without: &'a [&'a str],
}

/// What a program runs against.
pub struct World<'a> {
    /// The cluster, to which the environment has been applied.
    pub plane: &'a ControlPlane,
    /// Spark and a client.
    pub lab: &'a Lab,
    /// The S3 server.
    pub store: &'a ObjectStore,
}

/// A running program.
pub struct Server {
    process: Process,
    port: u16,
    live_port: u16,
    node: Node,
}

impl<'a> Compiled<'a> {
    /// The Deployments of a program, by the name that its objects bear.
    pub fn all(objects: &'a [Value], program: &str) -> Vec<Self> {
        let is_it = |it: &&Value| {
            let app = &it["metadata"]["labels"]["app.kubernetes.io/name"];
            it["kind"] == "Deployment" && app == program
        };
        let found = objects.iter().filter(is_it).map(|deployment| Self {
            deployment,
            objects,
            without: &[],
        });
        found.collect()
    }

    /// The master and the workers of a server that brings its own.
    pub fn cluster(&self) -> Vec<Self> {
        let parts = [("spark-master", "master"), ("spark-worker", "workers")];
        let found = parts.iter().flat_map(|(program, part)| {
            let name = format!("{}-{part}", self.name());
            let all = Self::all(self.objects, program).into_iter();
            all.filter(move |it| it.name() == name)
        });
        found.collect()
    }

    /// The same server without some of its properties, to see what they are for.
    pub fn without(self, properties: &'a [&'a str]) -> Self {
        Self {
            without: properties,
            ..self
        }
    }

    /// The version of Spark in the image.
    pub fn version(&self) -> String {
        text_at(
            self.deployment,
            "/metadata/labels/app.kubernetes.io~1version",
        )
    }

    /// Its name, which is also its service account's and its Role's.
    pub fn name(&self) -> String {
        text_at(self.deployment, "/metadata/name")
    }

    /// Its namespace.
    pub fn namespace(&self) -> String {
        text_at(self.deployment, "/metadata/namespace")
    }

    /// Its service account.
    pub fn account(&self) -> String {
        text_at(self.pod_spec(), "/serviceAccountName")
    }

    /// Its service account as the API server names it.
    pub fn user(&self) -> String {
        format!(
            "system:serviceaccount:{}:{}",
            self.namespace(),
            self.account()
        )
    }

    /// The bucket and the prefix of its event log.
    pub fn event_log(&self) -> (String, String) {
        let conf = self.conf();
        let path = conf.get("spark.eventLog.dir").strip_prefix("s3a://");
        let parts = path.and_then(|it| it.split_once('/'));
        let (bucket, prefix) = parts.expect("it lies below a bucket");
        (bucket.to_owned(), prefix.to_owned())
    }

    /// Where a server's tasks run, such as `k8s` or `local[2]`.
    pub fn backend(&self) -> String {
        let conf = self.conf();
        let master = conf.get("spark.master");
        let scheme = master
            .split_once("://")
            .map_or(master, |(scheme, _)| scheme);
        scheme.to_owned()
    }

    /// Its properties.
    fn conf(&self) -> SparkConf {
        let mut files = self.mounts().flat_map(|(_, files)| files);
        let conf = files.find(|(name, _)| name == PROPERTIES);
        SparkConf::parse(&conf.expect("the properties are mounted").1)
    }

    /// How long a node would wait for the port before it kills the container.
    pub fn startup_time(&self) -> Duration {
        let probe = &self.container()["startupProbe"];
        let number = |key: &str| probe[key].as_u64().expect("the probe says it");
        Duration::from_secs(number("periodSeconds") * number("failureThreshold"))
    }

    /// The port that a probe of a node tries.
    fn probed_port(&self, probe: &str) -> u16 {
        let name = &self.container()[probe]["tcpSocket"]["port"];
        let port = self.ports().find(|it| it["name"] == *name);
        number(port.expect("the probe names a port"))
    }

    fn ports(&self) -> impl Iterator<Item = &'a Value> {
        self.container()["ports"]
            .as_array()
            .expect("it has ports")
            .iter()
    }

    /// How long a node would wait for its end before it kills the container.
    pub fn grace(&self) -> Duration {
        let seconds = self.pod_spec()["terminationGracePeriodSeconds"].as_u64();
        Duration::from_secs(seconds.unwrap_or(30))
    }

    /// The pod that the Deployment has made.
    pub fn pod(&self, plane: &ControlPlane) -> String {
        let selector = format!("kiln/workload={}", self.name());
        let pods = plane.get(&[
            "pods",
            "--namespace",
            &self.namespace(),
            "--selector",
            &selector,
        ]);
        text_at(
            pods.first().expect("the Deployment has made its pod"),
            "/metadata/name",
        )
    }

    fn calls_the_api_server(&self) -> bool {
        self.pod_spec()["automountServiceAccountToken"] == true
    }

    fn pod_spec(&self) -> &'a Value {
        &self.deployment["spec"]["template"]["spec"]
    }

    fn container(&self) -> &'a Value {
        &self.pod_spec()["containers"][0]
    }

    /// Where what is mounted, and the files in it.
    fn mounts(&self) -> impl Iterator<Item = (String, Vec<(String, String)>)> {
        let mounts = self.container()["volumeMounts"]
            .as_array()
            .expect("it has mounts");
        let volumes = self.pod_spec()["volumes"]
            .as_array()
            .expect("it has volumes");
        mounts.iter().map(|mount| {
            let volume = volumes.iter().find(|it| it["name"] == mount["name"]);
            let files = self.files(volume.expect("a mount is of a volume"));
            (text_at(mount, "/mountPath"), files)
        })
    }

    /// The files of a volume; none unless it is a `ConfigMap`.
    fn files(&self, volume: &Value) -> Vec<(String, String)> {
        let Some(name) = volume["configMap"]["name"].as_str() else {
            return Vec::new();
        };
        let is_it = |it: &&Value| it["kind"] == "ConfigMap" && it["metadata"]["name"] == name;
        let data = &self.objects.iter().find(is_it).expect("it is compiled")["data"];
        let items = volume["configMap"]["items"].as_array();
        let items = items.expect("the volume says which keys it takes").iter();
        items
            .map(|it| {
                (
                    text_at(it, "/path"),
                    text_at(&data[text_at(it, "/key")], ""),
                )
            })
            .collect()
    }

    /// The value of a variable of the environment.
    fn value(&self, variable: &Value, plane: &ControlPlane) -> String {
        if let Some(value) = variable["value"].as_str() {
            return value.to_owned();
        }
        let from = &variable["valueFrom"];
        match from["fieldRef"]["fieldPath"].as_str() {
            Some("metadata.name") => self.pod(plane),
            Some("metadata.namespace") => self.namespace(),
            Some("status.podIP") => "127.0.0.1".to_owned(),
            Some(path) => panic!("{path} has no value here"),
            None => {
                let secret = text_at(from, "/secretKeyRef/name");
                let key = text_at(from, "/secretKeyRef/key");
                let template = format!("go-template={{{{index .data {key:?} | base64decode}}}}");
                let namespace = self.namespace();
                let get = [
                    "get",
                    "secret",
                    &secret,
                    "--namespace",
                    &namespace,
                    "--output",
                    &template,
                ];
                plane.run(&get, "")
            }
        }
    }
}

impl Server {
    /// Starts a program.
    pub fn start(compiled: &Compiled, world: &World) -> Self {
        let container = compiled.container();
        for port in compiled.ports().map(number) {
            // A port that is taken would be answered by somebody else, or Spark would take the next.
            let free = TcpListener::bind(("0.0.0.0", port));
            assert!(free.is_ok(), "port {port} must be free for Spark");
        }
        let node = Node {
            root: tempfile::tempdir().expect("a temporary folder"),
            mounts: compiled.mounts().map(|(path, _)| path).collect(),
            spark: world.lab.spark(&compiled.version()),
        };
        if compiled.calls_the_api_server() {
            node.hand_over_account(compiled, world);
        }
        for (path, files) in compiled.mounts() {
            fs::create_dir_all(node.inside(&path)).expect("a folder in the temporary one");
            for (name, text) in files {
                let text = match name.as_str() {
                    PROPERTIES => node.properties(compiled, &text, world),
                    _ => text,
                };
                node.write(&format!("{path}/{name}"), &text);
            }
        }
        let environment: Vec<_> = container["env"]
            .as_array()
            .expect("it has an environment")
            .iter()
            .map(|it| {
                (
                    text_at(it, "/name"),
                    node.here(&compiled.value(it, world.plane)),
                )
            })
            .collect();
        let mut arguments = texts(&container["args"]).map(|argument| {
            let expand = |text: String, (name, value): &(String, String)| {
                text.replace(&format!("$({name})"), value)
            };
            node.here(&environment.iter().fold(argument, expand))
        });
        let mut command = Command::new(arguments.next().expect("the arguments name a program"));
        command
            .args(arguments)
            .env_clear()
            .envs(environment.iter().cloned());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let output = File::create(node.log()).expect("a file in the temporary folder");
        command
            .current_dir(node.here(&text_at(container, "/workingDir")))
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file has two handles"))
            .stderr(output);
        Self {
            process: Process::spawn(&mut command),
            port: compiled.probed_port("startupProbe"),
            live_port: compiled.probed_port("livenessProbe"),
            node,
        }
    }

    /// Waits until it serves; false when it ends before.
    pub fn serves(&mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        loop {
            if self.process.ended().is_some() {
                return false;
            }
            if is_open(self.port) {
                return true;
            }
            assert!(
                Instant::now() < deadline,
                "the port stays closed: {}",
                self.log()
            );
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Whether clients still reach it.
    pub fn is_open(&self) -> bool {
        is_open(self.port)
    }

    /// Whether a node would let it be.
    pub fn is_live(&self) -> bool {
        is_open(self.live_port)
    }

    /// Of a worker: lets its executors end, and no other start.
    pub fn fails_executors(&self, compiled: &Compiled) {
        let folder = text_at(compiled.container(), "/workingDir");
        let folder = self.node.inside(&folder);
        let moved = fs::rename(&folder, folder.with_extension("moved"));
        moved
            .and_then(|()| fs::write(folder, ""))
            .expect("the worker's folder is there");
        self.process.kill_children();
    }

    /// Ends it as a node does, and returns whether it ended in time.
    pub fn stop(&mut self, within: Duration) -> bool {
        self.process.terminate(within)
    }

    /// What it has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.node.log()).expect("the log is text")
    }
}

/// What a node does for a pod.
struct Node {
    root: TempDir,
    mounts: Vec<String>,
    spark: PathBuf,
}

impl Node {
    /// A path of the pod as a path here.
    fn inside(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    /// A value of the pod, with the path here when it is a path that the pod has, and with the address
    /// here when it is that of a master.
    fn here(&self, value: &str) -> String {
        if let Some(program) = value.strip_prefix("/opt/spark/bin/") {
            return self.spark.join("bin").join(program).display().to_string();
        }
        let master = value.strip_prefix("spark://");
        if let Some((_, port)) = master.and_then(|it| it.split_once(':')) {
            return format!("spark://127.0.0.1:{port}");
        }
        let mut mounts = self.mounts.iter();
        if mounts.any(|it| Path::new(value).starts_with(it)) {
            return self.inside(value).display().to_string();
        }
        value.to_owned()
    }

    fn log(&self) -> PathBuf {
        self.root.path().join("log")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.inside(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, text).expect("a file in the temporary folder");
    }

    /// Mounts the token and the authority, as every pod has them.
    fn hand_over_account(&self, compiled: &Compiled, world: &World) {
        let (account, namespace) = (compiled.account(), compiled.namespace());
        let pod = compiled.pod(world.plane);
        let create = ["create", "token", &account, "--namespace", &namespace];
        let bound = ["--bound-object-kind=Pod", "--bound-object-name", &pod];
        let token = world.plane.run(&[&create[..], &bound].concat(), "");
        self.write(&format!("{ACCOUNT_FOLDER}/token"), token.trim_end());
        let authority = fs::read_to_string(world.plane.certificate());
        let authority = authority.expect("the API server has written it");
        self.write(&format!("{ACCOUNT_FOLDER}/ca.crt"), &authority);
    }

    /// The compiled properties with the addresses of this machine.
    fn properties(&self, compiled: &Compiled, text: &str, world: &World) -> String {
        let mut here = String::new();
        for line in text.lines() {
            let (key, value) = line.split_once('=').expect("kiln writes key=value");
            if compiled.without.contains(&key) {
                continue;
            }
            let value = match key {
                "spark.master" if value.starts_with("k8s://") => {
                    format!("k8s://{}", world.plane.server())
                }
                "spark.hadoop.fs.s3a.endpoint" => world.store.endpoint(),
                _ => self.here(value),
            };
            here += &[key, "=", &value, "\n"].concat();
        }
        if !compiled.calls_the_api_server() {
            return here;
        }
        for (key, file) in [("oauthTokenFile", "token"), ("caCertFile", "ca.crt")] {
            let path = self.inside(&format!("{ACCOUNT_FOLDER}/{file}"));
            let path = path.display().to_string();
            here += &["spark.kubernetes.authenticate.", key, "=", &path, "\n"].concat();
        }
        here
    }
}

fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn number(port: &Value) -> u16 {
    let port = port["containerPort"].as_u64().map(u16::try_from);
    port.expect("it is a number").expect("it is a port")
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|it| it.as_str().expect("a text").to_owned())
}
