//! Policies between pods and those who exchange their tokens.

use crate::{
    checks::{Check, Findings, network, pages},
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = pages::token_service_unreachable(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    network::blocked(
        &CHECK,
        platform,
        Purpose::Tokens,
        &network::Ports::Any,
        findings,
    );
}
