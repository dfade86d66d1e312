//! What kiln infers from manifests: which pods will exist and what they ask for, which of them run Spark and
//! how, and which connections they open. The manifests are those of `tests/lint`; what is inferred from a
//! folder of them stands in `tests/platform/FOLDER.txt`. `KILN_BLESS=1` rewrites it.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use kiln::{
    components::Offers,
    document::{Origins, Sources},
    graph::{Graph, Member},
    kubernetes::{Object, flatten},
    manifests::Layer,
    platform::{Platform, Pod, Program, Purpose},
    yaml,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folders of `tests/lint` whose manifests say something about Spark.
const FOLDERS: [&str; 7] = [
    "applications",
    "connect-chart",
    "history-server",
    "minio",
    "notebooks",
    "operator",
    "scripts",
];

const PURPOSES: [(&str, Purpose); 6] = [
    ("driver", Purpose::Driver),
    ("blocks", Purpose::Blocks),
    ("store", Purpose::Store),
    ("connect", Purpose::Connect),
    ("webhook", Purpose::Webhook),
    ("master", Purpose::Master),
];

/// The objects of a folder, as a platform has them.
fn graph(folder: &Path) -> Graph {
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let mut paths: Vec<PathBuf> = entries
        .map(|it| it.expect("the folder can be listed").path())
        .filter(|it| it.extension().is_some_and(|it| it == "yaml"))
        .collect();
    paths.sort();
    let mut members = Vec::new();
    for path in paths {
        let mut sources = Sources::default();
        let text = fs::read_to_string(&path).expect("it is a text");
        let file = sources.add_file(path.display().to_string(), text);
        let nodes = yaml::documents(&mut sources, file)
            .into_iter()
            .flat_map(|it| flatten(it.node));
        members.extend(
            nodes
                .filter_map(|it| Object::new(it).ok())
                .map(|object| Member {
                    object,
                    layer: Layer::Platform,
                    origins: Origins::none(),
                    template: None,
                }),
        );
    }
    members.sort_by(|a, b| a.object.identity().cmp(b.object.identity()));
    Graph {
        members,
        ..Graph::default()
    }
}

fn pod(pod: &Pod<'_>) -> String {
    let most = pod
        .count
        .most
        .map_or_else(|| "?".to_owned(), |it| it.to_string());
    let amount = |total: Option<kiln::platform::Total>| {
        total.map_or_else(|| "?".to_owned(), |it| it.quantity.to_string())
    };
    format!(
        "{}: {} to {most}, requests {} CPU and {}, at most {} CPU and {}",
        pod.what(),
        pod.count.least,
        amount(pod.requests("cpu")),
        amount(pod.requests("memory")),
        amount(pod.limits("cpu")),
        amount(pod.limits("memory")),
    )
}

fn program(program: &Program<'_>) -> String {
    let version = program.version.as_ref();
    let version = version.map_or_else(
        || "an unknown Spark".to_owned(),
        |it| format!("Spark {}", it.release),
    );
    let mut text = format!(
        "{}: {:?} of {version}, {:?}, {}",
        program.member.object.identity(),
        program.role,
        program.mode(),
        if program.is_complete {
            "all properties in sight"
        } else {
            "some properties out of sight"
        },
    );
    for property in &program.properties {
        let _ = write!(text, "\n    {} = {}", property.key, property.value);
    }
    text
}

/// What is inferred, a line for each thing.
fn inferred(graph: &Graph) -> String {
    let offers = Offers::default();
    let platform = Platform::of_manifests(graph, &offers);
    let mut text = String::from("pods\n");
    for it in platform.pods() {
        let _ = writeln!(text, "  {}", pod(it));
    }
    text += "programs\n";
    for it in platform.programs() {
        let _ = writeln!(text, "  {}", program(it));
    }
    for (name, purpose) in PURPOSES {
        for traffic in platform.traffic(purpose) {
            let (from, to) = (&traffic.from.what, &traffic.to.what);
            let _ = writeln!(text, "{name}: {from} to {to}, {:?}", traffic.ports);
        }
    }
    text
}

#[test]
fn what_manifests_say_together_is_as_expected() {
    let mut stale = Vec::new();
    for name in FOLDERS {
        let found = inferred(&graph(&Path::new(ROOT).join("tests/lint").join(name)));
        let path = Path::new(ROOT).join(format!("tests/platform/{name}.txt"));
        if env::var_os("KILN_BLESS").is_some() {
            fs::write(&path, &found).expect("it can be written");
        }
        if fs::read_to_string(&path).unwrap_or_default() != found {
            stale.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}
