//! What runs Spark: found by what containers start and by the operator's resources.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    Arguments, Found, Mode, Platform, Properties, Property, Role, Text, Version,
    arguments::file_name,
    environment::{Filler, SPARK_CONF_DIR},
    files::Files,
    is_official,
    role::role,
    version::{of_image, stated, tag_of_spark, version},
};
use crate::{
    document::{Node, Origins},
    graph::Member,
    kubernetes::{Container, ContainerRole, PodTemplate},
    spark::{
        Line,
        conf::{DEFAULTS, are_properties},
        registry::{Problem, check, check_every_line},
    },
    yaml::embedded,
};

/// A program of Spark.
#[derive(Debug)]
pub struct Program<'a> {
    /// What it does.
    pub role: Role,
    /// The object that starts it.
    pub member: &'a Member,
    /// Its version, where the spec, the operator's resource, an official image or a package tells it.
    pub version: Option<Version>,
    /// Its properties, wherever they are set.
    pub properties: Properties<'a>,
    /// Whether all its properties are in sight. Where they are not, one that seems to be missing may
    /// be set in the image or in a volume.
    pub is_complete: bool,
    /// The command line of its container.
    pub arguments: Arguments,
    /// Its pod (`metadata` and `spec`), when this is known.
    pub pod: Option<&'a Node>,
    /// Its container in that pod.
    pub container: Option<Container<'a>>,
    /// The files of that container, when it is known.
    files: Option<Files<'a>>,
    /// The template of its executors' pods, when there is one.
    pub executor: Option<Node>,
}

