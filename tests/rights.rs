//! What Spark needs of the API server, and that the platform's drivers are allowed just that.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use kiln::{
    document::Sourced,
    kubernetes::{
        Object,
        rbac::{Rbac, ServiceAccount},
    },
    spark::{
        Conf,
        rights::{Impact, Mode, Right, of_driver},
        version::Line,
    },
    world::Disk,
};

/// The properties by which a driver spares rights that it has no use for, and those of its pod.
const SPARING: &str = "
    spark.kubernetes.driver.ownPersistentVolumeClaim=false
    spark.kubernetes.driver.pod.name=driver
    spark.kubernetes.driver.reusePersistentVolumeClaim=false
    spark.kubernetes.driver.service.deleteOnTermination=false
";

const CLAIM: &str =
    "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1.options.claimName";

fn conf(text: &str) -> Conf {
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let pairs = lines.map(|it| it.split_once('=').expect("the case is KEY=VALUE"));
    pairs
        .map(|(key, value)| (key, Sourced::constant(value.to_owned())))
        .collect()
}

fn rights(line: Line, mode: Mode, properties: &str) -> Vec<Right> {
    of_driver(line, mode, &conf(properties)).expect("the allocator is known")
}

/// Such as `pods create`.
fn names(rights: &[Right]) -> BTreeSet<String> {
    let rights = rights.iter();
    rights
        .map(|it| format!("{} {}", it.resource, it.verb))
        .collect()
}

/// What the properties change, as `+` and `-`.
fn difference(line: Line, mode: Mode, properties: &str) -> Vec<String> {
    let before = names(&rights(line, mode, SPARING));
    let after = names(&rights(line, mode, &format!("{SPARING}{properties}")));
    let gone = before.difference(&after).map(|it| format!("-{it}"));
    let new = after.difference(&before).map(|it| format!("+{it}"));
    gone.chain(new).collect()
}

#[test]
fn a_driver_that_spares_what_it_can_needs_eight_rights() {
    for line in Line::ALL {
        for mode in [Mode::Client, Mode::Cluster] {
            let rights = rights(line, mode, SPARING);
            let losses: BTreeMap<_, _> = rights
                .iter()
                .map(|it| ((it.resource, it.verb), it.impact))
                .collect();
            // As a real server behaves without each; see tests/conformance/spark.rs.
            let expected = [
                ("configmaps", "create", Impact::Crashes),
                ("configmaps", "deletecollection", Impact::Leaks),
                ("pods", "create", Impact::Stalls),
                ("pods", "delete", Impact::LogsError),
                ("pods", "deletecollection", Impact::Leaks),
                ("pods", "get", Impact::Crashes),
                ("pods", "list", Impact::LogsError),
                ("pods", "watch", Impact::Crashes),
            ];
            let expected = expected.map(|(resource, verb, loss)| ((resource, verb), loss));
            assert_eq!(losses, BTreeMap::from(expected), "{line} {mode:?}");
            let fatal = rights.iter().filter(|it| it.is_fatal()).count();
            assert_eq!(fatal, 4);
        }
    }
}

#[test]
fn properties_ask_for_more_and_for_less() {
    let [own, reuse] = kiln::spark::rights::VOLUME_OWNERSHIP;
    let claim = "persistentvolumeclaims";
    for (properties, expected) in [
        (String::new(), vec![]),
        ("spark.app.name=x".to_owned(), vec![]),
        (
            "spark.kubernetes.driver.service.deleteOnTermination=true".to_owned(),
            vec!["+services deletecollection".to_owned()],
        ),
        (
            format!("{own}=true"),
            vec![format!("+{claim} deletecollection")],
        ),
        // Nothing is used again that the driver does not own.
        (format!("{reuse}=true"), vec![]),
        (
            format!("{own}=true\n{reuse}= TRUE "),
            vec![
                format!("+{claim} deletecollection"),
                format!("+{claim} list"),
            ],
        ),
        (
            format!("{CLAIM}=OnDemand"),
            vec![format!("+{claim} create")],
        ),
        (format!("{CLAIM}=made-by-others"), vec![]),
        (
            "spark.kubernetes.executor.disableConfigMap=true".to_owned(),
            vec![
                "-configmaps create".to_owned(),
                "-configmaps deletecollection".to_owned(),
            ],
        ),
        (
            "spark.kubernetes.executor.deleteOnTermination=false".to_owned(),
            vec![
                "-configmaps deletecollection".to_owned(),
                "-pods delete".to_owned(),
                "+pods patch".to_owned(),
            ],
        ),
        (
            "spark.kubernetes.executor.decommissionLabel=leaving".to_owned(),
            vec!["+pods patch".to_owned()],
        ),
    ] {
        for line in [Line::V3_5, Line::V4_1] {
            for mode in [Mode::Client, Mode::Cluster] {
                let is = difference(line, mode, &properties);
                assert_eq!(is, expected, "{line} {mode:?} {properties}");
            }
        }
    }
}

