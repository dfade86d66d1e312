//! What Spark knows: versions, memory, properties.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use kiln::{
    document::{Node, Origin, Origins, Place, Sourced, Sources, Value, deserialize},
    spark::OperatorVersion,
    spark::{
        Conf, SparkVersion,
        effects::{Mode, denied_by_operator, overridden_by, without_effect},
        memory::{ContainerMemory, MINIMUM_HEAP, Mebibytes, MemoryError, Overhead, Pyspark},
        registry::{Lookup, Problem, Property, check, lookup},
        value::{Refusal, Type},
        version::{AwsSdk, Line},
    },
};
use schemars::JsonSchema;

const MIB: u64 = 1 << 20;

fn version(text: &str) -> SparkVersion {
    text.parse().expect("it is a supported release")
}

#[test]
fn a_version_belongs_to_a_line_with_facts() {
    assert_eq!(version("4.1.4").line(), Line::V4_1);
    assert_eq!(version("4.1.10").to_string(), "4.1.10");
    assert!(version("3.5.9") < version("4.0.0"));
    assert!(version("4.1.9") < version("4.1.10"));
    assert_eq!(Value::from(version("4.3.0")), Value::from("4.3.0"));

    let facts = version("3.5.7").facts();
    assert_eq!((facts.scala, facts.hadoop), ("2.12", "3.3.4"));
    assert!(!facts.connect_bundled && facts.aws_sdk == AwsSdk::V1);
    assert!(facts.python.contains(8) && !facts.python.contains(12));

    let facts = version("4.1.4").facts();
    assert_eq!((facts.scala, facts.hadoop), ("2.13", "3.4.2"));
    assert!(facts.connect_bundled && facts.aws_sdk == AwsSdk::V2);
    assert_eq!(facts.python.to_string(), "3.10 to 3.14");
    assert!(version("4.3.0").facts().python.contains(15));

    for line in Line::ALL {
        assert_eq!(version(&format!("{line}.0")).line(), line);
    }
}

#[test]
fn other_versions_are_refused_with_the_list() {
    for text in [
        "3.4.4",
        "5.0.0",
        "4.1",
        "4",
        "",
        "4.1.x",
        "4.1.4-preview1",
        "4.1.04",
        "4.1.+4",
        "v4.1.4",
    ] {
        let error = text
            .parse::<SparkVersion>()
            .expect_err("it is not a release");
        assert!(
            error
                .to_string()
                .contains("3.5.x, 4.0.x, 4.1.x, 4.2.x, 4.3.x"),
            "{error}"
        );
    }
    assert!(deserialize::<SparkVersion>(&Node::from("3.4.4")).is_err());
    let read = deserialize::<SparkVersion>(&Node::from("4.0.5")).expect("it is a release");
    assert_eq!(read, version("4.0.5"));
}

#[test]
fn the_schema_of_a_version_takes_what_the_parser_takes() {
    let schema = SparkVersion::json_schema(&mut schemars::SchemaGenerator::default());
    let validator = jsonschema::validator_for(schema.as_value()).expect("it is a schema");
    for text in [
        "4.1.4", "3.5.0", "4.3.10", "4.1", "4.1.04", "3.4.4", "44.1.0", "4.1.4 ", "4x1.4",
    ] {
        assert_eq!(
            validator.is_valid(&text.into()),
            text.parse::<SparkVersion>().is_ok(),
            "{text}"
        );
    }
}

#[test]
fn the_heap_is_what_overhead_leaves() {
    // (container MiB, overhead, heap, overhead MiB)
    let examples = [
        // Spark's documentation and the pods it makes: a heap of 1g is a container of 1408Mi.
        (1408, Overhead::Jvm, 1024, 384),
        (2048, Overhead::Jvm, 1664, 384),
        (8192, Overhead::Jvm, 7448, 744),
        (2048, Overhead::NonJvm, 1463, 585),
        (4096, Overhead::Exactly(Mebibytes(512)), 3584, 512),
        (465 + 384, Overhead::Jvm, 465, 384),
    ];
    for (container, overhead, heap, beside) in examples {
        let split = ContainerMemory::new(container * MIB, overhead)
            .split()
            .expect("it is large enough");
        assert_eq!(
            (split.heap.0, split.overhead.0),
            (heap, beside),
            "{container}"
        );
    }
}

#[test]
fn every_container_is_spent_to_the_last_mebibyte() {
    for overhead in [Overhead::Jvm, Overhead::NonJvm] {
        for container in 849..20_000 {
            let split = ContainerMemory::new(container * MIB, overhead)
                .split()
                .expect("it is large enough");
            assert_eq!(split.container(), Mebibytes(container));
            // At least what Spark would take by itself, and no more than rounding explains.
            let spark = overhead.of(split.heap);
            assert!(split.overhead == spark || split.overhead.0 == spark.0 + 1);
            let larger = Mebibytes(split.heap.0 + 1);
            assert!(larger.0 + overhead.of(larger).0 > container);
        }
    }
}