impl<'a> Program<'a> {
    /// The namespace, when the object states one.
    #[must_use]
    pub fn namespace(&self) -> Option<&'a str> {
        self.member.object.identity().namespace.as_deref()
    }

    /// The minor line of Spark, when it is known.
    #[must_use]
    pub fn line(&self) -> Option<Line> {
        self.version.as_ref().map(Version::line)
    }

    /// Whether it is a Connect server that the operator makes.
    #[must_use]
    pub fn is_spark_connect(&self) -> bool {
        self.member.object.identity().kind == "SparkConnect"
    }

    /// The version that the operator's resource states.
    #[must_use]
    pub fn stated_version(&self) -> Option<Version> {
        let is_of_operator = self.member.object.identity().group == OPERATOR_GROUP;
        let spec = application_spec(self.member).filter(|_| is_of_operator)?;
        stated(spec)
    }

    /// Whether something states a version that kiln does not know.
    #[must_use]
    pub fn is_of_other_version(&self) -> bool {
        let resource = self.member.object.node().get("spec");
        let mut specs = self.application().into_iter().chain(resource);
        let is_stated = specs.any(|it| it.get("sparkVersion").is_some())
            || self.image().is_some_and(|image| {
                let tag = tag_of_spark(image);
                // Images that are called after Spark may count their own versions, from 1 on.
                is_official(image) || tag.is_some_and(|it| it.starts_with(['2', '3', '4']))
            });
        self.version.is_none() && is_stated
    }

    /// Whether it is a driver.
    #[must_use]
    pub const fn is_driver(&self) -> bool {
        !matches!(self.role, Role::HistoryServer | Role::Master | Role::Worker)
    }

    /// Where the driver runs; none when nothing in sight says so.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        if let Some(spec) = self.application() {
            return match spec.str_at(["mode"]) {
                Some("client") => Some(Mode::Client),
                _ => Some(Mode::Cluster),
            };
        }
        if self.is_spark_connect() {
            return Some(Mode::Client);
        }
        let master = self.properties.value("spark.master")?;
        let deploy_mode = self.properties.value("spark.submit.deployMode");
        match master.split(':').next()? {
            "k8s" if deploy_mode == Some("cluster") => Some(Mode::Cluster),
            "k8s" => Some(Mode::Client),
            "spark" => Some(Mode::Standalone),
            local if local.starts_with("local") => Some(Mode::Local),
            _ => None,
        }
    }

    /// Whether Kubernetes makes its executors.
    #[must_use]
    pub fn is_on_kubernetes(&self) -> bool {
        matches!(self.mode(), Some(Mode::Client | Mode::Cluster))
    }

    /// The `ServiceAccount` as which the driver calls the API server.
    #[must_use]
    pub fn service_account(&self) -> Option<&str> {
        if let Some(spec) = self.application() {
            return spec.str_at(["driver", "serviceAccount"]);
        }
        let pod = self.pod?;
        Some(
            pod.str_at(["spec", "serviceAccountName"])
                .or(pod.str_at(["spec", "serviceAccount"]))
                .unwrap_or("default"),
        )
    }

    /// The value of an environment variable of the container, when it is written there.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&'a Node> {
        self.container?.variable(name)
    }

    /// The folder from which Spark loads `spark-defaults.conf`.
    #[must_use]
    pub fn configuration_folder(&self) -> String {
        let assigned = self.arguments.words().filter_map(|(word, _)| {
            let folder = word.strip_prefix("SPARK_CONF_DIR=")?;
            self.path(folder)
        });
        let set = |name| self.variable(name)?.str_at(["value"]);
        assigned
            .last()
            .or_else(|| set("SPARK_CONF_DIR").map(str::to_owned))
            .unwrap_or_else(|| SPARK_CONF_DIR.to_owned())
    }

    /// The path that its container makes of a text.
    fn path(&self, written: &str) -> Option<String> {
        let environment = self.files.as_ref()?.environment(&self.arguments);
        environment.path(written)
    }

    /// A word of its command, as Kubernetes and a shell hand it over.
    fn filled(&self, word: &str) -> String {
        let Some(files) = &self.files else {
            return word.to_owned();
        };
        let environment = files.environment(&self.arguments);
        let word = environment.fill(word, Filler::Kubernetes);
        if self.arguments.are_of_shell() {
            environment.fill(&word, Filler::Shell)
        } else {
            word
        }
    }

    /// What a job of the operator says, or what each of a schedule's will say.
    #[must_use]
    pub fn application(&self) -> Option<&'a Node> {
        let is_one = self.role == Role::Application;
        is_one.then(|| application_spec(self.member)).flatten()
    }

    /// The reference of its image.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        let own = self.container.and_then(|it| it.image());
        own.or_else(|| self.properties.value("spark.kubernetes.container.image"))
    }

    /// Whether its image is Spark as it was released: an official one, or one that the spec declares.
    /// Others may hold another Hadoop or another Scala.
    #[must_use]
    pub fn is_plain_build(&self, platform: &Platform<'_>) -> bool {
        self.image()
            .is_some_and(|it| platform.image(it).is_some() || is_official(it))
    }

    /// Whether it has a jar beyond Spark's own, by the name of the artifact without its version of
    /// Scala; none when nothing in sight says so.
    #[must_use]
    pub fn has_jar(&self, platform: &Platform<'_>, artifact: &str) -> Option<bool> {
        let packages = self
            .properties
            .value("spark.jars.packages")
            .unwrap_or_default();
        let jars = self.properties.value("spark.jars").unwrap_or_default();
        if packages.contains(artifact) || jars.contains(artifact) {
            return Some(true);
        }
        let reference = self.image()?;
        if let Some(image) = platform.image(reference) {
            return Some(image.jars.iter().any(|it| it.contains(artifact)));
        }
        // Other jars may bring it along; the client of S3 brings nothing but the SDK of AWS.
        let is_leaf = |package: &str| {
            package.trim().starts_with("org.apache.hadoop:hadoop-aws:") && !artifact.contains("aws")
        };
        let mut packages = packages.split(',').filter(|it| !it.trim().is_empty());
        let has_others = !jars.is_empty() || !packages.all(is_leaf) || self.has_class_path();
        (is_official(reference) && self.is_complete && !has_others).then_some(false)
    }

    /// Whether jars may come from elsewhere than the image's own folder or a package.
    fn has_class_path(&self) -> bool {
        let mounts = self.container.map(|it| it.node.list_at(["volumeMounts"]));
        let is_of_jars = |it: &Node| {
            it.str_at(["mountPath"])
                .is_some_and(|it| it.contains("jars"))
        };
        self.properties.get("spark.driver.extraClassPath").is_some()
            || [
                "SPARK_EXTRA_CLASSPATH",
                "SPARK_DIST_CLASSPATH",
                "SPARK_DAEMON_CLASSPATH",
            ]
            .iter()
            .any(|name| self.variable(name).is_some())
            || mounts.into_iter().flatten().any(is_of_jars)
    }

    /// The files that `ConfigMap`s put into a folder of the container, with their names.
    #[must_use]
    pub fn mounted_files(&self, platform: &Platform<'a>, folder: &str) -> Vec<(&'a str, &'a Node)> {
        let files = self.files.as_ref();
        files.map_or_else(Vec::new, |it| it.in_folder(platform, folder))
    }

    /// Whether anything is mounted on or below a folder of its container, or written there.
    #[must_use]
    pub fn may_have_files_in(&self, folder: &str) -> bool {
        self.files.as_ref().is_none_or(|it| it.touch(folder))
    }

    /// A file of the driver's container.
    #[must_use]
    pub fn file(&self, platform: &Platform<'a>, path: &str) -> Found<'a> {
        let files = self.files.as_ref();
        files.map_or(Found::Unknown, |it| it.find(platform, path))
    }
}

