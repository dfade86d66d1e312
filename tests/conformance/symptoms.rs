//! What real Spark does with faults of the catalogue, and that it runs once they are fixed.
//!
//! Each row is a configuration of a Connect server on this machine, without Kubernetes. What the page of
//! a check quotes must stand in the log of the server or in the answer of its client.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use kiln::checks;
use tempfile::TempDir;

use crate::{
    conformance::spark::lab::{Lab, ObjectStore, Process},
    support::sample::one_in,
};

/// The lines of Spark, each by one release.
const V3_5: &str = "3.5.7";
const V4_1: &str = "4.1.4";

/// How long a server or a client may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where a Connect server listens.
const PORT: u16 = 15002;

/// What the client gets of a server that works.
const SUM: &str = "[Row(sum(id)=499500)]";

/// The Connect server, which Spark 3.5 does not ship.
const CONNECT_3_5: Property = (
    "spark.jars.packages",
    "org.apache.spark:spark-connect_2.12:3.5.7",
);

type Property = (&'static str, &'static str);

/// A fault, and the same fixed.
struct Row {
    /// The name of the check that finds it.
    check: &'static str,
    /// The release of Spark.
    spark: &'static str,
    /// What the check finds, beside [`BASE`].
    failing: &'static [Property],
    /// The same, fixed.
    passing: &'static [Property],
    /// What the fault does.
    does: Does,
}

/// What becomes of a server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    /// It ends before it serves.
    Ends,
    /// It serves, and clients get no answer.
    Refuses,
    /// It serves, and has complained.
    Complains,
    /// It serves, at addresses where nobody should find it, too.
    ListensEverywhere,
}

/// What all servers have; rows win.
const BASE: [Property; 4] = [
    ("spark.master", "local[1]"),
    ("spark.ui.enabled", "false"),
    ("spark.driver.host", "127.0.0.1"),
    ("spark.hadoop.fs.s3a.path.style.access", "true"),
];

const KRYO: Property = (
    "spark.serializer",
    "org.apache.spark.serializer.KryoSerializer",
);
const LOGS: Property = ("spark.eventLog.enabled", "true");
const BIND: Property = ("spark.driver.bindAddress", "127.0.0.1");
const EXECUTORS: Property = ("spark.master", "local-cluster[1,1,1024]");
const TRACKING: Property = ("spark.dynamicAllocation.shuffleTracking.enabled", "true");
const DYNAMIC: Property = ("spark.dynamicAllocation.enabled", "true");

