//! Policies between the API server and the webhooks that it asks.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = pages::webhook_unreachable(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Webhook, &Ports::Any, findings);
}
