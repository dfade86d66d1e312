//! Every compiled file is accepted, every pod is admitted, and a second time changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use kiln::manifests::Layer;
use serde_json::{Value, json};

use crate::{
    conformance::platform::{
        OPERATOR_GROUP, Platform, define, files_below, text_at, upstream_definitions,
    },
    conformance::spark_conf::{SparkConf, mebibytes},
    support::control_plane::{ControlPlane, text},
};

/// As an engine applies, and stricter: a warning is a failure.
const APPLY: [&str; 4] = [
    "apply",
    "--server-side",
    "--validate=strict",
    "--field-manager=kiln",
];

const WEBHOOKS: &str = "mutatingwebhookconfigurations,validatingwebhookconfigurations";

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn every_environment_applies_and_a_second_time_changes_nothing() {
    let mut refused_early = 0;
    for platform in Platform::all() {
        let begin = Instant::now();
        let plane = ControlPlane::start();
        platform.prepare(&plane);
        let (workloads, others) = Layer::ALL.split_last().expect("there are layers");
        let mut count = layers(&plane, &platform, others);
        wait_for_pods(&plane);
        let spawned = spawned_pods_are_admitted(&plane, &platform);
        for layer in others.iter().filter_map(|layer| platform.layer(*layer)) {
            unchanged_by_a_second_apply(&plane, &layer);
        }
        refused_early += refuses_early_applications(&plane);
        // Nothing serves the webhooks here. What they would change is the operator's business; that
        // nothing gets past them has just been shown.
        plane.run(&["delete", WEBHOOKS, "--all"], "");
        for folder in [platform.layer(*workloads), platform.delivery()]
            .iter()
            .flatten()
        {
            count += apply(&plane, folder);
            unchanged_by_a_second_apply(&plane, folder);
        }
        assert_eq!(
            refused_pods(&plane),
            "",
            "{}: no pod is refused",
            platform.name
        );
        let resources = upstream_accepts(&plane, &platform);
        println!(
            "{}: {count} objects applied, {spawned} pods of Spark admitted, {resources} resources \
             accepted by the operator's own definitions, in {:.0?}",
            platform.name,
            begin.elapsed()
        );
    }
    assert!(
        refused_early > 0,
        "no environment has the operator's webhooks"
    );
}

/// Applies layers, each when the cluster is ready for it, and returns how many objects they made.
pub fn layers(plane: &ControlPlane, platform: &Platform, layers: &[Layer]) -> usize {
    let mut count = 0;
    for layer in layers {
        count += platform.layer(*layer).map_or(0, |it| apply(plane, &it));
        if *layer == Layer::Cluster {
            plane.wait_for_definitions();
            wait_for_quotas(plane);
            platform.fill_namespaces(plane);
        }
    }
    count
}

/// Applies a folder and returns how many objects it made.
fn apply(plane: &ControlPlane, folder: &Path) -> usize {
    let mut files = files_below(folder);
    // Both engines order the objects of one layer so, by their kinds.
    files.sort_by_key(|it| match it.object["kind"].as_str() {
        Some("Namespace") => 0,
        Some("Deployment" | "StatefulSet" | "Job") => 2,
        _ => 1,
    });
    let mut arguments = APPLY.to_vec();
    for file in &files {
        arguments.extend(["--filename", file.path.to_str().expect("the path is text")]);
    }
    let output = plane.kubectl(&arguments, "");
    let said = text(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{}: {said}",
        folder.display()
    );
    files.len()
}

/// Waits until the quotas count; until then they admit no pod.
fn wait_for_quotas(plane: &ControlPlane) {
    plane.wait_for("the status of the quotas", |plane| {
        let quotas = plane.list("resourcequotas");
        quotas
            .iter()
            .all(|it| it["status"]["hard"] == it["spec"]["hard"])
    });
}

