//! Every pod that the objects lead to, whoever makes it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Mode, Platform, Program, Role,
    sizes::{Amount, Defaults, Resources, Share, Sized},
};
use crate::{
    document::{Map, Node, Origins, Value},
    graph::Member,
    kubernetes::{Container, Quantity},
    passes::pods::Placement,
};

/// A pod that an object leads to.
#[derive(Clone, Debug)]
pub struct Pod<'a> {
    /// The object.
    pub member: &'a Member,
    /// Its `metadata` and `spec`, as far as they are known.
    pub node: Cow<'a, Node>,
    /// What its containers ask for at run time.
    pub resources: Vec<Resources>,
    /// How many there are.
    pub count: Count,
    /// Whether an application ends with it.
    is_driver: bool,
    /// Who makes it.
    maker: Maker,
}

/// How many of a pod there are.
#[derive(Clone, Debug)]
pub struct Count {
    /// At least, while their object runs.
    pub least: u64,
    /// At most; none when nothing in sight limits them.
    pub most: Option<u64>,
    /// What says how many at most.
    pub origins: Origins,
    /// Whether their object always runs, and not now and then as a job does.
    pub is_permanent: bool,
}

/// Who makes a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    /// Kubernetes, from the template of a workload.
    Kubernetes,
    /// Spark or its operator.
    Spark(SparkRole),
    /// A hub, for somebody's notebook.
    Hub,
}

/// What Spark or its operator makes a pod for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SparkRole {
    Driver,
    Server,
    Executor,
}

impl Pod<'_> {
    /// The pod in words, such as `an executor of SparkConnect/jobs/analytics`.
    #[must_use]
    pub fn what(&self) -> String {
        let part = match self.maker {
            Maker::Kubernetes => "a pod",
            Maker::Spark(SparkRole::Driver) => "the driver",
            Maker::Spark(SparkRole::Server) => "the server",
            Maker::Spark(SparkRole::Executor) => "an executor",
            Maker::Hub => return "a notebook".to_owned(),
        };
        format!("{part} of {}", self.member.object.identity())
    }

    /// Whether Spark or its operator makes it, and adds to it.
    #[must_use]
    pub const fn is_of_spark(&self) -> bool {
        matches!(self.maker, Maker::Spark(_))
    }

    /// Whether nobody writes over what its template says of sizes.
    #[must_use]
    pub const fn is_sized_by_template(&self) -> bool {
        matches!(
            self.maker,
            Maker::Kubernetes | Maker::Spark(SparkRole::Server)
        )
    }

    /// A container of its template.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Node> {
        let lists = ["initContainers", "containers"].map(|it| self.node.list_at(["spec", it]));
        let mut containers = lists.into_iter().flatten();
        containers.find(|it| it.str_at(["name"]).unwrap_or_default() == name)
    }

    /// Whether a container mounts a volume.
    #[must_use]
    pub fn mounts(&self, volume: &str) -> bool {
        let lists = ["initContainers", "containers"].map(|it| self.node.list_at(["spec", it]));
        let containers = lists.into_iter().flatten();
        let mut mounts = containers.flat_map(|it| it.list_at(["volumeMounts"]));
        mounts.any(|it| it.str_at(["name"]) == Some(volume))
    }

    /// Whether it is one of a driver's executors.
    #[must_use]
    pub fn is_executor(&self) -> bool {
        self.maker == Maker::Spark(SparkRole::Executor)
    }

    /// Whether an application, or every session of a server, ends with it.
    #[must_use]
    pub const fn is_driver(&self) -> bool {
        self.is_driver
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

    /// What it requests of a resource, all containers together; none when one of them cannot be read.
    #[must_use]
    pub fn requests(&self, resource: &str) -> Option<Total> {
        self.total(|it| it.requests.get(resource))
    }

    /// What it may use of a resource, all containers together; none when one of them cannot be read.
    #[must_use]
    pub fn limits(&self, resource: &str) -> Option<Total> {
        self.total(|it| it.limits.get(resource))
    }

    /// Init containers run one by one before the others, so the largest of them counts, beside those
    /// that stay (<https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>).
    fn total<'s>(&'s self, of: impl Fn(&'s Resources) -> Option<&'s Amount>) -> Option<Total> {
        let (mut steady, mut largest) = (Total::none(), Total::none());
        for container in &self.resources {
            let Some(amount) = of(container) else {
                continue;
            };
            let mut sum = steady.clone();
            sum.quantity = sum.quantity.plus(amount.quantity?);
            sum.origins.extend(&amount.origins);
            match container.share {
                Share::Beside | Share::Main => steady = sum,
                Share::Before if sum.quantity > largest.quantity => largest = sum,
                Share::Before => {}
            }
        }
        Some(if largest.quantity > steady.quantity {
            largest
        } else {
            steady
        })
    }
}

