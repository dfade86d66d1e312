//! API servers without a port.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1215",
        name: "master-without-port",
        page: "Spark's documentation asks for the port of the API server in every case, 443 too. Today's \
               clients take 443 for `https` by themselves, which nobody promises.",
    },
    symptom: "nothing, as long as the client takes the port that is meant",
    fix: "write `k8s://https://kubernetes.default.svc:443`",
    source: "https://spark.apache.org/docs/latest/running-on-kubernetes.html#cluster-mode",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(master) = program.properties.get("spark.master") else {
            continue;
        };
        let host = master.value.strip_prefix("k8s://").map(|rest| {
            let (_, host) = rest.split_once("://").unwrap_or(("", rest));
            host
        });
        if host.is_some_and(|it| !it.contains(':') && !it.contains('$')) {
            let title = format!("`{}` names no port", master.value);
            let place = place(&master.origins, master.member);
            findings.push(
                master.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
