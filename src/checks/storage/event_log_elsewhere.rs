//! Event logs that no History Server reads.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::event_log_elsewhere(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let servers = || {
        let programs = platform.programs().iter();
        programs.filter(|it| it.role == Role::HistoryServer)
    };
    let read: Vec<_> = servers()
        .filter_map(|it| it.properties.value("spark.history.fs.logDirectory"))
        .map(folder)
        .collect();
    // A History Server whose folder is not in sight may read anything.
    if read.is_empty() || read.len() < servers().count() {
        return;
    }
    for program in platform.programs() {
        let Some(written) = program.properties.get("spark.eventLog.dir") else {
            continue;
        };
        let is_written =
            program.is_driver() && program.properties.is_true("spark.eventLog.enabled");
        let is_known = !written.value.contains('$');
        if is_written && is_known && !read.contains(&folder(&written.value)) {
            let title = format!("no History Server reads `{}`", written.value);
            let place = place(&written.origins, written.member);
            let label = format!("they read `{}`", read.join("`, `"));
            findings.push(
                written.member.object.identity(),
                CHECK.finds(title).at_value(place, label),
            );
        }
    }
}

fn folder(path: &str) -> &str {
    path.trim().trim_end_matches('/')
}
