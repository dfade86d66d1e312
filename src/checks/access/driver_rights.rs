//! Drivers that may not do what they cannot live without.

use crate::{
    checks::{Check, Findings, pages},
    platform::Platform,
    spark::rights::Right,
};

/// The rule.
pub const CHECK: Check = pages::driver_rights(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    super::lacking(&CHECK, platform, findings, Right::is_fatal);
}
