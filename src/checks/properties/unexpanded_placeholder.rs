//! Placeholders that nobody fills.

use super::{is_template, references};
use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    document::Node,
    kubernetes::PodTemplate,
    platform::{Arguments, Platform, Program, Property, Role, place},
    spark::{Line, Lookup, known},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0607",
        name: "unexpanded-placeholder",
        page: "Nothing fills `${NAME}` in a file of properties: Kubernetes mounts it as it is, and the official \
               images have no `envsubst`. Spark itself fills `${env:NAME}`, `${system:name}` and `${spark.key}`, \
               and only in its own properties. Keys below `spark.hadoop.` go to Hadoop, which fills \
               `${env.NAME}`, with a dot. What is not filled is sent as it stands.",
    },
    symptom: "`403 InvalidAccessKeyId` with the placeholder as the key, or `Invalid Spark URL: \
              spark://HeartbeatReceiver@${POD_IP}:…`",
    fix: "write `${env:NAME}` in Spark's own properties and `${env.NAME}` below `spark.hadoop.`; leave out the \
          keys of S3, which Spark takes from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` by itself",
    source: "Spark: common/utils or core, org/apache/spark/internal/config/ConfigReader.scala; Hadoop: \
             org/apache/hadoop/conf/Configuration.java (substituteVars); run on 3.5.7 and 4.1.4",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${POD_IP}",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for property in &program.properties {
            let Some((written, meant)) = literal(platform, program, property) else {
                continue;
            };
            if is_filled_elsewhere(program, property) {
                continue;
            }
            let title = format!("nothing fills `{written}` in `{}`", property.key);
            let place = place(&property.origins, property.member);
            let mut diagnostic = CHECK.finds(title).at_value(place, "stays as it is");
            diagnostic = if let Some(meant) = meant {
                diagnostic.hint(format!("write `{meant}`"))
            } else {
                diagnostic.notes = vec!["Spark and Hadoop know no such placeholder".to_owned()];
                diagnostic.hint("write the value itself")
            };
            findings.push(property.member.object.identity(), diagnostic);
        }
    }
}

/// A placeholder that its reader takes as text, and how to write it for that reader.
fn literal(
    platform: &Platform<'_>,
    program: &Program<'_>,
    property: &Property<'_>,
) -> Option<(String, Option<String>)> {
    let (key, value) = (property.key.as_str(), property.value.as_str());
    if !value.contains("${") && !value.contains("{{") {
        return None;
    }
    let is_hadoop = key.starts_with("spark.hadoop.");
    let line = program.line().unwrap_or(Line::V4_1);
    let is_own = matches!(
        known(line, key),
        Some(Lookup::Known(_) | Lookup::Deprecated { .. })
    );
    // Plugins may fill their own.
    if !is_hadoop && !is_own {
        return None;
    }
    let (wrong, right) = if is_hadoop {
        ("env:", "env.")
    } else {
        ("env.", "env:")
    };
    if platform.is_of_spec && is_template(value) && !is_of_spark(value) {
        return Some(("{{".to_owned(), None));
    }
    references(value).find_map(|name| {
        // In a filled value a prefix only tells what was filled in.
        let stripped = name.strip_prefix(wrong).filter(|_| !property.is_filled);
        let plain = stripped.unwrap_or(name);
        let is_plain = is_variable(plain);
        // Whoever wrote it may mean to render these manifests before they are applied.
        let is_meant = platform.is_of_spec || has_variable(program, plain) || plain != name;
        (is_plain && is_meant)
            .then(|| (format!("${{{name}}}"), Some(format!("${{{right}{plain}}}"))))
    })
}

/// Whether a name can only be that of a variable of the environment.
fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// Whether all double braces are Spark's own, such as `{{APP_ID}}`.
fn is_of_spark(value: &str) -> bool {
    let mut names = value
        .split("{{")
        .skip(1)
        .map(|rest| rest.split("}}").next());
    names.all(|name| {
        name.is_some_and(|it| it.bytes().all(|it| it.is_ascii_uppercase() || it == b'_'))
    })
}

/// Whether the driver's environment has, or may have, a variable.
fn has_variable(program: &Program<'_>, name: &str) -> bool {
    if let Some(driver) = program.application().and_then(|it| it.get("driver")) {
        let lists = driver.list_at(["env"]).iter();
        return driver.get("envFrom").is_some()
            || lists
                .filter_map(|it| it.str_at(["name"]))
                .any(|it| it == name)
            || ["envVars", "envSecretKeyRefs"]
                .iter()
                .any(|map| driver.at([*map, name]).is_some());
    }
    let container = program.container;
    program.variable(name).is_some() || container.is_some_and(|it| it.node.get("envFrom").is_some())
}

/// Whether a renderer may fill it before Spark reads it.
fn is_filled_elsewhere(program: &Program<'_>, property: &Property<'_>) -> bool {
    // The operator hands these to a shell.
    let is_operated = property.member.object.identity().kind == "SparkConnect";
    if is_operated || program.role == Role::Properties && property.is_filled {
        return true;
    }
    let pod = program.pod.filter(|_| program.role != Role::Application);
    !property.is_filled
        && pod.is_some_and(|pod| starts(pod, &["envsubst", "sed", "gomplate", "eval"]))
}

/// Whether a container of a pod starts one of these programs.
fn starts(pod: &Node, programs: &[&str]) -> bool {
    let template = PodTemplate {
        path: &[],
        node: pod,
    };
    template.containers().any(|container| {
        let arguments = Arguments::of(container);
        let mut words = arguments.words();
        words.any(|(word, _)| programs.contains(&word.rsplit('/').next().unwrap_or(word)))
    })
}
