//! Scratch space in memory that the container does not have.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::scratch_in_memory(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods().filter(|it| it.is_executor()) {
        let programs = platform.programs().iter();
        let mut programs = programs.filter(|it| std::ptr::eq(it.member, pod.member));
        let Some(program) = programs.find(|it| it.is_on_kubernetes() && it.is_complete) else {
            continue;
        };
        let properties = &program.properties;
        let raised = [
            "spark.executor.memoryOverhead",
            "spark.executor.memoryOverheadFactor",
            "spark.kubernetes.memoryOverheadFactor",
        ];
        if raised.iter().any(|it| properties.get(it).is_some()) {
            continue;
        }
        let tmpfs = properties.get("spark.kubernetes.local.dirs.tmpfs");
        let tmpfs = tmpfs.filter(|it| it.value.eq_ignore_ascii_case("true"));
        let volumes = pod.node.list_at(["spec", "volumes"]).iter();
        let mut in_memory = volumes.filter_map(|volume| {
            let name = volume.str_at(["name"])?;
            let medium = volume.at(["emptyDir", "medium"])?;
            let is_memory = medium.as_str() == Some("Memory");
            (is_memory && name.starts_with("spark-local-dir-")).then_some(&medium.origins)
        });
        let Some(origins) = tmpfs.map(|it| &it.origins).or_else(|| in_memory.next()) else {
            continue;
        };
        let title = format!(
            "the scratch space of {} takes the memory of its process",
            pod.what()
        );
        let diagnostic = CHECK
            .finds(title)
            .at_value(place(origins, pod.member), "it lies in memory");
        findings.push(pod.member.object.identity(), diagnostic);
    }
}