/// Everything in sight that runs Spark.
pub(super) fn all<'a>(platform: &Platform<'a>) -> Vec<Program<'a>> {
    let mut programs = Vec::new();
    let mut read = BTreeSet::new();
    for member in platform.members() {
        let identity = member.object.identity();
        match (identity.group.as_str(), identity.kind.as_str()) {
            (OPERATOR_GROUP, "SparkConnect") => {
                programs.push(connect_resource(platform, member, &mut read));
            }
            (OPERATOR_GROUP, "SparkApplication" | "ScheduledSparkApplication") => {
                programs.extend(application(platform, member));
            }
            _ => {
                let template = member.object.pod_template();
                programs.extend(
                    template
                        .into_iter()
                        .flat_map(|template| of_containers(platform, member, template, &mut read)),
                );
            }
        }
    }
    for member in platform.of_kind("", "ConfigMap") {
        if read.contains(member.object.identity()) {
            continue;
        }
        let data = member.object.node().get("data");
        for (name, text) in data.into_iter().flat_map(Node::entries) {
            if name == DEFAULTS || are_properties(text) {
                let mut properties = Properties::default();
                properties.set_all(&Text {
                    node: Cow::Borrowed(text),
                    member,
                    // Spark does not load it by itself, so somebody prepares it.
                    is_filled: name != DEFAULTS,
                });
                programs.push(of_properties(platform, member, properties));
            }
        }
    }
    for program in &mut programs {
        evaluate_properties(program);
    }
    programs
}

/// Asks the registry about each property. Without a version it speaks only when every line that it
/// knows agrees.
fn evaluate_properties(program: &mut Program<'_>) {
    let release = program.version.as_ref().map(|it| it.release);
    let is_other = program.is_of_other_version();
    for property in program.properties.each_mut() {
        let (key, value) = (&property.key, &property.value);
        property.problems = match release {
            Some(release) => check(release, key, value),
            None if is_other => Vec::new(),
            None => check_every_line(key, value).into_iter().collect(),
        };
        // Who prepares a file that nobody loads may fill in anything.
        if program.role == Role::Properties && is_placeholder(value) {
            let is_of_value = |it: &Problem| matches!(it, Problem::Malformed(_));
            property.problems.retain(|it| !is_of_value(it));
        }
    }
}

/// Whether a value looks like something for another program to replace, such as `__MEMORY__`, `@MEMORY@` or
/// `MEMORY`.
fn is_placeholder(value: &str) -> bool {
    let is_word = value.len() > 2
        && value
            .bytes()
            .all(|it| it.is_ascii_uppercase() || it == b'_');
    is_word || value.contains("__") || value.contains(['@', '%', '<', '#', '$', '{', '['])
}

const OPERATOR_GROUP: &str = "sparkoperator.k8s.io";

type Identities<'a> = BTreeSet<&'a crate::kubernetes::Identity>;

