//! Policies between drivers and the API server.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = pages::api_server_blocked(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::ApiServer, &Ports::Any, findings);
}
