//! A real API server for the tests that compare kiln with one.

use std::{
    fs,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// An API server with its store, without controllers or nodes. Stopped when dropped.
pub struct ControlPlane {
    processes: Vec<Child>,
    directory: TempDir,
}

impl ControlPlane {
    /// Starts `etcd` and `kube-apiserver` of `KUBEBUILDER_ASSETS`, or else of `../shared/envtest`.
    ///
    /// # Panics
    /// When it does not start: a comparison that is silently skipped proves nothing.
    pub fn start() -> Self {
        let assets = match std::env::var_os("KUBEBUILDER_ASSETS") {
            Some(assets) => PathBuf::from(assets),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/envtest"),
        };
        assert!(
            assets.join("kube-apiserver").exists(),
            "KUBEBUILDER_ASSETS names a folder with etcd and kube-apiserver"
        );
        let mut plane = Self {
            processes: Vec::new(),
            directory: tempfile::tempdir().expect("a temporary folder"),
        };
        let [store, peers, server] = free_ports();
        let store = format!("http://127.0.0.1:{store}");
        plane.spawn(
            Command::new(assets.join("etcd"))
                .args(["--data-dir", "etcd", "--unsafe-no-fsync"])
                .args([
                    "--listen-client-urls",
                    &store,
                    "--advertise-client-urls",
                    &store,
                ])
                .args(["--listen-peer-urls", &format!("http://127.0.0.1:{peers}")]),
        );
        let made = Command::new("openssl")
            .args(["genrsa", "-out", "accounts.key", "2048"])
            .current_dir(plane.directory.path())
            .output();
        assert!(
            made.is_ok_and(|it| it.status.success()),
            "openssl makes a key"
        );
        plane.write("tokens.csv", "conformance,admin,admin,system:masters\n");
        plane.spawn(
            Command::new(assets.join("kube-apiserver"))
                .args([
                    "--etcd-servers",
                    &store,
                    "--secure-port",
                    &server.to_string(),
                ])
                .args(["--bind-address", "127.0.0.1", "--cert-dir", "certificates"])
                .args([
                    "--authorization-mode",
                    "RBAC",
                    "--token-auth-file",
                    "tokens.csv",
                ])
                .args(["--service-account-key-file", "accounts.key"])
                .args(["--service-account-signing-key-file", "accounts.key"])
                .args(["--service-account-issuer", "https://kubernetes.default.svc"])
                .args([
                    "--service-cluster-ip-range",
                    "10.96.0.0/16",
                    "--allow-privileged",
                ]),
        );
        plane.write(
            "kubeconfig",
            &format!(
                "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: 'https://127.0.0.1:{server}', insecure-skip-tls-verify: true}}}}]
users: [{{name: admin, user: {{token: conformance}}}}]
contexts: [{{name: test, context: {{cluster: test, user: admin}}}}]
current-context: test
"
            ),
        );
        plane.wait();
        plane
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self
            .kubectl(&["get", "--raw", "/readyz"], "")
            .status
            .success()
        {
            assert!(
                Instant::now() < deadline,
                "the API server does not start: {}",
                fs::read_to_string(self.directory.path().join("1.log")).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(200));
        }
        // A controller would make it; without it no Pod is admitted.
        let account = self.kubectl(&["create", "serviceaccount", "default"], "");
        assert!(account.status.success(), "{}", text(&account.stderr));
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

    fn spawn(&mut self, command: &mut Command) {
        let name = format!("{}.log", self.processes.len());
        let log = fs::File::create(self.directory.path().join(name)).expect("a log file");
        let child = command
            .current_dir(self.directory.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.processes
            .push(child.expect("the control plane starts"));
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).expect("a file in the temporary folder");
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        // The server first, so that it does not complain about its store.
        for process in self.processes.iter_mut().rev() {
            // One that has ended by itself needs no end.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|it| it.local_addr().expect("it is bound").port())
}
