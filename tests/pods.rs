//! What a spec says of pods reaches every pod that its table has, wherever the pod is written.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use kiln::{Compilation, compile, diagnostics::Text, document::Node, platform::Platform};

/// A platform with every component that has pods.
const EVERYTHING: &str = include_str!("node/lab.toml");

/// What the tables of all components say of their pods.
const OPTIONS: &str = r#"extends = "_base.toml"

[airflow]
namespace = "airflow"

[operator]
controller.pod = {OPTIONS}
webhook.pod = {OPTIONS}

[object-store.minio]
pod = {OPTIONS}

[history-server]
pod = {OPTIONS}

[connect.resource]
namespace = "jobs"
image = "spark"
form = "custom-resource"

[connect.sandbox.standalone.master]
pod = {OPTIONS}

[connect.scratch.driver]
pod = {OPTIONS}

[applications.airflow]
trigger = "airflow"
namespace = "jobs"
image = "spark"
type = "python"
main-file = "s3a://warehouse/job.py"

[applications.git]
trigger = "git"
namespace = "jobs"
image = "spark"
type = "python"
main-file = "s3a://warehouse/job.py"

[applications.schedule]
trigger = "schedule"
schedule = "0 3 * * *"
namespace = "jobs"
image = "spark"
type = "python"
main-file = "s3a://warehouse/job.py"
"#;

/// The tables of drivers that have executors.
const DRIVERS: [&str; 8] = [
    "applications.airflow",
    "applications.git",
    "applications.schedule",
    "connect.analytics",
    "connect.legacy",
    "connect.resource",
    "connect.sandbox",
    "notebooks",
];

/// Nodes for them.
const POOLS: &str = r#"
[cluster]
node-pools.general = { nodes = 9, cpu = 64, memory = "512Gi" }

[cluster.node-pools.spark]
nodes = 9
cpu = 64
memory = "512Gi"
labels = { pool = "spark" }
taints = ["dedicated=spark:NoSchedule", "busy:NoExecute"]

[cluster.node-pools.zonal]
nodes = 9
cpu = 64
memory = "512Gi"
zones = ["a", "b"]
"#;

/// Compiles the platform with options for all pods.
fn compiled(options: &str) -> Compilation {
    compiled_with(&format!("pod = {options}"))
}

/// Compiles the platform with a key for all pods.
fn compiled_with(key: &str) -> Compilation {
    compiled_beside(key, "")
}

/// The same with other tables.
fn compiled_beside(key: &str, tables: &str) -> Compilation {
    let mut spec = OPTIONS.to_owned() + POOLS + tables;
    for table in DRIVERS {
        for role in ["driver", "executor"] {
            write!(spec, "\n[{table}.{role}]\npod = {{OPTIONS}}\n").expect("a text grows");
        }
    }
    let world: BTreeMap<String, Vec<u8>> = [
        ("environments/_base.toml", EVERYTHING.to_owned()),
        (
            "environments/test.toml",
            spec.replace("pod = {OPTIONS}", key),
        ),
        (
            "environments/extra/report.yaml",
            include_str!("node/report.yaml").to_owned(),
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text.into_bytes()))
    .into();
    compile(&world, "test")
}

#[test]
fn options_reach_every_pod() {
    let options =
        r#"{ labels = { team = "data" }, annotations = { "example.com/Owner" = "a: 1" } }"#;
    let compilation = compiled(options);
    let text = Text { colour: false };
    let said = text.render(&compilation.diagnostics, &compilation.sources);
    assert!(!compilation.diagnostics.has_errors(), "{said}");
    let platform = Platform::of_spec(&compilation.graph, &compilation.offers, true);
    let says = |pod: &Node| {
        let metadata = pod.get("metadata");
        let label = metadata.and_then(|it| it.str_at(["labels", "team"]));
        let annotation = metadata.and_then(|it| it.str_at(["annotations", "example.com/Owner"]));
        (label, annotation) == (Some("data"), Some("a: 1"))
    };
    let mut pods = BTreeMap::new();
    for pod in platform.pods() {
        pods.entry(pod.what()).or_insert(says(&pod.node));
    }
    let without: Vec<_> = pods
        .iter()
        .filter(|(_, says)| !**says)
        .map(|(what, _)| what)
        .collect();
    // The raw manifest is its author's; the values of JupyterHub's chart make a notebook.
    assert_eq!(
        without,
        ["a notebook", "a pod of Deployment/clients/report"],
        "{pods:#?}"
    );
    assert_eq!(pods.len(), 24, "{pods:#?}");
    let values = compilation.hand_over["jupyterhub.values"].as_str();
    let values = values.expect("the values are a text");
    assert!(
        values.contains("  extraAnnotations:\n    example.com/Owner: \"a: 1\"\n"),
        "{values}"
    );
    assert!(values.contains("    team: data\n"), "{values}");
}

/// What the pods of all workloads say of the nodes that they run on; the raw manifest says nothing.
fn places(key: &str) -> Vec<[Value; 3]> {
    let compilation = compiled_with(key);
    let text = Text { colour: false };
    let said = text.render(&compilation.diagnostics, &compilation.sources);
    assert!(!compilation.diagnostics.has_errors(), "{said}");
    let platform = Platform::of_spec(&compilation.graph, &compilation.offers, true);
    let pods = platform.pods();
    let pods = pods.filter(|it| it.what() != "a pod of Deployment/clients/report");
    let place = |pod: &Node| {
        let fields = ["nodeSelector", "affinity", "tolerations"];
        fields.map(|it| pod.at(["spec", it]).map_or(Value::Null, Node::to_json))
    };
    pods.map(|it| place(&it.node)).collect()
}

