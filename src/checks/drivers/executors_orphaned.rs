//! Executors that outlive their driver.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::executors_orphaned(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let identity = program.member.object.identity();
        // The operator sets it for its servers; a notebook's start-up script may.
        let sets_it = program.is_spark_connect() || program.pod.is_none();
        let named = program.properties.get("spark.kubernetes.driver.pod.name");
        if program.mode() != Some(Mode::Client)
            || !program.is_complete
            || sets_it
            || named.is_some()
        {
            continue;
        }
        let title = format!("executors of {identity} belong to no pod");
        let master = program.properties.get("spark.master");
        let origins = master.map_or(&program.member.origins, |it| place(&it.origins, it.member));
        let label = "with this, and without `spark.kubernetes.driver.pod.name`";
        findings.push(identity, CHECK.finds(title).at_value(origins, label));
    }
}
