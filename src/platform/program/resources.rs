//! The programs that the operator starts for its resources.

use super::{Loaded, Program, containers::read_files};
use crate::{
    document::{Node, Value},
    graph::Member,
    kubernetes::{Container, ContainerRole},
    platform::{
        Platform, Properties, Property, Role, Version,
        arguments::Arguments,
        files::Files,
        is_official,
        version::{stated, version},
    },
};

/// The fields of a resource that the operator hands to Spark as properties.
type Fields = &'static [(&'static [&'static str], &'static str)];

/// Those that both resources have alike.
const OF_BOTH: Fields = &[
    (&["image"], "spark.kubernetes.container.image"),
    (&["executor", "cores"], "spark.executor.cores"),
    (
        &["executor", "coreRequest"],
        "spark.kubernetes.executor.request.cores",
    ),
    (
        &["executor", "coreLimit"],
        "spark.kubernetes.executor.limit.cores",
    ),
    (&["executor", "memory"], "spark.executor.memory"),
    (&["executor", "instances"], "spark.executor.instances"),
];

/// Those of a `SparkConnect` alone.
const OF_CONNECT: Fields = &[
    (&["server", "cores"], "spark.driver.cores"),
    (&["server", "memory"], "spark.driver.memory"),
];

/// Those of a `SparkApplication` alone.
const OF_APPLICATION: Fields = &[
    (
        &["memoryOverheadFactor"],
        "spark.kubernetes.memoryOverheadFactor",
    ),
    (&["driver", "cores"], "spark.driver.cores"),
    (
        &["driver", "coreRequest"],
        "spark.kubernetes.driver.request.cores",
    ),
    (
        &["driver", "coreLimit"],
        "spark.kubernetes.driver.limit.cores",
    ),
    (&["driver", "memory"], "spark.driver.memory"),
    (&["driver", "memoryOverhead"], "spark.driver.memoryOverhead"),
    (
        &["executor", "memoryOverhead"],
        "spark.executor.memoryOverhead",
    ),
    (&["driver", "javaOptions"], "spark.driver.extraJavaOptions"),
    (
        &["executor", "javaOptions"],
        "spark.executor.extraJavaOptions",
    ),
];

/// The lists below `deps` of a `SparkApplication`.
const DEPENDENCIES: [(&str, &str); 6] = [
    ("jars", "spark.jars"),
    ("packages", "spark.jars.packages"),
    ("repositories", "spark.jars.repositories"),
    ("files", "spark.files"),
    ("pyFiles", "spark.submit.pyFiles"),
    ("archives", "spark.archives"),
];

/// A server of Spark Connect that the operator makes.
pub(super) fn connect<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    loaded: &mut Loaded<'a>,
) -> Program<'a> {
    let root = member.object.node();
    let spec = root.get("spec").unwrap_or(root);
    let pod = spec.at(["server", "template"]);
    let (files, arguments) = files_of(platform, member, pod).unzip();
    let mut program = Program {
        files,
        arguments: arguments.unwrap_or_default(),
        ..of_spec(Role::ConnectServer, member, spec, pod)
    };
    read_files(platform, &mut program, loaded);
    set_map(&mut program, spec.get("sparkConf"));
    set_fields(&mut program, spec, OF_BOTH);
    set_fields(&mut program, spec, OF_CONNECT);
    set_dynamic_allocation(&mut program, spec);
    program.version = version_of_resource(platform, &program, spec);
    program
}

/// A job of the operator.
pub(super) fn application<'a>(platform: &Platform<'a>, member: &'a Member) -> Option<Program<'a>> {
    let spec = application_spec(member)?;
    let pod = spec.at(["driver", "template"]);
    let mut program = Program {
        files: files_of(platform, member, pod).map(|(files, _)| files),
        ..of_spec(Role::Application, member, spec, pod)
    };
    set_map(&mut program, spec.get("sparkConf"));
    set_hadoop(&mut program, spec.get("hadoopConf"));
    set_dependencies(&mut program, spec);
    set_fields(&mut program, spec, OF_BOTH);
    set_fields(&mut program, spec, OF_APPLICATION);
    set_dynamic_allocation(&mut program, spec);
    program.version = version_of_resource(platform, &program, spec);
    Some(program)
}

