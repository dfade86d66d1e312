//! What a change does to the cluster: a folder a story, with what the spec says before and after beside the platform
//! of `tests/node/lab.toml`, and the review of it. `KILN_BLESS=1` rewrites the reviews. On a real node
//! `tests/node/stories.rs` holds kiln to what it predicts.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use kiln::{
    Compilation,
    diagnostics::Text,
    review::{Review, json, markdown, report, text},
};

type World = BTreeMap<String, Vec<u8>>;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn folder() -> PathBuf {
    Path::new(ROOT).join("tests/review")
}

/// A repository with one environment: the platform of the node, and what one side of a story says beside.
fn world(story: &str, side: &str) -> World {
    let node = Path::new(ROOT).join("tests/node");
    let read = |path: &Path| fs::read(path).expect("the test has it");
    // A side without a file says nothing beside.
    let said = fs::read_to_string(folder().join(story).join(format!("{side}.toml")));
    let said = format!("extends = \"_node.toml\"\n{}", said.unwrap_or_default());
    World::from([
        (
            "environments/_node.toml".to_owned(),
            read(&node.join("lab.toml")),
        ),
        (
            "environments/extra/report.yaml".to_owned(),
            read(&node.join("report.yaml")),
        ),
        ("environments/lab.toml".to_owned(), said.into_bytes()),
    ])
}

fn compiled(world: &World) -> Compilation {
    let compilation = kiln::compile(world, "lab");
    let said = Text { colour: false }.render(&compilation.diagnostics, &compilation.sources);
    assert!(!compilation.diagnostics.has_errors(), "{said}");
    compilation
}

fn review(story: &str) -> Review {
    let [before, after] = ["before", "after"].map(|side| compiled(&world(story, side)));
    let report = report("lab", Some(&before), Some(&after));
    Review::new("before".to_owned(), &[report], &[])
}

fn stories() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the folder can be listed");
    let paths = entries.map(|it| it.expect("the folder can be listed").path());
    let folders = paths.filter(|it| it.is_dir());
    let names = folders.filter_map(|it| Some(it.file_name()?.to_str()?.to_owned()));
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn each_story_is_told_as_expected() {
    let mut stale = Vec::new();
    for story in stories() {
        let review = review(&story);
        let mut whole = serde_json::from_str::<serde_json::Value>(&json::render(&review));
        let whole = whole.as_mut().expect("it is JSON");
        assert_eq!(whole["version"], 1);
        for (file, said) in [
            ("review.txt", text::render(&review, false)),
            ("comment.md", markdown::render(&review, None).text),
        ] {
            let path = folder().join(&story).join(file);
            if env::var_os("KILN_BLESS").is_some() {
                fs::write(&path, &said).expect("it can be written");
            }
            if fs::read_to_string(&path).unwrap_or_default() != said {
                stale.push(format!("{}:\n{said}", path.display()));
            }
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}
