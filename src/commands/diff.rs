//! `kiln diff`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use super::{
    Project, Stop,
    say::{print_document, show},
};
use crate::{
    Compilation, compile,
    diagnostics::name_list,
    files::files,
    git::{self, Revision},
    output::LOCK_FILE,
    parallel,
    review::{
        self, Change, Report, Review, committed, html, json, markdown, report, report_on_committed,
        rules, text,
    },
    spec::{SPEC_FOLDER, environments},
    spelling,
    world::{Disk, World},
};

/// Show what a change does to the cluster: what rolls, what ends, what is deleted, and the lines that did it.
///
/// The spec as it is now is compared with the one of another revision, or with another folder. Two environments
/// alone, as in `kiln diff staging prod`, are compared with each other.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environments; all when none is named.
    environments: Vec<String>,

    /// What to compare with: a revision of git, or a folder that holds `environments`. Where this branch left the main
    /// one, when not given.
    #[arg(long, value_name = "REV|FOLDER")]
    against: Option<String>,

    /// How to write it.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Show every field in full.
    #[arg(long)]
    verbose: bool,

    /// Fail when any of these happens: rules such as `killed`, `deleted`, `storage-lost`, `access-widened`.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    fail_on: Vec<String>,

    /// Where to write all of it, when it does not fit into a comment.
    #[arg(long, value_name = "FILE")]
    overflow: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, the worst first.
    #[default]
    Text,
    /// A comment of a pull request, never larger than one may be.
    Markdown,
    /// For machines.
    Json,
    /// One page, to be read offline.
    Html,
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    for rule in &arguments.fail_on {
        known_rule(rule)?;
    }
    let review = match (&arguments.environments[..], &arguments.against) {
        ([one, other], None) => side_by_side(project, one, other)?,
        _ => against(project, arguments)?,
    };
    write(&review, arguments)?;
    let is_meant =
        |effect: &review::Effect| arguments.fail_on.iter().any(|it| it == effect.rule.name);
    let mut failing = review
        .changes()
        .filter(|it| it.effects.iter().any(is_meant));
    if failing.next().is_some() {
        return Err(Stop::Problems);
    }
    Ok(())
}

fn known_rule(name: &str) -> Result<(), Stop> {
    let known = || rules::ALL.iter().map(|it| it.name);
    if known().any(|it| it == name) {
        return Ok(());
    }
    let hint = spelling::hint(name, known(), || {
        format!("there are {}", name_list(known()))
    });
    Err(Stop::Misuse(format!("there is no rule `{name}`; {hint}")))
}

fn write(review: &Review, arguments: &Arguments) -> Result<(), Stop> {
    let text = match arguments.format {
        Format::Text => text::render(review, arguments.verbose),
        Format::Json => json::render(review),
        Format::Html => html::render(review),
        Format::Markdown => {
            let overflow = arguments.overflow.as_deref();
            // Where it lies on a machine that is gone tells nobody anything.
            let shown = overflow
                .and_then(Path::file_name)
                .map(|it| it.display().to_string());
            let comment = markdown::render(review, shown.as_deref());
            if let Some(path) = overflow.filter(|_| comment.omitted > 0) {
                std::fs::write(path, markdown::render_whole(review)).map_err(|error| {
                    Stop::Misuse(format!("`{}` cannot be written: {error}", path.display()))
                })?;
            }
            comment.text
        }
    };
    print_document(&text)
}

/// Two environments of the spec as it is now.
fn side_by_side(project: &Project, one: &str, other: &str) -> Result<Review, Stop> {
    project.chosen(&[one.to_owned(), other.to_owned()])?;
    let before = compiled(project.world(), one)?;
    let after = compiled(project.world(), other)?;
    let report = report(other, Some(&before), Some(&after));
    let report = Report {
        idle: Vec::new(),
        is_touched: false,
        ..report
    };
    Ok(Review::new(one.to_owned(), &[report], &[]))
}

/// An environment without errors; those are shown.
fn compiled(world: &dyn World, environment: &str) -> Result<Compilation, Stop> {
    let compilation = compile(world, environment);
    if compilation.diagnostics.has_errors() {
        show(&compilation.diagnostics, &compilation.sources);
        return Err(Stop::Problems);
    }
    Ok(compilation)
}

