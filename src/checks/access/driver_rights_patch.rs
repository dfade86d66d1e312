//! Drivers that are told to label executors and may not.

use crate::{
    checks::{Check, Findings, pages},
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = pages::driver_rights_patch(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    super::lacking(&CHECK, platform, findings, |it| it.verb == "patch");
}
