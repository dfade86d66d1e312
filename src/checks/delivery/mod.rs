//! What engines that sync a folder do with objects.

mod applied_before_definition;
mod applied_before_webhook;
mod claim_template_drift;
mod connect_not_renewed;
mod destructive_option;
mod immutable_job;
mod left_over_hook;
mod live_field;
mod random_value;
mod replicas_disputed;
mod rewritten_at_every_sync;
mod skipped_by_marker;
mod tracked_elsewhere;
mod ttl_recreated;

use super::Check;
use crate::{engines::argo_cd::WAVE, graph::Member};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    ttl_recreated::CHECK,
    live_field::CHECK,
    skipped_by_marker::CHECK,
    tracked_elsewhere::CHECK,
    claim_template_drift::CHECK,
    left_over_hook::CHECK,
    destructive_option::CHECK,
    immutable_job::CHECK,
    replicas_disputed::CHECK,
    applied_before_definition::CHECK,
    applied_before_webhook::CHECK,
    connect_not_renewed::CHECK,
    random_value::CHECK,
    rewritten_at_every_sync::CHECK,
];

/// The sync wave of an object, as Argo CD orders them; none is 0.
fn wave(member: &Member) -> i64 {
    let wave = member.object.annotation(WAVE);
    wave.and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// Whether a name ends in a digest, a number or a date, as names of versions do.
fn has_version(name: &str) -> bool {
    let last = name.rsplit(['-', '.']).next().unwrap_or_default();
    last.contains(|it: char| it.is_ascii_digit())
}
