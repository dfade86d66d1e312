//! Settings of Log4j 2 behind an option of Log4j 1.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::logging_file_ignored(run);

/// The option by which Log4j 1 finds its file, which Log4j 2 reads in the old format alone.
const OPTION: &str = "-Dlog4j.configuration=";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for options in ["driver", "executor"]
            .iter()
            .flat_map(|it| program.properties.java_options(it))
        {
            let mut words = options.value.split_whitespace();
            let file = words.find_map(|it| it.trim_matches(['"', '\'']).strip_prefix(OPTION));
            let name = file.and_then(|it| it.rsplit(['/', ':']).next());
            if !name.is_some_and(|it| it.contains("log4j2")) {
                continue;
            }
            let title = "Log4j 2 does not read its file by this option";
            let place = place(&options.origins, options.member);
            findings.push(
                options.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, "`-Dlog4j2.configurationFile=`"),
            );
        }
    }
}