fn of_properties<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    properties: Properties<'a>,
) -> Program<'a> {
    let image = properties.get("spark.kubernetes.container.image");
    let version = image.and_then(|it| of_image(platform, &it.value, &it.origins));
    // Whoever mounts the file mounts what lies beside it.
    let template = properties.value("spark.kubernetes.executor.podTemplateFile");
    let template = template.and_then(|path| {
        let data = member.object.node().get("data")?;
        embedded(data.get(file_name(path))?)
    });
    Program {
        role: Role::Properties,
        member,
        version,
        properties,
        is_complete: platform.is_of_spec,
        arguments: Arguments::default(),
        pod: None,
        container: None,
        files: None,
        executor: template,
    }
}

/// The programs that the containers of a pod start.
fn of_containers<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    template: PodTemplate<'a>,
    read: &mut Identities<'a>,
) -> Vec<Program<'a>> {
    let containers = Files::of_pod(platform, member, template).into_iter();
    let programs = containers.filter_map(|(container, files, arguments)| {
        let role = role(platform, &files, container, &arguments)?;
        let mut program = Program {
            role,
            member,
            version: None,
            properties: Properties::default(),
            is_complete: false,
            arguments,
            pod: Some(template.node),
            container: Some(container),
            files: Some(files),
            executor: None,
        };
        read_files(platform, &mut program, read);
        read_arguments(&mut program);
        program.version = version(platform, &program);
        program.executor = executor_template(platform, &program);
        Some(program)
    });
    programs.collect()
}

/// The file that `--properties-file` names, or else `spark-defaults.conf`.
fn read_files<'a>(platform: &Platform<'a>, program: &mut Program<'a>, read: &mut Identities<'a>) {
    let named = program.arguments.values("--properties-file").last();
    let path = match named {
        Some((path, _)) => program.path(path),
        None => Some(format!("{}/{DEFAULTS}", program.configuration_folder())),
    };
    let found = path.map_or(Found::Unknown, |path| program.file(platform, &path));
    if let Found::Text(text) = found {
        read.insert(text.member.object.identity());
        program.properties.set_all(&text);
        program.is_complete = true;
    } else if named.is_none() {
        program.is_complete |= has_no_file(program);
    }
}

/// Whether no file of properties can be there: the images that the Spark project publishes have none.
fn has_no_file(program: &Program<'_>) -> bool {
    let folder = program.configuration_folder();
    let image = program.container.and_then(|it| it.image());
    image.is_some_and(is_official)
        && !program.may_have_files_in(&folder)
        && !program.arguments.mention(&folder)
        && !program.arguments.mention(DEFAULTS)
}

/// Options of the command line win over files.
fn read_arguments(program: &mut Program<'_>) {
    let member = program.member;
    let mut found = Vec::new();
    let mut set = |key: &str, value: &str, origins: &Origins| {
        let filled = program.filled(value);
        found.push(Property {
            key: key.to_owned(),
            is_filled: filled != value,
            value: filled,
            origins: origins.clone(),
            member,
            problems: Vec::new(),
        });
    };
    for (option, key) in [
        ("--master", "spark.master"),
        ("--deploy-mode", "spark.submit.deployMode"),
        ("--name", "spark.app.name"),
        ("--packages", "spark.jars.packages"),
        ("--jars", "spark.jars"),
        ("--driver-memory", "spark.driver.memory"),
        ("--driver-cores", "spark.driver.cores"),
        ("--executor-memory", "spark.executor.memory"),
        ("--executor-cores", "spark.executor.cores"),
        ("--num-executors", "spark.executor.instances"),
    ] {
        for (value, origins) in program.arguments.values(option) {
            set(key, value, origins);
        }
    }
    for option in ["--conf", "-c"] {
        for (setting, origins) in program.arguments.values(option) {
            // Shells have an option `-c` too.
            let setting = setting.split_once('=');
            if let Some((key, value)) = setting
                && (option == "--conf" || key.starts_with("spark."))
            {
                set(key, value, origins);
            }
        }
    }
    // Daemons have no `--conf`: their scripts pass these on to Java.
    let options = match program.role {
        Role::HistoryServer => program.variable("SPARK_HISTORY_OPTS"),
        Role::Master => program.variable("SPARK_MASTER_OPTS"),
        Role::Worker => program.variable("SPARK_WORKER_OPTS"),
        _ => None,
    };
    if let Some(node) = options.and_then(|it| it.get("value")) {
        let words = node.as_str().unwrap_or_default().split_whitespace();
        let set_by_java = words.filter_map(|it| it.strip_prefix("-D")?.split_once('='));
        // Java has properties of its own.
        for (key, value) in set_by_java.filter(|(key, _)| key.starts_with("spark.")) {
            set(key, value, &node.origins);
        }
    }
    for property in found {
        program.properties.set(property);
    }
}

