//! What the checks of rights and traffic say of manifests that may not be all there is: nothing, unless
//! what is in sight suffices. Each fault stands beside what makes it uncertain.

use std::collections::BTreeSet;

use kiln::lint;

/// The codes of what is found about rights and traffic.
fn codes(manifests: &[&str]) -> Vec<&'static str> {
    let text = manifests.join("\n---\n");
    let linted = lint::lint([("all.yaml".to_owned(), text)]);
    let codes = linted.diagnostics.iter().map(|it| it.code.number);
    let codes: BTreeSet<_> = codes
        .filter(|it| matches!(&it[1..3], "08" | "09"))
        .collect();
    codes.into_iter().collect()
}

const APPLICATION: &str = r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: {name: pi, namespace: jobs}
spec:
  type: Scala
  mode: cluster
  image: spark:4.0.1
  mainApplicationFile: local:///opt/spark/examples/jars/spark-examples.jar
  sparkVersion: 4.0.1
  sparkConf:
    spark.blockManager.port: "7079"
    spark.hadoop.fs.s3a.endpoint: http://minio.storage.svc:9000
    spark.hadoop.fs.s3a.path.style.access: "true"
  driver: {serviceAccount: spark, labels: {app: pi}}
  executor: {instances: 1, labels: {app: pi-executors}}"#;

fn role(kind: &str, resources: &str) -> String {
    format!(
        r#"apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: spark, namespace: jobs}}
rules:
- {{apiGroups: [""], resources: {resources}, verbs: [get, list, watch]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: spark, namespace: jobs}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: spark}}
subjects: [{{kind: ServiceAccount, name: spark, namespace: jobs}}]"#
    )
}

#[test]
fn a_role_that_somebody_wrote_for_drivers_is_judged() {
    assert_eq!(codes(&[APPLICATION]), [""; 0]);
    assert_eq!(
        codes(&[APPLICATION, &role("Role", "[pods]")]),
        ["E0801", "W0802"]
    );
    // Another role may hold the rest, or this one is not in sight at all.
    assert_eq!(codes(&[APPLICATION, &role("Role", "[leases]")]), [""; 0]);
    assert_eq!(codes(&[APPLICATION, &role("Other", "[pods]")]), [""; 0]);
}

fn policy(group: &str, name: &str, selector: &str, rules: &str) -> String {
    format!(
        r#"apiVersion: {group}
kind: {name}
metadata: {{name: {}, namespace: jobs}}
spec:
  podSelector: {selector}
  policyTypes: [Ingress]
  ingress: {rules}"#,
        name.to_lowercase()
    )
}

#[test]
fn a_policy_for_chosen_pods_is_judged() {
    let kubernetes = |selector: &str, rules: &str| {
        policy("networking.k8s.io/v1", "NetworkPolicy", selector, rules)
    };
    let driver = "{matchLabels: {spark-role: driver}}";
    let ports = "ports: [{port: 7078}, {port: 7079}]";
    let from =
        |labels: &str| format!("[{{from: [{{podSelector: {{matchLabels: {labels}}}}}], {ports}}}]");
    let judged = |selector: &str, rules: &str| codes(&[APPLICATION, &kubernetes(selector, rules)]);

    assert_eq!(judged(driver, "[]"), ["E0901"]);
    assert_eq!(judged(driver, &from("{app: other}")), ["E0901"]);
    assert_eq!(judged(driver, &from("{app: pi-executors}")), [""; 0]);
    assert_eq!(judged(driver, &from("{spark-role: executor}")), [""; 0]);
    // Labels whose value only the running application knows.
    assert_eq!(judged(driver, &from("{spark-app-selector: x}")), [""; 0]);
    assert_eq!(judged("{matchLabels: {spark-app-name: x}}", "[]"), [""; 0]);
    // What closes a namespace relies on others to open it.
    assert_eq!(judged("{}", "[]"), [""; 0]);
    let cilium = policy("cilium.io/v2", "CiliumNetworkPolicy", driver, "[]");
    assert_eq!(
        codes(&[APPLICATION, &kubernetes(driver, "[]"), &cilium]),
        [""; 0]
    );
}

const STORE: &str = r#"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: minio, namespace: storage}
spec:
  podSelector: {matchLabels: {app: minio}}
  ingress:
  - from: [{namespaceSelector: {matchLabels: {team: data}}}]
    ports: [{port: api}]
---
apiVersion: v1
kind: Service
metadata: {name: minio, namespace: storage}
spec:
  selector: {app: minio}
  ports: [{port: 9000, targetPort: api}]"#;

const STORE_PODS: &str = r#"apiVersion: v1
kind: Pod
metadata: {name: minio, namespace: storage, labels: {app: minio}}
spec:
  containers: [{name: minio, image: minio, ports: [{name: api, containerPort: 9001}]}]"#;

#[test]
fn a_store_is_judged_when_its_pods_and_the_labels_of_the_namespace_are_in_sight() {
    let namespace = |team: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: jobs, labels: {{team: {team}}}}}"
        )
    };
    let [data, other] = ["data", "other"].map(namespace);
    assert_eq!(codes(&[APPLICATION, STORE, STORE_PODS, &other]), ["E0904"]);
    assert_eq!(codes(&[APPLICATION, STORE, STORE_PODS, &data]), [""; 0]);
    assert_eq!(codes(&[APPLICATION, STORE, STORE_PODS]), [""; 0]);
    assert_eq!(codes(&[APPLICATION, STORE, &other]), [""; 0]);
    let proxied = APPLICATION.replace(
        "    spark.blockManager.port",
        "    spark.hadoop.fs.s3a.proxy.host: proxy\n    spark.blockManager.port",
    );
    assert_eq!(codes(&[&proxied, STORE, STORE_PODS, &other]), [""; 0]);
}
