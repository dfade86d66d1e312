//! More executors than the quota has room for.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, list_and_resource, place},
};

/// The rule.
pub const CHECK: Check = pages::executors_exceed_quota(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for quota in platform.quotas() {
        let load = quota.load(platform);
        let always = quota.needs(&load.always);
        for pod in quota.pods(platform).filter(|it| it.is_executor()) {
            let Some(most) = pod.count.most else {
                continue;
            };
            // Beside them are what always runs, themselves left out, and their own driver.
            let least = quota.needs(&[(pod, pod.count.least)]);
            let others = if pod.count.is_permanent {
                always.minus(&least)
            } else {
                let of_job = load.jobs.get(pod.member.object.identity());
                let of_job = of_job.map_or(&[][..], |it| it);
                always.plus(&quota.needs(of_job)).minus(&least)
            };
            // That there is no room for those is another check's.
            if !others.plus(&least).fit() {
                continue;
            }
            let one = quota.needs(&[(pod, 1)]);
            let Some((fit, need)) = others.room_for(&one).filter(|(fit, _)| most > *fit) else {
                continue;
            };
            let executors = if fit == 1 {
                "executor fits"
            } else {
                "executors fit"
            };
            let title = format!("of {most}, {fit} {executors} into the quota");
            let resource = match list_and_resource(need.resource) {
                Some((_, resource)) => resource,
                None => "the number of pods",
            };
            let diagnostic = CHECK
                .finds(title)
                .at_value(
                    place(&pod.count.origins, pod.member),
                    format!("{resource} runs out"),
                )
                .at_value(place(&need.limit.origins, quota.member), "the quota");
            findings.push(pod.member.object.identity(), diagnostic);
        }
    }
}
