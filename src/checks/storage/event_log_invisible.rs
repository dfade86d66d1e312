//! Servers that the History Server shows when they have ended, which they never do.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Program, Role, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = pages::event_log_invisible(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(folder) = program.properties.get("spark.eventLog.dir") else {
            continue;
        };
        if program.role == Role::ConnectServer
            && program.is_complete
            && program.properties.is_true("spark.eventLog.enabled")
            && folder.value.starts_with("s3a://")
            && !rolls(program)
        {
            let identity = program.member.object.identity();
            let title = format!("no History Server shows {identity} while it runs");
            let place = place(&folder.origins, folder.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}

/// Whether the log rolls, at a size that somebody chose.
fn rolls(program: &Program<'_>) -> bool {
    let default = match program.line() {
        Some(Line::V3_5) => "false",
        _ => "true",
    };
    let set = program.properties.value("spark.eventLog.rolling.enabled");
    let size = program
        .properties
        .value("spark.eventLog.rolling.maxFileSize");
    set.unwrap_or(default) == "true" && size.is_some_and(|it| !matches!(it, "128m" | "128M"))
}