#[test]
fn off_heap_and_python_memory_are_paid_by_the_container() {
    let container = ContainerMemory {
        off_heap: Mebibytes(1024),
        pyspark: Pyspark::Added(Mebibytes(512)),
        ..ContainerMemory::new(4096 * MIB, Overhead::Jvm)
    };
    let split = container.split().expect("it is large enough");
    assert_eq!(split.heap, Mebibytes(4096 - 1024 - 512 - 384));
    assert_eq!((split.overhead.0, split.pyspark.0), (384, 512));
    assert_eq!(split.container(), Mebibytes(4096));

    // In client mode Spark does not add the workers' memory, so it must be in the overhead.
    let client = ContainerMemory {
        pyspark: Pyspark::InOverhead(Mebibytes(512)),
        ..container
    };
    let split = client.split().expect("it is large enough");
    assert_eq!((split.overhead.0, split.pyspark.0), (384 + 512, 0));
    assert_eq!(split.container(), Mebibytes(4096));
}

#[test]
fn a_container_that_spark_would_not_start_in_is_refused() {
    let error = ContainerMemory::new(848 * MIB, Overhead::Jvm).split();
    assert_eq!(
        error,
        Err(MemoryError::TooSmall {
            container: Mebibytes(848),
            needed: Mebibytes(849)
        })
    );
    assert_eq!(
        error.expect_err("it is too small").to_string(),
        "848Mi are too small for Spark: it needs 849Mi, of which its heap takes at least 465Mi"
    );
    // Kubernetes' own trap: `512m` of memory is half a byte, and 2G is not a whole number of MiB.
    assert_eq!(
        ContainerMemory::new(2_000_000_000, Overhead::Jvm).split(),
        Err(MemoryError::Fraction {
            bytes: 2_000_000_000
        })
    );
    let absurd = ContainerMemory {
        off_heap: Mebibytes(u64::MAX),
        pyspark: Pyspark::Added(Mebibytes(u64::MAX)),
        ..ContainerMemory::new(4096 * MIB, Overhead::Jvm)
    };
    assert!(absurd.split().is_err());
    assert_eq!(Mebibytes(1664).to_string(), "1664m");
}