fn against(project: &Project, arguments: &Arguments) -> Result<Review, Stop> {
    let base = Base::find(project.root(), arguments.against.as_deref())?;
    let (then, now) = (environments(&*base.world), environments(project.world()));
    let all: BTreeSet<&String> = then.iter().chain(&now).collect();
    let chosen = chosen(&all, &arguments.environments)?;
    let compared = parallel::map(&chosen, |environment| {
        compare(project.world(), &*base.world, environment, &[&then, &now])
    });
    let (mut reports, mut of_kiln, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut unwritten = Vec::new();
    let mut failed = false;
    for (it, environment) in compared.into_iter().zip(&chosen) {
        unwritten.extend(it.is_unwritten.then_some(environment.as_str()));
        if let Some(refused) = it.refused {
            show(&refused.diagnostics, &refused.sources);
            failed = true;
        }
        reports.extend(it.report);
        of_kiln.extend(it.of_kiln);
        notes.extend(it.notes);
    }
    if failed {
        return Err(Stop::Problems);
    }
    notes.extend(not_written(&unwritten));
    notes.extend(also_reached(project, &reports, &now));
    let mut review = Review::new(base.name, &reports, &of_kiln);
    notes.append(&mut review.notes);
    Ok(Review { notes, ..review })
}

/// What is said of one environment.
#[derive(Default)]
struct Compared {
    report: Option<Report>,
    /// What a newer kiln makes of the spec of before.
    of_kiln: Option<Report>,
    notes: Vec<String>,
    /// Whether its output is as it was, and not what its spec compiles to now.
    is_unwritten: bool,
    /// The environment of now, when it has errors.
    refused: Option<Compilation>,
}

/// That `kiln compile` has yet to write what is told of some environments.
fn not_written(environments: &[&str]) -> Option<String> {
    let trees: Vec<_> = environments.iter().map(|it| format!("out/{it}")).collect();
    let was = match trees.as_slice() {
        [] => return None,
        [_] => "is as it was",
        _ => "are as they were",
    };
    let trees = first_of(&trees);
    Some(format!(
        "{trees} {was}: `kiln compile` writes what is told here"
    ))
}

/// The first of some names, and how many there are more.
fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = names[..SHOWN.min(names.len())].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Compares an environment with what it was; `specs` are the names of before and of now.
fn compare(
    world: &dyn World,
    base: &dyn World,
    environment: &str,
    specs: &[&[String]; 2],
) -> Compared {
    let [then, now] = specs.map(|it| it.iter().any(|it| it == environment));
    let mut compared = Compared::default();
    let after = now.then(|| compile(world, environment));
    let after = match after {
        Some(it) if it.diagnostics.has_errors() => {
            compared.refused = Some(it);
            return compared;
        }
        after => after,
    };
    let before = before(base, environment, then, &mut compared.notes);
    if let Some((was, is)) = before.committed.as_ref().zip(before.compiled.as_ref()) {
        compared.of_kiln = Some(report_on_committed(was, is));
    }
    if then && before.known().is_none() {
        compared.report = Some(Report {
            environment: environment.to_owned(),
            changes: vec![Change::of(environment, rules::UNKNOWN, NOT_KNOWN)],
            ..Report::default()
        });
        return compared;
    }
    let notes = &mut compared.notes;
    match (&before.known(), &after) {
        (None, Some(_)) => notes.push(format!("{environment} is new")),
        (Some(_), None) => notes.push(format!(
            "{environment} is gone: `kiln compile --remove {environment}` takes its output away, and an engine that prunes then deletes its objects"
        )),
        _ => {}
    }
    let mut report = report(environment, before.known(), after.as_ref());
    if after.as_ref().is_some_and(|it| has_other_output(world, it)) {
        // Who has only edited the spec knows that; an edit in the output is what nobody would look for.
        if output(base, environment) == output(world, environment) {
            compared.is_unwritten = true;
        } else {
            // Without the name of the environment, so that the same of many is told once.
            let change = Change::of("out", rules::OUT_DIFFERS, OTHER_OUTPUT);
            report.changes.push(change);
        }
    }
    compared.report = Some(report);
    compared
}

/// Why nothing can be said of an environment.
const NOT_KNOWN: &str = "was something that nobody can tell: its spec of before does not compile, and nothing was committed of it; what this change deletes, ends or opens is not known";

/// What an engine applies instead.
const OTHER_OUTPUT: &str = "is not what the spec compiles to, and an engine applies what lies there: `kiln compile` writes it, and `kiln compile --check` shows the difference";

/// Whether something else was written of an environment than it compiles to; nothing at all is no other.
fn has_other_output(world: &dyn World, compilation: &Compilation) -> bool {
    let folder = format!("out/{}", compilation.environment);
    !world.list(&folder).files.is_empty() && !is_committed(world, compilation)
}

/// All that lies in the output of an environment.
fn output(world: &dyn World, environment: &str) -> BTreeMap<String, Option<Vec<u8>>> {
    let folders = [
        format!("out/{environment}"),
        format!("out/delivery/{environment}"),
    ];
    let files = folders.iter().flat_map(|it| world.list(it).files);
    files
        .map(|path| (path.clone(), world.read(&path).ok()))
        .collect()
}

/// The environments to compare: those that one of the sides has.
fn chosen<'a>(all: &BTreeSet<&'a String>, named: &[String]) -> Result<Vec<&'a String>, Stop> {
    let known = || all.iter().map(|it| it.as_str());
    for name in named {
        if !all.contains(name) {
            let hint = spelling::hint(name, known(), || {
                format!("there are {}", name_list(known()))
            });
            return Err(Stop::Misuse(format!(
                "there is no environment `{name}` on either side; {hint}"
            )));
        }
    }
    let is_meant = |it: &&&String| named.is_empty() || named.contains(it);
    Ok(all.iter().filter(is_meant).copied().collect())
}

