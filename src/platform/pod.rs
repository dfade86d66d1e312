//! Every pod that the objects lead to, whoever makes it.

use std::borrow::Cow;

use super::{Platform, Program, Role};
use crate::{
    document::{Map, Node, Origins, Value},
    graph::Member,
    kubernetes::Container,
};

/// A pod that an object leads to.
#[derive(Clone, Debug)]
pub struct Pod<'p> {
    /// The object.
    pub member: &'p Member,
    /// Its `metadata` and `spec`, as far as they are known.
    pub node: Cow<'p, Node>,
    /// What Spark makes it for, such as `executors`; none for the pod of a workload.
    spark_role: Option<&'static str>,
}

impl Pod<'_> {
    /// The pod in words, such as `the executors of SparkConnect/jobs/analytics`.
    #[must_use]
    pub fn what(&self) -> String {
        let identity = self.member.object.identity();
        match self.spark_role {
            Some(role) => format!("the {role} of {identity}"),
            None => format!("a pod of {identity}"),
        }
    }

    /// Whether Spark or its operator makes it, and adds to it.
    #[must_use]
    pub const fn is_of_spark(&self) -> bool {
        self.spark_role.is_some()
    }

    /// Its namespace, when the object states one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.member.object.identity().namespace.as_deref()
    }

    /// Its specification.
    #[must_use]
    pub fn spec(&self) -> Option<&Node> {
        self.node.get("spec")
    }
}

impl<'a> Platform<'a> {
    /// Every container of a workload's pods, with the object that makes these.
    pub fn containers(&self) -> impl Iterator<Item = (&'a Member, Container<'a>)> {
        self.members().flat_map(|member| {
            let template = member.object.pod_template();
            let containers = template.into_iter().flat_map(|it| it.containers());
            containers.map(move |it| (member, it))
        })
    }

    /// Every pod: those of workloads, and those that Spark and its operator make.
    pub fn pods(&self) -> impl Iterator<Item = Pod<'_>> {
        let of_workloads = self.members().filter_map(|member| {
            Some(Pod {
                member,
                node: Cow::Borrowed(member.object.pod_template()?.node),
                spark_role: None,
            })
        });
        of_workloads.chain(self.programs().iter().flat_map(of_program))
    }
}

/// The pods that are in no workload: of the operator's resources, and executors.
fn of_program<'p>(program: &'p Program<'_>) -> Vec<Pod<'p>> {
    let member = program.member;
    let mut pods = Vec::new();
    let mut add = |role, node| {
        pods.push(Pod {
            member,
            node,
            spark_role: Some(role),
        });
    };
    if program.role == Role::Application {
        for role in ["driver", "executor"] {
            if let Some(node) = program.application().map(|spec| of_application(spec, role)) {
                add(role, Cow::Owned(node));
            }
        }
        return pods;
    }
    if program.is_spark_connect()
        && let Some(server) = program.pod
    {
        add("server", Cow::Borrowed(server));
    }
    if program.is_on_kubernetes()
        && let Some(executor) = &program.executor
    {
        add("executors", Cow::Borrowed(executor));
    }
    pods
}

/// A pod of an application: its template, and what the operator's webhook writes into it.
fn of_application(spec: &Node, role: &str) -> Node {
    let Some(own) = spec.get(role) else {
        return Node::map();
    };
    let mut pod = own.get("template").cloned().unwrap_or_else(Node::map);
    let inside = |node: &mut Node, key: &str, value: Option<&Node>| {
        if let (Some(value), Some(map)) = (value, node.as_map_mut()) {
            map.insert(key.to_owned(), value.clone());
        }
    };
    let Some(map) = pod.as_map_mut() else {
        return pod;
    };
    let metadata = map.entry("metadata".to_owned()).or_insert_with(Node::map);
    for field in ["labels", "annotations"] {
        inside(metadata, field, own.get(field));
    }
    let pod_spec = map
        .entry("spec".to_owned())
        .or_insert_with(|| Node::new(Value::Map(Map::new()), own.origins.clone()));
    inside(pod_spec, "securityContext", own.get("podSecurityContext"));
    inside(pod_spec, "serviceAccountName", own.get("serviceAccount"));
    inside(pod_spec, "volumes", spec.get("volumes"));
    inside(pod_spec, "hostNetwork", own.get("hostNetwork"));
    let mut containers = pod_spec.list_at(["containers"]).to_vec();
    if containers.is_empty() {
        let mut container = Node::new(Value::Map(Map::new()), own.origins.clone());
        container.insert("name", format!("spark-kubernetes-{role}"));
        containers.push(container);
    }
    inside(
        &mut containers[0],
        "securityContext",
        own.get("securityContext"),
    );
    inside(&mut containers[0], "image", spec.get("image"));
    let containers = Node::new(Value::List(containers), Origins::none());
    inside(pod_spec, "containers", Some(&containers));
    inside(pod_spec, "initContainers", own.get("initContainers"));
    pod
}
