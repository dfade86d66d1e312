//! Policies between a standalone master and those who register with it.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = pages::master_unreachable(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Master, &Ports::Any, findings);
}
