//! The operator's pods, held against those of upstream's chart.
//!
//! `operator/VERSION.upstream` says what each container gets there: arguments, ports, probes, folders
//! that it may write, user and rights. What kiln compiles differs in the lines of [`DIFFERENCES`] alone.

use std::collections::{BTreeMap, BTreeSet};

use kiln::diagnostics::Text;
use serde_json::Value;

/// Which of the two has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Only {
    Upstream,
    Kiln,
}
use Only::{Kiln, Upstream};

const BOTH: &[&str] = &["spark-operator-controller", "spark-operator-webhook"];
const CONTROLLER: &[&str] = &["spark-operator-controller"];
const WEBHOOK: &[&str] = &["spark-operator-webhook"];

const DEFAULT: &str = "the program's own default: cmd/operator/controller/start.go";
const DEFAULT_OF_LATER: &str = "the program's own default, of an argument that 2.4.0 refuses";

/// A line that one of the two has, in which Deployments, and why. One that ends in `=` or a blank
/// stands for all that begin so.
type Difference = (Only, &'static str, &'static [&'static str], &'static str);

const DIFFERENCES: &[Difference] = &[
    (
        Upstream,
        "argument --metrics-job-start-latency-buckets=",
        CONTROLLER,
        DEFAULT,
    ),
    (
        Upstream,
        "argument --metrics-job-submit-latency-buckets=",
        CONTROLLER,
        DEFAULT_OF_LATER,
    ),
    (Upstream, "argument --kube-api-qps=", BOTH, DEFAULT_OF_LATER),
    (
        Upstream,
        "argument --kube-api-burst=",
        BOTH,
        DEFAULT_OF_LATER,
    ),
    (
        Upstream,
        "argument --scheduled-spark-application-timestamp-precision=",
        CONTROLLER,
        DEFAULT_OF_LATER,
    ),
    (
        Upstream,
        "argument --feature-gates=",
        CONTROLLER,
        DEFAULT_OF_LATER,
    ),
    (
        Kiln,
        "port health 8081",
        BOTH,
        "the port of the probes has a name, which changes nothing that listens",
    ),
    (
        Kiln,
        "mount /tmp of emptyDir 1Gi",
        WEBHOOK,
        "for a user whom the image does not know, its entry point writes an entry there",
    ),
    (
        Upstream,
        "container privileged false",
        BOTH,
        "Kubernetes' own default",
    ),
    (
        Upstream,
        "container runAsNonRoot true",
        BOTH,
        "said of the pod",
    ),
    (
        Kiln,
        "pod runAsNonRoot true",
        BOTH,
        "said of the container there",
    ),
    (
        Upstream,
        "container seccompProfile RuntimeDefault",
        BOTH,
        "said of the pod",
    ),
    (
        Kiln,
        "pod seccompProfile RuntimeDefault",
        BOTH,
        "said of the container there",
    ),
    (
        Kiln,
        "pod fsGroupChangePolicy OnRootMismatch",
        BOTH,
        "no effect on the volumes that the pod has: as all of kiln's pods",
    ),
    (
        Kiln,
        "pod runAsUser 185",
        BOTH,
        "the image's own user (Dockerfile), which `images.NAME.user` can change",
    ),
    (
        Kiln,
        "pod runAsGroup 185",
        BOTH,
        "the image's own group (Dockerfile)",
    ),
    (
        Kiln,
        "request ",
        BOTH,
        "upstream leaves the sizes to its users, and a quota refuses pods without",
    ),
    (
        Kiln,
        "limit ",
        BOTH,
        "upstream leaves the sizes to its users",
    ),
];

#[test]
fn the_pods_of_2_4_0_are_those_of_its_chart() {
    compare("2.4.0", include_str!("operator/2.4.0.upstream"));
}

#[test]
fn the_pods_of_2_5_2_are_those_of_its_chart() {
    compare("2.5.2", include_str!("operator/2.5.2.upstream"));
}

fn compare(version: &str, upstream: &str) {
    let upstream = sections(
        &upstream
            .replace("OPERATOR", "operators")
            .replace("JOBS", "jobs"),
    );
    let compiled = compiled(version);
    assert_eq!(
        upstream.keys().collect::<Vec<_>>(),
        compiled.keys().collect::<Vec<_>>(),
        "the same Deployments"
    );
    let mut found = BTreeSet::new();
    for (deployment, theirs) in &upstream {
        let ours = &compiled[deployment];
        let missing = theirs.difference(ours).map(|line| (Upstream, line));
        let added = ours.difference(theirs).map(|line| (Kiln, line));
        for (only, line) in missing.chain(added) {
            let known = DIFFERENCES.iter().position(|(side, text, where_, _)| {
                let is_start = text.ends_with(['=', ' ']) && line.starts_with(text);
                *side == only && (is_start || line == text) && where_.contains(&&**deployment)
            });
            let known = known.unwrap_or_else(|| {
                panic!("{version}, {deployment}: only {only:?} has `{line}`, without a reason")
            });
            found.insert((known, deployment.clone()));
        }
    }
    for (number, (_, text, deployments, reason)) in DIFFERENCES.iter().enumerate() {
        let is_of_later = *reason == DEFAULT_OF_LATER && version == "2.4.0";
        for deployment in *deployments {
            let is_there = found.contains(&(number, (*deployment).to_owned()));
            assert!(
                is_there || is_of_later,
                "{version}, {deployment}: `{text}` is not a difference any more"
            );
        }
    }
}

/// The lines of a table by the name above them.
fn sections(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let lines = text
        .lines()
        .filter(|it| !it.is_empty() && !it.starts_with('#'));
    for line in lines {
        match (line.strip_prefix("  "), sections.last_entry()) {
            (Some(line), Some(mut section)) => {
                assert!(section.get_mut().insert(line.to_owned()), "{line} twice");
            }
            _ => {
                sections.insert(line.to_owned(), BTreeSet::new());
            }
        }
    }
    sections
}

/// What kiln compiles, in the words of the tables.
fn compiled(version: &str) -> BTreeMap<String, BTreeSet<String>> {
    let spec = format!(
        r#"
        [cluster]
        name = "test"
        kubernetes = "1.34"
        api-server = {{ endpoints = ["192.0.2.10:6443"] }}
        [delivery]
        engine = "flux"
        repository = "https://git.example.com/data/platform.git"
        [namespaces.operators]
        [namespaces.jobs]
        [images.operator]
        reference = "ghcr.io/kubeflow/spark-operator/controller:{version}"
        [operator]
        version = "{version}"
        image = "operator"
        namespace = "operators"
        job-namespaces = ["jobs"]
        "#
    );
    let world = BTreeMap::from([("environments/test.toml".to_owned(), spec.into_bytes())]);
    let compilation = kiln::compile(&world, "test");
    let said = Text { colour: false }.render(&compilation.diagnostics, &compilation.sources);
    assert!(!compilation.diagnostics.has_errors(), "{said}");
    let members = compilation.graph.members.iter();
    let deployments = members
        .map(|it| it.object.node().to_json())
        .filter(|it| it["kind"] == "Deployment");
    deployments
        .map(|it| {
            let name = it["metadata"]["name"].as_str().expect("it has a name");
            (name.to_owned(), lines(&it))
        })
        .collect()
}

fn lines(deployment: &Value) -> BTreeSet<String> {
    let pod = &deployment["spec"]["template"]["spec"];
    let [container] = list(&pod["containers"]) else {
        panic!("one container: {deployment}")
    };
    let arguments = list(&container["args"]).iter();
    let mut lines: Vec<_> = arguments
        .map(|it| format!("argument {}", words(it)))
        .collect();
    for port in list(&container["ports"]) {
        let [name, number] = ["name", "containerPort"].map(|it| words(&port[it]));
        lines.push(format!("port {name} {number}"));
    }
    for (word, probe) in [
        ("liveness", &container["livenessProbe"]),
        ("readiness", &container["readinessProbe"]),
    ] {
        let port = &probe["httpGet"]["port"];
        let named = list(&container["ports"])
            .iter()
            .find(|it| it["name"] == *port);
        let number = words(named.map_or(port, |it| &it["containerPort"]));
        lines.push(format!(
            "{word} GET {} {number}",
            words(&probe["httpGet"]["path"])
        ));
    }
    for mount in list(&container["volumeMounts"]) {
        let volume = list(&pod["volumes"])
            .iter()
            .find(|it| it["name"] == mount["name"]);
        let volume = volume.expect("a mount is of a volume");
        let size = words(&volume["emptyDir"]["sizeLimit"]);
        let path = words(&mount["mountPath"]);
        let below = words(&mount["subPath"]);
        let line = format!("mount {path} of emptyDir {size} {below}");
        lines.push(line.trim_end().to_owned());
    }
    for (word, values) in [
        ("container", &container["securityContext"]),
        ("pod", &pod["securityContext"]),
        ("request", &container["resources"]["requests"]),
        ("limit", &container["resources"]["limits"]),
    ] {
        let values = values.as_object().into_iter().flatten();
        lines.extend(values.map(|(key, value)| format!("{word} {key} {}", words(value))));
    }
    for key in ["automountServiceAccountToken", "serviceAccountName"] {
        lines.push(format!("pod {key} {}", words(&pod[key])));
    }
    lines.push(format!(
        "replicas {}",
        words(&deployment["spec"]["replicas"])
    ));
    lines.into_iter().collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A value as words: what a table of one key holds is its value, and what is absent is not a word.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(" "),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| match key.as_str() {
                "type" => words(value),
                key => format!("{key} {}", words(value)),
            });
            entries.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}