/// The smallest heap is what Java itself says, with the collector it chooses in small containers.
#[test]
#[ignore = "needs java; run by `make conformance`"]
fn java_keeps_enough_of_the_smallest_heap() {
    let enough = |heap: u64| {
        let output = Command::new("java")
            .args([
                "-XX:+UseSerialGC",
                &format!("-Xmx{heap}m"),
                "tests/spark/MaxMemory.java",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("java can run");
        assert!(output.status.success(), "{output:?}");
        let bytes = String::from_utf8_lossy(&output.stdout);
        bytes.trim().parse::<u64>().expect("it prints a number") >= 471_859_200
    };
    assert!(enough(MINIMUM_HEAP.0));
    assert!(!enough(MINIMUM_HEAP.0 - 1));
}

fn tricky_conf() -> BTreeMap<String, String> {
    let tricky: Vec<String> =
        serde_json::from_str(include_str!("yaml/tricky.json")).expect("the list is JSON");
    let own = [
        "=x", ":x", " = ", "a=b:c", "x\\", "\\u0041", "#x", "!x", "a b", "é", "日本", "\u{c}",
    ];
    let mut conf = BTreeMap::new();
    for (at, text) in tricky.iter().map(String::as_str).chain(own).enumerate() {
        conf.insert(format!("spark.value.{at}"), text.to_owned());
        conf.insert(text.to_owned(), format!("{at}"));
    }
    conf
}

#[test]
#[ignore = "needs java; run by `make conformance`"]
fn java_reads_the_properties_unchanged() {
    let wanted = tricky_conf();
    let conf: Conf = wanted
        .iter()
        .map(|(key, value)| (key.clone(), Sourced::constant(value.clone())))
        .collect();
    let node = conf.to_properties();

    let mut child = Command::new("java")
        .arg("tests/spark/ReadProperties.java")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("java can run");
    let text = node.as_str().expect("it is a text");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin
        .write_all(text.as_bytes())
        .expect("java reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("java ends");
    assert!(output.status.success());

    let hex = |text: &str| {
        text.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a String takes every write");
            hex
        })
    };
    let wanted: BTreeMap<String, String> = wanted
        .iter()
        .map(|(key, value)| (hex(key), hex(value)))
        .collect();
    let read: BTreeMap<String, String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(read, wanted);
}

#[test]
fn a_properties_file_has_one_line_and_origin_a_property() {
    let mut sources = Sources::default();
    let file = sources.add_file("prod.toml", "a = 1\nb = 2\n");
    let mut origin = |span| -> Origins {
        let value = Place { file, span };
        sources
            .add_origin(Origin::Manifest { key: None, value })
            .into()
    };
    let (port, jars) = (origin(4..5), origin(10..11));

    let mut conf = Conf::new();
    conf.set("spark.ui.port", Sourced::new(4040, port.clone()));
    conf.set("spark.jars", Sourced::new("a\nb \\ #=:é😀", jars.clone()));
    conf.set("spark.ui.enabled", Sourced::constant(true));
    conf.set("#odd key=:", Sourced::constant(" padded "));

    let node = conf.to_properties();
    let expected = "\\#odd\\ key\\=\\:=\\u0020padded\\u0020\n\
                    spark.jars=a\\nb \\\\ #=:\\u00e9\\ud83d\\ude00\n\
                    spark.ui.enabled=true\n\
                    spark.ui.port=4040\n";
    assert_eq!(node.as_str(), Some(expected));
    assert_eq!(
        node.lines,
        [Origins::none(), jars.clone(), Origins::none(), port.clone()]
    );
    assert_eq!(node.origins, port.clone().and(&jars));
    assert_eq!(
        conf.to_map().get("spark.ui.port").map(|it| &it.origins),
        Some(&port)
    );
}

fn known(line: Line, key: &str) -> Property {
    match lookup(line, key) {
        Lookup::Known(property) => property,
        other => panic!("{key} in {line}: {other:?}"),
    }
}

#[test]
fn a_property_is_known_with_its_type_default_and_version() {
    assert_eq!(
        known(Line::V4_1, "spark.executor.memory"),
        Property {
            key: "spark.executor.memory",
            kind: Type::Bytes("m"),
            range: None,
            since: Some("0.7.0"),
            default: Some("1g"),
            words: None,
        }
    );
    // The default changed with 4.0.
    assert_eq!(
        known(Line::V3_5, "spark.eventLog.compress").default,
        Some("false")
    );
    for line in [Line::V4_0, Line::V4_1, Line::V4_2, Line::V4_3] {
        let property = known(line, "spark.eventLog.compress");
        assert_eq!(
            (property.kind, property.default),
            (Type::Boolean, Some("true"))
        );
    }
    // No default, an empty one, and a key that Spark reads without an entry.
    assert_eq!(known(Line::V4_1, "spark.app.attempt.id").default, None);
    assert_eq!(known(Line::V4_1, "spark.jars").default, Some(""));
    assert_eq!(known(Line::V4_3, "spark.master").since, None);
    // Every line has its own types and checks.
    let kind = |line| known(line, "spark.task.cpus").kind;
    assert_eq!((kind(Line::V4_2), kind(Line::V4_3)), (Type::Int, Type::Any));
    let words = |line| known(line, "spark.task.cpus").words;
    assert_eq!(words(Line::V4_1), None);
    assert_eq!(
        words(Line::V4_2),
        Some("Number of cores to allocate for each task should be positive.")
    );
    // Those of Hadoop and Celeborn.
    assert_eq!(
        known(Line::V3_5, "spark.hadoop.fs.s3a.path.style.access").kind,
        Type::Boolean
    );
    assert_eq!(
        known(
            Line::V4_1,
            "spark.hadoop.fs.s3a.bucket.my.data.path.style.access"
        )
        .key,
        "spark.hadoop.fs.s3a.path.style.access"
    );
    assert_eq!(
        known(Line::V4_1, "spark.celeborn.client.push.replicate.enabled").kind,
        Type::Boolean
    );
    // The first and the last of the table.
    assert_eq!(known(Line::V3_5, "spark.acls.enable").kind, Type::Boolean);
    assert!(matches!(
        lookup(Line::V4_3, "spark.yarn.user.classpath.first"),
        Lookup::Deprecated { .. }
    ));
}

/// Every key of the registry with each line that has it.
fn registered() -> impl Iterator<Item = (&'static str, Line)> {
    let rows = include_str!("../schemas/spark/properties.tsv").lines();
    rows.flat_map(|row| {
        let columns: Vec<_> = row.split('\t').collect();
        let (first, last) = columns[1].split_once('-').expect("a range");
        Line::ALL
            .into_iter()
            .filter(move |line| (first..=last).contains(&line.to_string().as_str()))
            .map(move |line| (columns[0], line))
    })
}

#[test]
fn every_row_of_the_registry_is_found() {
    for (key, line) in registered() {
        let (Lookup::Known(Property { key: found, .. })
        | Lookup::Deprecated {
            property: Property { key: found, .. },
            ..
        }) = lookup(line, key)
        else {
            assert!(
                matches!(lookup(line, key), Lookup::Removed { .. }),
                "{key} in {line}"
            );
            continue;
        };
        assert_eq!(found, key);
    }
    assert!(registered().count() > 9000);
}

#[test]
fn defaults_are_values_of_their_types() {
    for (key, line) in registered() {
        if let Lookup::Known(property) = lookup(line, key)
            && let Some(default) = property.default
            && !default.starts_with('<')
        {
            assert_eq!(property.validate(line, default), Ok(()), "{key} in {line}");
        }
    }
}

#[test]
fn what_spark_would_ignore_in_silence_is_found() {
    let unknown = |line, key: &str| match lookup(line, key) {
        Lookup::Unknown { suggestion, lines } => (suggestion, lines),
        other => panic!("{key}: {other:?}"),
    };
    assert_eq!(
        unknown(Line::V4_1, "spark.executor.memroy"),
        (Some("spark.executor.memory"), vec![])
    );
    // A property that does not exist in any version, and whose neighbours mean something else.
    assert_eq!(
        unknown(Line::V4_1, "spark.kubernetes.executor.request.memory"),
        (None, vec![])
    );
    // A property of later lines, set on an older one.
    assert_eq!(
        unknown(Line::V3_5, "spark.connect.grpc.binding.address"),
        (None, vec![Line::V4_0, Line::V4_1, Line::V4_2, Line::V4_3])
    );
    assert_eq!(unknown(Line::V4_2, "spark.mesos.coarse").1, [Line::V3_5]);
    assert_eq!(unknown(Line::V4_1, "hive.metastore.uris").0, None);
    for odd in [
        "",
        "spark",
        "spark.",
        "~",
        "\u{0}",
        "spark.executor.memory\t",
    ] {
        unknown(Line::V4_1, odd);
    }
}

#[test]
fn old_names_name_the_new_ones() {
    assert_eq!(
        lookup(Line::V4_1, "spark.sql.optimizer.planChangeLog.level"),
        Lookup::Removed {
            since: "3.1.0",
            words: Some("Please use `spark.sql.planChangeLog.level` instead.")
        }
    );
    let Lookup::Deprecated {
        since, replacement, ..
    } = lookup(Line::V4_1, "spark.blacklist.enabled")
    else {
        panic!("it is deprecated");
    };
    assert_eq!(
        (since, replacement),
        (Some("3.1.0"), Some("spark.excludeOnFailure.enabled"))
    );
    assert!(matches!(
        lookup(Line::V3_5, "spark.deploy.spreadOut"),
        Lookup::Known(_)
    ));
    assert!(matches!(
        lookup(Line::V4_0, "spark.deploy.spreadOut"),
        Lookup::Deprecated {
            since: None,
            replacement: Some("spark.deploy.spreadOutApps"),
            ..
        }
    ));
}

#[test]
fn keys_that_are_free_in_part_follow_patterns() {
    for key in [
        "spark.hadoop.fs.defaultFS",
        "spark.executorEnv.HOME",
        "spark.kubernetes.executor.label.app.kubernetes.io/name",
        "spark.kubernetes.driver.volumes.persistentVolumeClaim.data.options.claimName",
        "spark.sql.catalog.lake",
        "spark.sql.catalog.lake.warehouse",
        "spark.ssl.enabled",
        "spark.ssl.ui.keyStore",
        "spark.org.example.Filter.param.name",
    ] {
        assert_eq!(lookup(Line::V3_5, key), Lookup::Pattern, "{key}");
    }
    for key in [
        "spark.executorEnv",
        "spark.executorEnv.",
        "spark.kubernetes.driver.volumes.hostPath.data.options.claim",
        "spark.kubernetes.driver.volumes.hostPath.mount.path",
        "spark.ssl.ui.keystore",
        "spark.kubernetes.worker.label.app",
        "spark.hadoop.fs.s3a.endpiont",
        "spark.hadoop.fs.s3a.bucket.data.endpiont",
        "spark.ssl.rpc.enabled",
        "spark.example.param",
    ] {
        assert!(
            matches!(lookup(Line::V3_5, key), Lookup::Unknown { .. }),
            "{key}"
        );
    }
    // Known from 4.0 on.
    let key = "spark.kubernetes.driver.volumes.hostPath.data.mount.subPathExpr";
    assert!(matches!(lookup(Line::V3_5, key), Lookup::Unknown { lines, .. } if lines.len() == 4));
    assert_eq!(lookup(Line::V4_0, key), Lookup::Pattern);
    assert_eq!(
        lookup(Line::V4_1, "spark.celeborn.since.some.later.version"),
        Lookup::ThirdParty {
            owner: "Apache Celeborn"
        }
    );
}

/// A property of a type, as if Spark had it.
const fn typed(kind: Type) -> Property {
    Property {
        key: "spark.example",
        kind,
        range: None,
        since: None,
        default: None,
        words: None,
    }
}

#[test]
fn values_are_those_of_sparks_converters() {
    let size = Type::Bytes("b");
    let time = Type::Time("ms");
    let words = Type::EnumAnyCase("STATIC|DYNAMIC");
    for (kind, text) in [
        (Type::Boolean, "true"),
        (Type::Boolean, " FALSE "),
        (Type::Int, "-1"),
        (Type::Int, "+7"),
        (Type::Int, "2147483647"),
        (Type::Long, "9223372036854775807"),
        (Type::Double, "0.4"),
        (Type::Double, "1e-3"),
        (Type::Double, "1"),
        (Type::Double, "1.5f"),
        (Type::Double, "-Infinity"),
        (size, "512m"),
        (size, "1G"),
        (size, "1gb"),
        (size, "1024"),
        (size, "-1"),
        (size, " 1k "),
        (time, "30s"),
        (time, "5min"),
        (time, "1d"),
        (time, "-1"),
        (time, "100MS"),
        // Java's units of time saturate; those of size do not.
        (time, "9223372036854775807d"),
        (words, "static"),
        (words, "DYNAMIC"),
        (Type::Enum("Always|Never"), "Never"),
        (Type::Any, "anything"),
        (Type::Int, "${spark.cores.max}"),
    ] {
        assert_eq!(typed(kind).validate(Line::V4_1, text), Ok(()), "{text}");
    }
    for (kind, text) in [
        (Type::Boolean, "yes"),
        (Type::Boolean, "1"),
        (Type::Boolean, "\"false\""),
        (Type::Boolean, ""),
        (Type::Int, "1.5"),
        (Type::Int, "2147483648"),
        (Type::Int, "1_000"),
        (Type::Int, "2 # two"),
        (Type::Long, "1L"),
        (Type::Double, "inf"),
        (Type::Double, "nan"),
        (Type::Double, "1,5"),
        (size, "512Mi"),
        (size, "1.5g"),
        (size, "1 g"),
        (size, "g"),
        (size, ""),
        (size, "1gib"),
        (size, "8192p"),
        (time, "1w"),
        (time, "1.5h"),
        (time, "10 s"),
        (time, "--1"),
        (time, "1ns"),
        (words, "append"),
        (Type::Enum("Always|Never"), "never"),
    ] {
        let refused = typed(kind).validate(Line::V4_1, text);
        assert!(refused.is_err(), "{text} as {kind:?}");
    }
}

/// The messages were recorded from the entries of 3.5.9 and 4.1.4; `make conformance` compares more.
#[test]
fn a_refused_value_is_explained_in_the_words_of_the_log() {
    let refusal = |line, key: &str, value: &str| -> Refusal {
        known(line, key).validate(line, value).expect_err(value)
    };
    let of_size = |line, value: &str| refusal(line, "spark.executor.memory", value);
    assert_eq!(
        of_size(Line::V3_5, "512Mi"),
        Refusal {
            reason: "`512Mi` has Kubernetes' unit Mi, which Spark writes `512m`".to_owned(),
            message: "Size must be specified as bytes (b), kibibytes (k), mebibytes (m), gibibytes (g), \
                      tebibytes (t), or pebibytes(p). E.g. 50b, 100k, or 250m. Invalid suffix: \"mi\""
                .to_owned(),
        }
    );
    assert_eq!(
        of_size(Line::V4_1, "512Mi").message,
        "[INVALID_CONF_VALUE.TYPE_MISMATCH] The value '512Mi' in the config \"spark.executor.memory\" is \
         invalid. It should be a/an 'bytes in MiB' value. SQLSTATE: 22022"
    );
    assert!(
        of_size(Line::V3_5, "1.5g")
            .message
            .ends_with("Fractional values are not supported. Input was: 1.5")
    );
    assert_eq!(
        of_size(Line::V4_1, "1.5g").reason,
        "`1.5g` is not a whole number with one of the units b, k, kb, m, mb, g, gb, t, tb, p, pb (without \
         one it counts m)"
    );
    assert_eq!(
        refusal(Line::V3_5, "spark.executor.cores", "0.5").message,
        "spark.executor.cores should be int, but was 0.5"
    );
    // Spark's own checks of a value; 4.x shows it in bytes.
    let smallest = |line| refusal(line, "spark.eventLog.rolling.maxFileSize", "1m");
    assert_eq!(
        smallest(Line::V3_5).reason,
        "`1m` is not in the range [10485760,] b"
    );
    assert_eq!(
        smallest(Line::V4_1).message,
        "[INVALID_CONF_VALUE.REQUIREMENT] The value '1048576b' in the config \
         \"spark.eventLog.rolling.maxFileSize\" is invalid. Max file size of event log should be \
         configured to be at least 2 MiB. SQLSTATE: 22022"
    );
    let fraction =
        |value| known(Line::V4_1, "spark.memory.storageFraction").validate(Line::V4_1, value);
    assert_eq!(fraction("0"), Ok(()));
    assert_eq!(fraction("0.999"), Ok(()));
    for value in ["1", "-0.1", "NaN", "Infinity"] {
        assert!(fraction(value).is_err(), "{value}");
    }
    // A number between the limits that is refused nevertheless.
    let factor = |value| {
        known(Line::V4_2, "spark.unsafe.sorter.spill.merge.factor").validate(Line::V4_2, value)
    };
    assert_eq!((factor("-1"), factor("2")), (Ok(()), Ok(())));
    assert!(factor("0").is_err() && factor("1").is_err() && factor("-2").is_err());
}

#[test]
fn a_property_is_judged_for_a_version() {
    let said = |of: &str, key: &str, value: &str| -> Vec<String> {
        let problems = check(version(of), key, value);
        problems.iter().map(ToString::to_string).collect()
    };
    let key = "spark.connect.grpc.binding.address";
    assert_eq!(
        said("3.5.7", key, "0.0.0.0"),
        ["Spark reads it since 4.0.0 only"]
    );
    assert!(said("4.0.0", key, "0.0.0.0").is_empty());
    assert_eq!(
        said("3.5.7", "spark.executor.memroy", "1g"),
        ["no version of Spark knows it; `spark.executor.memory` is probably meant"]
    );
    assert_eq!(
        said("4.1.4", "executor.memory", "1g"),
        ["Spark ignores keys without `spark.`; `spark.executor.memory` is probably meant"]
    );
    assert_eq!(
        said("4.1.4", "spark.mesos.coarse", "true"),
        ["Spark 3.5 was the last to read it"]
    );
    assert_eq!(
        said("4.1.4", "spark.sql.hive.verifyPartitionPath", "true"),
        [
            "it was removed in 4.0.0: This config was replaced by 'spark.sql.files.ignoreMissingFiles'"
        ]
    );
    assert_eq!(
        said("4.1.4", "spark.shuffle.unsafe.file.output.buffer", "1m"),
        ["it is deprecated since 4.0.0; use `spark.shuffle.localDisk.file.output.buffer`"]
    );
    assert_eq!(
        said("4.1.4", "spark.rpc.numRetries", "3"),
        ["it is deprecated since 2.2.0: Not used anymore"]
    );
    // Patches add properties, too.
    let key = "spark.sql.legacy.avro.allowIncompatibleSchema";
    assert_eq!(
        said("3.5.0", key, "true"),
        ["Spark reads it since 3.5.1 only"]
    );
    assert!(said("3.5.1", key, "true").is_empty());
    // S3A's keys are known by the Hadoop of the line.
    assert_eq!(
        said("4.1.4", "spark.hadoop.fs.s3a.path.style.acess", "true"),
        ["no version of Spark knows it; `spark.hadoop.fs.s3a.path.style.access` is probably meant"]
    );
    assert_eq!(
        said("4.1.4", "spark.hadoop.fs.s3a.path.style.access", "yes"),
        ["`yes` is not `true` or `false`"]
    );
    let deprecated = check(version("4.1.4"), "spark.rpc.numRetries", "3");
    assert!(deprecated.iter().all(Problem::is_harmless));
    let malformed = check(version("4.1.4"), "spark.executor.memory", "512Mi");
    assert!(!malformed.iter().any(Problem::is_harmless) && malformed.len() == 1);
}

#[test]
fn settings_without_effect_are_known_by_mode() {
    let reason = |mode, key| without_effect(mode, Line::V4_1, key);
    let account = "spark.kubernetes.authenticate.driver.serviceAccountName";
    assert!(reason(Mode::Client, account).is_some_and(|it| it.contains("executors")));
    assert_eq!(reason(Mode::Cluster, account), None);
    for key in [
        "spark.kubernetes.driver.podTemplateFile",
        "spark.kubernetes.driver.limit.cores",
        "spark.kubernetes.driver.label.app",
        "spark.kubernetes.driverEnv.HOME",
    ] {
        assert!(reason(Mode::Client, key).is_some(), "{key}");
        assert_eq!(reason(Mode::Cluster, key), None, "{key}");
    }
    // Executors and their clean-up are the driver's business in both modes.
    for key in [
        "spark.kubernetes.driver.pod.name",
        "spark.kubernetes.driver.service.deleteOnTermination",
        "spark.kubernetes.driver.ownPersistentVolumeClaim",
        "spark.kubernetes.executor.podTemplateFile",
    ] {
        assert_eq!(reason(Mode::Client, key), None, "{key}");
        assert!(reason(Mode::Standalone, key).is_some(), "{key}");
    }
    assert!(reason(Mode::Local, "spark.executor.instances").is_some());
    assert_eq!(reason(Mode::Standalone, "spark.executor.instances"), None);
    // What the line does not know has another problem.
    let key = "spark.kubernetes.executor.request.memory";
    assert_eq!(reason(Mode::Local, key), None);
}

#[test]
fn the_operator_denies_keys_since_2_5_2() {
    for key in [
        "spark.master",
        "spark.kubernetes.driver.master",
        "spark.kubernetes.container.image",
        "spark.kubernetes.executor.container.image",
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        "spark.kubernetes.authenticate.oauthTokenFile",
    ] {
        assert!(
            denied_by_operator(OperatorVersion::new(2, 5, 2), key).is_some(),
            "{key}"
        );
        assert_eq!(
            denied_by_operator(OperatorVersion::new(2, 5, 1), key),
            None,
            "{key}"
        );
        assert!(
            denied_by_operator(OperatorVersion::new(2, 10, 0), key).is_some(),
            "{key}"
        );
    }
    for key in [
        "spark.kubernetes.authenticate.caCertFile",
        "spark.kubernetes.driver.pod.name",
    ] {
        assert_eq!(
            denied_by_operator(OperatorVersion::new(2, 5, 2), key),
            None,
            "{key}"
        );
    }
}

#[test]
fn a_setting_that_another_one_overrides_is_found() {
    let winner = |properties: &[(&str, &str)], key| {
        let conf: Conf = properties
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Sourced::constant((*value).to_owned())))
            .collect();
        let value = |key: &str| conf.get(key).map(|it| it.value.as_str());
        overridden_by(value, key).map(|it| it.by)
    };
    let dynamic = ("spark.dynamicAllocation.enabled", "true");
    let instances = ("spark.executor.instances", "2");
    let least = ("spark.dynamicAllocation.minExecutors", "3");
    assert_eq!(winner(&[instances], instances.0), None);
    assert_eq!(winner(&[instances, dynamic], instances.0), Some(dynamic.0));
    assert_eq!(
        winner(&[instances, dynamic, least], instances.0),
        Some(least.0)
    );
    let many = ("spark.executor.instances", "4");
    assert_eq!(winner(&[many, dynamic, least], many.0), Some(dynamic.0));

    let factor = ("spark.kubernetes.memoryOverheadFactor", "0.4");
    let overhead = ("spark.executor.memoryOverhead", "1g");
    assert_eq!(winner(&[factor], factor.0), None);
    assert_eq!(winner(&[factor, overhead], factor.0), Some(overhead.0));
    let request = ("spark.kubernetes.executor.request.cores", "500m");
    assert_eq!(
        winner(
            &[("spark.executor.cores", "2"), request],
            "spark.executor.cores"
        ),
        Some(request.0)
    );
}

