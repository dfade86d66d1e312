//! Connect servers without their classes.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Role, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1001",
        name: "connect-jar-missing",
        page: "Spark 3.5 does not ship its Connect server: it is a package to download or to put into the \
               image. From 4.0 on it is part of Spark.",
    },
    symptom: "`Failed to load class org.apache.spark.sql.connect.service.SparkConnectServer`, and the driver ends",
    fix: "add `org.apache.spark:spark-connect_2.12` of this very Spark to `spark.jars.packages`, with \
               a writable `spark.jars.ivy`, or put the jar into the image",
    source: "run on 3.5.7 (`tests/conformance/symptoms.rs`); \
               https://spark.apache.org/docs/3.5.6/spark-connect-overview.html",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  spark-defaults.conf: |
    spark.master=local[*]
---
apiVersion: apps/v1
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
        image: apache/spark:3.5.9-scala2.12-java17-python3-ubuntu
        args:
        - /opt/spark/bin/spark-submit
        - --class
        - org.apache.spark.sql.connect.service.SparkConnectServer
        - spark-internal
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
        passing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  spark-defaults.conf: |
    spark.master=local[*]
    spark.jars.packages=org.apache.spark:spark-connect_2.12:3.5.9
    spark.jars.ivy=/tmp/.ivy2
---
apiVersion: apps/v1
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
        image: apache/spark:3.5.9-scala2.12-java17-python3-ubuntu
        args:
        - /opt/spark/bin/spark-submit
        - --class
        - org.apache.spark.sql.connect.service.SparkConnectServer
        - spark-internal
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
    for program in platform.programs() {
        let is_server = program.role == Role::ConnectServer;
        let Some(version) = program
            .version
            .as_ref()
            .filter(|it| is_server && it.line() == Line::V3_5)
        else {
            continue;
        };
        if program.has_jar(platform, "spark-connect") == Some(false) {
            let title = format!("Spark {} has no Connect server", version.release);
            let place = place(&version.origins, program.member);
            findings.push(
                program.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, "without `spark-connect`"),
            );
        }
    }
}
