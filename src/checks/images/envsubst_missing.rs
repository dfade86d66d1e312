//! Scripts that fill in templates with a program that the image does not have.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::Container,
    platform::{Arguments, Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1018",
        name: "envsubst-missing",
        page: "The images that the Spark project publishes have no `envsubst`, which is part of GNU gettext. \
               A script that fills in its file of properties with it leaves an empty file and goes on, or \
               ends there.",
    },
    symptom: "`envsubst: command not found`",
    fix: "let Spark fill in the variables: `${env:NAME}` in its own properties and `${env.NAME}` below \
          `spark.hadoop.`, in a `spark-defaults.conf` that is mounted as it is",
    source: "https://github.com/apache/spark-docker (the Dockerfiles of the releases)",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  spark.conf.template: |
    spark.master=local[*]
    spark.driver.host=${POD_IP}
---
apiVersion: v1
kind: Pod
metadata:
  name: spark-connect
spec:
  containers:
  - name: server
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    command: [/bin/bash, -c]
    args:
    - |
      envsubst < /templates/spark.conf.template > /tmp/spark.conf
      exec /opt/spark/bin/spark-submit --properties-file /tmp/spark.conf \
        --class org.apache.spark.sql.connect.service.SparkConnectServer spark-internal
    env:
    - name: POD_IP
      valueFrom:
        fieldRef:
          fieldPath: status.podIP
    readinessProbe:
      tcpSocket:
        port: 15002
    resources:
      limits:
        memory: 2Gi
    volumeMounts:
    - name: templates
      mountPath: /templates
  volumes:
  - name: templates
    configMap:
      name: spark-connect
"#,
        passing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  spark-defaults.conf: |
    spark.master=local[*]
    spark.driver.host=${env:POD_IP}
---
apiVersion: v1
kind: Pod
metadata:
  name: spark-connect
spec:
  containers:
  - name: server
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    args:
    - /opt/spark/bin/spark-submit
    - --class
    - org.apache.spark.sql.connect.service.SparkConnectServer
    - spark-internal
    env:
    - name: POD_IP
      valueFrom:
        fieldRef:
          fieldPath: status.podIP
    readinessProbe:
      tcpSocket:
        port: 15002
    resources:
      limits:
        memory: 2Gi
    volumeMounts:
    - name: conf
      mountPath: /opt/spark/conf
  volumes:
  - name: conf
    configMap:
      name: spark-connect
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (member, container) in platform.containers() {
        let arguments = Arguments::of(container);
        if container.image().is_some_and(is_official)
            && let Some(origins) = arguments.starts("envsubst")
            && !brings_its_own(container, &arguments)
        {
            let title = format!("the image of `{}` has no `envsubst`", container.name());
            findings.push(
                member.object.identity(),
                CHECK.finds(title).at_value(place(origins, member), ""),
            );
        }
    }
}

/// Whether the script installs it, looks for it first, or finds it in a folder of its own.
fn brings_its_own(container: Container<'_>, arguments: &Arguments) -> bool {
    const SIGNS: [&str; 8] = [
        "apt-get", "apt", "apk", "pip", "command", "which", "type", "hash",
    ];
    let is_sign = |word: &str| {
        SIGNS.contains(&word)
            || word.contains("/envsubst")
            || word.contains("envsubst(")
            || word.starts_with("PATH=")
    };
    let mut mounts = container.node.list_at(["volumeMounts"]).iter();
    container.variable("PATH").is_some()
        || arguments.words().any(|(word, _)| is_sign(word))
        || mounts.any(|it| {
            it.str_at(["mountPath"])
                .is_some_and(|it| it.contains("bin"))
        })
}
