//! `kiln lint`.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    Stop,
    cluster::{self, Live},
    report::Reporting,
    say::{Lines, complain},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, Report, Severity, codes},
    document::Sources,
    lint::{Baseline, SETTINGS, Settings, lint_with},
    world::{Disk, MAX_FILE},
};

/// Find what is wrong with manifests that kiln did not compile.
///
/// Reads files, folders (`.yaml`, `.yml` and `.json` in them and below, but for hidden ones and
/// `node_modules`) and, as `-`, standard input: `helm template … | kiln lint -`. What is not an object of
/// Kubernetes is left out; templates that are not rendered are named and skipped.
///
/// All files are one platform, so that a Deployment sees its `ConfigMap`. When two files hold the same
/// object, they are of two environments: each folder or file by which their paths first differ is then
/// checked by itself. What is not in sight may be on the cluster, and is not missed.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The files and folders; `-` is standard input.
    #[arg(required_unless_present = "cluster", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Read what a cluster holds, too, by your own kubectl: `get` on each kind that checks look at, but for Secrets.
    #[arg(long)]
    cluster: bool,

    /// The context of kubectl to read, instead of the current one.
    #[arg(long, requires = "cluster", value_name = "NAME")]
    context: Option<String>,

    #[command(flatten)]
    reporting: Reporting,

    /// Leave out the findings that this file lists, which `--write-baseline` writes.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write what is found to the file of `--baseline`, and show nothing of it.
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let selection = arguments.reporting.selection_of_all()?;
    let (settings, of_settings) = settings(&arguments.paths)?;
    let baseline = match &arguments.baseline {
        Some(path) if !arguments.write_baseline => read_baseline(path)?,
        _ => Baseline::default(),
    };
    let (texts, unread) = read_all(&arguments.paths, &settings)?;
    let live = if arguments.cluster {
        cluster::read(arguments.context.as_deref())?
    } else {
        Live::default()
    };
    let mut summary = Summary {
        unreadable: unread.count(Severity::Error),
        ..Summary::default()
    };
    let mut found = lint_with(texts, live.texts, &settings.assumed);
    found.diagnostics.append(unread);
    found.diagnostics.sort(&found.sources);
    selection.apply(&mut found.diagnostics);
    settings.apply(&mut found.diagnostics, &found.sources);
    if let (Some(path), true) = (&arguments.baseline, arguments.write_baseline) {
        let all = std::mem::take(&mut found.diagnostics);
        write_baseline(path, &Baseline::of(&all, &found.sources))?;
    }
    (summary.known, summary.gone) = baseline.apply(&mut found.diagnostics, &found.sources);

    let mut reporter = arguments.reporting.reporter();
    let failed = arguments.reporting.fails(&found.diagnostics)
        || arguments.reporting.fails(&of_settings.diagnostics);
    if !of_settings.diagnostics.is_empty() {
        reporter.report(of_settings.diagnostics, &of_settings.sources);
    }
    let by_code = by_code(&found.diagnostics);
    if arguments.reporting.is_text() {
        group(&mut found.diagnostics, &found.sources);
    }
    reporter.report(found.diagnostics, &found.sources);
    for (path, why) in found.skipped {
        summary.skipped.entry(why).or_default().push(path);
    }
    summary.complain();
    for (kind, why) in live.refused {
        complain(&Lines::of(format!("skipped {kind} of the cluster: {why}")));
    }
    if let Some(by_code) = by_code {
        reporter.say(&Lines::of(by_code))?;
    }
    reporter.say(&Lines::of(summary.text(found.objects, found.files)))?;
    reporter.finish()?;
    if failed { Err(Stop::Problems) } else { Ok(()) }
}

/// The texts of the files that paths lead to, each with its path, and what cannot be read.
fn read_all(
    paths: &[PathBuf],
    settings: &Settings,
) -> Result<(Vec<(String, String)>, Diagnostics), Stop> {
    let mut texts = Vec::new();
    let mut unread = Diagnostics::default();
    let (files, no_files) = files(paths)?;
    for path in no_files {
        let shown = shown(&path);
        let title = format!("`{shown}` is a pipe, a socket or a device, and no file");
        unread.push(Diagnostic::error(codes::UNREADABLE, title).in_file(shown));
    }
    for path in files {
        let shown = shown(&path);
        if settings.skips(&shown) {
            continue;
        }
        match read(&path, &shown) {
            Ok(text) => texts.push((shown, text)),
            Err(diagnostic) => unread.push(*diagnostic),
        }
    }
    Ok((texts, unread))
}