const ROWS: [Row; 17] = [
    Row {
        check: "executors-out-of-range",
        spark: V4_1,
        failing: &[
            EXECUTORS,
            DYNAMIC,
            TRACKING,
            ("spark.dynamicAllocation.minExecutors", "6"),
            ("spark.dynamicAllocation.maxExecutors", "4"),
        ],
        passing: &[
            EXECUTORS,
            DYNAMIC,
            TRACKING,
            ("spark.dynamicAllocation.minExecutors", "0"),
            ("spark.dynamicAllocation.maxExecutors", "4"),
        ],
        does: Does::Ends,
    },
    Row {
        check: "refused-java-option",
        spark: V4_1,
        failing: &[("spark.executor.extraJavaOptions", "-Xmx8g")],
        passing: &[("spark.executor.extraJavaOptions", "-XX:+UseG1GC")],
        does: Does::Ends,
    },
    Row {
        check: "dynamic-allocation-storage",
        spark: V4_1,
        failing: &[
            EXECUTORS,
            DYNAMIC,
            ("spark.dynamicAllocation.shuffleTracking.enabled", "false"),
        ],
        passing: &[EXECUTORS, DYNAMIC],
        does: Does::Ends,
    },
    Row {
        check: "malformed-value",
        spark: V4_1,
        failing: &[("spark.executor.memory", "1Gi")],
        passing: &[("spark.executor.memory", "1g")],
        does: Does::Ends,
    },
    Row {
        check: "malformed-value",
        spark: V4_1,
        failing: &[("spark.sql.adaptive.enabled", "yes")],
        passing: &[("spark.sql.adaptive.enabled", "true")],
        does: Does::Refuses,
    },
    Row {
        check: "property-removed",
        spark: V4_1,
        failing: &[("spark.sql.legacy.avro.datetimeRebaseModeInRead", "LEGACY")],
        passing: &[("spark.sql.avro.datetimeRebaseModeInRead", "LEGACY")],
        does: Does::Refuses,
    },
    Row {
        check: "property-deprecated",
        spark: V4_1,
        failing: &[("spark.blacklist.enabled", "true")],
        passing: &[("spark.excludeOnFailure.enabled", "true")],
        does: Does::Complains,
    },
    Row {
        check: "not-a-spark-property",
        spark: V4_1,
        failing: &[("fs.s3a.endpoint", "https://s3.example.com")],
        passing: &[("spark.hadoop.fs.s3a.endpoint", "https://s3.example.com")],
        does: Does::Complains,
    },
    Row {
        check: "unexpanded-placeholder",
        spark: V4_1,
        failing: &[("spark.driver.host", "${POD_IP}"), BIND],
        passing: &[("spark.driver.host", "${env:POD_IP}"), BIND],
        does: Does::Ends,
    },
    Row {
        check: "unset-variable",
        spark: V4_1,
        failing: &[("spark.driver.host", "${env:MY_POD_IP}"), BIND],
        passing: &[("spark.driver.host", "${env:POD_IP}"), BIND],
        does: Does::Ends,
    },
    Row {
        check: "bind-address",
        spark: V4_1,
        // An address that no machine has, as that of a Service is the address of no pod.
        failing: &[("spark.driver.host", "192.0.2.1")],
        passing: &[("spark.driver.host", "192.0.2.1"), BIND],
        does: Does::Ends,
    },
    Row {
        check: "bucket-root",
        spark: V3_5,
        failing: &[CONNECT_3_5, LOGS, ("spark.eventLog.dir", "s3a://logs/")],
        passing: &[
            CONNECT_3_5,
            LOGS,
            ("spark.eventLog.dir", "s3a://logs/events"),
        ],
        does: Does::Ends,
    },
    Row {
        check: "undeclared-bucket",
        spark: V4_1,
        failing: &[LOGS, ("spark.eventLog.dir", "s3a://nowhere/events")],
        passing: &[LOGS, ("spark.eventLog.dir", "s3a://logs/events")],
        does: Does::Ends,
    },
    Row {
        check: "credentials-provider",
        spark: V4_1,
        failing: &[
            LOGS,
            ("spark.eventLog.dir", "s3a://logs/events"),
            (
                "spark.hadoop.fs.s3a.aws.credentials.provider",
                "com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
            ),
        ],
        passing: &[LOGS, ("spark.eventLog.dir", "s3a://logs/events")],
        does: Does::Ends,
    },
    Row {
        check: "shuffle-manager-missing",
        spark: V4_1,
        failing: &[
            KRYO,
            (
                "spark.shuffle.manager",
                "org.apache.spark.shuffle.celeborn.RssShuffleManager",
            ),
        ],
        passing: &[KRYO, ("spark.shuffle.manager", "sort")],
        does: Does::Ends,
    },
    Row {
        check: "connect-jar-missing",
        spark: V3_5,
        failing: &[],
        passing: &[CONNECT_3_5],
        does: Does::Ends,
    },
    Row {
        check: "property-of-later-version",
        spark: V3_5,
        failing: &[
            CONNECT_3_5,
            ("spark.connect.grpc.binding.address", "127.0.0.1"),
        ],
        passing: &[CONNECT_3_5],
        does: Does::ListensEverywhere,
    },
];

