//! Drivers and executors with different Pythons.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1012",
        name: "python-minors",
        page: "Functions travel from the driver to its executors as bytecode, which differs between minor \
               versions of Python. Queries without functions work, so this shows late.",
    },
    symptom: "`[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.11 than that in driver: \
               3.10`",
    fix: "run drivers and executors from one image, or build both with one Python",
    source: "run on 4.1.4 with Python 3.10 and 3.11",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[images.slim]
reference = "registry.example.com/data/spark-slim:4.1.4"
spark = "4.1.4"
python = "3.12"
jars = ["org.apache.hadoop:hadoop-aws:3.4.2"]

[applications.nightly]
namespace = "jupyterhub-users"
trigger = "schedule"
schedule = "0 4 * * *"
image = "spark"
type = "python"
main-file = "local:///opt/spark/jobs/nightly.py"

[patches.slim-executors]
target = "ScheduledSparkApplication/jupyterhub-users/nightly"
operations = [
  { op = "add", path = "/spec/template/sparkConf/spark.kubernetes.executor.container.image", value = "registry.example.com/data/spark-slim:4.1.4" },
]
"#,
        passing: r#"extends = "_example.toml"

[images.slim]
reference = "registry.example.com/data/spark-slim:4.1.4"
spark = "4.1.4"
python = "3.11"
jars = ["org.apache.hadoop:hadoop-aws:3.4.2"]

[applications.nightly]
namespace = "jupyterhub-users"
trigger = "schedule"
schedule = "0 4 * * *"
image = "spark"
type = "python"
main-file = "local:///opt/spark/jobs/nightly.py"

[patches.slim-executors]
target = "ScheduledSparkApplication/jupyterhub-users/nightly"
operations = [
  { op = "add", path = "/spec/template/sparkConf/spark.kubernetes.executor.container.image", value = "registry.example.com/data/spark-slim:4.1.4" },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.container.image";
        let Some(executor) = program.properties.get(key) else {
            continue;
        };
        let python = |reference| platform.image(reference)?.python.as_ref();
        let (Some(own), Some(other)) = (
            program.image().and_then(python),
            python(executor.value.as_str()),
        ) else {
            continue;
        };
        if **own != **other {
            let title = format!("the driver has Python {}, its executors {}", **own, **other);
            let place = place(&executor.origins, executor.member);
            findings.push(
                executor.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, "the image of the executors")
                    .at_value(&own.origins, "the driver's")
                    .at_value(&other.origins, "theirs"),
            );
        }
    }
}
