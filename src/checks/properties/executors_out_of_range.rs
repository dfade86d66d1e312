//! Dynamic allocation between numbers that cross.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, Property, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0611",
        name: "executors-out-of-range",
        page: "Dynamic allocation starts with `minExecutors` or more and never has more than `maxExecutors`. \
               When these cross, the driver ends while it starts.",
    },
    symptom: "`spark.dynamicAllocation.minExecutors (6) must be less than or equal to \
              spark.dynamicAllocation.maxExecutors (4)!`",
    fix: "let `minExecutors` be at most `maxExecutors`",
    source: "Spark: core/src/main/scala/org/apache/spark/ExecutorAllocationManager.scala (validateSettings); \
             run on 4.1.4",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
            "spark.dynamicAllocation.enabled=true",
            "spark.dynamicAllocation.shuffleTracking.enabled=true",
            "spark.dynamicAllocation.minExecutors=6",
            "spark.dynamicAllocation.maxExecutors=4",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
            "spark.dynamicAllocation.enabled=true",
            "spark.dynamicAllocation.shuffleTracking.enabled=true",
            "spark.dynamicAllocation.minExecutors=4",
            "spark.dynamicAllocation.maxExecutors=6",
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let properties = &program.properties;
        let number = |it: &Property<'_>| it.value.trim().parse::<u64>().ok();
        let least = properties.get("spark.dynamicAllocation.minExecutors");
        let most = properties.get("spark.dynamicAllocation.maxExecutors");
        let (Some(least), Some(most)) = (least, most) else {
            continue;
        };
        if properties.is_true("spark.dynamicAllocation.enabled")
            && let (Some(min), Some(max)) = (number(least), number(most))
            && min > max
        {
            let title = format!("at least {min} executors are more than at most {max}");
            let finding = CHECK
                .finds(title)
                .at_value(place(&least.origins, least.member), "")
                .at_value(place(&most.origins, most.member), "the most");
            findings.push(least.member.object.identity(), finding);
        }
    }
}
