//! GPUs whose vendor Spark is not told.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::gpu_without_vendor(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform
        .programs()
        .iter()
        .filter(|it| it.is_on_kubernetes())
    {
        for role in ["driver", "executor"] {
            let key = format!("spark.{role}.resource.gpu");
            let amount = program.properties.get(&format!("{key}.amount"));
            let is_some = |value: &str| value.trim().parse().is_ok_and(|it: u64| it > 0);
            let Some(amount) = amount.filter(|it| is_some(&it.value)) else {
                continue;
            };
            if program.properties.get(&format!("{key}.vendor")).is_some() || !program.is_complete {
                continue;
            }
            let identity = program.member.object.identity();
            let title = format!("{identity} asks for GPUs of no vendor");
            let place = place(&amount.origins, amount.member);
            let hint = format!("set `{key}.vendor`, such as to `nvidia.com`");
            findings.push(identity, CHECK.finds(title).at_value(place, "").hint(hint));
        }
    }
}
