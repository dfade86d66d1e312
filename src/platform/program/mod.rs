//! What runs Spark: found by what containers start, by the operator's resources, and by files of
//! properties that somebody keeps for it.

mod containers;
mod jars;
mod prepared;
mod resources;

use std::collections::BTreeSet;

use self::resources::application_spec;
use super::{
    Arguments, Found, Mode, Platform, Properties, Role, Version,
    environment::{Filler, SPARK_CONF_DIR},
    files::Files,
    is_official,
    version::{stated, tag_of_spark},
};
use crate::{
    document::{Node, Origins},
    graph::Member,
    kubernetes::{Container, Identity},
    spark::{
        Line,
        registry::{Problem, check, check_every_line},
    },
};

const OPERATOR_GROUP: &str = "sparkoperator.k8s.io";

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

    /// Where the driver runs; none when nothing in sight says so, or when it is a daemon, which may share a file
    /// of properties with drivers.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        if !self.is_driver() {
            return None;
        }
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

    /// The files that `ConfigMap`s put into a folder of the container, with their names.
    #[must_use]
    pub fn mounted_files(&self, platform: &Platform<'a>, folder: &str) -> Vec<(&'a str, &'a Node)> {
        let files = self.files.as_ref();
        files.map_or_else(Vec::new, |it| it.in_folder(platform, folder))
    }

    /// Where a path of its container lies in a claim: the claim's name, and the path below its root.
    #[must_use]
    pub fn in_claim(&self, path: &str) -> Option<(&'a str, String)> {
        self.files.as_ref()?.in_claim(path)
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

/// The `ConfigMap`s whose properties a program loads.
type Loaded<'a> = BTreeSet<&'a Identity>;

/// Everything in sight that runs Spark.
pub(super) fn all<'a>(platform: &Platform<'a>) -> Vec<Program<'a>> {
    let mut loaded = Loaded::new();
    let mut programs = Vec::new();
    for member in platform.members() {
        programs.extend(of_member(platform, member, &mut loaded));
    }
    let config_maps = platform.of_kind("", "ConfigMap");
    for member in config_maps.filter(|it| !loaded.contains(it.object.identity())) {
        programs.extend(prepared::of_config_map(platform, member));
    }
    for program in &mut programs {
        assume_version(platform, program);
        evaluate_properties(program);
    }
    programs
}

/// Gives a program of which nothing tells the version the one that somebody assumes of all.
fn assume_version(platform: &Platform<'_>, program: &mut Program<'_>) {
    if program.version.is_none() && !program.is_of_other_version() {
        let assumed = platform.offers.assumed.spark;
        program.version = assumed.map(|release| Version {
            release,
            origins: Origins::none(),
        });
    }
}

/// What an object starts.
fn of_member<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    loaded: &mut Loaded<'a>,
) -> Vec<Program<'a>> {
    let identity = member.object.identity();
    match (identity.group.as_str(), identity.kind.as_str()) {
        (OPERATOR_GROUP, "SparkConnect") => {
            vec![resources::connect(platform, member, loaded)]
        }
        (OPERATOR_GROUP, "SparkApplication" | "ScheduledSparkApplication") => {
            let application = resources::application(platform, member);
            application.into_iter().collect()
        }
        _ => member.object.pod_template().map_or_else(Vec::new, |it| {
            containers::of_pod(platform, member, it, loaded)
        }),
    }
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
