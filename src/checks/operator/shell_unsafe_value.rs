//! Properties that a shell reads before Spark does.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, place},
    spark::OperatorVersion,
};

/// The rule.
pub const CHECK: Check = pages::shell_unsafe_value(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // A release that is not out yet may quote.
    let version = platform.operator().and_then(|it| it.version);
    if version.is_some_and(|it| it > OperatorVersion::new(2, 5, 2)) {
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
