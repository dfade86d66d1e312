//! More executors than the quota has room for.

use super::quota_too_small::always;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Need, Platform, Pod, Quota, list_and_resource, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0709",
        name: "executors-exceed-quota",
        page: "A program may ask for more executors than the quota of its namespace has room for, beside \
               the pods that always run there. Those that do not fit are refused while others work, and \
               the program waits for them.",
    },
    symptom: "`pods … is forbidden: exceeded quota`, again and again in the log of the driver",
    fix: "ask for no more executors than fit, make them smaller, or raise the quota",
    source: "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { cpu = 16, memory = "64Gi" }

[connect.analytics]
executor = { cores = 4, memory = "8Gi" }
dynamic-allocation = { min = 0, max = 20 }
"#,
        passing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { cpu = 16, memory = "64Gi" }

[connect.analytics]
executor = { cores = 4, memory = "8Gi" }
dynamic-allocation = { min = 0, max = 3 }
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for quota in platform.quotas() {
        let others = always(platform, &quota);
        // That there is no room at all is another check's.
        if quota.needs(&others).iter().any(Need::is_too_much) {
            continue;
        }
        for pod in quota.pods(platform).filter(|it| it.is_executor()) {
            let Some(most) = pod.count.most else {
                continue;
            };
            let Some((fit, need)) = fit(platform, &quota, pod) else {
                continue;
            };
            if most <= fit {
                continue;
            }
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

/// How many executors fit beside what always runs and their own driver, and what ends first.
fn fit<'a>(platform: &Platform<'a>, quota: &Quota<'a>, pod: &Pod<'a>) -> Option<(u64, Need<'a>)> {
    let is_here = |it: &Pod<'_>| std::ptr::eq(it.member, pod.member);
    let mut others = always(platform, quota);
    others.retain(|(it, _)| !(is_here(it) && it.is_executor()));
    if !pod.count.is_permanent {
        let driver = quota
            .pods(platform)
            .filter(|it| is_here(it) && !it.is_executor());
        others.extend(driver.map(|it| (it, 1)));
    }
    let used = quota.needs(&others);
    // That its driver has no room is another check's.
    if used.iter().any(Need::is_too_much) {
        return None;
    }
    let one = quota.needs(&[(pod, 1)]).into_iter();
    let fits = one.filter_map(|one| {
        let used = used.iter().find(|it| it.resource == one.resource);
        let room = used.map_or(one.hard, |it| one.hard.minus(it.needed));
        Some((room.divided_by(one.needed)?, one))
    });
    fits.min_by_key(|(fit, _)| *fit)
}
