//! Event logs that no History Server reads.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Program, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::event_log_elsewhere(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let servers = || {
        let programs = platform.programs().iter();
        programs.filter(|it| it.role == Role::HistoryServer)
    };
    let read: Vec<_> = servers()
        .filter_map(|it| {
            let path = it.properties.value("spark.history.fs.logDirectory")?;
            Some((folder(path), location(it, path)))
        })
        .collect();
    // A History Server whose folder is not in sight may read anything.
    if read.is_empty() || read.len() < servers().count() {
        return;
    }
    let is_read = |place: &str| read.iter().any(|(_, it)| it == place);
    let shown: Vec<_> = read.iter().map(|(path, _)| *path).collect();
    for program in platform.programs() {
        let Some(written) = program.properties.get("spark.eventLog.dir") else {
            continue;
        };
        let is_written =
            program.is_driver() && program.properties.is_true("spark.eventLog.enabled");
        let is_known = !written.value.contains('$');
        if is_written && is_known && !is_read(&location(program, &written.value)) {
            let title = format!("no History Server reads `{}`", written.value);
            let place = place(&written.origins, written.member);
            let label = format!("they read `{}`", shown.join("`, `"));
            findings.push(
                written.member.object.identity(),
                CHECK.finds(title).at_value(place, label),
            );
        }
    }
}

/// What two programs that name the same folder have alike: of one in a claim not where they mount that.
fn location(program: &Program<'_>, path: &str) -> String {
    let path = folder(path);
    let local = path.strip_prefix("file://").or(path.strip_prefix("file:"));
    let local = local.or((!path.contains(':')).then_some(path));
    let in_claim = local.and_then(|it| program.in_claim(it));
    match in_claim {
        Some((claim, rest)) => {
            let namespace = program.namespace().unwrap_or_default();
            format!("{namespace}/{claim}: {}", rest.trim_matches('/'))
        }
        None => path.to_owned(),
    }
}

fn folder(path: &str) -> &str {
    path.trim().trim_end_matches('/')
}
