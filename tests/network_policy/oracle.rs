//! Random connections, judged by kiln and by the brute force of `oracle.py`, which was written from
//! the specification alone. `make conformance` runs this; it needs a `python3` (`PYTHON` names
//! another) without further modules, and fails without it.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::Write,
    process::{Command, Stdio},
};

use kiln::kubernetes::{
    Connection, ConnectionEnd, NamedPort, NetworkPolicies, Object, Pod, Protocol, Verdict,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    network_policy::generate::{self, Case, End, FEATURES},
    network_policy::object,
    network_policy::rules::describe,
};

/// What the oracle saw over all worlds that a case leaves open. The keys are `Egress`, `Ingress` and
/// `through`, the latter for both.
#[derive(Debug, Deserialize)]
struct Answer {
    worlds: usize,
    /// The ports that pass in every world.
    always: BTreeMap<String, BTreeSet<u16>>,
    /// The ports that pass in any world.
    ever: BTreeMap<String, BTreeSet<u16>>,
    /// The policies that select the pod of a side in every world.
    selecting: BTreeMap<String, Vec<String>>,
}

fn ask(cases: &[Case]) -> Vec<Answer> {
    let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/network_policy/oracle.py"
    );
    let mut child = command
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} cannot run: {error}"));
    let input = serde_json::to_vec(cases).expect("cases are JSON");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(&input).expect("the oracle reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("the oracle ends");
    assert!(output.status.success(), "{command:?} failed");
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

fn objects(case: &Case) -> Vec<Object> {
    let namespaces = case.namespaces.iter().map(|(name, labels)| {
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    });
    let policies = case.policies.iter().map(|it| {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": it["name"], "namespace": it["namespace"]}, "spec": it["spec"],
        })
    });
    namespaces.chain(policies).map(|it| object(&it)).collect()
}

fn protocol(name: &str) -> Protocol {
    Protocol::from_name(name).expect("a protocol of the API")
}

fn end(end: &End) -> ConnectionEnd<'_> {
    let pod = match end {
        End::Outside(_) => return ConnectionEnd::Outside,
        End::Block(block) => {
            return ConnectionEnd::Addresses(block.parse().expect("a block of addresses"));
        }
        End::Pod(pod) => pod,
    };
    let labels = pod.labels.iter().map(|(key, value)| (*key, *value));
    let labels: kiln::kubernetes::Labels<'_> = labels.collect();
    let ports = pod.ports.iter().map(|(name, of, number)| NamedPort {
        name,
        protocol: protocol(of),
        number: *number,
    });
    ConnectionEnd::Pod(Pod {
        namespace: pod.namespace,
        labels: if pod.others {
            labels.and_others()
        } else {
            labels
        },
        ports: ports.collect(),
        host_network: pod.host,
    })
}

/// What is wrong with a verdict, if anything is.
fn contradiction(case: &Case, verdict: &Verdict<'_>, answer: &Answer) -> Option<&'static str> {
    let (always, ever) = (&answer.always["through"], &answer.ever["through"]);
    let asked = case.first..=case.last;
    let is_certain = answer.worlds == 1;
    let refused = |port: u16| -> Vec<&str> {
        let sides = ["Egress", "Ingress"].into_iter();
        sides
            .filter(|side| !answer.ever[*side].contains(&port))
            .collect()
    };
    match verdict {
        Verdict::Allowed => (!asked.into_iter().all(|it| always.contains(&it)))
            .then_some("a port does not always pass"),
        Verdict::Unknown if is_certain => Some("nothing is unknown"),
        Verdict::Unknown => None,
        Verdict::Blocked { ports, by } => {
            let sides: Vec<_> = by.iter().map(|it| it.direction.name()).collect();
            if sides.is_empty() || ports.is_empty() {
                return Some("nothing blocks");
            }
            for side in by {
                let names: Vec<_> = side.policies.iter().map(|it| &it.identity().name).collect();
                if names
                    != answer.selecting[side.direction.name()]
                        .iter()
                        .collect::<Vec<_>>()
                {
                    return Some("other policies select the pod");
                }
            }
            for port in ports.clone() {
                let refused = refused(port);
                let is_right = if is_certain {
                    refused == sides
                } else {
                    sides.iter().all(|it| refused.contains(it))
                };
                if ever.contains(&port) || !is_right {
                    return Some("a port is not refused by these sides");
                }
            }
            let is_first = (case.first..*ports.start()).all(|it| ever.contains(&it));
            let ends = *ports.end() == case.last || refused(ports.end() + 1) != sides;
            (is_certain && !(is_first && ends)).then_some("these are not the first ports in a row")
        }
    }
}

#[test]
#[ignore = "needs python3; run by `make conformance`"]
fn random_connections_are_judged_as_brute_force_judges_them() {
    let cases = generate::cases(7, 4000);
    let answers = ask(&cases);
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    let mut met: BTreeMap<_, usize> = BTreeMap::new();
    let mut verdicts: BTreeMap<_, usize> = BTreeMap::new();
    let (mut certain, mut too_careful) = (0, 0);
    for (case, answer) in cases.iter().zip(&answers) {
        let objects = objects(case);
        let policies = NetworkPolicies::new(&objects);
        let verdict = policies.evaluate(&Connection {
            from: end(&case.from),
            to: end(&case.to),
            protocol: protocol(case.protocol),
            ports: case.first..=case.last,
        });
        if let Some(reason) = contradiction(case, &verdict, answer) {
            let case = serde_json::to_string(case).expect("a case is JSON");
            wrong.push(format!(
                "{reason}: {}\n{case}\n{answer:?}",
                describe(&verdict)
            ));
        }
        for feature in &case.features {
            *met.entry(*feature).or_default() += 1;
        }
        let kind = match &verdict {
            Verdict::Allowed => "allowed",
            Verdict::Unknown => "unknown",
            Verdict::Blocked { .. } => "blocked",
        };
        *verdicts.entry(kind).or_default() += 1;
        certain += usize::from(answer.worlds == 1);
        let is_settled = answer.always["through"] == answer.ever["through"];
        too_careful += usize::from(verdict == Verdict::Unknown && is_settled);
    }
    let figures = format!("{verdicts:?}, {certain} certain, {too_careful} too careful, {met:#?}");
    assert!(
        wrong.is_empty(),
        "{} are wrong\n{}\n{figures}",
        wrong.len(),
        wrong[..wrong.len().min(3)].join("\n\n")
    );
    // So that the comparison means something.
    for feature in FEATURES {
        let times = met.get(feature).copied().unwrap_or_default();
        assert!(times >= 40, "`{feature}` occurs {times} times: {figures}");
    }
    assert_eq!(met.len(), FEATURES.len(), "{figures}");
    assert!(verdicts["allowed"] * 3 > cases.len(), "{figures}");
    assert!(verdicts["blocked"] * 5 > cases.len(), "{figures}");
    assert!(verdicts["unknown"] * 20 > cases.len(), "{figures}");
    assert!(certain * 2 > cases.len(), "{figures}");
    // What blocks may hold together, and what no label can be, are not put together.
    assert!(too_careful * 20 < cases.len(), "{figures}");
    println!("{figures}");
}
