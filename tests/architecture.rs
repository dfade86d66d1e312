//! The modules in their order: each knows only those before it, and parts do not know their siblings.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    env, fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A module of the list in `src/lib.rs`.
struct Module {
    name: String,
    about: String,
}

/// The list in `src/lib.rs`.
fn modules() -> Vec<Module> {
    let text = fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).expect("it is there");
    let items = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! - [`"));
    let items = items.map(|line| line.split_once("`]: ").expect("an item says what it is"));
    items
        .map(|(name, about)| Module {
            name: name.to_owned(),
            about: about.to_owned(),
        })
        .collect()
}

/// What stands in `lib.rs` itself.
const STAGES: &str = "compile";

/// The file or folder of a module, from the root: in one of the crates, or in kiln's own source.
fn path_of(module: &str) -> PathBuf {
    if module == STAGES {
        return PathBuf::from("src/lib.rs");
    }
    let crates = fs::read_dir(Path::new(ROOT).join("crates")).expect("it is a folder");
    let crates = crates.map(|it| it.expect("it is readable").path().join("src"));
    let sources = crates.chain([Path::new(ROOT).join("src")]);
    let paths = sources.flat_map(|it| [it.join(module), it.join(format!("{module}.rs"))]);
    let found = paths.filter(|it| it.exists()).collect::<Vec<_>>();
    let [path] = &found[..] else {
        panic!("`{module}` is not in one place: {found:?}");
    };
    let below = path.strip_prefix(ROOT).expect("it is below");
    below.to_owned()
}

/// The source files of a module.
fn files(module: &str) -> Vec<PathBuf> {
    let path = Path::new(ROOT).join(path_of(module));
    if path.is_file() {
        return vec![path];
    }
    let mut folders = vec![path];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it is a folder") {
            let path = entry.expect("it is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The paths below `crate::` that a file names, with their lines; the braces of `use` are opened.
fn paths(text: &str) -> Vec<(usize, Vec<String>)> {
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].lines().count().max(1);
        let mut paths = Vec::new();
        expand(&code[at + "crate::".len()..], &[], &mut paths);
        found.extend(paths.into_iter().map(|path| (line, path)));
    }
    found
}

/// Reads one tree of paths, such as `a::{b, c::d}`, and gives back how much of the text it is.
fn expand(text: &str, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if text[at..].starts_with('{') {
            at += 1;
            while !text[at..].trim_start().starts_with('}') {
                at += expand(&text[at..], &path, found);
                at += text[at..].find([',', '}']).expect("braces are closed");
                at += usize::from(text[at..].starts_with(','));
            }
            return at + text[at..].find('}').expect("it is the next") + 1;
        }
        let is_name = |it: char| it.is_alphanumeric() || it == '_';
        let length = text[at..]
            .find(|it| !is_name(it))
            .unwrap_or(text[at..].len());
        if length > 0 {
            path.push(text[at..at + length].to_owned());
        }
        at += length;
        if !text[at..].starts_with("::") {
            found.push(path);
            return at;
        }
        at += "::".len();
    }
}

/// Which modules each module names, with the first place where it does.
fn uses(modules: &[Module]) -> BTreeMap<&str, BTreeMap<String, String>> {
    let known: BTreeSet<&str> = modules.iter().map(|it| it.name.as_str()).collect();
    let mut uses = BTreeMap::new();
    for Module { name, .. } in modules {
        let mut of_module = BTreeMap::new();
        for file in files(name) {
            let mut text = fs::read_to_string(&file).expect("it is there");
            if name == STAGES {
                text = text.replace("\nuse ", "\nuse crate::");
            }
            for (line, path) in paths(&text) {
                // What is not a module stands in `lib.rs`, where the stages are.
                let first = path.first().map_or("", String::as_str);
                let target = if known.contains(first) { first } else { STAGES };
                let shown = file.strip_prefix(ROOT).expect("it is below").display();
                of_module
                    .entry(target.to_owned())
                    .or_insert_with(|| format!("{shown}:{line}"));
            }
        }
        of_module.remove(name);
        uses.insert(name.as_str(), of_module);
    }
    uses
}

/// A way from one module to another, as a message shows it.
fn way(uses: &BTreeMap<&str, BTreeMap<String, String>>, from: &str, to: &str) -> Option<String> {
    let mut queue = VecDeque::from([(from.to_owned(), String::new())]);
    let mut seen = BTreeSet::new();
    while let Some((at, way)) = queue.pop_front() {
        if at == to {
            return Some(way);
        }
        for (next, place) in uses.get(at.as_str()).into_iter().flatten() {
            if seen.insert(next.clone()) {
                queue.push_back((next.clone(), format!("{way}\n  {at} -> {next} ({place})")));
            }
        }
    }
    None
}

