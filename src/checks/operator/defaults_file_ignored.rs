//! Files of properties that no driver of an application loads.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Arguments, Operator, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::defaults_file_ignored(run);

const FILE: &str = "spark-defaults.conf";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    if platform.operator().is_some_and(|it| loads_defaults(&it)) {
        return;
    }
    for program in platform.programs() {
        let spec = program.application();
        let Some(spec) = spec.filter(|it| it.str_at(["mode"]) != Some("client")) else {
            continue;
        };
        let Some((name, text)) = spec
            .get("sparkConfigMap")
            .and_then(|it| Some((it, it.as_str()?)))
        else {
            continue;
        };
        let map = platform.object("", "ConfigMap", program.namespace(), text);
        let Some((map, file)) = map.and_then(|it| Some((it, it.object.node().at(["data", FILE])?)))
        else {
            continue;
        };
        let identity = program.member.object.identity();
        let title = format!("the driver of {identity} does not load `{FILE}`");
        findings.push(
            identity,
            CHECK
                .finds(title)
                .at_value(place(&name.origins, program.member), "")
                .at_key(place(&file.origins, map), "nothing reads this"),
        );
    }
}

/// Whether the operator asks drivers to load the file beside its own, which its gate `LoadSparkDefaults` turns on.
fn loads_defaults(operator: &Operator<'_>) -> bool {
    let arguments = Arguments::of(operator.container);
    arguments
        .values("--feature-gates")
        .any(|(gates, _)| gates.contains("LoadSparkDefaults=true"))
}
