//! Event logs that no History Server reads.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1104",
        name: "event-log-elsewhere",
        page: "The History Server shows what lies in `spark.history.fs.logDirectory`. Applications that \
               write their event logs elsewhere are missing from its list.",
    },
    symptom: "an empty list: `No completed applications found!`",
    fix: "let `spark.eventLog.dir` and `spark.history.fs.logDirectory` name the same folder",
    source: "https://spark.apache.org/docs/latest/monitoring.html#viewing-after-the-fact",
    example: Example::Manifests {
        failing: concat!(
            server_with!(
                "spark.master=local[*]",
                "spark.jars.packages=org.apache.hadoop:hadoop-aws:3.4.2",
                "spark.jars.ivy=/tmp/.ivy2",
                "spark.eventLog.enabled=true",
                "spark.eventLog.dir=s3a://spark-logs/connect",
                "spark.eventLog.rolling.enabled=true",
                "spark.eventLog.rolling.maxFileSize=10m",
            ),
            include_str!("../history-server.yaml"),
        ),
        passing: concat!(
            server_with!(
                "spark.master=local[*]",
                "spark.jars.packages=org.apache.hadoop:hadoop-aws:3.4.2",
                "spark.jars.ivy=/tmp/.ivy2",
                "spark.eventLog.enabled=true",
                "spark.eventLog.dir=s3a://spark-logs/events",
                "spark.eventLog.rolling.enabled=true",
                "spark.eventLog.rolling.maxFileSize=10m",
            ),
            include_str!("../history-server.yaml"),
        ),
    },
    run,
};

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
