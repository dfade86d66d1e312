//! Servers that the History Server shows when they have ended, which they never do.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, Program, Role, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1105",
        name: "event-log-invisible",
        page: "A file on S3 appears when it is closed. A Connect server is one endless application, so \
               its event log shows up when the log rolls, and by default that is never (3.5) or after \
               128 MiB (4.x). A server that is killed before loses all of it.",
    },
    symptom: "a running server is missing from the History Server, and stays so when it is killed",
    fix: "set `spark.eventLog.rolling.enabled=true` and `spark.eventLog.rolling.maxFileSize=10m`",
    source: "run on 3.5.7 and 4.1.4",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=local[*]",
            "spark.jars.packages=org.apache.hadoop:hadoop-aws:3.4.2",
            "spark.jars.ivy=/tmp/.ivy2",
            "spark.eventLog.enabled=true",
            "spark.eventLog.dir=s3a://spark-logs/events",
        ),
        passing: server_with!(
            "spark.master=local[*]",
            "spark.jars.packages=org.apache.hadoop:hadoop-aws:3.4.2",
            "spark.jars.ivy=/tmp/.ivy2",
            "spark.eventLog.enabled=true",
            "spark.eventLog.dir=s3a://spark-logs/events",
            "spark.eventLog.rolling.enabled=true",
            "spark.eventLog.rolling.maxFileSize=10m",
        ),
    },
    run,
};

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
