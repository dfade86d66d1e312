//! Policies between the block managers of executors.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = pages::executors_unreachable(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Blocks, &Ports::Pinned, findings);
}
