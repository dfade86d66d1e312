//! Workers that offer more memory than their container has.

use crate::{
    checks::{Check, Findings, pages},
    document::Origins,
    platform::{Platform, Program, Role, place, quantity},
    spark::value::memory_bytes,
};

/// The rule.
pub const CHECK: Check = pages::worker_exceeds_limit(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform
        .programs()
        .iter()
        .filter(|it| it.role == Role::Worker)
    {
        let limit = program
            .container
            .and_then(|it| it.node.at(["resources", "limits", "memory"]));
        let Some((limit, most)) = limit.and_then(|it| Some((it, quantity(it)?.units()))) else {
            continue;
        };
        let Some((offered, origins)) = offered(program).filter(|(it, _)| *it > most) else {
            continue;
        };
        let identity = program.member.object.identity();
        let title = format!(
            "a worker of {identity} offers {} MiB to executors, and its container has {} MiB",
            offered >> 20,
            most >> 20
        );
        findings.push(
            identity,
            CHECK
                .finds(title)
                .at_value(place(origins, program.member), "")
                .at_value(place(&limit.origins, program.member), "the limit"),
        );
    }
}

/// How many bytes a worker offers to executors, and what says so: an option wins over the variable (`WorkerArguments`).
fn offered<'p>(program: &'p Program<'_>) -> Option<(i64, &'p Origins)> {
    let option = |name| program.arguments.values(name).last();
    let option = option("--memory").or_else(|| option("-m"));
    let variable = || {
        let node = program.variable("SPARK_WORKER_MEMORY")?.get("value")?;
        Some((node.as_str()?, &node.origins))
    };
    let (text, origins) = option.or_else(variable)?;
    Some((i64::try_from(memory_bytes(text)?).ok()?, origins))
}
