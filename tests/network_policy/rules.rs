//! The rules of the specification, one by one: `rules.yaml` holds the policies, the connections and
//! the verdicts.

use std::{collections::BTreeMap, ops::RangeInclusive};

use kiln::kubernetes::{
    Cidr, Connection, ConnectionEnd, NetworkPolicies, Object, Pod, Protocol, Verdict,
};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::network_policy::object;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Namespaces and pods that all rules share.
    objects: Vec<Json>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(rename = "rule")]
    title: String,
    /// Specifications of policies, by `NAMESPACE/NAME`.
    #[serde(default)]
    policies: BTreeMap<String, Json>,
    /// Verdicts by connection.
    verdicts: BTreeMap<String, String>,
}

#[test]
fn connections_are_judged_by_the_rules_of_the_specification() {
    let page: Page = serde_yaml::from_str(include_str!("rules.yaml")).expect("the page is YAML");
    let shared: Vec<_> = page.objects.iter().map(object).collect();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for rule in &page.rules {
        let policies = rule.policies.iter().map(|(name, spec)| {
            let (namespace, name) = name.split_once('/').expect("it is `NAMESPACE/NAME`");
            object(&json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": name, "namespace": namespace}, "spec": spec,
            }))
        });
        let policies: Vec<_> = policies.collect();
        let all = NetworkPolicies::new(shared.iter().chain(&policies));
        for (text, expected) in &rule.verdicts {
            let verdict = describe(&all.evaluate(&connection(text, &shared)));
            judged += 1;
            if verdict != *expected {
                wrong.push(format!("{}: {text}: {verdict}, not {expected}", rule.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 100, "only {judged} connections were judged");
}

/// Reads `FROM -> TO:PORTS/PROTOCOL`. The protocol may be missing; ports are one or `FIRST-LAST`; ends
/// are pods of the page, blocks, or `outside`.
fn connection<'a>(text: &'a str, shared: &'a [Object]) -> Connection<'a> {
    let (from, to) = text.split_once(" -> ").expect("a connection has two ends");
    let (to, ports) = to.rsplit_once(':').expect("a connection has a port");
    let (ports, protocol) = ports.split_once('/').unwrap_or((ports, "TCP"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let port = |text: &str| text.parse::<u16>().expect("a port is a number");
    Connection {
        from: end(from, shared),
        to: end(to, shared),
        protocol: Protocol::from_name(protocol).expect("a protocol of the API"),
        ports: port(first)..=port(last),
    }
}

fn end<'a>(text: &'a str, shared: &'a [Object]) -> ConnectionEnd<'a> {
    if text == "outside" {
        return ConnectionEnd::Outside;
    }
    if let Ok(block) = text.parse::<Cidr>() {
        return ConnectionEnd::Addresses(block);
    }
    let mut pods = shared.iter().filter_map(|it| Some((it, Pod::of(it)?)));
    let (object, mut pod) = pods
        .find(|(it, _)| it.identity().name == text)
        .unwrap_or_else(|| panic!("no pod is called {text}"));
    if object.annotation("labels") == Some("known in part") {
        pod.labels = pod.labels.and_others();
    }
    ConnectionEnd::Pod(pod)
}

/// A verdict in words.
pub fn describe(verdict: &Verdict<'_>) -> String {
    let (ports, by) = match verdict {
        Verdict::Allowed => return "allowed".to_owned(),
        Verdict::Unknown => return "unknown".to_owned(),
        Verdict::Blocked { ports, by } => (ports, by),
    };
    let sides = by.iter().map(|side| {
        let names = side.policies.iter().map(|it| it.identity().name.as_str());
        let names: Vec<_> = names.collect();
        format!("{} of {}", side.direction.name(), names.join(" and "))
    });
    let sides: Vec<_> = sides.collect();
    format!("{} blocked, {}", describe_ports(ports), sides.join(", "))
}

fn describe_ports(ports: &RangeInclusive<u16>) -> String {
    if ports.start() == ports.end() {
        return ports.start().to_string();
    }
    format!("{}-{}", ports.start(), ports.end())
}
