//! Executors whose image holds another Spark than the driver's.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1019",
        name: "executors-of-another-spark",
        page: "The image of the executors holds another release of Spark, or another Scala, than the driver's. \
               What they send each other is serialized by Java, and fits no other release.",
    },
    symptom: "executors end with `java.io.InvalidClassException: … local class incompatible`",
    fix: "give both the same image",
    source: "https://spark.apache.org/docs/latest/running-on-kubernetes.html#docker-images",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: connect
spec:
  serviceAccountName: spark
  containers:
  - name: connect
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    args:
    - /opt/spark/bin/spark-submit
    - --class=org.apache.spark.sql.connect.service.SparkConnectServer
    - --master=k8s://https://kubernetes.default.svc:443
    - --conf=spark.driver.host=$(POD_IP)
    - --conf=spark.kubernetes.driver.pod.name=connect
    - --conf=spark.kubernetes.container.image=apache/spark:4.0.1-scala2.13-java17-python3-ubuntu
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
"#,
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: connect
spec:
  serviceAccountName: spark
  containers:
  - name: connect
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    args:
    - /opt/spark/bin/spark-submit
    - --class=org.apache.spark.sql.connect.service.SparkConnectServer
    - --master=k8s://https://kubernetes.default.svc:443
    - --conf=spark.driver.host=$(POD_IP)
    - --conf=spark.kubernetes.driver.pod.name=connect
    - --conf=spark.kubernetes.container.image=apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
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
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform
        .programs()
        .iter()
        .filter(|it| it.is_on_kubernetes())
    {
        let keys = [
            "spark.kubernetes.executor.container.image",
            "spark.kubernetes.container.image",
        ];
        let own = program.container.and_then(|it| it.image());
        let image = keys.iter().find_map(|key| program.properties.get(key));
        let (Some(own), Some(image)) = (own.and_then(contents), image) else {
            continue;
        };
        if contents(&image.value).is_some_and(|it| it != own) {
            let identity = program.member.object.identity();
            let (release, scala) = own;
            let title = format!("the driver of {identity} is Spark {release} with Scala {scala}");
            let place = place(&image.origins, image.member);
            let finding = CHECK.finds(title).at_value(place, "its executors are not");
            findings.push(image.member.object.identity(), finding);
        }
    }
}

/// The release and the version of Scala in an official image, as its tag says.
fn contents(reference: &str) -> Option<(&str, &str)> {
    let (_, tag) = reference.split('@').next()?.rsplit_once(':')?;
    let mut parts = tag.split('-');
    let release = parts.next().filter(|it| it.split('.').count() == 3)?;
    let scala = parts.next()?.strip_prefix("scala")?;
    is_official(reference).then_some((release, scala))
}