/// Waits until every workload has its pods.
pub fn wait_for_pods(plane: &ControlPlane) {
    let lacking = |plane: &ControlPlane| {
        let workloads = plane.list("deployments,statefulsets,jobs");
        let lacking = workloads.into_iter().filter(|it| {
            let (has, wants) = match it["kind"].as_str() {
                Some("Deployment") => (&it["status"]["replicas"], it["spec"]["replicas"].as_u64()),
                // The next one is made when the one before is ready, which needs a node.
                Some("StatefulSet") => (&it["status"]["replicas"], Some(1)),
                _ => (&it["status"]["active"], Some(1)),
            };
            has.as_u64().unwrap_or(0) < wants.unwrap_or(1)
        });
        lacking
            .map(|it| text_at(&it, "/metadata/name"))
            .collect::<Vec<_>>()
    };
    plane.wait_for("the pods of all workloads", |plane| {
        let refused = refused_pods(plane);
        assert_eq!(refused, "", "{:?} lack pods", lacking(plane));
        lacking(plane).is_empty()
    });
}

/// What the controllers say of pods that admission refused.
pub fn refused_pods(plane: &ControlPlane) -> String {
    let events = plane.list("events");
    let refused = events.iter().filter(|it| it["reason"] == "FailedCreate");
    refused.map(|it| text_at(it, "/message") + "\n").collect()
}

/// The pods that Spark and its operator make are admitted too.
fn spawned_pods_are_admitted(plane: &ControlPlane, platform: &Platform) -> usize {
    let objects = platform.objects();
    let pods = spawned_pods(&objects);
    let count = pods.len();
    let all = json!({"apiVersion": "v1", "kind": "List", "items": pods}).to_string();
    plane.run(&["create", "--validate=strict", "--filename=-"], &all);
    tokens_are_where_rights_are(&plane.list("pods"), &objects);
    plane.run(&["delete", "--now", "--filename=-"], &all);
    count
}

/// The pods that Spark, its operator and a hub of notebooks make of a platform.
pub fn spawned_pods(objects: &[Value]) -> Vec<Value> {
    let mut pods = Vec::new();
    for object in objects {
        for inner in embedded(object).chain([object.clone()]) {
            match inner["kind"].as_str() {
                Some("Pod") => pods.push(executor(object, &inner, &conf(object))),
                Some("SparkConnect") => pods.extend(of_spark_connect(&inner, objects)),
                Some("SparkApplication") => pods.extend(of_application(&inner, &inner["spec"])),
                Some("ScheduledSparkApplication") => {
                    pods.extend(of_application(&inner, &inner["spec"]["template"]));
                }
                Some("ServiceAccount") if is_of_notebooks(&inner) => pods.push(notebook(&inner)),
                _ => {}
            }
        }
    }
    pods
}

/// Pods whose account has rights have a token, and only they.
pub fn tokens_are_where_rights_are(pods: &[Value], objects: &[Value]) {
    let bound = objects.iter().filter_map(|it| it["subjects"].as_array());
    let bound: BTreeSet<_> = bound
        .flatten()
        .map(|it| (text_at(it, "/namespace"), text_at(it, "/name")))
        .collect();
    for pod in pods {
        let namespace = text_at(pod, "/metadata/namespace");
        let account = text_at(pod, "/spec/serviceAccountName");
        let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
        let mut sources = volumes
            .filter_map(|it| it["projected"]["sources"].as_array())
            .flatten();
        let has_token = sources.any(|it| it["serviceAccountToken"].is_object());
        let name = text_at(pod, "/metadata/name");
        let has_rights = bound.contains(&(namespace, account.clone()));
        assert_eq!(
            has_token, has_rights,
            "a token in {name}, which runs as {account}"
        );
    }
}

/// Spark's properties in a `ConfigMap`.
fn conf(config: &Value) -> SparkConf {
    SparkConf::parse(&text_at(config, "/data/spark-defaults.conf"))
}

