//! A Connect server's container as a process of this machine.
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
//! | the pod's address | 127.0.0.1 |

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
use crate::{control_plane::ControlPlane, platform::text_at, spark_conf::SparkConf};

/// The file with Spark's properties.
const PROPERTIES: &str = "spark-defaults.conf";

/// Where clients connect.
const CONNECT_PORT: u16 = 15002;

/// Where every client in a pod looks for its token.
const ACCOUNT_FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A compiled Connect server.
#[derive(Clone, Copy)]
pub struct Compiled<'a> {
    deployment: &'a Value,
    objects: &'a [Value],
    without: &'a [&'a str],
}

/// What a server runs against.
pub struct World<'a> {
    /// The cluster, to which the environment has been applied.
    pub plane: &'a ControlPlane,
    /// Spark and a client.
    pub lab: &'a Lab,
    /// The S3 server.
    pub store: &'a ObjectStore,
}

/// A running server.
pub struct Server {
    process: Process,
    node: Node,
}

impl<'a> Compiled<'a> {
    /// The servers of an environment that spawn executors in pods.
    pub fn servers(objects: &'a [Value]) -> Vec<Self> {
        let is_server = |it: &&Value| {
            let app = &it["metadata"]["labels"]["app.kubernetes.io/name"];
            it["kind"] == "Deployment" && app == "spark-connect"
        };
        let servers = objects.iter().filter(is_server);
        let servers = servers.map(|deployment| Self {
            deployment,
            objects,
            without: &[],
        });
        servers
            .filter(|it| it.conf().get("spark.master").starts_with("k8s://"))
            .collect()
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

    /// How long a node would wait for its end before it kills the container.
    pub fn grace(&self) -> Duration {
        let seconds = self.pod_spec()["terminationGracePeriodSeconds"].as_u64();
        Duration::from_secs(seconds.expect("the pod says it"))
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
    /// Starts a server.
    pub fn start(compiled: &Compiled, world: &World) -> Self {
        let container = compiled.container();
        for port in container["ports"].as_array().expect("it has ports") {
            let port = port["containerPort"]
                .as_u64()
                .and_then(|it| u16::try_from(it).ok());
            let port = port.expect("a port is a number");
            // A port that is taken would be answered by somebody else, or Spark would take the next.
            let free = TcpListener::bind(("0.0.0.0", port));
            assert!(
                free.is_ok(),
                "port {port} must be free for a Connect server"
            );
        }
        let node = Node {
            root: tempfile::tempdir().expect("a temporary folder"),
            mounts: compiled.mounts().map(|(path, _)| path).collect(),
            spark: world.lab.spark(&compiled.version()),
        };
        node.hand_over_account(compiled, world);
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
        let mut arguments = texts(&container["args"]).map(|it| node.here(&it));
        let mut command = Command::new(arguments.next().expect("the arguments name a program"));
        command.args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for variable in container["env"].as_array().expect("it has an environment") {
            let value = node.here(&compiled.value(variable, world.plane));
            command.env(text_at(variable, "/name"), value);
        }
        let output = File::create(node.log()).expect("a file in the temporary folder");
        command
            .current_dir(node.here(&text_at(container, "/workingDir")))
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file has two handles"))
            .stderr(output);
        Self {
            process: Process::spawn(&mut command),
            node,
        }
    }

    /// Waits until the server serves; false when it ends before.
    pub fn serves(&mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        loop {
            if self.process.ended().is_some() {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", CONNECT_PORT)).is_ok() {
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

    /// Ends the server as a node does, and returns whether it ended in time.
    pub fn stop(&mut self, within: Duration) -> bool {
        self.process.terminate(within)
    }

    /// What the server has said.
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

    /// A value of the pod, with the path here when it is a path that the pod has.
    fn here(&self, value: &str) -> String {
        if let Some(program) = value.strip_prefix("/opt/spark/bin/") {
            return self.spark.join("bin").join(program).display().to_string();
        }
        if self
            .mounts
            .iter()
            .any(|it| Path::new(value).starts_with(it))
        {
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
        let mut addresses = vec![
            ("spark.master", format!("k8s://{}", world.plane.server())),
            ("spark.hadoop.fs.s3a.endpoint", world.store.endpoint()),
        ];
        let mut here = String::new();
        for line in text.lines() {
            let (key, value) = line.split_once('=').expect("kiln writes key=value");
            if compiled.without.contains(&key) {
                continue;
            }
            let address = addresses.iter().position(|(it, _)| *it == key);
            let value = address.map_or_else(|| self.here(value), |at| addresses.remove(at).1);
            here += &[key, "=", &value, "\n"].concat();
        }
        assert!(addresses.is_empty(), "not compiled: {addresses:?}");
        for (key, file) in [("oauthTokenFile", "token"), ("caCertFile", "ca.crt")] {
            let path = self.inside(&format!("{ACCOUNT_FOLDER}/{file}"));
            let path = path.display().to_string();
            here += &["spark.kubernetes.authenticate.", key, "=", &path, "\n"].concat();
        }
        here
    }
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|it| it.as_str().expect("a text").to_owned())
}
