//! Policies between Spark and its object store.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = pages::store_unreachable(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Store, &Ports::Any, findings);
}
