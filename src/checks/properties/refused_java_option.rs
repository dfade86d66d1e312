//! Options of Java that Spark keeps for itself.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::refused_java_option(run);

/// Whose options may not hold which text, and what says it instead.
const REFUSED: &[(&str, &str, &str)] = &[
    ("driver", "-Xmx", "`spark.driver.memory`"),
    ("executor", "-Xmx", "`spark.executor.memory`"),
    ("executor", "-Dspark", "the property itself"),
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_driver()) {
        for (role, option, instead) in REFUSED {
            let lists = program.properties.java_options(role);
            for options in lists.filter(|it| it.value.contains(option)) {
                let title = format!("`{}` may not hold `{option}`", options.key);
                findings.push(
                    program.member.object.identity(),
                    CHECK
                        .finds(title)
                        .at_value(place(&options.origins, options.member), "")
                        .hint(format!("take it out, and set {instead}")),
                );
            }
        }
    }
}