/// What the registry was made of: the lines of `origin.txt` that begin with a word.
fn origin(first: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("../schemas/spark/origin.txt").lines();
    let columns = lines.filter_map(|line| line.split_once(' '));
    let first = first.to_owned();
    columns
        .filter(move |(it, _)| *it == first)
        .filter_map(|(_, rest)| rest.rsplit_once([' ', '-']))
}

#[test]
fn the_registry_is_what_its_program_made() {
    let mut hashed = 0;
    for (hash, name) in origin("sha256") {
        let folder = if name.ends_with("tsv") {
            "schemas/spark"
        } else {
            "tools/spark-registry"
        };
        let path = format!("{}/{folder}/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).expect("the file is there");
        assert_eq!(
            sha256(&bytes),
            hash,
            "{name} changed: `make spark-registry` makes the tables again"
        );
        hashed += 1;
    }
    assert_eq!(hashed, 4);
    for line in Line::ALL {
        let facts = line.facts();
        let made: BTreeMap<_, _> = origin(facts.name).collect();
        assert_eq!(version(made["spark"]).line(), line);
        assert_eq!(made["hadoop-aws"], facts.hadoop, "S3A's keys in {line}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes every write");
        hex
    })
}

/// Texts of which every type takes some.
const VALUES: [&str; 44] = [
    "true",
    "FALSE",
    "yes",
    "",
    "abc",
    "0",
    "1",
    "2",
    "-1",
    "-2",
    "+3",
    "10",
    "100",
    "128",
    "1024",
    "65535",
    "65536",
    "1048576",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775807",
    "9223372036854775808",
    "0.0",
    "0.5",
    "1.0",
    "1.5",
    "-0.1",
    "1e3",
    "NaN",
    "-Infinity",
    "1,5",
    "512Mi",
    "512m",
    "1G",
    "1.5g",
    "-1g",
    "2kb",
    "8192p",
    "30s",
    "5MIN",
    "1w",
    "-5s",
    "10 s",
];