#[test]
fn a_pool_reaches_every_pod() {
    let places = places(r#"node-pool = "spark""#);
    assert!(places.len() == 23, "{}", places.len());
    let tolerations = json!([
        {"key": "busy", "operator": "Exists", "effect": "NoExecute"},
        {"key": "dedicated", "operator": "Equal", "value": "spark", "effect": "NoSchedule"},
    ]);
    for place in places {
        assert_eq!(
            place,
            [json!({"pool": "spark"}), Value::Null, tolerations.clone()]
        );
    }
}

#[test]
fn several_pools_are_terms_of_which_one_holds() {
    let term = |key: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": "In", "values": values}]});
    let terms = [
        term("pool", &["spark"]),
        term("topology.kubernetes.io/zone", &["a", "b"]),
    ];
    for [selector, affinity, _] in places(r#"node-pool = ["spark", "zonal"]"#) {
        let required = "/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
        let found = affinity.pointer(&format!("{required}/nodeSelectorTerms"));
        assert_eq!((selector, found), (Value::Null, Some(&json!(terms))));
    }
}

/// Everything that a pod can say.
const ALL: &str = r#"pod = { \
    priority-class = "system-cluster-critical", runtime-class = "system", \
    spread = { over = "zones", required = true }, do-not-disrupt = true, \
    env = { GREETING = "hello", CA = { config-map = "kube-root-ca.crt", key = "ca.crt" } }, \
    volumes = { extra = { kind = "empty", path = "/extra", size = "1Gi" } }, \
    security = { group = 1000, supplemental-groups = [2000], writable-root = true }, \
    host-aliases = { "192.0.2.50" = ["a.example.com"] }, dns = { ndots = 2 } }"#;

#[test]
fn everything_that_a_pod_says_reaches_every_pod() {
    let class = "\n[prerequisites.classes]\nobjects = [\"RuntimeClass/system\"]\n";
    let compilation = compiled_beside(&ALL.replace("\\\n", ""), class);
    let text = Text { colour: false };
    let said = text.render(&compilation.diagnostics, &compilation.sources);
    assert!(!compilation.diagnostics.has_errors(), "{said}");
    let platform = Platform::of_spec(&compilation.graph, &compilation.offers, true);
    let mut found = 0;
    for pod in platform.pods() {
        let what = pod.what();
        if ["a notebook", "a pod of Deployment/clients/report"].contains(&&*what) {
            continue;
        }
        found += 1;
        let at = |path: &str| {
            let node = pod.node.to_json();
            node.pointer(path).cloned().unwrap_or_default()
        };
        let spec = [
            ("/spec/priorityClassName", json!("system-cluster-critical")),
            ("/spec/runtimeClassName", json!("system")),
            (
                "/spec/hostAliases",
                json!([{"ip": "192.0.2.50", "hostnames": ["a.example.com"]}]),
            ),
            (
                "/spec/dnsConfig/options",
                json!([{"name": "ndots", "value": "2"}]),
            ),
            (
                "/spec/topologySpreadConstraints/0/topologyKey",
                json!("topology.kubernetes.io/zone"),
            ),
            (
                "/spec/topologySpreadConstraints/0/whenUnsatisfiable",
                json!("DoNotSchedule"),
            ),
            (
                "/spec/topologySpreadConstraints/0/labelSelector/matchLabels/kiln~1workload",
                at("/metadata/labels/kiln~1workload"),
            ),
            ("/spec/securityContext/runAsGroup", json!(1000)),
            ("/spec/securityContext/supplementalGroups", json!([2000])),
            (
                "/spec/containers/0/securityContext/readOnlyRootFilesystem",
                json!(false),
            ),
            (
                "/metadata/annotations/karpenter.sh~1do-not-disrupt",
                json!("true"),
            ),
        ];
        for (path, wanted) in spec {
            assert_eq!(at(path), wanted, "{what}: {path}");
        }
        let has = |path: &str, item: Value| {
            let list = at(path);
            let has = list.as_array().is_some_and(|it| it.contains(&item));
            assert!(has, "{what}: {path}: {list}");
        };
        has(
            "/spec/volumes",
            json!({"name": "extra", "emptyDir": {"sizeLimit": "1Gi"}}),
        );
        has(
            "/spec/containers/0/volumeMounts",
            json!({"name": "extra", "mountPath": "/extra"}),
        );
        has(
            "/spec/containers/0/env",
            json!({"name": "GREETING", "value": "hello"}),
        );
        let key = json!({"name": "kube-root-ca.crt", "key": "ca.crt"});
        let from = json!({"configMapKeyRef": key});
        has(
            "/spec/containers/0/env",
            json!({"name": "CA", "valueFrom": from}),
        );
    }
    assert_eq!(found, 22);
    let values = compilation.hand_over["jupyterhub.values"].as_str();
    let values = values.expect("the values are a text");
    for line in [
        "    priorityClassName: system-cluster-critical\n",
        "    runtimeClassName: system\n",
        "    GREETING:\n      name: GREETING\n      value: hello\n",
        "    - name: extra\n      mountPath: /extra\n",
        "      supplemental_gids:\n      - 2000\n",
    ] {
        assert!(values.contains(line), "{line}: {values}");
    }
}

#[test]
fn labels_by_which_pods_are_found_stay_as_they_are() {
    for label in ["kiln/workload", "app.kubernetes.io/name", "spark-role"] {
        let compilation = compiled(&format!(r#"{{ labels = {{ "{label}" = "mine" }} }}"#));
        let titles: Vec<_> = compilation
            .diagnostics
            .iter()
            .map(|it| it.title.as_str())
            .collect();
        let wanted = format!("`{label}` is set already");
        assert!(titles.contains(&&*wanted), "{titles:#?}");
    }
}