/// What an environment was.
#[derive(Default)]
struct Before {
    /// What this kiln makes of its spec; none when it refuses it.
    compiled: Option<Compilation>,
    /// What was committed of it, where that is something else.
    committed: Option<Compilation>,
}

impl Before {
    fn known(&self) -> Option<&Compilation> {
        self.compiled.as_ref().or(self.committed.as_ref())
    }
}

fn before(world: &dyn World, environment: &str, has_spec: bool, notes: &mut Vec<String>) -> Before {
    if !has_spec {
        return Before::default();
    }
    let compiled = compile(world, environment);
    let compiled = Some(compiled).filter(|it| !it.diagnostics.has_errors());
    if compiled.is_none() {
        notes.push(format!(
            "{environment}: this kiln does not compile the spec of before, so what was committed of it in `out` is compared, and no line of before is known"
        ));
    }
    let is_committed = compiled.as_ref().is_some_and(|it| is_committed(world, it));
    let committed = (!is_committed)
        .then(|| committed(world, environment))
        .flatten();
    Before {
        compiled,
        committed,
    }
}

/// Whether what was committed is what this kiln makes of the spec.
fn is_committed(world: &dyn World, compilation: &Compilation) -> bool {
    let Ok(files) = files(compilation) else {
        return false;
    };
    let folder = format!("out/{}", compilation.environment);
    let is_there = |(path, bytes): (&String, &Vec<u8>)| {
        world
            .read(&format!("{folder}/{path}"))
            .is_ok_and(|it| it == *bytes)
    };
    let delivered = |(path, bytes): (&String, &Vec<u8>)| {
        let path = format!("out/delivery/{}/{path}", compilation.environment);
        world.read(&path).is_ok_and(|it| it == *bytes)
    };
    let listed = world.list(&folder).files;
    let is_own = |path: &String| {
        let inside = path
            .strip_prefix(&folder)
            .and_then(|it| it.strip_prefix('/'));
        inside.is_some_and(|it| it == LOCK_FILE || files.tree.contains_key(it))
    };
    listed.iter().all(is_own)
        && files.tree.iter().all(is_there)
        && files.delivery.iter().all(delivered)
}

/// The environments that were not asked about, and that a changed file reaches all the same.
fn also_reached(project: &Project, reports: &[Report], all: &[String]) -> Vec<String> {
    let files: BTreeSet<&str> = reports
        .iter()
        .flat_map(|it| &it.changes)
        .flat_map(|it| &it.causes)
        .filter_map(|it| it.after.as_ref().or(it.before.as_ref()))
        .map(|it| it.file.as_str())
        .collect();
    let asked = |name: &String| reports.iter().any(|it| it.environment == *name);
    let mut reached: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in all.iter().filter(|it| !asked(it)) {
        let (source, _) = crate::spec::read(project.world(), name);
        for file in source.sources.files() {
            if let Some(file) = files.get(file.path.as_str()) {
                reached.entry(file).or_default().push(name.clone());
            }
        }
    }
    let notes = reached.into_iter();
    notes
        .map(|(file, names)| format!("{file} also reaches {}", first_of(&names)))
        .collect()
}

/// What a review compares with.
struct Base {
    name: String,
    world: Box<dyn World>,
}

impl Base {
    fn find(root: &Path, against: Option<&str>) -> Result<Self, Stop> {
        let Some(against) = against else {
            let base = git::merge_base(root).map_err(Stop::Misuse)?;
            let name = format!(
                "{} (where this branch left {})",
                short(&base.commit),
                base.branch
            );
            return Self::revision(root, &base.commit, name);
        };
        let is_path = against.starts_with(['.', '/']);
        let commit = if is_path {
            Err(String::new())
        } else {
            git::commit(root, against)
        };
        if let Ok(commit) = commit {
            let name = format!("{} ({against})", short(&commit));
            return Self::revision(root, &commit, name);
        }
        let folder = Path::new(against);
        if !folder.join(SPEC_FOLDER).is_dir() {
            return Err(Stop::Misuse(if folder.is_dir() {
                format!(
                    "`{against}` has no folder `{SPEC_FOLDER}`, so there is nothing to compare with"
                )
            } else {
                format!("`{against}` is neither a revision of git here nor a folder")
            }));
        }
        let world = Disk::new(folder).map_err(|error| {
            Stop::Misuse(format!("cannot open `{}`: {error}", folder.display()))
        })?;
        Ok(Self {
            name: against.to_owned(),
            world: Box::new(world),
        })
    }

    fn revision(root: &Path, commit: &str, name: String) -> Result<Self, Stop> {
        let world = Revision::open(root, commit).map_err(Stop::Misuse)?;
        Ok(Self {
            name,
            world: Box::new(world),
        })
    }
}

/// A commit's name as people write it.
fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}
