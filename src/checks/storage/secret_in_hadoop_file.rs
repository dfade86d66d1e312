//! Hadoop's files with passwords where Spark copies them from.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1109",
        name: "secret-in-hadoop-file",
        page: "Spark copies what lies in its configuration folder, but for its own files, into a ConfigMap \
               for its executors. A `core-site.xml` or `hive-site.xml` with a password becomes readable \
               to everybody who may read ConfigMaps, once more for each driver.",
    },
    symptom: "nothing, until somebody reads `spark-exec-…-conf-map`",
    fix: "keep the file elsewhere (`HADOOP_CONF_DIR`), mount it from a Secret, and take the password from \
          there",
    source: "Spark: resource-managers/kubernetes/core/…/KubernetesClientUtils.scala \
             (loadSparkConfDirFiles); run on 3.5.7 and 4.1.4",
    example: Example::Manifests {
        failing: concat!(
            r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  hive-site.xml: |
    <configuration>
      <property>
        <name>javax.jdo.option.ConnectionPassword</name>
        <value>correct-horse</value>
      </property>
    </configuration>
  spark-defaults.conf: |
    spark.master=local[*]
"#,
            include_str!("../server.yaml")
        ),
        passing: concat!(
            r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  hive-site.xml: |
    <configuration>
      <property>
        <name>hive.metastore.uris</name>
        <value>thrift://metastore:9083</value>
      </property>
    </configuration>
  spark-defaults.conf: |
    spark.master=local[*]
"#,
            include_str!("../server.yaml")
        ),
    },
    run,
};

/// What names of settings that hold a secret contain.
const SECRETS: [&str; 4] = ["password", "secret.key", "secret-key", "session.token"];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for (name, text) in program.mounted_files(platform, &program.configuration_folder()) {
            if let Some(line) = line_with_secret(text).filter(|_| name.ends_with("-site.xml")) {
                judge(program, name, text, line, findings);
            }
        }
    }
}

fn judge(program: &Program<'_>, name: &str, text: &Node, line: usize, findings: &mut Findings) {
    let title = format!("Spark copies the password of `{name}` for its executors");
    let origins = text.lines.get(line).unwrap_or(&text.origins);
    let place = place(origins, program.member);
    findings.push(
        program.member.object.identity(),
        CHECK.finds(title).at_value(place, ""),
    );
}

/// The line that names a secret, when a value follows that is written out.
fn line_with_secret(text: &Node) -> Option<usize> {
    let text = text.as_str()?;
    let line = text.lines().position(|line| {
        let line = line.to_ascii_lowercase();
        line.contains("<name>") && SECRETS.iter().any(|it| line.contains(it))
    })?;
    let rest = text.lines().skip(line).collect::<String>();
    let value = rest.split("<value>").nth(1)?.split("</value>").next()?;
    (!value.trim().is_empty() && !value.contains(['$', '{'])).then_some(line)
}