/// A server of Spark Connect that the operator makes.
fn connect_resource<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    read: &mut Identities<'a>,
) -> Program<'a> {
    let spec = member
        .object
        .node()
        .get("spec")
        .unwrap_or(member.object.node());
    let pod = spec.at(["server", "template"]);
    let container = pod.and_then(main_container);
    let (files, arguments) = pod
        .zip(container)
        .and_then(|(pod, container)| Files::of(platform, member, pod, container))
        .unzip();
    let mut program = Program {
        role: Role::ConnectServer,
        member,
        version: None,
        properties: Properties::default(),
        // As for applications, an image that brings properties of its own is not thought of.
        is_complete: true,
        arguments: arguments.unwrap_or_default(),
        pod,
        container,
        files,
        executor: spec.at(["executor", "template"]).cloned(),
    };
    read_files(platform, &mut program, read);
    set_map(&mut program, spec.get("sparkConf"));
    set_fields(
        &mut program,
        spec,
        &[
            (&["image"], "spark.kubernetes.container.image"),
            (&["server", "cores"], "spark.driver.cores"),
            (&["server", "memory"], "spark.driver.memory"),
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
        ],
    );
    set_dynamic_allocation(&mut program, spec);
    program.version = version_of_resource(platform, &program, spec);
    program
}

/// A job of the operator.
fn application<'a>(platform: &Platform<'a>, member: &'a Member) -> Option<Program<'a>> {
    let spec = application_spec(member)?;
    let pod = spec.at(["driver", "template"]);
    let container = pod.and_then(main_container);
    let mut program = Program {
        role: Role::Application,
        member,
        version: None,
        properties: Properties::default(),
        is_complete: true,
        arguments: Arguments::default(),
        pod,
        container,
        files: pod
            .zip(container)
            .and_then(|(pod, container)| Files::of(platform, member, pod, container))
            .map(|(files, _)| files),
        executor: spec.at(["executor", "template"]).cloned(),
    };
    set_map(&mut program, spec.get("sparkConf"));
    if let Some(hadoop) = spec.get("hadoopConf") {
        for (key, value) in hadoop.entries() {
            set(&mut program, &format!("spark.hadoop.{key}"), value);
        }
    }
    for (field, key) in [
        ("jars", "spark.jars"),
        ("packages", "spark.jars.packages"),
        ("repositories", "spark.jars.repositories"),
        ("files", "spark.files"),
        ("pyFiles", "spark.submit.pyFiles"),
        ("archives", "spark.archives"),
    ] {
        if let Some(list) = spec.at(["deps", field]) {
            let names: Vec<_> = list.list_at([]).iter().filter_map(Node::as_str).collect();
            let joined = Node::new(names.join(","), list.origins.clone());
            set(&mut program, key, &joined);
        }
    }
    set_fields(
        &mut program,
        spec,
        &[
            (&["image"], "spark.kubernetes.container.image"),
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
            (
                &["executor", "memoryOverhead"],
                "spark.executor.memoryOverhead",
            ),
            (&["executor", "instances"], "spark.executor.instances"),
        ],
    );
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
fn application_spec(member: &Member) -> Option<&Node> {
    let spec = member.object.node().get("spec")?;
    match member.object.identity().kind.as_str() {
        "ScheduledSparkApplication" => spec.get("template"),
        _ => Some(spec),
    }
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

/// The fields that the operator hands to Spark as properties.
fn set_fields(program: &mut Program<'_>, spec: &Node, fields: &[(&[&str], &str)]) {
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

/// The pod template that a property names, when it is in sight.
fn executor_template(platform: &Platform<'_>, program: &Program<'_>) -> Option<Node> {
    let path = program
        .properties
        .value("spark.kubernetes.executor.podTemplateFile")?;
    match program.file(platform, path) {
        Found::Text(text) => embedded(&text.node),
        _ => None,
    }
}
