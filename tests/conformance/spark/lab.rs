//! The programs around a Connect server: Spark itself, a client, and an S3 server.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::support::control_plane::free_ports;

/// A folder with what `spark/install` installs.
pub struct Lab(PathBuf);

impl Lab {
    /// Installs what is not there yet, into `target/spark-lab`.
    ///
    /// # Panics
    /// When something cannot be installed, such as without a network.
    pub fn install(versions: &[String]) -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let lab = repository.join("target/spark-lab");
        let installed = Command::new(repository.join("tests/conformance/spark/install"))
            .arg(&lab)
            .args(versions)
            .status();
        assert!(
            installed.is_ok_and(|it| it.success()),
            "spark/install must succeed: it needs java, mvn, python3 and a network"
        );
        Self(lab)
    }

    /// The folder that is `/opt/spark` in an image.
    pub fn spark(&self, version: &str) -> PathBuf {
        self.0.join(format!("spark-{version}"))
    }

    /// Starts a client that asks the server for the sum of the numbers below 1000.
    pub fn client(&self) -> Client {
        let query = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/spark/query.py");
        let answer = tempfile::NamedTempFile::new().expect("a temporary file");
        let output = || answer.reopen().expect("a file can be opened twice");
        let mut command = Command::new(self.0.join("client/bin/python"));
        command.arg(query).stdout(output()).stderr(output());
        Client {
            process: Process::spawn(&mut command),
            answer,
        }
    }
}

/// A client of a Connect server, gone when dropped.
pub struct Client {
    process: Process,
    answer: tempfile::NamedTempFile,
}

impl Client {
    /// Waits for the answer, or for what the client says instead.
    pub fn answer(mut self, within: Duration) -> String {
        let deadline = Instant::now() + within;
        while self.process.ended().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(200));
        }
        fs::read_to_string(self.answer.path()).expect("the answer is text")
    }
}

/// A process that does not outlive its owner.
pub struct Process(Child);

impl Process {
    /// Starts a command.
    pub fn spawn(command: &mut Command) -> Self {
        let child = command.spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}")))
    }

    /// Kills what it has started.
    pub fn kill_children(&self) {
        let tasks = format!("/proc/{}/task", self.0.id());
        let children = fs::read_dir(tasks).into_iter().flatten().flatten();
        let children =
            children.filter_map(|it| fs::read_to_string(it.path().join("children")).ok());
        for child in children.collect::<String>().split_whitespace() {
            // One that has ended by itself needs no end.
            let _ = Command::new("kill").args(["-KILL", child]).status();
        }
    }

    /// Whether it has ended by itself, and how.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.0.try_wait().expect("a child can be waited for")
    }

    /// Asks it to end, as a node does, and waits; it is killed when its time is over.
    pub fn terminate(&mut self, grace: Duration) -> bool {
        let id = self.0.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.is_ok_and(|it| it.success()), "a signal can be sent");
        let deadline = Instant::now() + grace;
        while Instant::now() < deadline {
            if self.ended().is_some() {
                return true;
            }
            thread::sleep(Duration::from_millis(100));
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An S3 server with a flat namespace, as real ones have it: no folder exists without an object.
pub struct ObjectStore {
    port: u16,
    _process: Process,
}

impl ObjectStore {
    /// Starts an empty one.
    pub fn start(lab: &Lab) -> Self {
        let [port] = free_ports();
        let mut command = Command::new(lab.0.join("s3/bin/python"));
        command
            .args(["-m", "moto.server", "--host", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let store = Self {
            port,
            _process: Process::spawn(&mut command),
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the S3 server does not start");
            thread::sleep(Duration::from_millis(100));
        }
        store
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes a bucket, or an empty object in one.
    pub fn put(&self, path: &str) {
        let answer = self.request("PUT", path);
        assert!(answer.starts_with("HTTP/1.1 200"), "PUT {path}: {answer}");
    }

    /// The answer to a request for a list of the objects below a prefix.
    pub fn list(&self, bucket: &str, prefix: &str) -> String {
        self.request("GET", &format!("{bucket}?list-type=2&prefix={prefix}"))
    }

    fn request(&self, method: &str, path: &str) -> String {
        let request = format!(
            "{method} /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        stream
            .write_all(request.as_bytes())
            .expect("the server reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the server answers in text");
        answer
    }
}
