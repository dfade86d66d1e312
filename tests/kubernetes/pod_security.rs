//! Pod Security Standards: kiln's verdict on pods, and that of a real API server.

use std::collections::BTreeSet;

use kiln::kubernetes::{PodSecurity, violations};
use serde_json::{Value as Json, json};

use crate::{
    kubernetes::document, support::control_plane::ControlPlane, support::control_plane::text,
};

/// How many pods the real server judges, at each level.
const PODS: u64 = 600;

/// What may be different about a pod, by the path that it is set at. `0` is the first container.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn variations() -> Vec<(&'static str, Vec<Json>)> {
    vec![
        ("hostNetwork", vec![json!(true), json!(false)]),
        ("hostPID", vec![json!(true)]),
        ("hostIPC", vec![json!(true)]),
        (
            "volumes",
            vec![
                json!([{"name": "a", "hostPath": {"path": "/"}}]),
                json!([{"name": "a", "nfs": {"server": "example.com", "path": "/"}}]),
                json!([{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {"secretName": "b"}}]),
                json!([{"name": "a", "projected": {"sources": []}}]),
            ],
        ),
        (
            "securityContext/runAsNonRoot",
            vec![json!(false), Json::Null],
        ),
        ("securityContext/runAsUser", vec![json!(0), json!(185)]),
        (
            "securityContext/seccompProfile",
            vec![
                json!({"type": "Unconfined"}),
                Json::Null,
                json!({"type": "RuntimeDefault"}),
            ],
        ),
        (
            "securityContext/sysctls",
            vec![
                json!([{"name": "kernel.shm_rmid_forced", "value": "1"}]),
                json!([{"name": "kernel.msgmax", "value": "1"}]),
                json!([{"name": "net.ipv4.tcp_wmem", "value": "1"}]),
            ],
        ),
        (
            "securityContext/seLinuxOptions",
            vec![
                json!({"type": "container_t"}),
                json!({"type": "spc_t"}),
                json!({"user": "root"}),
            ],
        ),
        (
            "securityContext/appArmorProfile",
            vec![
                json!({"type": "Unconfined"}),
                json!({"type": "RuntimeDefault"}),
            ],
        ),
        (
            "containers/0/securityContext/allowPrivilegeEscalation",
            vec![json!(true), Json::Null],
        ),
        (
            "containers/0/securityContext/capabilities",
            vec![
                Json::Null,
                json!({"drop": ["NET_RAW"]}),
                json!({"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
                json!({"drop": ["ALL"], "add": ["CHOWN"]}),
                json!({"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
            ],
        ),
        (
            "containers/0/securityContext/runAsNonRoot",
            vec![json!(false), json!(true)],
        ),
        (
            "containers/0/securityContext/runAsUser",
            vec![json!(0), json!(185)],
        ),
        (
            "containers/0/securityContext/seccompProfile",
            vec![
                json!({"type": "Unconfined"}),
                json!({"type": "Localhost", "localhostProfile": "a.json"}),
            ],
        ),
        (
            "containers/0/securityContext/procMount",
            vec![json!("Default")],
        ),
        (
            "containers/0/ports",
            vec![
                json!([{"containerPort": 1, "hostPort": 1}]),
                json!([{"containerPort": 1}]),
            ],
        ),
        (
            "initContainers",
            vec![
                json!([{"name": "init", "image": "a"}]),
                json!([{
                    "name": "init",
                    "image": "a",
                    "securityContext": {
                        "allowPrivilegeEscalation": false,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }]),
            ],
        ),
    ]
}

/// A pod that `restricted` admits.
fn admitted() -> Json {
    json!({
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "name": "main",
            "image": "a",
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": {"drop": ["ALL"]},
            },
        }],
    })
}

/// Sets a value, or takes it out.
fn set(spec: &mut Json, path: &str, value: &Json) {
    let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = parent.split('/').filter(|it| !it.is_empty());
    let node = parent.fold(spec, |node, key| match node {
        Json::Array(items) => &mut items[key.parse::<usize>().expect("a position")],
        other => &mut other[key],
    });
    let map = node.as_object_mut().expect("settings are in mappings");
    if value.is_null() {
        map.remove(key);
    } else {
        map.insert(key.to_owned(), value.clone());
    }
}

/// Pods with one thing different each, then with up to three.
fn pods() -> Vec<Json> {
    let variations = variations();
    let mut pods = vec![admitted()];
    for (path, values) in &variations {
        for value in values {
            let mut pod = admitted();
            set(&mut pod, path, value);
            pods.push(pod);
        }
    }
    let mut random = fastrand::Rng::with_seed(7);
    while pods.len() < usize::try_from(PODS).expect("it is small") {
        let mut pod = admitted();
        for _ in 0..random.usize(1..=3) {
            let (path, values) = &variations[random.usize(..variations.len())];
            set(&mut pod, path, &values[random.usize(..values.len())]);
        }
        pods.push(pod);
    }
    pods
}

fn is_admitted(level: PodSecurity, spec: &Json) -> bool {
    violations(level, &document(&spec.to_string())).is_empty()
}

#[test]
fn levels_contain_each_other() {
    for pod in pods() {
        if is_admitted(PodSecurity::Restricted, &pod) {
            assert!(is_admitted(PodSecurity::Baseline, &pod), "{pod}");
        }
        assert!(is_admitted(PodSecurity::Privileged, &pod), "{pod}");
    }
}

#[test]
fn every_reason_is_said_with_its_place() {
    let mut pod = admitted();
    let container = "containers/0/securityContext";
    set(&mut pod, "hostNetwork", &json!(true));
    set(
        &mut pod,
        &format!("{container}/allowPrivilegeEscalation"),
        &Json::Null,
    );
    set(&mut pod, "securityContext/runAsNonRoot", &json!(false));
    let pod = document(&pod.to_string());
    let said = violations(PodSecurity::Restricted, &pod);
    let said: Vec<_> = said.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(
        said,
        [
            "has `hostNetwork`",
            "does not set `allowPrivilegeEscalation: false` for the container `main`",
            "does not set `runAsNonRoot: true` for the container `main`",
        ]
    );
}

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn verdicts_on_pods_are_those_of_the_server() {
    let plane = ControlPlane::start();
    let pods = pods();
    for (name, level) in [
        ("baseline", PodSecurity::Baseline),
        ("restricted", PodSecurity::Restricted),
    ] {
        let labels = json!({
            "pod-security.kubernetes.io/enforce": name,
            "pod-security.kubernetes.io/enforce-version": "v1.34",
        });
        let namespace = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": labels},
        });
        plane.run(&["create", "--filename=-"], &namespace.to_string());
        plane.wait_for("the namespace's ServiceAccount", |plane| {
            let account = ["get", "serviceaccount", "default", "--namespace", name];
            plane.kubectl(&account, "").status.success()
        });
        let items: Vec<_> = pods
            .iter()
            .enumerate()
            .map(|(number, spec)| {
                json!({
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": format!("p{number}"), "namespace": name},
                    "spec": spec,
                })
            })
            .collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
        let output = plane.kubectl(&["create", "--dry-run=server", "--filename=-"], &list);
        let (created, refused) = (text(&output.stdout), text(&output.stderr));
        let created: BTreeSet<_> = created
            .lines()
            .filter_map(|line| line.strip_prefix("pod/")?.split(' ').next())
            .collect();
        let mut disagreements = Vec::new();
        let mut admitted = 0;
        for (number, spec) in pods.iter().enumerate() {
            let pod = format!("p{number}");
            let by_server = created.contains(pod.as_str());
            let line = refused
                .lines()
                .find(|it| it.contains(&format!("\"{pod}\"")));
            // Some settings exclude each other, whatever the level.
            if line.is_some_and(|it| it.contains("is invalid")) {
                continue;
            }
            let violates = line.is_some_and(|it| it.contains("violates PodSecurity"));
            assert!(by_server || violates, "{spec}: {line:?}");
            admitted += usize::from(by_server);
            if by_server != is_admitted(level, spec) {
                disagreements.push(format!("{spec}\n  the server: {line:?}"));
            }
        }
        println!("{name}: {} pods, {admitted} admitted", pods.len());
        assert!(admitted > 50 && admitted < pods.len() - 50);
        let count = disagreements.len();
        assert!(
            count == 0,
            "{count} disagreements:\n{}",
            disagreements.join("\n")
        );
    }
}
