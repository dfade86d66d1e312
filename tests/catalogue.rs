//! Every check finds its example, finds nothing once that is mended, and has a page that says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use kiln::{
    checks::{self, BASE, CATALOGUE, Check, Example},
    diagnostics::{Code, Text},
    pages::{evaluate, page},
};

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/checks");

fn said(example: Example, text: &str) -> (BTreeSet<&'static str>, String) {
    let (diagnostics, sources) = evaluate(example, text);
    let codes = diagnostics.iter().map(|it| it.code.number).collect();
    (codes, Text { colour: false }.render(&diagnostics, &sources))
}

#[test]
fn every_check_finds_its_example_and_nothing_else() {
    for Check { code, example, .. } in checks::all() {
        let (codes, text) = said(*example, example.failing());
        assert!(
            codes == BTreeSet::from([code.number]),
            "{} {} says of its failing example:\n{text}",
            code.number,
            code.name
        );
        let place = text.lines().find(|line| line.contains("--> "));
        let is_own = |it: &str| it.contains("/example.toml:") || it.contains("example.yaml:");
        assert!(
            place.is_some_and(is_own),
            "{} points elsewhere than to its example:\n{text}",
            code.number
        );
    }
}

#[test]
fn nothing_is_found_once_it_is_mended() {
    for Check { code, example, .. } in checks::all() {
        let (_, text) = said(*example, example.passing());
        assert!(text.is_empty(), "{} {}:\n{text}", code.number, code.name);
    }
}

#[test]
fn the_base_of_the_examples_has_no_fault() {
    let spec = Example::Spec {
        failing: "",
        passing: "",
    };
    let (_, text) = said(spec, BASE);
    assert!(text.is_empty(), "{text}");
}

#[test]
fn codes_and_names_are_unique_and_in_order() {
    let all: Vec<_> = checks::all().map(|it| it.code).collect();
    let numbers: Vec<_> = all.iter().map(|it| &it.number[1..]).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let stages = kiln::diagnostics::CODES.iter();
    let codes: Vec<_> = stages.chain(&all).collect();
    for take in [|it: &Code| it.name, |it: &Code| it.number] {
        let mut seen = BTreeSet::new();
        for code in &codes {
            assert!(seen.insert(take(code)), "{} is there twice", take(code));
        }
    }
}

/// A check's file is called as the check is.
#[test]
fn every_file_is_in_the_catalogue() {
    let mut found = BTreeSet::new();
    for category in fs::read_dir(SOURCES).expect("the checks lie there") {
        let folder = category.expect("the folder can be listed").path();
        for path in fs::read_dir(&folder).into_iter().flatten() {
            let path = path.expect("the folder can be listed").path();
            let name = path.file_stem().and_then(|it| it.to_str());
            found.extend(name.map(|it| it.replace('_', "-")));
        }
    }
    found.remove("mod");
    let listed = checks::all().map(|it| it.code.name.to_owned()).collect();
    assert_eq!(found, listed);
}

/// The pages that there should be, by file name.
fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    let mut index = String::from("# The catalogue\n");
    for category in CATALOGUE {
        let heading = (category.name, category.checks.len());
        writeln!(index, "\n## {} ({})\n", heading.0, heading.1).expect("a string takes it");
        for check in category.checks {
            let Code { number, name, .. } = check.code;
            let file = format!("{number}-{name}.md");
            writeln!(index, "- [{number} {name}]({file})").expect("a string takes it");
            pages.insert(file.into(), page(check));
        }
    }
    index += "\n## What the examples extend\n\n```toml\n";
    index += BASE;
    index += "```\n";
    pages.insert("README.md".into(), index);
    pages
}

#[test]
fn the_pages_are_current() {
    let folder = Path::new(PAGES);
    let pages = pages();
    let mut committed = BTreeMap::new();
    for path in fs::read_dir(folder).into_iter().flatten() {
        let path = path.expect("the folder can be listed").path();
        let name = path.file_name().expect("a listed file has a name");
        let text = fs::read_to_string(&path).expect("a page is text");
        committed.insert(PathBuf::from(name), text);
    }
    if std::env::var_os("KILN_BLESS").is_some() {
        fs::create_dir_all(folder).expect("the folder can be made");
        for name in committed.keys().filter(|it| !pages.contains_key(*it)) {
            fs::remove_file(folder.join(name)).expect("it is ours");
        }
        for (name, text) in &pages {
            fs::write(folder.join(name), text).expect("it is ours");
        }
        return;
    }
    for name in pages.keys().chain(committed.keys()) {
        assert!(
            pages.get(name) == committed.get(name),
            "docs/checks/{} is stale: `make generate` writes it",
            name.display()
        );
    }
}