/// Whether kiln takes what the converters of real Spark take, and says what they say.
#[test]
#[ignore = "needs java, mvn, pip and a network; run by `make conformance`"]
fn spark_judges_values_alike() {
    let mut random = fastrand::Rng::with_seed(41);
    for line in [Line::V3_5, Line::V4_1] {
        let (_, release) = origin(line.facts().name)
            .find(|(name, _)| *name == "spark")
            .expect("the registry has the line");
        let properties: Vec<Property> = registered()
            .filter(|(_, of)| *of == line)
            .filter_map(|(key, _)| match lookup(line, key) {
                Lookup::Known(property) | Lookup::Deprecated { property, .. } => Some(property),
                _ => None,
            })
            .collect();
        // Each key with its default and with texts that fit nobody, or its type, or its words.
        let mut pairs = Vec::new();
        for property in &properties {
            for _ in 0..4 {
                pairs.push((
                    *property,
                    random.choice(VALUES).expect("there are some").to_owned(),
                ));
            }
            if let Type::Enum(words) | Type::EnumAnyCase(words) = property.kind {
                let word = random
                    .choice(words.split('|').collect::<Vec<_>>())
                    .expect("there are some");
                pairs.extend([word.to_owned(), word.to_lowercase()].map(|it| (*property, it)));
            }
        }
        let verdicts = judged(release, &pairs);
        assert_eq!(verdicts.len(), pairs.len());

        let (mut compared, mut refused, mut unjudged) = (0, 0, 0);
        let mut differences = Vec::new();
        for ((property, value), verdict) in pairs.iter().zip(&verdicts) {
            if verdict == "unknown" {
                continue; // Read without an entry.
            }
            compared += 1;
            let differs = match property.validate(line, value) {
                Ok(()) if verdict == "ok" => continue,
                Ok(()) if property.kind == Type::Any => {
                    unjudged += 1;
                    continue;
                }
                Ok(()) => "it is taken".to_owned(),
                Err(refusal) if verdict != "ok" && says(property, &refusal.message, verdict) => {
                    refused += 1;
                    continue;
                }
                Err(refusal) => refusal.message,
            };
            let key = property.key;
            differences.push(format!(
                "{key}={value}\n  Spark: {verdict}\n  kiln: {differs}"
            ));
        }
        assert!(
            differences.is_empty(),
            "{release}: {}",
            differences.join("\n")
        );
        eprintln!(
            "{release}: {compared} pairs, {refused} refused by both, {unjudged} only by Spark"
        );
        assert!(compared > 3000 && refused > 1000 && unjudged < compared / 50);
    }
}

