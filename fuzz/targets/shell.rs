//! Any script as what a pod runs.

#![no_main]

use kiln::lint::lint;
use kiln_fuzz::assert_sound;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|script: &str| {
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "server", "namespace": "jobs" },
        "spec": {
            "containers": [{
                "name": "server",
                "image": "apache/spark:4.1.4",
                "command": ["/bin/sh", "-c", script],
                "env": [{ "name": "NAME", "value": "value" }],
                "volumeMounts": [{ "name": "conf", "mountPath": "/opt/spark/conf" }],
            }],
            "volumes": [{ "name": "conf", "configMap": { "name": "conf" } }],
        },
    });
    let conf = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "conf", "namespace": "jobs" },
        "data": { "spark-defaults.conf": "spark.executor.instances=${env:NAME}\n" },
    });
    let linted = lint([
        ("pod.json".to_owned(), pod.to_string()),
        ("conf.json".to_owned(), conf.to_string()),
    ]);
    // Characters on which readers of YAML disagree are refused, and named; with `{{` it may be a template.
    let is_told = !linted.diagnostics.is_empty() || !linted.skipped.is_empty();
    assert!(linted.objects == 2 || is_told);
    assert_sound(linted.diagnostics, linted.sources);
});
