//! Which pods are behind a Service.

use std::collections::BTreeMap;

use super::{End, workload};
use crate::{
    document::Node,
    graph::Member,
    kubernetes::{Answer, ConnectionEnd, NamedPort, Pod},
    platform::Platform,
};

impl<'a> Platform<'a> {
    /// The pods behind a Service and the port on which they listen, when one kind of pods in sight is
    /// all that it selects.
    pub(in crate::platform) fn behind<'p>(
        &'p self,
        namespace: Option<&str>,
        name: &str,
        port: u16,
    ) -> Option<(End<'p>, u16)> {
        let service = self.object("", "Service", namespace, name)?;
        let ports = service.object.node().list_at(["spec", "ports"]);
        let number = |it: &Node| it.get("port").and_then(Node::as_integer);
        let entry = ports.iter().find(|it| number(it) == Some(port.into()))?;
        let end = self.selected(service).pop()?;
        let ConnectionEnd::Pod(pod) = &end.at else {
            return None;
        };
        let target = target_port(entry, pod)?;
        Some((end, target))
    }

    /// The pods that a Service selects, those of workloads and those that Spark's operator makes.
    #[must_use]
    pub fn selected<'p>(&'p self, service: &Member) -> Vec<End<'p>> {
        let Some(selector) = service.object.node().at(["spec", "selector"]) else {
            return Vec::new();
        };
        let namespace = service.object.identity().namespace.as_deref();
        let namespace = namespace.unwrap_or_default();
        let all = self.pods_by_label.candidates(namespace, selector);
        all.filter_map(|it| self.end_of(it))
            .filter(|end| match &end.at {
                ConnectionEnd::Pod(pod) => {
                    pod.namespace == namespace && pod.labels.match_labels(selector) == Answer::Yes
                }
                _ => false,
            })
            .collect()
    }

    fn end_of<'p>(&'p self, pods: Pods<'a>) -> Option<End<'p>> {
        match pods {
            Pods::OfWorkload(member) => workload(member),
            Pods::OfProgram(at) => self.programs().get(at)?.driver_pod(),
        }
    }
}

/// Whose pods a Service may select.
#[derive(Clone, Copy, Debug)]
enum Pods<'a> {
    OfWorkload(&'a Member),
    /// Those that Spark's operator makes for the program at a position.
    OfProgram(usize),
}

/// The pods of a platform by namespace and label: each Service looks for its own.
#[derive(Debug, Default)]
pub(in crate::platform) struct PodsByLabel<'a>(BTreeMap<String, OfNamespace<'a>>);

#[derive(Debug, Default)]
struct OfNamespace<'a> {
    all: Vec<Pods<'a>>,
    by_label: BTreeMap<(String, String), Vec<Pods<'a>>>,
}

impl<'a> PodsByLabel<'a> {
    pub(in crate::platform) fn new(platform: &Platform<'a>) -> Self {
        let mut found = Self::default();
        let of_workloads = platform.members().map(Pods::OfWorkload);
        let of_programs = (0..platform.programs().len()).map(Pods::OfProgram);
        for pods in of_workloads.chain(of_programs) {
            let end = platform.end_of(pods);
            let Some(ConnectionEnd::Pod(pod)) = end.map(|it| it.at) else {
                continue;
            };
            let of_namespace = found.0.entry(pod.namespace.to_owned()).or_default();
            of_namespace.all.push(pods);
            for (key, value) in pod.labels.known() {
                let label = (key.to_owned(), value.to_owned());
                of_namespace.by_label.entry(label).or_default().push(pods);
            }
        }
        found
    }

    /// Those that surely have the first label of a selector.
    fn candidates(&self, namespace: &str, selector: &Node) -> impl Iterator<Item = Pods<'a>> {
        let of_namespace = self.0.get(namespace);
        let pods = of_namespace.and_then(|it| match selector.entries().next() {
            Some((key, value)) => {
                let label = (key.clone(), value.as_str()?.to_owned());
                it.by_label.get(&label)
            }
            None => Some(&it.all),
        });
        pods.into_iter().flatten().copied()
    }
}

/// The port of a pod to which an entry of a Service leads.
#[must_use]
pub fn target_port(entry: &Node, pod: &Pod<'_>) -> Option<u16> {
    let target = entry.get("targetPort").or(entry.get("port"))?;
    let number = || u16::try_from(target.as_integer()?).ok();
    let named = |it: &&NamedPort<'_>| Some(it.name) == target.as_str();
    let port = pod.ports.iter().find(named).map(|it| it.number);
    port.or_else(number)
}
