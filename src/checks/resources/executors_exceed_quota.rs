//! More executors than the quota has room for.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    graph::Member,
    platform::{Platform, Program, Size, place, quantity},
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
    for quota in platform.of_kind("", "ResourceQuota") {
        let Some(room) = Room::of(platform, quota) else {
            continue;
        };
        let namespace = quota.object.identity().namespace.as_deref();
        for program in platform.programs() {
            if program.namespace() != namespace || !program.is_on_kubernetes() {
                continue;
            }
            let (Some(size), Some((most, origins))) =
                (program.executor_size(), program.most_executors())
            else {
                continue;
            };
            let Some((fit, resource)) = room.fit(program, &size) else {
                continue;
            };
            if most > fit {
                let executors = if fit == 1 {
                    "executor fits"
                } else {
                    "executors fit"
                };
                let title = format!("of {most}, {fit} {executors} into the quota");
                let label = format!("{resource} runs out");
                let node = quota.object.node().at(["spec", "hard"]);
                let hard = node.map(|it| place(&it.origins, quota));
                let mut diagnostic = CHECK
                    .finds(title)
                    .at_value(place(&origins, program.member), label);
                if let Some(hard) = hard {
                    diagnostic = diagnostic.at_value(hard, "the quota");
                }
                findings.push(program.member.object.identity(), diagnostic);
            }
        }
    }
}

/// What a quota leaves to executors.
struct Room {
    cpu: Option<u64>,
    memory: Option<u64>,
    pods: Option<u64>,
}

impl Room {
    /// The quota without what always runs in its namespace.
    fn of(platform: &Platform<'_>, quota: &Member) -> Option<Self> {
        let hard = quota.object.node().at(["spec", "hard"])?;
        let amount = |names: &[&str], units: fn(&Node) -> Option<i64>| {
            let nodes = names.iter().filter_map(|name| hard.get(name));
            let smallest = nodes.filter_map(units).min()?;
            u64::try_from(smallest).ok()
        };
        let milli: fn(&Node) -> Option<i64> = |node| Some(quantity(node)?.milli());
        let units: fn(&Node) -> Option<i64> = |node| Some(quantity(node)?.units());
        let mut room = Self {
            cpu: amount(&["requests.cpu", "cpu"], milli),
            memory: amount(&["requests.memory", "memory", "limits.memory"], units),
            pods: amount(&["pods", "count/pods"], units),
        };
        let namespace = &quota.object.identity().namespace;
        let members = platform.graph.members.iter();
        for member in members.filter(|it| it.object.identity().namespace == *namespace) {
            if let Some((replicas, size)) = always(member) {
                let take = |room: &mut Option<u64>, amount: u64| {
                    *room = room.map(|it| it.saturating_sub(replicas.saturating_mul(amount)));
                };
                take(&mut room.cpu, size.cpu);
                take(&mut room.memory, size.memory);
                take(&mut room.pods, 1);
            }
        }
        Some(room)
    }

    /// How many executors fit, and what ends first.
    fn fit(&self, program: &Program<'_>, size: &Size) -> Option<(u64, &'static str)> {
        // The driver of an application is a pod beside its executors.
        let driver = u64::from(program.application().is_some());
        let times = |room: Option<u64>, one: u64| room?.checked_div(one);
        let cpu = times(self.cpu, size.cpu).map(|it| (it, "cpu"));
        let memory = times(self.memory, size.memory).map(|it| (it, "memory"));
        let pods = self
            .pods
            .map(|it| (it.saturating_sub(driver), "the number of pods"));
        [cpu, memory, pods]
            .into_iter()
            .flatten()
            .min_by_key(|(fit, _)| *fit)
    }
}

/// The pods of a workload that are always there, and the size of one.
fn always(member: &Member) -> Option<(u64, Size)> {
    let is_server = matches!(
        member.object.identity().kind.as_str(),
        "Deployment" | "StatefulSet" | "ReplicaSet"
    );
    let template = member.object.pod_template().filter(|_| is_server)?;
    let replicas = member.object.node().at(["spec", "replicas"]);
    let replicas = replicas.and_then(Node::as_integer).unwrap_or(1);
    Some((u64::try_from(replicas).ok()?, Size::of_template(&template)))
}
