//! S3, event logs and who reads them.

mod bucket_root;
mod committer_classes;
mod committer_ignored;
mod credential_in_plain_text;
mod endpoint_unreachable;
mod event_log_elsewhere;
mod event_log_invisible;
mod undeclared_bucket;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    endpoint_unreachable::CHECK,
    undeclared_bucket::CHECK,
    bucket_root::CHECK,
    event_log_elsewhere::CHECK,
    event_log_invisible::CHECK,
    committer_classes::CHECK,
    committer_ignored::CHECK,
    credential_in_plain_text::CHECK,
];
