//! Placeholders that nobody fills.

use super::{is_template, references};
use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    kubernetes::PodTemplate,
    platform::{Arguments, Platform, Program, Property, Role, place},
    spark::{Line, Lookup, known},
};

/// The rule.
pub const CHECK: Check = pages::unexpanded_placeholder(run);

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
