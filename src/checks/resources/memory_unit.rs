//! Memory in a unit that nobody meant.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, place, quantity},
};

/// The rule.
pub const CHECK: Check = pages::memory_unit(run);

/// No container runs with less, in bytes.
const LEAST: i64 = 1 << 20;

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let Some(spec) = pod.spec() else {
            continue;
        };
        let lists = ["initContainers", "containers"].map(|field| spec.list_at([field]));
        for container in lists.into_iter().flatten() {
            for path in [["requests", "memory"], ["limits", "memory"]] {
                let node = container.get("resources").and_then(|it| it.at(path));
                let Some((node, amount)) = node.and_then(|it| Some((it, quantity(it)?))) else {
                    continue;
                };
                // None at all is written by those who mean it.
                if amount.nano() > 0 && amount.units() < LEAST {
                    let title = format!("`{}` is {}", text(node), bytes(amount.nano()));
                    let place = place(&node.origins, pod.member);
                    let label = format!("the memory of a container in {}", pod.what());
                    findings.push(
                        pod.member.object.identity(),
                        CHECK.finds(title).at_value(place, label),
                    );
                }
            }
        }
    }
}

fn text(node: &Node) -> String {
    node.as_str()
        .map_or_else(|| node.to_json().to_string(), str::to_owned)
}

/// An amount in words: thousandths of a byte are no more than that.
fn bytes(nano: i128) -> String {
    const ONE: i128 = 1_000_000_000;
    match nano {
        ..ONE => "less than a byte".to_owned(),
        ONE => "one byte".to_owned(),
        _ => format!("{} bytes", nano / ONE),
    }
}
