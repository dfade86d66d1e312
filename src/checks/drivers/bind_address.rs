//! Drivers that bind to an address which is not theirs.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1202",
        name: "bind-address",
        page: "A driver binds its ports to `spark.driver.bindAddress`, which is `spark.driver.host` unless \
               it is set. The name of a Service is no address of the pod, so nothing can be bound there.",
    },
    symptom: "`Cannot assign requested address: Service 'sparkDriver' failed after 16 retries`",
    fix: "set `spark.driver.bindAddress=0.0.0.0`",
    source: "Spark: core/src/main/scala/org/apache/spark/internal/config/package.scala (DRIVER_BIND_ADDRESS)",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=spark-connect.jobs.svc.cluster.local",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=spark-connect.jobs.svc.cluster.local",
            "spark.driver.bindAddress=0.0.0.0",
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.mode() != Some(Mode::Client) || !program.is_complete {
            continue;
        }
        let bound = program.properties.get("spark.driver.bindAddress");
        if let Some(host) = program.properties.get("spark.driver.host")
            && bound.is_none()
            && is_name(&host.value)
        {
            let title = format!("the driver cannot bind to `{}`", host.value);
            let place = place(&host.origins, host.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, "no address of the pod"),
            );
        }
    }
}

/// Whether a host is a name of DNS, and neither an address nor something that is filled in later.
fn is_name(host: &str) -> bool {
    !host.contains('$')
        && host.contains(|letter: char| letter.is_ascii_alphabetic())
        && !host.contains(':')
        && host != "localhost"
}
