//! Quotas below what has to fit into them.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, Diagnostic},
    document::Origins,
    kubernetes::Quantity,
    platform::{Need, Platform, Pod, Quota, place, used},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0713",
        name: "quota-too-small",
        page: "What always runs in a namespace needs more than its quota allows: servers, and the executors \
               that they never go below. Or a job does, beside them, as soon as it runs: its driver and \
               its fewest executors. Which of the pods are refused depends on which come last.",
    },
    symptom: "`pods … is forbidden: exceeded quota: …, requested: limits.memory=256Mi, used: \
              limits.memory=1Gi, limited: limits.memory=1Gi`",
    fix: "raise the quota, or make smaller what runs there",
    source: "https://kubernetes.io/docs/concepts/policy/resource-quotas/; a real API server",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { cpu = 16, memory = "3Gi" }

[connect.analytics]
driver = { memory = "4Gi" }
"#,
        passing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { cpu = 16, memory = "64Gi" }

[connect.analytics]
driver = { memory = "4Gi" }
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for quota in platform.quotas() {
        let always = always(platform, &quota);
        if let Some(diagnostic) = judge(&quota, &always, "what always runs in it") {
            findings.push(quota.member.object.identity(), diagnostic);
            continue;
        }
        for job in jobs(platform, &quota) {
            let what = job[0].0.what();
            let together = [always.clone(), job].concat();
            if let Some(diagnostic) = judge(&quota, &together, &what) {
                findings.push(quota.member.object.identity(), diagnostic);
            }
        }
    }
}

/// The pods that always run in the namespace of a quota, and how many there are of each.
pub(super) fn always<'p, 'a>(
    platform: &'p Platform<'a>,
    quota: &Quota<'a>,
) -> Vec<(&'p Pod<'a>, u64)> {
    let pods = quota.pods(platform).filter(|it| it.count.is_permanent);
    let counted = pods.map(|it| (it, it.count.least));
    counted.filter(|(_, count)| *count > 0).collect()
}

/// The pods of each object that runs now and then.
fn jobs<'p, 'a>(platform: &'p Platform<'a>, quota: &Quota<'a>) -> Vec<Vec<(&'p Pod<'a>, u64)>> {
    let mut jobs: Vec<Vec<(&Pod<'_>, u64)>> = Vec::new();
    let pods = quota.pods(platform).filter(|it| !it.count.is_permanent);
    for pod in pods.filter(|it| it.count.least > 0) {
        let counted = (pod, pod.count.least);
        let is_same = |job: &&mut Vec<(&Pod<'_>, u64)>| std::ptr::eq(job[0].0.member, pod.member);
        match jobs.iter_mut().find(is_same) {
            Some(job) => job.push(counted),
            None => jobs.push(vec![counted]),
        }
    }
    jobs
}

fn judge(quota: &Quota<'_>, pods: &[(&Pod<'_>, u64)], what: &str) -> Option<Diagnostic> {
    let needs = quota.needs(pods);
    let exceeded = exceeded(quota, &needs);
    exceeded.first()?;
    let mut diagnostic = CHECK.finds(format!(
        "the quota of `{}` has no room for {what}",
        quota.namespace().unwrap_or_default()
    ));
    for (need, place) in exceeded {
        diagnostic = diagnostic
            .at_value(place, format!("{} are needed", need.needed))
            .note(sum(need, pods));
    }
    Some(diagnostic)
}

/// What pods need too much of, each with what limits it. One setting may limit requests and limits alike.
pub(super) fn exceeded<'n, 'a>(
    quota: &Quota<'a>,
    needs: &'n [Need<'a>],
) -> Vec<(&'n Need<'a>, &'a Origins)> {
    let mut exceeded: Vec<(&Need<'_>, &Origins)> = Vec::new();
    for need in needs.iter().filter(|it| it.is_too_much()) {
        let place = place(&need.limit.origins, quota.member);
        if !exceeded.iter().any(|(_, it)| *it == place) {
            exceeded.push((need, place));
        }
    }
    exceeded
}

/// What a sum consists of.
fn sum(need: &Need<'_>, pods: &[(&Pod<'_>, u64)]) -> String {
    /// As many as fit into a message.
    const SHOWN: usize = 6;
    let mut parts: Vec<(Quantity, String)> = pods
        .iter()
        .filter_map(|(pod, count)| {
            let one = used(pod, need.resource)?.quantity;
            let times = if *count == 1 {
                String::new()
            } else {
                format!("{count} × ")
            };
            Some((
                one.times(*count),
                format!("{times}{one} for {}", pod.what()),
            ))
        })
        .collect();
    parts.sort_by(|(one, _), (other, _)| other.cmp(one));
    let more = parts.len().saturating_sub(SHOWN);
    let mut words: Vec<_> = parts.into_iter().take(SHOWN).map(|it| it.1).collect();
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    format!("`{}`: {}", need.resource, words.join(", "))
}
