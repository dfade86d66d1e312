//! Drivers that may not remove what they have made.

use crate::{
    checks::{Check, Findings, pages},
    platform::Platform,
    spark::rights::Impact,
};

/// The rule.
pub const CHECK: Check = pages::driver_rights_leak(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    super::lacking(&CHECK, platform, findings, |it| it.impact == Impact::Leaks);
}