#[test]
fn a_property_asks_for_nothing_of_a_spark_that_does_not_know_it() {
    let properties = "spark.kubernetes.driver.annotateExitException=true";
    for (line, expected) in [
        (Line::V3_5, &[][..]),
        (Line::V4_0, &[]),
        (Line::V4_1, &["+pods patch"]),
        (Line::V4_3, &["+pods patch"]),
    ] {
        assert_eq!(
            difference(line, Mode::Client, properties),
            expected,
            "{line}"
        );
    }
}

#[test]
fn by_default_a_driver_also_cleans_up_what_it_may_not_have() {
    let names = |mode| names(&rights(Line::V4_1, mode, ""));
    let missing: Vec<_> = names(Mode::Cluster)
        .difference(&names(Mode::Client))
        .cloned()
        .collect();
    // Only with a pod of its own does it look for claims.
    assert_eq!(missing, ["persistentvolumeclaims list"]);
    let loss = |mode: Mode, resource: &str| {
        let rights = rights(Line::V4_1, mode, "");
        let mut found = rights
            .into_iter()
            .filter(|it| (it.resource, it.verb) == (resource, "deletecollection"));
        found.next().expect("it is needed").impact
    };
    assert_eq!(loss(Mode::Client, "services"), Impact::LogsError);
    assert_eq!(loss(Mode::Cluster, "services"), Impact::Leaks);
    assert_eq!(
        loss(Mode::Client, "persistentvolumeclaims"),
        Impact::LogsError
    );
}

#[test]
fn a_driver_that_does_not_know_its_pod_lives_without_get() {
    let rights = rights(Line::V4_1, Mode::Client, "");
    let get = rights.iter().find(|it| it.verb == "get");
    assert!(!get.expect("it stops executors by name").is_fatal());
}

#[test]
fn other_allocators_are_not_judged() {
    let with = |allocator: &str| {
        let properties = format!("spark.kubernetes.allocation.pods.allocator={allocator}");
        of_driver(Line::V4_1, Mode::Client, &conf(&properties))
    };
    assert!(with("direct").is_some());
    assert_eq!(with("statefulset"), None);
}

/// The Roles are templates and the rights are data: this is what keeps them one truth.
#[test]
fn drivers_of_the_platform_may_do_what_spark_needs_and_nothing_else() {
    let world = Disk::new(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the repository opens");
    let mut compared = BTreeSet::new();
    for environment in kiln::spec::environments(&world) {
        let compilation = kiln::compile(&world, &environment);
        let graph = &compilation.graph;
        let rbac = Rbac::new(graph.members.iter().map(|it| &it.object));
        let mut needed: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for object in graph.members.iter().map(|it| &it.object) {
            if let Some((account, rights)) = client(object).or_else(|| submitted(object)) {
                needed.entry(account).or_default().extend(rights);
            }
        }
        for ((namespace, name), rights) in needed {
            let account = ServiceAccount {
                namespace: &namespace,
                name: &name,
            };
            let mut granted = BTreeSet::new();
            for grant in rbac.grants(account) {
                let rule = grant.rule().expect("the platform makes its roles");
                assert_eq!(grant.namespace, Some(namespace.as_str()));
                for resource in rule.node.list_at(["resources"]) {
                    for verb in rule.node.list_at(["verbs"]) {
                        let text = [resource, verb].map(|it| it.as_str().expect("a text"));
                        granted.insert(text.join(" "));
                    }
                }
            }
            assert_eq!(granted, rights, "{environment}: {name}");
            compared.insert(name);
        }
    }
    for name in [
        "spark-connect-analytics",
        "spark-driver",
        "spark-operator-spark",
    ] {
        assert!(compared.contains(name), "only {compared:?}");
    }
}

type Needs = ((String, String), BTreeSet<String>);

/// The account and the needs of a driver whose properties stand in a ConfigMap.
fn client(object: &Object) -> Option<Needs> {
    let text = object.node().str_at(["data", "spark-defaults.conf"])?;
    let conf = conf(&text.replace("\\:", ":"));
    if !conf.get("spark.master")?.starts_with("k8s://") {
        return None;
    }
    // kiln names the account of the executors after that of the driver.
    let executors = conf.get("spark.kubernetes.authenticate.executor.serviceAccountName")?;
    let driver = executors.strip_suffix("-executors")?.to_owned();
    let namespace = object.identity().namespace.clone()?;
    let rights = of_driver(Line::V4_1, Mode::Client, &conf)?;
    Some(((namespace, driver), names(&rights)))
}

/// Those of an application, which the operator submits.
fn submitted(object: &Object) -> Option<Needs> {
    let spec = match object.identity().kind.as_str() {
        "SparkApplication" => object.node().get("spec")?,
        "ScheduledSparkApplication" => object.node().at(["spec", "template"])?,
        _ => return None,
    };
    let conf: Conf = spec
        .get("sparkConf")?
        .entries()
        .filter_map(|(key, value)| Some((key, Sourced::constant(value.as_str()?.to_owned()))))
        .collect();
    let driver = spec.str_at(["driver", "serviceAccount"])?.to_owned();
    let namespace = object.identity().namespace.clone()?;
    let rights = of_driver(Line::V4_1, Mode::Cluster, &conf)?;
    Some(((namespace, driver), names(&rights)))
}
