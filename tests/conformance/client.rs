//! Calls to an API server without a process for each: kubectl takes 30 ms of computing for an object that
//! it applies, which is most of the time of a suite that applies ten thousands.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

use crate::{conformance::platform::text_at, support::control_plane::ControlPlane};

/// A way to an API server through `kubectl proxy`, which speaks TLS for it. Stopped when dropped.
pub struct Client {
    proxy: Child,
    address: String,
    /// The paths of kinds, such as `apis/apps/v1` and `deployments`, by version and kind.
    kinds: Mutex<BTreeMap<(String, String), String>>,
}

impl Client {
    /// A way to a control plane.
    pub fn new(plane: &ControlPlane) -> Self {
        let mut proxy = Command::new("kubectl")
            .args(["proxy", "--port=0", "--server", plane.server()])
            .args(["--token=conformance", "--insecure-skip-tls-verify"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("kubectl is installed");
        let mut said = String::new();
        let output = proxy.stdout.take().expect("the output is a pipe");
        BufReader::new(output)
            .read_line(&mut said)
            .expect("it says its address");
        let address = said.trim().rsplit(' ').next().expect("it says its address");
        Self {
            address: address.to_owned(),
            proxy,
            kinds: Mutex::default(),
        }
    }

    /// Applies an object as engines do, strictly; gives back what the server makes of it, or its words.
    pub fn apply(&self, object: &Value) -> Result<Value, String> {
        let name = text_at(object, "/metadata/name");
        let path = format!(
            "{}/{}?fieldManager=kiln&force=true&fieldValidation=Strict",
            self.path(object),
            name.replace(':', "%3A")
        );
        self.call("PATCH", &path, object)
    }

    /// Makes an object.
    pub fn create(&self, object: &Value) -> Result<Value, String> {
        let path = format!("{}?fieldValidation=Strict", self.path(object));
        self.call("POST", &path, object)
    }

    /// Deletes an object.
    pub fn delete(&self, object: &Value) -> Result<Value, String> {
        let path = format!(
            "{}/{}",
            self.path(object),
            text_at(object, "/metadata/name")
        );
        self.call("DELETE", &path, &Value::Null)
    }

    /// Where the objects of a kind and a namespace are.
    fn path(&self, object: &Value) -> String {
        let key = ["/apiVersion", "/kind"].map(|it| text_at(object, it));
        let [version, kind] = key.clone();
        let group = if version.contains('/') {
            format!("/apis/{version}")
        } else {
            format!("/api/{version}")
        };
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if !kinds.contains_key(&(version.clone(), kind.clone())) {
            let found = self
                .call("GET", &group, &Value::Null)
                .unwrap_or_else(|said| panic!("{said}"));
            for resource in found["resources"].as_array().into_iter().flatten() {
                let plural = text_at(resource, "/name");
                if !plural.contains('/') {
                    kinds.insert((version.clone(), text_at(resource, "/kind")), plural);
                }
            }
        }
        let plural = kinds.get(&(version.clone(), kind.clone()));
        let plural = plural.unwrap_or_else(|| panic!("the server has no {kind} of {version}"));
        match object["metadata"]["namespace"].as_str() {
            Some(namespace) => format!("{group}/namespaces/{namespace}/{plural}"),
            None => format!("{group}/{plural}"),
        }
    }

    /// One call. A warning about what is applied is a failure.
    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let media = if method == "PATCH" {
            "application/apply-patch+yaml"
        } else {
            "application/json"
        };
        let mut stream = TcpStream::connect(&self.address).expect("the proxy listens");
        // In HTTP 1.0 the end of the answer is the end of the connection.
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("the proxy reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the proxy answers");
        let answer = String::from_utf8_lossy(&answer);
        let (head, content) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        let warnings: Vec<_> = head
            .lines()
            .filter(|it| method == "PATCH" && it.starts_with("Warning:"))
            .collect();
        if !status.starts_with('2') || !warnings.is_empty() {
            let content: Value = serde_json::from_str(content).unwrap_or_default();
            return Err(format!(
                "{method} {path}: {status} {} {}",
                content["message"],
                warnings.join(" ")
            ));
        }
        serde_json::from_str(content).map_err(|error| format!("{method} {path}: {error}"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}
