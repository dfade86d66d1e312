//! The programs that the containers of pods start.

use super::{Loaded, Program};
use crate::{
    document::{Node, Origins},
    graph::Member,
    kubernetes::PodTemplate,
    platform::{
        Arguments, Found, Platform, Properties, Property, Role, files::Files, is_official,
        role::role, version::version,
    },
    spark::conf::DEFAULTS,
    yaml::embedded,
};

/// The options of `spark-submit` that are short for a property (`SparkSubmitArguments`).
const OPTIONS: [(&str, &str); 10] = [
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
];

/// The programs that the containers of a pod start.
pub(super) fn of_pod<'a>(
    platform: &Platform<'a>,
    member: &'a Member,
    template: PodTemplate<'a>,
    loaded: &mut Loaded<'a>,
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
        read_files(platform, &mut program, loaded);
        read_arguments(&mut program);
        program.version = version(platform, &program);
        program.executor = executor_template(platform, &program);
        Some(program)
    });
    programs.collect()
}

/// The file that `--properties-file` names, or else `spark-defaults.conf`.
pub(super) fn read_files<'a>(
    platform: &Platform<'a>,
    program: &mut Program<'a>,
    loaded: &mut Loaded<'a>,
) {
    let named = program.arguments.values("--properties-file").last();
    let path = match named {
        Some((path, _)) => program.path(path),
        None => Some(format!("{}/{DEFAULTS}", program.configuration_folder())),
    };
    let found = path.map_or(Found::Unknown, |path| program.file(platform, &path));
    if let Found::Text(text) = found {
        loaded.insert(text.member.object.identity());
        program.properties.set_all(&text);
        program.is_complete = true;
    } else if named.is_none() {
        // One that is named and not in sight may set anything.
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

/// Options of the command line win over files. Of these, the last one wins.
fn read_arguments(program: &mut Program<'_>) {
    let settings = options(&program.arguments)
        .chain(settings(&program.arguments))
        .chain(options_of_daemon(program));
    let found = settings.map(|(key, value, origins)| {
        let filled = program.filled(value);
        Property {
            key: key.to_owned(),
            is_filled: filled != value,
            value: filled,
            origins: origins.clone(),
            member: program.member,
            problems: Vec::new(),
        }
    });
    for property in found.collect::<Vec<_>>() {
        program.properties.set_over_files(property);
    }
}

/// A property that is set, its value, and what made it.
type Setting<'p> = (&'p str, &'p str, &'p Origins);

fn options(arguments: &Arguments) -> impl Iterator<Item = Setting<'_>> {
    OPTIONS.into_iter().flat_map(|(option, key)| {
        let values = arguments.values(option);
        values.map(move |(value, origins)| (key, value, origins))
    })
}

/// What `--conf` sets, and its short form `-c`, which is an option of shells too.
fn settings(arguments: &Arguments) -> impl Iterator<Item = Setting<'_>> {
    let long = arguments.values("--conf").filter_map(setting);
    let short = arguments.values("-c").filter_map(setting);
    long.chain(short.filter(|(key, ..)| key.starts_with("spark.")))
}

fn setting<'p>((text, origins): (&'p str, &'p Origins)) -> Option<Setting<'p>> {
    let (key, value) = text.split_once('=')?;
    Some((key, value, origins))
}

/// Daemons have no `--conf`: their scripts pass a variable on to Java (`SPARK_HISTORY_OPTS` and the like).
fn options_of_daemon<'p>(program: &'p Program<'_>) -> impl Iterator<Item = Setting<'p>> {
    let variable = match program.role {
        Role::HistoryServer => program.variable("SPARK_HISTORY_OPTS"),
        Role::Master => program.variable("SPARK_MASTER_OPTS"),
        Role::Worker => program.variable("SPARK_WORKER_OPTS"),
        _ => None,
    };
    let options = variable.and_then(|it| it.get("value")).into_iter();
    let settings = options.flat_map(|node| {
        let words = node.as_str().unwrap_or_default().split_whitespace();
        let of_java = words.filter_map(|it| it.strip_prefix("-D"));
        of_java.filter_map(|it| setting((it, &node.origins)))
    });
    // Java has properties of its own.
    settings.filter(|(key, ..)| key.starts_with("spark."))
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
