//! Connect servers behind a load balancer.

use super::connect_open::{has_token, is_local};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    graph::Member,
    kubernetes::{Answer, ConnectionEnd, Pod},
    platform::{Platform, Role, place, target_port},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0912",
        name: "connect-exposed",
        page: "A Service of the type `LoadBalancer` gives port 15002 an address outside of the cluster. Whoever \
               reaches it runs code on Spark: without `spark.connect.authenticate.token` nothing asks who it \
               is, and nothing is encrypted.",
    },
    symptom: "nothing, until somebody on the internet runs a query",
    fix: "use the type `ClusterIP`, state `loadBalancerSourceRanges`, or put something that authenticates in front",
    source: "https://spark.apache.org/docs/latest/spark-connect-overview.html#client-application-authentication",
    example: Example::Manifests {
        failing: concat!(
            include_str!("../service.yaml"),
            r#"---
apiVersion: v1
kind: Service
metadata:
  name: spark-connect-outside
spec:
  type: LoadBalancer
  selector:
    app: spark-connect
  ports:
  - port: 443
    targetPort: 15002
"#
        ),
        passing: concat!(
            include_str!("../service.yaml"),
            r#"---
apiVersion: v1
kind: Service
metadata:
  name: spark-connect-outside
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [198.51.100.0/24]
  selector:
    app: spark-connect
  ports:
  - port: 443
    targetPort: 15002
"#
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.role != Role::ConnectServer || has_token(program) || is_local(program) {
            continue;
        }
        let Some(ConnectionEnd::Pod(pod)) = program.driver_pod().map(|it| it.at) else {
            continue;
        };
        for service in platform.of_kind("", "Service") {
            let identity = service.object.identity();
            let is_here = identity.namespace.as_deref() == program.namespace();
            if is_here
                && is_public(service)
                && leads_to(service, &pod)
                && let Some(kind) = service.object.node().at(["spec", "type"])
            {
                let server = program.member.object.identity();
                let title = format!("{identity} opens {server} to the outside");
                let place = place(&kind.origins, service);
                findings.push(identity, CHECK.finds(title).at_value(place, ""));
            }
        }
    }
}

/// Whether a Service has an address outside of the cluster, and not one of an internal network.
fn is_public(service: &Member) -> bool {
    let spec = service.object.node().get("spec");
    let is_internal = service.object.annotations().any(|(key, value)| {
        let value = value.as_str().unwrap_or_default();
        format!("{key} {value}").to_lowercase().contains("internal")
    });
    spec.is_some_and(|it| {
        it.str_at(["type"]) == Some("LoadBalancer")
            && it.list_at(["loadBalancerSourceRanges"]).is_empty()
            && it.get("loadBalancerClass").is_none()
    }) && !is_internal
}

fn leads_to(service: &Member, pod: &Pod<'_>) -> bool {
    let spec = service.object.node().get("spec");
    let selector = spec.and_then(|it| it.get("selector"));
    let ports = spec.map_or(&[][..], |it| it.list_at(["ports"]));
    selector.is_some_and(|it| pod.labels.match_labels(it) == Answer::Yes)
        && ports.iter().any(|it| target_port(it, pod) == Some(15002))
}
