//! Servers that leave the foreground, and end their container with it.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Found, Platform, Program, is_official, place},
};

/// The rule.
pub const CHECK: Check = pages::daemonized(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(container) = program.container else {
            continue;
        };
        // Other images may set the variable themselves.
        let is_known = container.image().is_some_and(is_official)
            && container.node.get("envFrom").is_none()
            && container.variable(NO_DAEMONIZE).is_none()
            && !program.arguments.mention(NO_DAEMONIZE)
            && !program.arguments.mention("--wait")
            && program.member.object.is_whole_workload()
            && !may_be_set(platform, program);
        if !is_known {
            continue;
        }
        if let Some((script, origins)) = program.arguments.last_command()
            && is_of_sbin(script)
        {
            let identity = program.member.object.identity();
            let title = format!("`{script}` returns, and its container ends");
            let place = place(origins, program.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}

/// Whether Spark's own script of variables may set it.
fn may_be_set(platform: &Platform<'_>, program: &Program<'_>) -> bool {
    let folder = program.configuration_folder();
    match program.file(platform, &format!("{folder}/spark-env.sh")) {
        Found::Text(text) => {
            let text = text.node.as_str();
            text.is_none_or(|it| it.contains(NO_DAEMONIZE))
        }
        Found::Absent(_) => false,
        Found::Unknown => program.may_have_files_in(&folder),
    }
}

const NO_DAEMONIZE: &str = "SPARK_NO_DAEMONIZE";

fn is_of_sbin(script: &str) -> bool {
    const SERVERS: [&str; 5] = [
        "connect-server",
        "history-server",
        "master",
        "worker",
        "thriftserver",
    ];
    let name = script.rsplit('/').next().unwrap_or(script);
    let server = name
        .strip_prefix("start-")
        .and_then(|it| it.strip_suffix(".sh"));
    server.is_some_and(|it| SERVERS.contains(&it))
}