/// What is said of a run beside its findings.
#[derive(Debug, Default)]
struct Summary {
    /// The files that hold something that could not be checked, by the reason.
    skipped: BTreeMap<&'static str, Vec<String>>,
    /// How many files could not be read.
    unreadable: usize,
    /// How many findings the baseline lists.
    known: usize,
    /// How many of those are no longer found.
    gone: usize,
}

impl Summary {
    /// Names what was skipped, each reason once.
    fn complain(&self) {
        for (why, paths) in &self.skipped {
            complain(&Lines::of(match paths.as_slice() {
                [path] => format!("skipped {path}: {why}"),
                [path, ..] => format!("skipped {} files, such as {path}: {why}", paths.len()),
                [] => continue,
            }));
        }
    }

    /// All of it in one line.
    fn text(&self, objects: usize, files: usize) -> String {
        let mut text = format!(
            "{} in {} checked",
            counted(objects, "object"),
            counted(files, "file")
        );
        let whats = self.skipped.iter().map(|(why, paths)| {
            let what = why.split(';').next().unwrap_or(why);
            (paths.len(), what)
        });
        for (count, what) in whats.chain([(self.unreadable, "unreadable")]) {
            if count > 0 {
                let _ = write!(text, "; {} skipped: {what}", counted(count, "file"));
            }
        }
        for (count, what) in [
            (self.known, "in the baseline"),
            (self.gone, "of the baseline gone"),
        ] {
            if count > 0 {
                let _ = write!(text, "; {} {what}", counted(count, "finding"));
            }
        }
        text
    }
}

