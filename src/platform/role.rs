//! What a container starts.

use super::{Arguments, Found, Platform, environment::SPARK_CONF_DIR, files::Files};
use crate::{document::Node, kubernetes::Container, ports, spark::conf::DEFAULTS};

/// What a program of Spark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Serves Spark Connect, as a driver.
    ConnectServer,
    /// A job of the operator: a `SparkApplication` or a schedule of them.
    Application,
    /// Another driver, started by `spark-submit`.
    Driver,
    /// A file of properties for a driver that is not in sight, such as a notebook.
    Properties,
    /// Shows what applications wrote.
    HistoryServer,
    /// The master of a standalone cluster.
    Master,
    /// A worker of a standalone cluster.
    Worker,
}

/// What a container starts, by its command line, or by what its image's entry point goes by.
pub(super) fn role<'a>(
    platform: &Platform<'a>,
    files: &Files<'a>,
    container: Container<'a>,
    arguments: &Arguments,
) -> Option<Role> {
    of_arguments(container, arguments)
        .or_else(|| of_entry_point(container))
        .or_else(|| of_port(platform, files, container))
}

/// What a command line starts, by Spark's own classes and scripts.
fn of_arguments(container: Container<'_>, arguments: &Arguments) -> Option<Role> {
    let table = [
        ("SparkConnectServer", Role::ConnectServer),
        ("start-connect-server.sh", Role::ConnectServer),
        ("deploy.history.HistoryServer", Role::HistoryServer),
        ("start-history-server.sh", Role::HistoryServer),
        ("deploy.master.Master", Role::Master),
        ("start-master.sh", Role::Master),
        ("deploy.worker.Worker", Role::Worker),
        ("start-worker.sh", Role::Worker),
        ("start-thriftserver.sh", Role::Driver),
        ("HiveThriftServer2", Role::Driver),
        ("spark-submit", Role::Driver),
        ("pyspark", Role::Driver),
    ];
    // These are no driver: they ask about one, or are clients of a Connect server.
    let is_other = ["--kill", "--status", "--version", "--help", "--remote"];
    if arguments.words().any(|(word, _)| {
        let option = word.split('=').next().unwrap_or(word);
        is_other.contains(&option)
    }) {
        return None;
    }
    let is_of_spark = ["spark", "SPARK_"].iter().any(|it| arguments.mention(it))
        || container.image().is_some_and(|it| it.contains("spark"));
    let is_word = |word: &str| matches!(word, "spark-submit" | "pyspark");
    let (_, role) = table.iter().find(|(word, _)| match *word {
        word if is_word(word) => arguments
            .words()
            .any(|(text, _)| text == word || text.ends_with(&format!("/{word}"))),
        // Celeborn, Alluxio and others call their scripts alike.
        "start-master.sh" | "start-worker.sh" => is_of_spark && arguments.mention(word),
        word => arguments.mention(word),
    })?;
    Some(*role)
}

/// What the entry point of Bitnami's images starts, as a variable tells it.
fn of_entry_point(container: Container<'_>) -> Option<Role> {
    let image = container.image()?.split(['@', ':']).next()?;
    let is_bitnami = ["bitnami/spark", "bitnamilegacy/spark"]
        .iter()
        .any(|it| image.ends_with(it));
    let starts_itself = ["command", "args"].map(|it| container.node.get(it)) == [None, None];
    let mode = container.variable("SPARK_MODE")?.str_at(["value"])?;
    match mode {
        "master" if is_bitnami && starts_itself => Some(Role::Master),
        "worker" if is_bitnami && starts_itself => Some(Role::Worker),
        _ => None,
    }
}

/// What the entry point of an image most likely starts that has a port of Spark Connect and a file of
/// properties where Spark looks for one.
fn of_port<'a>(
    platform: &Platform<'a>,
    files: &Files<'a>,
    container: Container<'a>,
) -> Option<Role> {
    let ports = container.node.list_at(["ports"]);
    let is_open = ports.iter().any(|it| {
        it.get("containerPort").and_then(Node::as_integer) == Some(ports::CONNECT.into())
    });
    let starts_itself = ["command", "args"].map(|it| container.node.get(it)) == [None, None];
    if !is_open || !starts_itself {
        return None;
    }
    let file = files.find(platform, &format!("{SPARK_CONF_DIR}/{DEFAULTS}"));
    matches!(file, Found::Text(_)).then_some(Role::ConnectServer)
}
