//! Policies between Spark and the hosts that its properties name.

use std::net::IpAddr;

use super::{is_deliberate, origins};
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::{Cidr, ConnectionEnd, Denial, Pod},
    platform::{NamedHost, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::host_unreachable(run);

/// A host that some pods of one part are kept from.
struct BlockedFlow<'p> {
    host: NamedHost<'p>,
    from: Vec<String>,
    sender: Option<&'p str>,
    sides: Vec<Denial<'p>>,
}

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    if platform.has_other_policies() {
        return;
    }
    let mut flows: Vec<BlockedFlow<'_>> = Vec::new();
    for host in platform.named_hosts() {
        let sides = platform.barriers(&host);
        let is_meant = || sides.iter().any(|it| is_deliberate(platform, it));
        if sides.is_empty() || !platform.is_closed_world && !is_meant() {
            continue;
        }
        let sender = match &host.from.at {
            ConnectionEnd::Pod(pod) => sender(platform, pod),
            _ => None,
        };
        let from = host.from.what.clone();
        let known = flows.iter_mut().find(|it| {
            std::ptr::eq(it.host.origins, host.origins)
                && (it.host.name, it.host.port) == (host.name, host.port)
                && it.sender == sender
        });
        match known {
            Some(flow) => {
                flow.from.push(from);
                let new = sides.into_iter().filter(|it| !flow.sides.contains(it));
                let new: Vec<_> = new.collect();
                flow.sides.extend(new);
            }
            None => flows.push(BlockedFlow {
                host,
                from: vec![from],
                sender,
                sides,
            }),
        }
    }
    for flow in flows {
        report(platform, &flow, findings);
    }
}

fn report(platform: &Platform<'_>, flow: &BlockedFlow<'_>, findings: &mut Findings) {
    let NamedHost {
        key, name, port, ..
    } = &flow.host;
    let mut policies: Vec<_> = flow.sides.iter().flat_map(|it| &it.policies).collect();
    policies.dedup();
    let Some(first) = policies.first() else {
        return;
    };
    let title = format!(
        "`{}` needs port {port} of `{name}`, and no policy lets {} out to it",
        key,
        flow.from.join(" and "),
    );
    let mut finding = CHECK
        .finds(title)
        .at_value(place(flow.host.origins, flow.host.member), "");
    if !platform.is_of_spec {
        for side in &flow.sides {
            for policy in &side.policies {
                let label = format!("no rule of {} fits", side.direction.name().to_lowercase());
                let origins = origins(platform, policy, side.direction.name());
                finding = finding.at_value(origins, label);
            }
        }
    }
    if let Some(sender) = flow.sender {
        finding = finding.hint(missing_flow(sender, &flow.host));
    }
    findings.push(first.identity(), finding);
}

/// What `flows` calls whoever connects.
fn sender<'p>(platform: &'p Platform<'_>, pod: &Pod<'_>) -> Option<&'p str> {
    let mut senders = platform.offers.senders.iter();
    senders.find_map(|(name, all)| {
        let is_of = all.iter().any(|pods| {
            let mut labels = pods.labels.iter();
            pods.namespace.as_str() == pod.namespace
                && labels.all(|(key, value)| pod.labels.has_value(key, value))
        });
        is_of.then_some(name.as_str())
    })
}

/// The table to write.
fn missing_flow(sender: &str, host: &NamedHost<'_>) -> String {
    let NamedHost {
        key, name, port, ..
    } = host;
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let (what, to, called) = if let Ok(address) = name.parse::<IpAddr>() {
        let block = format!("addresses = [\"{}\"]", Cidr::from(address));
        (String::new(), block, "outside")
    } else {
        let own = match &host.from.at {
            ConnectionEnd::Pod(pod) => pod.namespace,
            _ => "",
        };
        let namespace = match (parts.next(), parts.next()) {
            (None, _) => Some(own),
            (Some(namespace), None | Some("svc")) => Some(namespace),
            _ => None,
        };
        match namespace {
            Some(namespace) => (
                ", with the port on which its pods listen".to_owned(),
                format!("namespace = \"{namespace}\""),
                first,
            ),
            None if key.starts_with("spark.jars.") => (
                ", wherever it may be: repositories have no fixed addresses".to_owned(),
                "addresses = [\"0.0.0.0/0\"]".to_owned(),
                "packages",
            ),
            None => (
                format!(", with the addresses of `{name}`"),
                "addresses = [\"192.0.2.0/24\"]".to_owned(),
                first,
            ),
        }
    };
    let short = sender.rsplit('.').next().unwrap_or(sender);
    format!(
        "let it out{what}:\n\n[flows.{short}-to-{called}]\nfrom = \"{sender}\"\nto = {{ {to}, ports = [{port}] }}"
    )
}
