//! Every check finds its failing examples, none finds fault with the passing ones, and `docs/checks` shows
//! both.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use kiln::{
    checks::{self, BASE, CATALOGUE, Check, Example, Kind},
    diagnostics::{Code, Diagnostics, Text},
    pages::{evaluate, page},
};

#[path = "../build/pages.rs"]
mod pages_at_build;

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/checks");

fn said(example: &Example) -> (Diagnostics, String) {
    let (diagnostics, sources) = evaluate(example);
    let text = Text { colour: false }.render(&diagnostics, &sources);
    (diagnostics, text)
}

/// A finding may be less than its check says; of all examples together, one is not.
#[test]
fn every_check_finds_its_failing_examples_and_no_other_does() {
    for check in checks::all() {
        let Code { number, name, .. } = check.code;
        let mut worst = None;
        for example in check.failing {
            let (diagnostics, text) = said(example);
            let codes: BTreeSet<_> = diagnostics.iter().map(|it| it.code.number).collect();
            assert!(
                codes == BTreeSet::from([number]),
                "{number} {name} says of a failing example:\n{}\n{text}",
                example.text
            );
            let place = text.lines().find(|line| line.contains("--> "));
            let is_own = |it: &str| it.contains("/example.toml:") || it.contains("example.yaml:");
            assert!(
                place.is_some_and(is_own),
                "{number} {name} points elsewhere than to its example:\n{text}"
            );
            let severities = diagnostics.iter().map(|it| it.severity);
            worst = severities.chain(worst).min();
        }
        assert_eq!(worst, Some(check.severity), "{number} {name}");
    }
}

#[test]
fn no_check_finds_fault_with_a_passing_example() {
    for Check { code, passing, .. } in checks::all() {
        for example in *passing {
            let (_, text) = said(example);
            assert!(
                text.is_empty(),
                "{} {}:\n{}\n{text}",
                code.number,
                code.name,
                example.text
            );
        }
    }
}

#[test]
fn the_base_of_the_examples_has_no_fault() {
    let (_, text) = said(&Example {
        kind: Kind::Spec,
        reason: None,
        text: BASE,
    });
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

/// The code and the page of a check are called as the check is.
#[test]
fn every_file_is_in_the_catalogue() {
    let mut found = BTreeSet::new();
    for category in fs::read_dir(SOURCES).expect("the checks lie there") {
        let folder = category.expect("the folder can be listed").path();
        for path in fs::read_dir(&folder).into_iter().flatten() {
            let path = path.expect("the folder can be listed").path();
            let name = path.file_name().and_then(|it| it.to_str());
            found.insert(name.expect("it is UTF-8").to_owned());
        }
    }
    found.remove("mod.rs");
    let files = checks::all().flat_map(|it| {
        let stem = it.code.name.replace('-', "_");
        [format!("{stem}.md"), format!("{stem}.rs")]
    });
    assert_eq!(found, files.collect());
}

/// A small page, with 23 lines.
const PAGE: &str = "# W0001 such-a-check

**Severity:** warning

Why it
is there.

**At run time:** a symptom

**What to do:** a fix

**Source:** a fact

## Fails

```yaml extra
a: b
```

## Passes

```toml
```
";

/// A page that is wrong fails the build, which says on which line.
#[test]
fn a_malformed_page_is_refused() {
    let compile = |text: &str| pages_at_build::compile("such_a_check", text);
    compile(PAGE).expect("it is as it should be");
    let title = "a page begins with `# NUMBER such-a-check`";
    let kinds = "an example is `toml`, `yaml extra` or `yaml manifests`, and not `yaml`";
    for (part, instead, line, why) in [
        ("such-a-check", "another-check", 1, title),
        ("# W0001", "W0001", 1, title),
        (
            "**Severity:** warning",
            "",
            5,
            "here a paragraph begins with `**Severity:**`",
        ),
        ("warning", "bad", 3, "a severity is `error` or `warning`"),
        (
            "Why it\nis there.",
            "",
            7,
            "here a paragraph says why the check is there",
        ),
        (
            "**At run time:** ",
            "",
            10,
            "here a paragraph begins with `**At run time:**`",
        ),
        ("## Fails", "## Failing", 14, "here `## Fails` begins"),
        ("yaml extra", "yaml", 16, kinds),
        ("## Passes", "", 23, "here `## Passes` begins"),
        (
            "## Passes",
            "Because.\n\n## Passes",
            22,
            "an example is missing",
        ),
        ("toml\n```\n", "toml\n", 22, "the example has no end"),
        (
            "toml\n```\n",
            "toml\n```\nMore.\n",
            24,
            "an example is missing",
        ),
        (
            "toml\n```\n",
            "toml\n```\n## More\n",
            24,
            "a page ends with its passing examples",
        ),
    ] {
        assert!(PAGE.contains(part), "{part}");
        let page = PAGE.replacen(part, instead, 1);
        let fault = compile(&page).expect_err(why);
        assert_eq!((fault.line, &*fault.why), (line, why), "{page}");
    }
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
