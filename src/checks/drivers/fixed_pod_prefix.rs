//! Two drivers that call their executors the same.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1206",
        name: "fixed-pod-prefix",
        page: "`spark.kubernetes.executor.podNamePrefix` with a number makes an executor's name, and the \
               numbers start anew with each driver. When two drivers run at once, as replicas or while a \
               Deployment rolls, the second cannot make its executors.",
    },
    symptom: "`pods \"…-exec-1\" already exists`",
    fix: "leave the prefix to Spark, which makes a new one each time, or roll with `Recreate`",
    source: "https://spark.apache.org/docs/latest/running-on-kubernetes.html#spark-properties",
    example: Example::Manifests {
        failing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: spark-connect
spec:
  selector:
    matchLabels:
      app: spark-connect
  template:
    metadata:
      labels:
        app: spark-connect
    spec:
      containers:
      - name: server
        image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
        args:
        - /opt/spark/sbin/start-connect-server.sh
        - --master=k8s://https://kubernetes.default.svc:443
        - --conf=spark.driver.host=$(POD_IP)
        - --conf=spark.kubernetes.driver.pod.name=$(POD_NAME)
        - --conf=spark.kubernetes.executor.podNamePrefix=connect
        env:
        - name: SPARK_NO_DAEMONIZE
          value: "true"
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        readinessProbe:
          tcpSocket:
            port: 15002
        resources:
          limits:
            memory: 2Gi
"#,
        passing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: spark-connect
spec:
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app: spark-connect
  template:
    metadata:
      labels:
        app: spark-connect
    spec:
      containers:
      - name: server
        image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
        args:
        - /opt/spark/sbin/start-connect-server.sh
        - --master=k8s://https://kubernetes.default.svc:443
        - --conf=spark.driver.host=$(POD_IP)
        - --conf=spark.kubernetes.driver.pod.name=$(POD_NAME)
        - --conf=spark.kubernetes.executor.podNamePrefix=connect
        env:
        - name: SPARK_NO_DAEMONIZE
          value: "true"
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        readinessProbe:
          tcpSocket:
            port: 15002
        resources:
          limits:
            memory: 2Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.podNamePrefix";
        if program.mode() == Some(Mode::Client)
            && let Some(prefix) = program.properties.get(key)
            && !prefix.value.contains('$')
            && runs_twice(program)
        {
            let identity = program.member.object.identity();
            let title = format!("two drivers of {identity} would call their executors the same");
            let place = place(&prefix.origins, prefix.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}

/// Whether two of its pods can run at once.
fn runs_twice(program: &Program<'_>) -> bool {
    let object = program.member.object.node();
    let replicas = object.at(["spec", "replicas"]).and_then(Node::as_integer);
    let is_recreated = object.str_at(["spec", "strategy", "type"]) == Some("Recreate");
    match program.member.object.identity().kind.as_str() {
        "Deployment" => replicas.is_some_and(|it| it > 1) || !is_recreated,
        "StatefulSet" => replicas.is_some_and(|it| it > 1),
        _ => false,
    }
}
