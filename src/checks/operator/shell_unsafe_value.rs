//! Properties that a shell reads before Spark does.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1404",
        name: "shell-unsafe-value",
        page: "The operator joins the properties of a SparkConnect to one command for `bash -c`, without \
               quotes. A blank ends the argument, a `;` begins another command, and what follows runs in \
               the server's pod.",
    },
    symptom: "`Unrecognized option`, or `bash: …: command not found`, and a server that never starts",
    fix: "put the property into a `spark-defaults.conf` that the server mounts",
    source: "kubeflow/spark-operator#3051; up to the release 2.5.2",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  sparkConf:
    spark.driver.extraJavaOptions: -Dfirst=1 -Dsecond=2
  server:
    cores: 1
  executor:
    cores: 1
    template: {}
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  sparkConf:
    spark.driver.extraJavaOptions: -Dfirst=1
  server:
    cores: 1
  executor:
    cores: 1
    template: {}
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // A release that is not out yet may quote.
    let version = platform.operator().and_then(|it| it.version);
    if version.is_some_and(|it| it > (2, 5, 2)) {
        return;
    }
    for member in platform.of_kind("sparkoperator.k8s.io", "SparkConnect") {
        let conf = member.object.node().at(["spec", "sparkConf"]);
        for (key, node) in conf.into_iter().flat_map(Node::entries) {
            let value = node.as_str().unwrap_or_default();
            if let Some(letter) = value.chars().find(|it| is_unsafe(*it)) {
                let title = match letter {
                    ' ' => format!("a shell ends the value of `{key}` at its first blank"),
                    _ => format!("a shell reads the `{letter}` in the value of `{key}`"),
                };
                let place = place(&node.origins, member);
                findings.push(
                    member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}

/// What means something to a shell. A `$` does too, and there are those who use it for variables.
fn is_unsafe(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '\t' | '\n' | '\'' | '"' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '`'
    )
}