#[test]
fn a_module_knows_only_those_before_it() {
    let modules = modules();
    let uses = uses(&modules);
    let position = |name: &str| modules.iter().position(|it| it.name == name);
    let mut faults = Vec::new();
    for (name, used) in &uses {
        for (target, place) in used {
            if position(target) < position(name) {
                continue;
            }
            let back = way(&uses, target, name).map_or_else(String::new, |way| {
                format!("\nand with that there is a cycle:\n  {name} -> {target} ({place}){way}")
            });
            faults.push(format!(
                "{place}: `{name}` uses `{target}`, which comes after it in src/lib.rs{back}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn every_module_is_in_the_list() {
    let text = fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).expect("it is there");
    let own = text.lines().filter_map(|line| {
        let line = line.trim_start_matches("pub ").strip_prefix("mod ")?;
        line.strip_suffix(';')
    });
    let of_crates = text.lines().filter_map(|line| {
        let (_, names) = line.strip_prefix("pub use kiln_")?.split_once("::{")?;
        names.strip_suffix("};")
    });
    let of_crates = of_crates.flat_map(|it| it.split(", "));
    let declared: BTreeSet<&str> = own.chain(of_crates).collect();
    let modules = modules();
    let listed: BTreeSet<&str> = modules.iter().map(|it| it.name.as_str()).collect();
    let mut listed = listed;
    assert!(listed.remove(STAGES), "the stages have their place");
    assert_eq!(declared, listed);
}

/// The folders whose files and folders are parts of one kind, with what all of them share.
const PARTS: &[(&str, &[&str])] = &[
    (
        "components",
        &[
            "build",
            "entry",
            "offers",
            "reference",
            "schema",
            "workload",
        ],
    ),
    ("engines", &[]),
    ("passes", &[]),
];

#[test]
fn parts_do_not_know_each_other() {
    let mut faults = Vec::new();
    for (folder, shared) in PARTS {
        let root = Path::new(ROOT).join("src").join(folder);
        let part_of = |path: &Path| {
            let below = path.strip_prefix(&root).expect("it is below");
            let first = below.iter().next().expect("it has a name");
            first.to_string_lossy().trim_end_matches(".rs").to_owned()
        };
        let files = files(folder);
        let parts: BTreeSet<String> = files.iter().map(|it| part_of(it)).collect();
        let is_part = |it: &str| parts.contains(it) && !shared.contains(&it) && it != "mod";
        for file in files.iter().filter(|it| is_part(&part_of(it))) {
            let own = part_of(file);
            let text = fs::read_to_string(file).expect("it is there");
            // From a file of the folder itself `super` is the folder; from one of a part it is the part.
            let is_inside = file.parent() != Some(&root) && !file.ends_with("mod.rs");
            let text = if is_inside {
                text.clone()
            } else {
                text.replace("super::", &format!("crate::{folder}::"))
            };
            for (line, path) in paths(&text) {
                if let [first, second, ..] = &path[..]
                    && first == folder
                    && is_part(second)
                    && *second != own
                {
                    let shown = file.strip_prefix(ROOT).expect("it is below").display();
                    faults.push(format!(
                        "{shown}:{line}: `{own}` uses its sibling `{second}`"
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_documentation_shows_the_list() {
    let path = Path::new(ROOT).join("docs/contributing.md");
    let text = fs::read_to_string(&path).expect("it is there");
    let (before, rest) = text
        .split_once("<!-- modules -->\n")
        .expect("it has a place");
    let (_, after) = rest.split_once("<!-- /modules -->").expect("it ends");
    let rows = modules().into_iter().map(|Module { name, about }| {
        let path = path_of(&name);
        let is_folder = Path::new(ROOT).join(&path).is_dir();
        let slash = if is_folder { "/" } else { "" };
        format!("| `{}{slash}` | {about} |\n", path.display())
    });
    let rows: String = rows.collect();
    let table = format!("| module | what it knows |\n| --- | --- |\n{rows}");
    let wanted = format!("{before}<!-- modules -->\n{table}<!-- /modules -->{after}");
    if env::var_os("KILN_BLESS").is_some() {
        fs::write(&path, &wanted).expect("it can be written");
    }
    let text = fs::read_to_string(&path).expect("it is there");
    assert!(text == wanted, "the table is stale; run `make generate`");
}