/// The server that the operator makes of a `SparkConnect`, and an executor of it.
fn of_spark_connect(resource: &Value, objects: &[Value]) -> [Value; 2] {
    let spec = &resource["spec"];
    let mut server = spec["server"]["template"].clone();
    server["apiVersion"] = json!("v1");
    server["kind"] = json!("Pod");
    server["metadata"]["name"] = json!(format!("{}-server", text_at(resource, "/metadata/name")));
    server["metadata"]["namespace"] = resource["metadata"]["namespace"].clone();

    let name = text_at(&server, "/spec/volumes/0/configMap/name");
    let is_mounted = |it: &&Value| it["kind"] == "ConfigMap" && it["metadata"]["name"] == name;
    let config = objects.iter().find(is_mounted);
    let mut conf = conf(config.expect("the server's properties are compiled"));
    // The operator sets these from the resource.
    conf.set("spark.kubernetes.container.image", &text_at(spec, "/image"));
    conf.set("spark.executor.memory", &text_at(spec, "/executor/memory"));
    let executor = executor(resource, &spec["executor"]["template"], &conf);
    [server, executor]
}

/// The driver and an executor that the operator makes of an application, its webhook included.
fn of_application(application: &Value, spec: &Value) -> [Value; 2] {
    ["driver", "executor"].map(|role| {
        let own = &spec[role];
        let parts = ["/memory", "/memoryOverhead"].map(|it| mebibytes(&text_at(own, it)));
        let memory = format!("{}Mi", parts[0] + parts[1]);
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": format!("{}-{role}", text_at(application, "/metadata/name")),
                "namespace": application["metadata"]["namespace"],
                "labels": own["labels"],
            },
            "spec": {
                "serviceAccountName": own["serviceAccount"],
                "restartPolicy": "Never",
                "securityContext": own["podSecurityContext"],
                "volumes": spec["volumes"],
                "containers": [{
                    "name": format!("spark-kubernetes-{role}"),
                    "image": spec["image"],
                    "env": own["env"],
                    "securityContext": own["securityContext"],
                    "volumeMounts": own["volumeMounts"],
                    "resources": {
                        "requests": {"cpu": own["cores"], "memory": memory},
                        "limits": {"memory": memory},
                    },
                }],
            },
        })
    })
}

fn is_of_notebooks(object: &Value) -> bool {
    object["metadata"]["labels"]["app.kubernetes.io/name"] == "spark-notebook"
}

/// A notebook as its hub makes it, which names the account and says nothing of a token.
fn notebook(account: &Value) -> Value {
    let name = text_at(account, "/metadata/name");
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": format!("jupyter-{name}"),
            "namespace": account["metadata"]["namespace"],
        },
        "spec": {
            "serviceAccountName": name,
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "notebook",
                "image": "registry.example.com/notebook:1",
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"]},
                },
                "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
            }],
        },
    })
}

/// What Spark makes of a template for executors (`BasicExecutorFeatureStep`).
fn executor(owner: &Value, template: &Value, conf: &SparkConf) -> Value {
    let mut pod = template.clone();
    let memory =
        conf.mebibytes("spark.executor.memory") + conf.mebibytes("spark.executor.memoryOverhead");
    let memory = format!("{memory}Mi");
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!(format!("{}-exec-1", text_at(owner, "/metadata/name")));
    pod["metadata"]["namespace"] = owner["metadata"]["namespace"].clone();
    pod["metadata"]["labels"]["spark-role"] = json!("executor");
    let account = conf.get("spark.kubernetes.authenticate.executor.serviceAccountName");
    pod["spec"]["serviceAccountName"] = json!(account);
    pod["spec"]["restartPolicy"] = json!("Never");
    let container = &mut pod["spec"]["containers"][0];
    container["image"] = json!(conf.get("spark.kubernetes.container.image"));
    container["args"] = json!(["executor"]);
    let resources = &mut container["resources"];
    resources["requests"]["cpu"] = json!(conf.get("spark.kubernetes.executor.request.cores"));
    resources["requests"]["memory"] = json!(memory);
    resources["limits"]["memory"] = json!(memory);
    pod
}