/// What a team decided, in the file that lies in the folder of the first path or nearest above it, up to the root
/// of the repository; and what is wrong with that.
fn settings(paths: &[PathBuf]) -> Result<(Settings, Report), Stop> {
    let mut report = Report::default();
    let here = std::env::current_dir()
        .map_err(|error| Stop::Misuse(format!("there is no folder to work in: {error}")))?;
    let first = paths.iter().find(|it| it.as_os_str() != "-");
    let start = first.map_or_else(|| here.clone(), |it| here.join(it));
    let Ok(start) = start.canonicalize() else {
        return Ok((Settings::default(), report));
    };
    for folder in start.ancestors() {
        let path = folder.join(SETTINGS);
        if path.is_file() {
            let shown = path
                .strip_prefix(&here)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            let settings = match read(&path, &shown) {
                Ok(text) => Settings::read(
                    &shown,
                    text,
                    (&folder.to_string_lossy(), &here.to_string_lossy()),
                    &mut report.sources,
                    &mut report.diagnostics,
                ),
                Err(diagnostic) => {
                    report.diagnostics.push(*diagnostic);
                    Settings::default()
                }
            };
            return Ok((settings, report));
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok((Settings::default(), report))
}

fn read_baseline(path: &Path) -> Result<Baseline, Stop> {
    let shown = path.display();
    let text = read(path, &shown.to_string()).map_err(|it| Stop::Misuse(it.title))?;
    Baseline::read(&text).map_err(|why| Stop::Misuse(format!("`{shown}` is not a baseline: {why}")))
}

fn write_baseline(path: &Path, baseline: &Baseline) -> Result<(), Stop> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let name = path.file_name().and_then(|it| it.to_str());
    let written = Disk::new(folder.unwrap_or(Path::new("."))).and_then(|disk| {
        let name = name.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
        disk.write(&[(name, baseline.text().as_bytes())])
    });
    written.map_err(|error| Stop::Misuse(format!("cannot write `{}`: {error}", path.display())))
}

/// How often each code was found, most often first, when that is more than fits on a screen.
fn by_code(found: &Diagnostics) -> Option<String> {
    const SCREEN: usize = 10;
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for it in found.iter() {
        *counts.entry((it.code.number, it.code.name)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let words = counts
        .iter()
        .map(|((number, name), count)| format!("{count} {number} {name}"));
    let words: Vec<_> = words.collect();
    (found.len() > SCREEN).then(|| words.join(", "))
}

/// Says once what is found alike in several places.
fn group(found: &mut Diagnostics, sources: &Sources) {
    /// How many places are named.
    const SHOWN: usize = 3;
    let key = |it: &Diagnostic| (it.code.number, it.title.clone(), it.hints.clone());
    let mut places: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for it in found.iter() {
        let place = it.labels.first().and_then(|it| it.at.place(sources));
        if let Some(place) = place {
            let path = &sources.file(place.file).path;
            let shown = format!("{path}:{}", sources.line(place));
            places.entry(key(it)).or_default().push(shown);
        }
    }
    for mut it in std::mem::take(found).into_vec() {
        let Some(all) = places.get_mut(&key(&it)) else {
            found.push(it);
            continue;
        };
        let all = std::mem::take(all);
        let Some((_, others)) = all.split_first() else {
            continue;
        };
        if !others.is_empty() {
            let mut shown: Vec<_> = others.iter().take(SHOWN).cloned().collect();
            if others.len() > SHOWN {
                shown.push(format!("{} more places", others.len() - SHOWN));
            }
            it = it.note(format!("likewise {}", shown.join(", ")));
        }
        found.push(it);
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The files that paths name, each once, in the order of the arguments and of names below them; and what
/// below them is not a file, which to read may never end. A pipe that is named itself is read: a shell makes one
/// for the output of a command.
fn files(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Stop> {
    let mut files = Vec::new();
    let mut no_files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            files.push(path.clone());
            continue;
        }
        let metadata = fs::metadata(path).map_err(|error| {
            Stop::Misuse(match error.kind() {
                io::ErrorKind::NotFound => {
                    format!("there is no file or folder `{}`", path.display())
                }
                _ => format!("cannot open `{}`: {error}", path.display()),
            })
        })?;
        if metadata.is_dir() {
            below(path, &mut files, &mut no_files)?;
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|path| seen.insert(path.clone()));
    Ok((files, no_files))
}

/// The manifests in a folder and below. A link to a folder is not followed: it may lead in a circle.
fn below(folder: &Path, files: &mut Vec<PathBuf>, no_files: &mut Vec<PathBuf>) -> Result<(), Stop> {
    let unlistable = |error| Stop::Misuse(format!("cannot list `{}`: {error}", folder.display()));
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(unlistable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        let path = entry.path();
        let kind = entry.file_type().map_err(unlistable)?;
        let extension = path.extension().and_then(|it| it.to_str());
        if kind.is_dir() {
            below(&path, files, no_files)?;
        } else if matches!(extension, Some("yaml" | "yml" | "json")) && !path.is_dir() {
            // What is not there, behind a link, is told when it is read.
            if path.is_file() || !path.exists() {
                files.push(path);
            } else {
                no_files.push(path);
            }
        }
    }
    Ok(())
}

/// A path as messages name it.
fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    match path.strip_prefix("./") {
        _ if path == "-" => "standard input".to_owned(),
        Some(path) => path.to_owned(),
        None => path.into_owned(),
    }
}

fn read(path: &Path, shown: &str) -> Result<String, Box<Diagnostic>> {
    let refuse = |why: String| Box::new(Diagnostic::error(codes::UNREADABLE, why).in_file(shown));
    let mut bytes = Vec::new();
    let result = if path.as_os_str() == "-" {
        io::stdin().take(MAX_FILE + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
    };
    result.map_err(|error| refuse(format!("cannot read `{shown}`: {error}")))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(refuse(format!(
            "`{shown}` has more than {MAX_FILE} bytes, which kiln does not read"
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].split(|it| *it == b'\n').count();
        let title = format!("`{shown}` is not UTF-8 text, from line {line} on");
        let diagnostic = Diagnostic::error(codes::UNREADABLE, title);
        Box::new(diagnostic.in_file(shown).hint("save the file as UTF-8"))
    })
}
