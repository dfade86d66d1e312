//! `kiln check --fix`: fixes specs where that is certain.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{Project, Stop, report::Reporter, say::Lines};
use crate::{Compilation, diagnostics::Edit, document::Sources, spec, world::World};

/// How often is tried again: what one fix uncovers, the next may fix.
const MOST_ROUNDS: usize = 5;

/// Compiles environments, and keeps of what was found what is to be shown.
pub type Compiler<'a> = dyn Fn(&[String]) -> Result<Vec<Compilation>, Stop> + 'a;

/// An edit of a file: its path, the bytes, what comes there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    path: String,
    start: usize,
    end: usize,
    replacement: String,
}

/// Applies the certain fixes of environments, again until none is left.
///
/// A file that several environments share is changed only in what all of them find: what one does not
/// need, another may.
pub fn run(
    project: &Project,
    chosen: &[String],
    compile: &Compiler<'_>,
    reporter: &Reporter,
) -> Result<(), Stop> {
    let all = spec::environments(project.world());
    let mut left = BTreeSet::new();
    for _ in 0..MOST_ROUNDS {
        let compilations = compile(&all)?;
        let (changes, shared) = agreed(&compilations, chosen);
        left = shared;
        if changes.is_empty() {
            break;
        }
        let fixed: Result<Vec<_>, _> = changes
            .iter()
            .map(|(path, changes)| fix_file(project, path, changes))
            .collect();
        // All or none: a fix in one file may count on that in another. What is wrong is then reported.
        let fixed = match fixed {
            Ok(fixed) => fixed,
            Err(why) => {
                left.insert(format!("nothing is fixed: {why}"));
                break;
            }
        };
        let files = fixed.iter().map(|it| (it.path, it.text.as_bytes()));
        let files: Vec<_> = files.collect();
        project
            .world()
            .write(&files)
            .map_err(|error| Stop::Misuse(format!("nothing is fixed: {error}")))?;
        for it in &fixed {
            reporter.say(&it.said)?;
        }
    }
    for line in left {
        reporter.say(&Lines::of(line))?;
    }
    Ok(())
}

/// How many findings of a compilation can be fixed.
#[must_use]
pub fn count(compilation: &Compilation) -> usize {
    let Compilation {
        diagnostics,
        sources,
        ..
    } = compilation;
    let can_be =
        |fixes: &[crate::diagnostics::Fix]| fixes.iter().any(|fix| !fix.edits(sources).is_empty());
    diagnostics.iter().filter(|it| can_be(&it.fixes)).count()
}

type ByFile = BTreeMap<String, Vec<Change>>;

/// The changes on which all environments that read a file agree, by file; and the diagnostics of the
/// others.
fn agreed(compilations: &[Compilation], chosen: &[String]) -> (ByFile, BTreeSet<String>) {
    let mut wanted: BTreeMap<Change, BTreeSet<&str>> = BTreeMap::new();
    let mut readers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for compilation in compilations {
        let environment = compilation.environment.as_str();
        for file in compilation.sources.files() {
            readers.entry(&file.path).or_default().insert(environment);
        }
        for change in changes(compilation) {
            wanted.entry(change).or_default().insert(environment);
        }
    }
    let mut by_file = ByFile::new();
    let mut shared = BTreeSet::new();
    for (change, by) in wanted {
        if !by.iter().any(|it| chosen.iter().any(|name| name == it)) {
            continue;
        }
        let others: Vec<_> = readers[change.path.as_str()]
            .difference(&by)
            .copied()
            .collect();
        if others.is_empty() {
            by_file.entry(change.path.clone()).or_default().push(change);
        } else {
            shared.insert(format!(
                "{}: left as it is, because {} reads it too",
                change.path,
                others.join(", ")
            ));
        }
    }
    (by_file, shared)
}

fn changes(compilation: &Compilation) -> Vec<Change> {
    let sources = &compilation.sources;
    let fixes = compilation.diagnostics.iter().flat_map(|it| &it.fixes);
    fixes
        .flat_map(|fix| fix.edits(sources))
        .map(|Edit { place, replacement }| Change {
            path: sources.file(place.file).path.clone(),
            start: place.span.start,
            end: place.span.end,
            replacement,
        })
        .collect()
}

/// A file as it is to be.
struct FixedFile<'c> {
    path: &'c str,
    text: String,
    /// Its diagnostics.
    said: Lines,
}

/// Changes the text of a file. Of edits that overlap the first wins; the next round sees what is left of the
/// other.
fn fix_file<'c>(
    project: &Project,
    path: &'c str,
    changes: &[Change],
) -> Result<FixedFile<'c>, String> {
    let cannot = |why: String| format!("`{path}` cannot be, since {why}");
    let before = project
        .world()
        .read(path)
        .map_err(|it| cannot(format!("{it:?}")))?;
    let before = String::from_utf8(before).map_err(|it| cannot(it.to_string()))?;
    let mut after = String::with_capacity(before.len());
    let mut done = 0;
    let mut said = Lines::default();
    let (mut line, mut counted) = (1, 0);
    for change in changes {
        let Change {
            start,
            end,
            replacement,
            ..
        } = change;
        // The changes come sorted.
        line += before[counted..*start].matches('\n').count();
        counted = *start;
        if *start < done {
            said.add(format_args!(
                "{path}:{line}: overlaps another fix, and waits for it"
            ));
            continue;
        }
        after += &before[done..*start];
        after += replacement;
        done = *end;
        said.add(sentence(path, line, &before, *start..*end, replacement));
    }
    after += &before[done..];
    if !is_toml(&after) {
        return Err(cannot("the result would not be TOML".to_owned()));
    }
    Ok(FixedFile {
        path,
        text: after,
        said,
    })
}

fn sentence(
    path: &str,
    line: usize,
    before: &str,
    span: Range<usize>,
    replacement: &str,
) -> String {
    let old = before[span].trim();
    let first = old.lines().next().unwrap_or_default();
    if replacement.is_empty() {
        format!("{path}:{line}: removed `{first}`")
    } else {
        format!("{path}:{line}: `{old}` is now `{replacement}`")
    }
}

fn is_toml(text: &str) -> bool {
    let mut sources = Sources::default();
    let file = sources.add_file("", text);
    spec::parse(file, &mut sources).1.is_empty()
}