/// What the containers of a pod ask for together.
#[derive(Clone, Debug)]
pub struct Total {
    /// How much.
    pub quantity: Quantity,
    /// What made it.
    pub origins: Origins,
}

impl Total {
    const fn none() -> Self {
        Self {
            quantity: Quantity::from_units(0),
            origins: Origins::none(),
        }
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
    pub fn pods(&self) -> std::slice::Iter<'_, Pod<'a>> {
        self.pods.iter()
    }
}

/// Every pod that the objects of a platform lead to.
pub(super) fn all<'a>(platform: &Platform<'a>) -> Vec<Pod<'a>> {
    let mut pods: Vec<_> = platform
        .members()
        .filter_map(|it| of_workload(platform, it))
        .collect();
    let drivers: BTreeSet<_> = platform
        .programs()
        .iter()
        .filter(|it| it.pod.is_some() && it.is_driver() && it.mode() != Some(Mode::Cluster))
        .map(|it| it.member.object.identity())
        .collect();
    for pod in &mut pods {
        pod.is_driver = drivers.contains(pod.member.object.identity());
    }
    for program in platform.programs() {
        of_program(platform, program, &mut pods);
    }
    pods.extend(notebook(platform));
    let mut defaults: BTreeMap<Option<&str>, Vec<Defaults>> = BTreeMap::new();
    for range in platform.of_kind("", "LimitRange") {
        let namespace = range.object.identity().namespace.as_deref();
        let limits = range.object.node().list_at(["spec", "limits"]).iter();
        let of_containers = limits.filter(|it| it.str_at(["type"]) == Some("Container"));
        let here = defaults.entry(namespace).or_default();
        here.extend(of_containers.map(Defaults::of));
    }
    for pod in &mut pods {
        let namespace = pod.member.object.identity().namespace.as_deref();
        let here = defaults.get(&namespace).map_or(&[][..], |it| it);
        for resources in &mut pod.resources {
            resources.admit(here);
        }
    }
    pods
}

fn of_workload<'a>(platform: &Platform<'a>, member: &'a Member) -> Option<Pod<'a>> {
    let node = member.object.pod_template()?.node;
    Some(Pod {
        member,
        node: Cow::Borrowed(node),
        resources: stated(node),
        count: count(platform, member),
        is_driver: false,
        maker: Maker::Kubernetes,
    })
}

/// What the containers of a pod say.
fn stated(pod: &Node) -> Vec<Resources> {
    let of = |list, share: fn(&Node) -> Share| {
        let containers = pod.list_at(["spec", list]).iter();
        containers.map(move |it| Resources::stated(it, share(it)))
    };
    let before = of("initContainers", |it| match it.str_at(["restartPolicy"]) {
        Some("Always") => Share::Beside,
        _ => Share::Before,
    });
    before.chain(of("containers", |_| Share::Main)).collect()
}

/// How many pods a workload has.
fn count(platform: &Platform<'_>, member: &Member) -> Count {
    let spec = member.object.node().get("spec");
    let number = |field: &str| {
        let number = spec?.get(field)?.as_integer()?;
        u64::try_from(number).ok()
    };
    let always = |count| (count, Some(count), true);
    let (least, most, is_permanent) = match member.object.identity().kind.as_str() {
        "Job" => {
            let parallel = number("parallelism").unwrap_or(1);
            (parallel.min(1), Some(parallel), false)
        }
        "CronJob" => {
            let policy = spec.and_then(|it| it.str_at(["concurrencyPolicy"]));
            let is_alone = matches!(policy, Some("Forbid" | "Replace"));
            (1, is_alone.then_some(1), false)
        }
        "Pod" => match spec.and_then(|it| it.str_at(["restartPolicy"])) {
            Some("Never" | "OnFailure") => (1, Some(1), false),
            _ => always(1),
        },
        "PodTemplate" => (0, Some(0), false),
        "DaemonSet" => {
            let pools = platform.offers.cluster.iter().flat_map(|it| &it.node_pools);
            let nodes: u64 = pools.map(|it| u64::from(*it.nodes)).sum();
            (nodes.min(1), (nodes > 0).then_some(nodes), true)
        }
        _ => always(number("replicas").unwrap_or(1)),
    };
    Count {
        least,
        most,
        origins: Origins::none(),
        is_permanent,
    }
}

