//! Pod templates that are not where Spark looks for them.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Found, Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::pod_template_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.podTemplateFile";
        if program.mode() == Some(Mode::Client)
            && let Some(path) = program.properties.get(key)
            && let Found::Absent(config) = program.file(platform, &path.value)
        {
            let title = format!("there is no pod template at `{}`", path.value);
            let config = config.object.identity();
            let label = format!("{config} is mounted there, and has no such key");
            let place = place(&path.origins, path.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, label),
            );
        }
    }
}