/// The objects that a `ConfigMap` holds as text.
fn embedded(object: &Value) -> impl Iterator<Item = Value> {
    let is_config = object["kind"] == "ConfigMap";
    let data = object["data"].as_object().filter(|_| is_config).cloned();
    data.into_iter().flatten().filter_map(|(_, text)| {
        let object: Value = serde_yaml::from_str(text.as_str()?).ok()?;
        let is_object = object["apiVersion"].is_string() && object["kind"].is_string();
        is_object.then_some(object)
    })
}

/// Applies a folder again; every object on the cluster must remain the one that it was.
fn unchanged_by_a_second_apply(plane: &ControlPlane, folder: &Path) {
    let before = settled(plane, folder);
    apply(plane, folder);
    assert_eq!(
        settled(plane, folder),
        before,
        "{}: versions of the objects",
        folder.display()
    );
}

/// The versions of a folder's objects, when controllers have stopped writing their status.
fn settled(plane: &ControlPlane, folder: &Path) -> BTreeMap<String, String> {
    let versions = || {
        let folder = folder.to_str().expect("the path is text");
        let live = plane.get(&["--recursive", "--filename", folder]);
        live.iter()
            .map(|it| {
                let name = format!(
                    "{} {}/{}",
                    text_at(it, "/kind"),
                    it["metadata"]["namespace"],
                    text_at(it, "/metadata/name")
                );
                (name, text_at(it, "/metadata/resourceVersion"))
            })
            .collect()
    };
    let mut last = versions();
    loop {
        thread::sleep(Duration::from_secs(1));
        let now = versions();
        if now == last {
            return now;
        }
        last = now;
    }
}

/// Without the layers, jobs would be sent before the operator's webhook answers: this happens then.
fn refuses_early_applications(plane: &ControlPlane) -> usize {
    let application = include_str!("early-application.yaml");
    let mut refused = 0;
    for configuration in plane.list("mutatingwebhookconfigurations") {
        let namespaces = "/webhooks/0/namespaceSelector/matchExpressions/0/values/0";
        let namespace = text_at(&configuration, namespaces);
        let output = plane.kubectl(
            &[
                "apply",
                "--server-side",
                "--namespace",
                &namespace,
                "--filename=-",
            ],
            application,
        );
        let said = text(&output.stderr);
        assert!(
            !output.status.success() && said.contains("failed calling webhook"),
            "an application that is sent too early is refused: {said}"
        );
        refused += 1;
    }
    refused
}

/// The operator's own definitions accept every custom resource, also those that wait in a
/// `ConfigMap`.
fn upstream_accepts(plane: &ControlPlane, platform: &Platform) -> usize {
    let of_operator = |it: &Value| {
        let api_version = it["apiVersion"].as_str();
        api_version.is_some_and(|it| it.starts_with(&format!("{OPERATOR_GROUP}/")))
    };
    let definitions = upstream_definitions();
    let names: Vec<_> = definitions
        .iter()
        .map(|it| text_at(it, "/metadata/name"))
        .collect();
    // Ours go first: applying theirs over them would leave what ours leave open.
    let delete = ["delete", "customresourcedefinitions", "--ignore-not-found"];
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    plane.run(&[&delete[..], &names].concat(), "");
    define(plane, &definitions);

    let mut resources = Vec::new();
    for object in platform.objects() {
        for mut inner in embedded(&object).filter(of_operator) {
            if inner["metadata"]["name"].is_null() {
                inner["metadata"]["name"] = json!("given-by-its-sender");
            }
            resources.push(inner);
        }
        if of_operator(&object) {
            resources.push(object);
        }
    }
    for resource in &resources {
        let judge = ["--dry-run=server", "--filename=-"];
        let output = plane.kubectl(&[&APPLY[..], &judge].concat(), &resource.to_string());
        let said = text(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{resource}: {said}"
        );
    }
    resources.len()
}