/// The pods that are in no workload: of the operator's resources, and executors.
fn of_program<'a>(platform: &Platform<'a>, program: &Program<'a>, pods: &mut Vec<Pod<'a>>) {
    let member = program.member;
    let mut add = |part, node: Cow<'a, Node>, count| {
        let mut resources = stated(&node);
        let sized = match part {
            SparkRole::Driver => Some(Sized::Driver),
            SparkRole::Server => None,
            SparkRole::Executor => Some(Sized::Executor),
        };
        if let Some(sized) = sized {
            program.size(sized, container_of_spark(program, sized, &mut resources));
        }
        pods.push(Pod {
            member,
            node,
            resources,
            count,
            is_driver: part != SparkRole::Executor,
            maker: Maker::Spark(part),
        });
    };
    let one = |is_permanent, most| Count {
        least: 1,
        most,
        origins: Origins::none(),
        is_permanent,
    };
    let application = program.application();
    if let Some(spec) = application.filter(|it| it.str_at(["mode"]) != Some("client")) {
        let mut node = of_application(spec, "driver");
        add_volumes(&mut node, program, "driver");
        add(
            SparkRole::Driver,
            Cow::Owned(node),
            one(false, runs(platform, member)),
        );
    }
    if program.is_spark_connect() {
        let server = program
            .pod
            .map_or_else(|| Cow::Owned(Node::map()), Cow::Borrowed);
        add(SparkRole::Server, server, one(true, Some(1)));
    }
    if !program.is_on_kubernetes() {
        return;
    }
    let mut node = match (application, &program.executor) {
        (Some(spec), _) => of_application(spec, "executor"),
        (None, Some(template)) => template.clone(),
        (None, None) => Node::map(),
    };
    add_volumes(&mut node, program, "executor");
    let (most, origins) = program.most_executors().unzip();
    let is_permanent = match application {
        Some(_) => false,
        None if program.is_spark_connect() => true,
        None => count(platform, member).is_permanent && program.role != Role::Properties,
    };
    // Whose file of properties nobody in sight loads may not be running at all.
    let runs = program.role != Role::Properties;
    let count = Count {
        least: if runs { program.least_executors() } else { 0 },
        most,
        origins: origins.unwrap_or_default(),
        is_permanent,
    };
    add(SparkRole::Executor, Cow::Owned(node), count);
}

/// The volumes that properties ask for (`KubernetesVolumeUtils`).
fn add_volumes(pod: &mut Node, program: &Program<'_>, role: &str) {
    let before = format!("spark.kubernetes.{role}.volumes.");
    let mut volumes: BTreeMap<(&str, &str), (Node, Origins)> = BTreeMap::new();
    for property in &program.properties {
        let parts = property.key.strip_prefix(&before);
        let parts = parts.and_then(|it| {
            let (kind, rest) = it.split_once('.')?;
            let (name, field) = rest.split_once('.')?;
            Some((kind, name, field))
        });
        let Some((kind, name, field)) = parts else {
            continue;
        };
        let (source, origins) = volumes
            .entry((kind, name))
            .or_insert_with(|| (Node::map(), property.origins.clone()));
        if let Some(option) = field.strip_prefix("options.") {
            source.insert(
                option,
                Node::new(property.value.as_str(), property.origins.clone()),
            );
            *origins = property.origins.clone();
        }
    }
    if volumes.is_empty() {
        return;
    }
    let Some(pod) = pod.as_map_mut() else {
        return;
    };
    let spec = pod.entry("spec".to_owned()).or_insert_with(Node::map);
    let mut all = spec.list_at(["volumes"]).to_vec();
    for ((kind, name), (mut source, origins)) in volumes {
        source.origins = origins.clone();
        let mut volume = Node::new(Value::Map(Map::new()), origins);
        volume.insert("name", name);
        volume.insert(kind, source);
        all.push(volume);
    }
    spec.insert("volumes", all);
}