#[test]
#[ignore = "needs Java and a network; run by make conformance"]
fn faults_show_as_their_pages_say_and_are_gone_once_mended() {
    let lab = Lab::install(&[V3_5, V4_1].map(str::to_owned));
    let store = ObjectStore::start(&lab);
    store.put("logs");
    store.put("logs/events/.keep");
    let world = World {
        lab: &lab,
        store: &store,
    };
    let mut failures = Vec::new();
    for row in ROWS.iter().step_by(one_in(4)) {
        let begin = Instant::now();
        let failing = world.run(row, row.failing);
        let quoted = quoted(row.check);
        let shows = row.does == Does::ListensEverywhere
            || quoted.iter().any(|it| stands_in(it, &failing.said));
        let passing = world.run(row, row.passing);
        let is_mended = passing.does.is_none();
        let what = format!("{} on {} {:?}", row.check, row.spark, row.failing);
        println!("{what}: {:?}, {:.1?}", failing.does, begin.elapsed());
        let does = match failing.does {
            None if row.does == Does::Complains => Some(Does::Complains),
            None if failing.is_everywhere => Some(Does::ListensEverywhere),
            other => other,
        };
        if does != Some(row.does) || !shows {
            failures.push(format!(
                "{what} shows none of {quoted:?}, or does {does:?}:\n{}",
                failing.said
            ));
        }
        if !is_mended {
            failures.push(format!(
                "{what} is not fixed by {:?}:\n{}",
                row.passing, passing.said
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
#[ignore = "needs Java and a network; run by make conformance"]
fn scripts_of_sbin_leave_the_foreground_unless_told_not_to() {
    let lab = Lab::install(&[V4_1.to_owned()]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().display();
    let options = format!("-Dspark.history.fs.logDirectory=file:{path} -Dspark.history.ui.port=0");
    let script = |name: &str| {
        let mut command = Command::new("bash");
        command
            .arg(lab.spark(V4_1).join("sbin").join(name))
            .env("SPARK_HOME", lab.spark(V4_1))
            .env("SPARK_LOG_DIR", folder.path())
            .env("SPARK_PID_DIR", folder.path())
            .env("SPARK_HISTORY_OPTS", &options)
            .env_remove("SPARK_NO_DAEMONIZE")
            .stdin(Stdio::null());
        command
    };
    let output = |mut command: Command| command.output().expect("bash runs");

    let started = output(script("start-history-server.sh"));
    let said = String::from_utf8_lossy(&[started.stdout, started.stderr].concat()).into_owned();
    output(script("stop-history-server.sh"));
    assert!(started.status.success(), "{said}");
    let quoted = quoted("daemonized");
    assert!(quoted.iter().any(|it| stands_in(it, &said)), "{said}");

    let log = folder.path().join("foreground");
    let file = File::create(&log).expect("a temporary file");
    let mut command = script("start-history-server.sh");
    command
        .env("SPARK_NO_DAEMONIZE", "true")
        .stdout(file.try_clone().expect("a file has two handles"))
        .stderr(file);
    let mut process = Process::spawn(&mut command);
    let deadline = Instant::now() + PATIENCE;
    let said = || fs::read_to_string(&log).expect("the log is text");
    while !said().contains("Bound HistoryServer") {
        assert!(process.ended().is_none(), "it serves:\n{}", said());
        assert!(Instant::now() < deadline, "it serves:\n{}", said());
        thread::sleep(Duration::from_millis(200));
    }
    assert!(
        process.terminate(PATIENCE),
        "the server ends when it is told to"
    );
}

/// What is around a server.
struct World<'a> {
    lab: &'a Lab,
    store: &'a ObjectStore,
}

/// What a server did.
struct Run {
    /// What was wrong; nothing when it served, and gave a client its answer where the row is about that.
    does: Option<Does>,
    /// Whether it was reached at another address of this machine than it was told.
    is_everywhere: bool,
    /// Its log, and what the client said.
    said: String,
}

impl World<'_> {
    /// Starts a server with properties, asks it when it serves, and ends it.
    fn run(&self, row: &Row, properties: &[Property]) -> Run {
        let free = TcpListener::bind(("0.0.0.0", PORT));
        assert!(free.is_ok(), "port {PORT} must be free for Spark");
        drop(free);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut process = self.start(row.spark, properties, &folder);
        let mut answer = String::new();
        let mut is_everywhere = false;
        let does = if !serves(&mut process) {
            Some(Does::Ends)
        } else if matches!(row.does, Does::Ends | Does::Complains) {
            None
        } else if row.does == Does::ListensEverywhere {
            is_everywhere = TcpStream::connect(("127.0.0.2", PORT)).is_ok();
            None
        } else {
            answer = self.lab.client().answer(PATIENCE);
            (answer.trim() != SUM).then_some(Does::Refuses)
        };
        if process.ended().is_none() {
            assert!(
                process.terminate(PATIENCE),
                "the server ends when it is told to"
            );
        }
        let log = fs::read_to_string(folder.path().join("log")).expect("the log is text");
        Run {
            does,
            is_everywhere,
            said: log + &answer,
        }
    }

    fn start(&self, spark: &str, properties: &[Property], folder: &TempDir) -> Process {
        let endpoint = self.store.endpoint();
        let ivy = folder.path().join("ivy").display().to_string();
        let own = [
            ("spark.hadoop.fs.s3a.endpoint", endpoint.as_str()),
            ("spark.jars.ivy", ivy.as_str()),
        ];
        let all = BASE.iter().chain(&own).chain(properties);
        // The last one wins.
        let text: String = all
            .flat_map(|(key, value)| [*key, "=", *value, "\n"])
            .collect();
        fs::write(folder.path().join("spark-defaults.conf"), text).expect("a temporary file");
        let log = File::create(folder.path().join("log")).expect("a temporary file");
        let mut command = Command::new(self.lab.spark(spark).join("bin/spark-submit"));
        command
            .args(["--class", SERVER, "spark-internal"])
            .current_dir(folder.path())
            .env("SPARK_CONF_DIR", folder.path())
            .env("POD_IP", "127.0.0.1")
            .env("AWS_ACCESS_KEY_ID", "somebody")
            .env("AWS_SECRET_ACCESS_KEY", "something")
            .env_remove("SPARK_HOME")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file has two handles"))
            .stderr(log);
        Process::spawn(&mut command)
    }
}

const SERVER: &str = "org.apache.spark.sql.connect.service.SparkConnectServer";

/// Waits until a server serves; false when it ends before.
fn serves(process: &mut Process) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while process.ended().is_none() {
        if TcpStream::connect(("127.0.0.1", PORT)).is_ok() {
            return true;
        }
        assert!(Instant::now() < deadline, "the port stays closed");
        thread::sleep(Duration::from_millis(200));
    }
    false
}

/// What a check quotes of a log.
fn quoted(name: &str) -> Vec<&'static str> {
    let check = checks::all().find(|it| it.code.name == name);
    let symptom = check.expect("the check is in the catalogue").symptom;
    symptom.split('`').skip(1).step_by(2).collect()
}

/// Whether the parts of a quotation stand in a text, in their order.
fn stands_in(quotation: &str, text: &str) -> bool {
    let mut rest = text;
    quotation.split('…').all(|part| {
        let found = rest.find(part.trim());
        rest = found.map_or("", |at| &rest[at + part.trim().len()..]);
        found.is_some()
    })
}
