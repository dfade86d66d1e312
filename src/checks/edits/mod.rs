//! What an edit of the spec does to what runs already.

mod outage_on_edit;
mod rerun_on_edit;

use super::Check;
use crate::{graph::Member, platform::Platform};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[rerun_on_edit::CHECK, outage_on_edit::CHECK];

/// The operator's resources of a kind that the spec's own tables make. Who writes one as a manifest has
/// decided for it.
fn of_tables<'a>(platform: &Platform<'a>, kind: &'static str) -> impl Iterator<Item = &'a Member> {
    let members = platform.graph.members.iter();
    members.filter(move |it| it.template.is_some() && it.object.identity().kind == kind)
}