/// A notebook, as the hub makes it from the values that kiln hands over. How many there are is its
/// users' affair.
fn notebook<'a>(platform: &Platform<'a>) -> Option<Pod<'a>> {
    let notebook = platform.offers.notebook.as_ref()?;
    let namespace = Some(notebook.namespace.as_str());
    let member = platform.object("", "ConfigMap", namespace, &notebook.config_map)?;
    let mut node = Node::map();
    let placement = Placement::of(&notebook.plan.node_pools, platform.node_pools());
    placement.write(node.entry_at(&["spec"]));
    Some(Pod {
        member,
        node: Cow::Owned(node),
        resources: vec![Resources::stated(&notebook.container, Share::Main)],
        count: Count {
            least: 1,
            most: None,
            origins: Origins::none(),
            is_permanent: false,
        },
        is_driver: true,
        maker: Maker::Hub,
    })
}

/// How many runs of an application there may be at once.
fn runs(platform: &Platform<'_>, member: &Member) -> Option<u64> {
    let is_of = |others: &[Member]| others.iter().any(|it| std::ptr::eq(it, member));
    let policy = member.object.node().str_at(["spec", "concurrencyPolicy"]);
    match member.object.identity().kind.as_str() {
        "ScheduledSparkApplication" => matches!(policy, Some("Forbid" | "Replace")).then_some(1),
        // Airflow makes one for each run of a task.
        _ => (!is_of(&platform.graph.embedded)).then_some(1),
    }
}

/// The container that Spark puts itself into: the one that a property names, or else the first
/// (`KubernetesUtils.selectSparkContainer`). Without a template there is one for it alone.
fn container_of_spark<'r>(
    program: &Program<'_>,
    sized: Sized,
    resources: &'r mut Vec<Resources>,
) -> &'r mut Resources {
    let key = format!("spark.kubernetes.{}.podTemplateContainerName", sized.word());
    let by_operator = format!("spark-kubernetes-{}", sized.word());
    let name = program.properties.value(&key).unwrap_or(&by_operator);
    let is_main = |it: &Resources| it.share == Share::Main;
    let at = resources
        .iter()
        .position(|it| is_main(it) && it.container == name);
    let at = at.or_else(|| resources.iter().position(is_main));
    let at = at.unwrap_or_else(|| {
        let container = Node::map();
        resources.push(Resources::stated(&container, Share::Main));
        resources.len() - 1
    });
    &mut resources[at]
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
    let mut volumes = pod_spec.list_at(["volumes"]).to_vec();
    volumes.extend_from_slice(spec.list_at(["volumes"]));
    if !volumes.is_empty() {
        let volumes = Node::new(Value::List(volumes), Origins::none());
        inside(pod_spec, "volumes", Some(&volumes));
    }
    let selector = own.get("nodeSelector").or_else(|| spec.get("nodeSelector"));
    inside(pod_spec, "nodeSelector", selector);
    for field in [
        "affinity",
        "hostNetwork",
        "priorityClassName",
        "schedulerName",
    ] {
        inside(pod_spec, field, own.get(field));
    }
    // The webhook adds to what a template tolerates, and replaces the rest.
    let mut tolerations = pod_spec.list_at(["tolerations"]).to_vec();
    tolerations.extend_from_slice(own.list_at(["tolerations"]));
    if !tolerations.is_empty() {
        let tolerations = Node::new(Value::List(tolerations), Origins::none());
        inside(pod_spec, "tolerations", Some(&tolerations));
    }
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
    let mut mounts = containers[0].list_at(["volumeMounts"]).to_vec();
    mounts.extend_from_slice(own.list_at(["volumeMounts"]));
    if !mounts.is_empty() {
        let mounts = Node::new(Value::List(mounts), Origins::none());
        inside(&mut containers[0], "volumeMounts", Some(&mounts));
    }
    containers.extend_from_slice(own.list_at(["sidecars"]));
    let containers = Node::new(Value::List(containers), Origins::none());
    inside(pod_spec, "containers", Some(&containers));
    inside(pod_spec, "initContainers", own.get("initContainers"));
    pod
}
