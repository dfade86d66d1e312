//! A real Kubernetes control plane for the tests that compare kiln with one.
//!
//! It has no nodes: pods are admitted and stay pending.

use std::{
    fs,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take, on a machine that does other work too.
const PATIENCE: Duration = Duration::from_secs(60);

/// `etcd`, `kube-apiserver` and `kube-controller-manager`. Stopped when dropped.
pub struct ControlPlane {
    assets: PathBuf,
    directory: TempDir,
    server: String,
    processes: Vec<Child>,
}

impl ControlPlane {
    /// Starts the programs of `KUBEBUILDER_ASSETS`, or else of `../shared/envtest`.
    ///
    /// # Panics
    /// When it does not start: a comparison that is silently skipped proves nothing.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more arguments for the API server.
    pub fn start_with(more: &[&str]) -> Self {
        let [store, peers, server, controllers] = free_ports();
        let store = format!("http://127.0.0.1:{store}");
        let peers = format!("http://127.0.0.1:{peers}");
        let mut plane = Self {
            assets: assets(),
            directory: tempfile::tempdir().expect("a temporary folder"),
            server: format!("https://127.0.0.1:{server}"),
            processes: Vec::new(),
        };
        plane.prepare();
        let listen = ["--listen-client-urls", &store, "--listen-peer-urls", &peers];
        let store_data = ["--data-dir", "etcd", "--unsafe-no-fsync"];
        let advertise = ["--advertise-client-urls", &store];
        plane.spawn("etcd", &[&store_data[..], &listen, &advertise].concat());
        let arguments = [
            "--etcd-servers",
            &store,
            "--bind-address",
            "127.0.0.1",
            "--secure-port",
            &server.to_string(),
            "--cert-dir",
            "certificates",
            "--authorization-mode",
            "RBAC",
            "--token-auth-file",
            "tokens.csv",
            "--service-account-key-file",
            "accounts.key",
            "--service-account-signing-key-file",
            "accounts.key",
            "--service-account-issuer",
            "https://kubernetes.default.svc",
            "--service-cluster-ip-range",
            "10.96.0.0/16",
            "--allow-privileged",
            "--audit-policy-file",
            "audit-policy.yaml",
            "--audit-log-path",
            "audit.log",
            // Webhooks are called at their endpoints: without nodes nothing serves the address
            // of a Service, and a call to it would hang or fail as the machine's network likes.
            "--enable-aggregator-routing",
        ];
        plane.spawn("kube-apiserver", &[&arguments[..], more].concat());
        plane.wait_for("the API server", |plane| {
            let ready = plane.kubectl(&["get", "--raw", "/readyz"], "");
            ready.status.success()
        });
        plane.spawn(
            "kube-controller-manager",
            &[
                "--kubeconfig",
                "kubeconfig",
                "--authentication-kubeconfig",
                "kubeconfig",
                "--authorization-kubeconfig",
                "kubeconfig",
                "--service-account-private-key-file",
                "accounts.key",
                "--use-service-account-credentials",
                "--secure-port",
                &controllers.to_string(),
                "--cert-dir",
                "controller-certificates",
                "--leader-elect=false",
            ],
        );
        plane.wait_for("the controllers", |plane| {
            let account = plane.kubectl(&["get", "serviceaccount", "default"], "");
            account.status.success()
        });
        plane
    }

    /// Writes the files that the programs read.
    fn prepare(&self) {
        let key = self.directory.path().join("accounts.key");
        let made = Command::new("openssl")
            .args(["genrsa", "-out"])
            .arg(key)
            .arg("2048")
            .output()
            .expect("openssl is installed");
        assert!(made.status.success(), "{}", text(&made.stderr));
        let server = &self.server;
        for (name, content) in [
            (
                "tokens.csv",
                "conformance,admin,admin,system:masters\n".to_owned(),
            ),
            (
                "audit-policy.yaml",
                "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
"
                .to_owned(),
            ),
            (
                "kubeconfig",
                format!(
                    "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: '{server}', insecure-skip-tls-verify: true}}}}]
users: [{{name: admin, user: {{token: conformance}}}}]
contexts: [{{name: test, context: {{cluster: test, user: admin}}}}]
current-context: test
"
                ),
            ),
        ] {
            fs::write(self.directory.path().join(name), content)
                .expect("a file in the temporary folder");
        }
    }

    /// The URL of the API server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The certificate that the API server shows.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificates/apiserver.crt")
    }

    /// One line of JSON for each call that the API server answered.
    pub fn audit_log(&self) -> PathBuf {
        self.directory.path().join("audit.log")
    }

    /// Runs kubectl with an input.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new("kubectl")
            .args(arguments)
            .env("KUBECONFIG", self.directory.path().join("kubeconfig"))
            .env("HOME", self.directory.path())
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
    pub fn run(&self, arguments: &[&str], input: &str) -> String {
        let output = self.kubectl(arguments, input);
        assert!(
            output.status.success(),
            "kubectl {}: {}",
            arguments.join(" "),
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// The objects that a `kubectl get` finds.
    pub fn get(&self, arguments: &[&str]) -> Vec<Value> {
        items(&self.run(&[&["get", "--output=json"], arguments].concat(), ""))
    }

    /// All objects of some kinds, in all namespaces.
    pub fn list(&self, kinds: &str) -> Vec<Value> {
        self.get(&[kinds, "--all-namespaces"])
    }

    /// Waits until something holds.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`], with the last words of the control plane.
    pub fn wait_for(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(
                Instant::now() < deadline,
                "{what} is not there after {PATIENCE:?}; the last words of the control plane:\n{}",
                self.last_words()
            );
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits until the server knows the kinds of all custom resource definitions. `kubectl wait` fails
    /// on one that has no conditions yet.
    pub fn wait_for_definitions(&self) {
        self.wait_for("the kinds of all definitions", |plane| {
            plane.list("customresourcedefinitions").iter().all(|it| {
                let conditions = it["status"]["conditions"].as_array().into_iter().flatten();
                let mut established = conditions.filter(|it| it["type"] == "Established");
                established.any(|it| it["status"] == "True")
            })
        });
    }

    fn last_words(&self) -> String {
        let of = |program: &str| {
            let log = fs::read_to_string(self.log(program)).unwrap_or_default();
            let lines: Vec<_> = log.lines().rev().take(5).collect();
            lines.into_iter().rev().collect::<Vec<_>>().join("\n")
        };
        ["etcd", "kube-apiserver", "kube-controller-manager"]
            .map(of)
            .join("\n")
    }

    fn log(&self, program: &str) -> PathBuf {
        self.directory.path().join(format!("{program}.log"))
    }

    fn spawn(&mut self, program: &str, arguments: &[&str]) {
        let log = fs::File::create(self.log(program)).expect("a log file");
        let child = Command::new(self.assets.join(program))
            .args(arguments)
            .current_dir(self.directory.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.processes.push(child.unwrap_or_else(|error| {
            panic!(
                "{program} does not start from {}: {error}; KUBEBUILDER_ASSETS names a folder with \
                 etcd, kube-apiserver and kube-controller-manager",
                self.assets.display()
            )
        }));
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        // The store last, so that nobody complains about it.
        for process in self.processes.iter_mut().rev() {
            // One that has ended by itself needs no end.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The objects that kubectl wrote as JSON: one, a list, or one after the other.
pub fn items(json: &str) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_str(json).into_iter();
    let items = documents.map(|document| {
        let mut document: Value = document.expect("kubectl writes JSON");
        match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => vec![document],
        }
    });
    items.flatten().collect()
}

/// Output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn assets() -> PathBuf {
    std::env::var_os("KUBEBUILDER_ASSETS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/envtest"),
        PathBuf::from,
    )
}

/// Ports that nobody listens on. They lie above all that a service would be given by hand.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|it| it.local_addr().expect("it is bound").port())
}
