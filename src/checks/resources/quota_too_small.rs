//! Quotas below what has to fit into them.

use super::{sum, times};
use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Diagnostic,
    kubernetes::Quantity,
    platform::{Need, Needs, Platform, Pod, Quota, place, used},
};

/// The rule.
pub const CHECK: Check = pages::quota_too_small(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for quota in platform.quotas() {
        let identity = quota.member.object.identity();
        let load = quota.load(platform);
        let always = quota.needs(&load.always);
        if !always.fit() {
            let what = "what always runs in it";
            findings.push(identity, finding(&quota, &always, what, &load.always));
            continue;
        }
        for job in load.jobs.values() {
            let together = always.plus(&quota.needs(job));
            if !together.fit() {
                let pods = [load.always.as_slice(), job].concat();
                let what = job.first().map_or_else(String::new, |(it, _)| it.what());
                findings.push(identity, finding(&quota, &together, &what, &pods));
            }
        }
    }
}

fn finding(
    quota: &Quota<'_>,
    needs: &Needs<'_>,
    what: &str,
    pods: &[(&Pod<'_>, u64)],
) -> Diagnostic {
    let mut diagnostic = CHECK.finds(format!(
        "the quota of `{}` has no room for {what}",
        quota.namespace().unwrap_or_default()
    ));
    for need in needs.exceeded() {
        let place = place(&need.limit.origins, quota.member);
        diagnostic = diagnostic
            .at_value(place, format!("{} are needed", need.needed))
            .note(sum(need.resource, parts(&need, pods)));
    }
    diagnostic
}

/// What the pods of a sum need, the largest first.
fn parts(need: &Need<'_>, pods: &[(&Pod<'_>, u64)]) -> impl Iterator<Item = String> {
    let mut parts: Vec<(Quantity, String)> = pods
        .iter()
        .filter_map(|(pod, count)| {
            let one = used(pod, need.resource)?.quantity;
            let words = format!("{} for {}", times(*count, one), pod.what());
            Some((one.times(*count), words))
        })
        .collect();
    parts.sort_by(|(one, _), (other, _)| other.cmp(one));
    parts.into_iter().map(|it| it.1)
}
