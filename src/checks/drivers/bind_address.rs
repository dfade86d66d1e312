//! Drivers that bind to an address which is not theirs.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::bind_address(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.mode() != Some(Mode::Client) || !program.is_complete {
            continue;
        }
        let bound = program.properties.get("spark.driver.bindAddress");
        if let Some(host) = program.properties.get("spark.driver.host")
            && bound.is_none()
            && is_name(&host.value)
        {
            let title = format!("the driver cannot bind to `{}`", host.value);
            let place = place(&host.origins, host.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, "no address of the pod"),
            );
        }
    }
}

/// Whether a host is a name of DNS, and neither an address nor something that is filled in later.
fn is_name(host: &str) -> bool {
    !host.contains('$')
        && host.contains(|letter: char| letter.is_ascii_alphabetic())
        && !host.contains(':')
        && host != "localhost"
}
