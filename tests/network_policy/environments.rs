//! The policies of every committed environment let through what its components declared.

use kiln::{
    compile,
    kubernetes::{Connection, ConnectionEnd, NetworkPolicies, Object, Pod, Protocol, Verdict},
    manifests::{Flow, Manifests, Peer, Pods},
};

use serde_json::json;

use crate::{
    network_policy::object,
    network_policy::rules::describe,
    support::declared::declared,
    support::repository::{files, root},
};

const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// The pods of an end: one with just the labels that the flow names, and those that objects make.
fn ends<'a>(
    peer: &'a Peer,
    parts: &Manifests,
    objects: &'a [&'a Object],
) -> Vec<ConnectionEnd<'a>> {
    let pods = match peer {
        Peer::Anywhere | Peer::Internet => {
            let public = "198.51.100.0/24".parse().expect("it is a block");
            return vec![ConnectionEnd::Addresses(public)];
        }
        Peer::Addresses(blocks) => {
            let blocks = blocks.iter().map(|it| it.parse().expect("it is a block"));
            return blocks.map(ConnectionEnd::Addresses).collect();
        }
        Peer::Pods(pods) => pods,
    };
    let is_own = parts.workloads.iter().any(|it| is_same(&it.pods, pods));
    let mut named = stated(pods);
    if !is_own {
        named.labels = named.labels.and_others();
    }
    let made = objects.iter().filter_map(|object| {
        let template = object.pod_template()?;
        let has = |(key, value): (&String, &_)| {
            let mut labels = template.labels();
            labels.any(|(other, node)| other == key && node.as_str() == Some(value))
        };
        let mut labels = pods.labels.iter().map(|(key, value)| (key, value.as_str()));
        let is_of = object.identity().namespace.as_deref() == Some(&pods.namespace);
        (is_of && labels.all(|(key, value)| has((key, value)))).then(|| Pod::of(object))?
    });
    made.chain([named]).map(ConnectionEnd::Pod).collect()
}

/// A pod with the labels that are stated, and no others.
fn stated(pods: &Pods) -> Pod<'_> {
    let labels = pods.labels.iter();
    Pod {
        namespace: &pods.namespace,
        labels: labels
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect(),
        ..Pod::default()
    }
}

fn is_same(one: &Pods, other: &Pods) -> bool {
    let labels = |pods: &Pods| -> Vec<(String, String)> {
        let labels = pods.labels.iter();
        labels
            .map(|(key, value)| (key.clone(), value.value.clone()))
            .collect()
    };
    one.namespace.value == other.namespace.value && labels(one) == labels(other)
}

fn connections<'a>(
    flow: &'a Flow,
    parts: &Manifests,
    objects: &'a [&'a Object],
) -> Vec<Connection<'a>> {
    let mut connections = Vec::new();
    let mut ranges: Vec<_> = flow
        .ports
        .iter()
        .map(|port| {
            let last = port.last.as_ref().unwrap_or(&port.first);
            (port.protocol, *port.first..=**last)
        })
        .collect();
    if ranges.is_empty() {
        // Without ports a flow is for all.
        ranges.push(("TCP", 1..=u16::MAX));
    }
    for from in ends(&flow.from, parts, objects) {
        for to in ends(&flow.to, parts, objects) {
            connections.extend(ranges.iter().map(|(protocol, ports)| Connection {
                from: from.clone(),
                to: to.clone(),
                protocol: Protocol::from_name(protocol).expect("a protocol of the API"),
                ports: ports.clone(),
            }));
        }
    }
    connections
}

#[test]
fn declared_traffic_passes_and_needs_its_policies() {
    let world = files(root(), "environments");
    for environment in ENVIRONMENTS {
        let compilation = compile(&world, environment);
        let objects: Vec<_> = compilation
            .graph
            .members
            .iter()
            .map(|it| &it.object)
            .collect();
        let parts = declared(&world, environment);
        let connections: Vec<_> = parts
            .flows
            .iter()
            .flat_map(|flow| connections(flow, &parts, &objects))
            .collect();
        assert!(connections.len() > 40, "{environment} declares little");

        let all = NetworkPolicies::new(objects.iter().copied());
        let stopped = connections.iter().map(|it| (it, all.evaluate(it)));
        let stopped: Vec<_> = stopped
            .filter(|(_, verdict)| *verdict != Verdict::Allowed)
            .map(|(connection, verdict)| format!("{connection:?}: {}", describe(&verdict)))
            .collect();
        assert!(stopped.is_empty(), "{environment}: {}", stopped.join("\n"));

        // A policy that goes isolates nothing any more, so something else has to.
        let default_deny = |namespace: &str| {
            object(&json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": "everything", "namespace": namespace},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
            }))
        };
        for workload in &parts.workloads {
            let default_deny = default_deny(&workload.pods.namespace);
            let is_other = |object: &&Object| {
                let identity = object.identity();
                identity.kind != "NetworkPolicy"
                    || identity.name != workload.name
                    || identity.namespace.as_deref() != Some(&workload.pods.namespace)
            };
            let others = NetworkPolicies::new(
                objects
                    .iter()
                    .copied()
                    .filter(is_other)
                    .chain([&default_deny]),
            );
            let blocks =
                |it: &Connection<'_>| matches!(others.evaluate(it), Verdict::Blocked { .. });
            assert!(
                connections.iter().any(blocks),
                "{environment} needs no policy {} in {}",
                workload.name,
                *workload.pods.namespace
            );
        }
    }
}

#[test]
fn undeclared_traffic_is_blocked() {
    let world = files(root(), "environments");
    for environment in ENVIRONMENTS {
        let compilation = compile(&world, environment);
        let objects = compilation.graph.members.iter().map(|it| &it.object);
        let policies = NetworkPolicies::new(objects);
        for workload in declared(&world, environment).workloads {
            let pod = ConnectionEnd::Pod(stated(&workload.pods));
            for (from, to, side) in [
                (pod.clone(), ConnectionEnd::Outside, "Egress"),
                (ConnectionEnd::Outside, pod, "Ingress"),
            ] {
                let verdict = describe(&policies.evaluate(&Connection {
                    from,
                    to,
                    protocol: Protocol::Tcp,
                    ports: 6..=6,
                }));
                let is_blocked = verdict.starts_with(&format!("6 blocked, {side} of "));
                assert!(
                    is_blocked && verdict.contains(&workload.name),
                    "{environment}: {}: {verdict}",
                    workload.name
                );
            }
        }
    }
}