/// Whether Spark's message is kiln's, as far as kiln can know it.
fn says(property: &Property, message: &str, verdict: &str) -> bool {
    verdict == message
        || match (property.kind, property.words) {
            // Spark lists the words in another order, and may have changed the value before.
            (Type::Enum(_) | Type::EnumAnyCase(_), Some(words)) => {
                verdict.contains("should be one of") || verdict.contains(words)
            }
            // A fraction is shown as Java writes it.
            (Type::Double, Some(words)) => verdict.contains(words),
            _ => false,
        }
}

/// What the entries of a release say about values, in one process.
fn judged(release: &str, pairs: &[(Property, String)]) -> Vec<String> {
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = repository.join("target/spark-registry");
    let tools = repository.join("tools/spark-registry");
    let installed = Command::new(tools.join("dump"))
        .arg(release)
        .arg(&folder)
        .status();
    assert!(
        installed.is_ok_and(|it| it.success()),
        "tools/spark-registry/dump must succeed: it needs java, mvn, pip and a network"
    );
    let jars = folder.join(release).join("jars");
    let mut input = tempfile::tempfile().expect("a temporary file");
    for (property, value) in pairs {
        writeln!(input, "{}\t{value}", property.key).expect("a file takes lines");
    }
    std::io::Seek::rewind(&mut input).expect("a file can be read again");
    let output = Command::new("java")
        .arg("-cp")
        .arg(jars.join("*"))
        .arg(tools.join("Registry.java"))
        .arg("judge")
        .arg(&jars)
        .stdin(input)
        .stderr(Stdio::null())
        .output()
        .expect("java can run");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}
