//! Random ports behind a policy that allows few.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = pages::random_port(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for purpose in [Purpose::Driver, Purpose::Blocks] {
        blocked(&CHECK, platform, purpose, &Ports::Random, findings);
    }
}