/// The version of a resource: what it states, unless its image is known to hold another.
fn version_of_resource(
    platform: &Platform<'_>,
    program: &Program<'_>,
    spec: &Node,
) -> Option<Version> {
    let of_image = || version(platform, program);
    if platform.is_of_spec || !program.image().is_some_and(is_official) {
        return stated(spec).or_else(of_image);
    }
    of_image().or_else(|| stated(spec))
}

/// What a `SparkApplication` says, or what each of a schedule's will say.
pub(super) fn application_spec(member: &Member) -> Option<&Node> {
    let spec = member.object.node().get("spec")?;
    match member.object.identity().kind.as_str() {
        "ScheduledSparkApplication" => spec.get("template"),
        _ => Some(spec),
    }
}

/// A program of which neither files nor properties are read yet.
fn of_spec<'a>(
    role: Role,
    member: &'a Member,
    spec: &'a Node,
    pod: Option<&'a Node>,
) -> Program<'a> {
    Program {
        role,
        member,
        version: None,
        properties: Properties::default(),
        // That an image may bring properties of its own is not thought of.
        is_complete: true,
        arguments: Arguments::default(),
        pod,
        container: pod.and_then(main_container),
        files: None,
        executor: spec.at(["executor", "template"]).cloned(),
    }
}

/// The files of the main container of a pod, and its command line.
fn files_of<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    pod: Option<&'a Node>,
) -> Option<(Files<'a>, Arguments)> {
    Files::of(platform, member, pod?, main_container(pod?)?)
}

fn main_container(pod: &Node) -> Option<Container<'_>> {
    let node = pod.list_at(["spec", "containers"]).first()?;
    Some(Container {
        role: ContainerRole::Main,
        node,
    })
}

fn set_map(program: &mut Program<'_>, map: Option<&Node>) {
    for (key, value) in map.into_iter().flat_map(Node::entries) {
        set(program, key, value);
    }
}

fn set_hadoop(program: &mut Program<'_>, map: Option<&Node>) {
    for (key, value) in map.into_iter().flat_map(Node::entries) {
        set(program, &format!("spark.hadoop.{key}"), value);
    }
}

fn set_dependencies(program: &mut Program<'_>, spec: &Node) {
    for (field, key) in DEPENDENCIES {
        if let Some(list) = spec.at(["deps", field]) {
            let names: Vec<_> = list.items().iter().filter_map(Node::as_str).collect();
            let joined = Node::new(names.join(","), list.origins.clone());
            set(program, key, &joined);
        }
    }
}

fn set_fields(program: &mut Program<'_>, spec: &Node, fields: Fields) {
    for (path, key) in fields {
        if let Some(node) = spec.at(path.iter().copied()) {
            set(program, key, node);
        }
    }
}

/// How the operator has the number of executors follow the work (`dynamicAllocationOption`). Where their
/// shuffle data is, is tracked unless somebody says otherwise.
fn set_dynamic_allocation(program: &mut Program<'_>, spec: &Node) {
    let Some(dynamic) = spec.get("dynamicAllocation") else {
        return;
    };
    if dynamic.get("enabled").and_then(Node::as_bool) != Some(true) {
        return;
    }
    let tracked = Node::new(true, dynamic.origins.clone());
    set(
        program,
        "spark.dynamicAllocation.shuffleTracking.enabled",
        &tracked,
    );
    for (field, key) in [
        ("enabled", "enabled"),
        ("initialExecutors", "initialExecutors"),
        ("minExecutors", "minExecutors"),
        ("maxExecutors", "maxExecutors"),
        ("shuffleTrackingEnabled", "shuffleTracking.enabled"),
    ] {
        if let Some(node) = dynamic.get(field) {
            set(program, &format!("spark.dynamicAllocation.{key}"), node);
        }
    }
}

fn set(program: &mut Program<'_>, key: &str, node: &Node) {
    // kubectl drops what is null.
    if node.value == Value::Null {
        return;
    }
    let value = node
        .as_str()
        .map_or_else(|| node.to_json().to_string(), str::to_owned);
    program.properties.set(Property {
        key: key.to_owned(),
        value,
        origins: node.origins.clone(),
        member: program.member,
        is_filled: false,
        problems: Vec::new(),
    });
}
