//! Options of Java that Spark keeps for itself.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0612",
        name: "refused-java-option",
        page: "Spark sets the heap of its processes itself, from `spark.driver.memory` and `spark.executor.memory`, \
               and hands executors their properties. An option that says the same is refused: the driver ends \
               while it starts.",
    },
    symptom: "`Not allowed to specify max heap(Xmx) memory settings through java options`, `is not allowed to specify \
              max heap memory settings` or `is not allowed to set Spark options`",
    fix: "take it out, and set the property instead",
    source: "Spark: launcher/src/main/java/org/apache/spark/launcher/SparkSubmitCommandBuilder.java \
             (checkJavaOptions), core/src/main/scala/org/apache/spark/SparkConf.scala (validateSettings); run on \
             3.5.7 and 4.1.4",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
            "spark.executor.extraJavaOptions=-XX:+UseG1GC -Xmx8g",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
            "spark.executor.extraJavaOptions=-XX:+UseG1GC",
            "spark.executor.memory=8g",
        ),
    },
    run,
};

/// Whose options may not hold which text, and what says it instead.
const REFUSED: &[(&str, &str, &str)] = &[
    ("driver", "-Xmx", "`spark.driver.memory`"),
    ("executor", "-Xmx", "`spark.executor.memory`"),
    ("executor", "-Dspark", "the property itself"),
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_driver()) {
        for (role, option, instead) in REFUSED {
            let lists = program.properties.java_options(role);
            for options in lists.filter(|it| it.value.contains(option)) {
                let title = format!("`{}` may not hold `{option}`", options.key);
                findings.push(
                    program.member.object.identity(),
                    CHECK
                        .finds(title)
                        .at_value(place(&options.origins, options.member), "")
                        .hint(format!("take it out, and set {instead}")),
                );
            }
        }
    }
}
