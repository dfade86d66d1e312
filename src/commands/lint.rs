//! `kiln lint`.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    Stop,
    report::Reporting,
    say::{Lines, complain},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, Severity, codes},
    lint::lint,
    world::MAX_FILE,
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
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    reporting: Reporting,
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let selection = arguments.reporting.selection()?;
    let mut texts = Vec::new();
    let mut unread = Diagnostics::default();
    let (files, no_files) = files(&arguments.paths)?;
    for path in no_files {
        let shown = shown(&path);
        let title = format!("`{shown}` is a pipe, a socket or a device, and no file");
        unread.push(Diagnostic::error(codes::UNREADABLE, title).in_file(shown));
    }
    for path in files {
        let shown = shown(&path);
        match read(&path, &shown) {
            Ok(text) => texts.push((shown, text)),
            Err(diagnostic) => unread.push(*diagnostic),
        }
    }
    let unreadable = unread.count(Severity::Error);
    let mut found = lint(texts);
    found.diagnostics.append(unread);
    found.diagnostics.sort(&found.sources);
    selection.apply(&mut found.diagnostics);

    let mut reporter = arguments.reporting.reporter();
    let failed = arguments.reporting.fails(&found.diagnostics);
    reporter.report(found.diagnostics, &found.sources);
    for (path, why) in &found.skipped {
        complain(&Lines::of(format_args!("skipped {path}: {why}")));
    }
    let mut summary = format!(
        "{} in {} checked",
        counted(found.objects, "object"),
        counted(found.files, "file")
    );
    for (count, what) in [
        (found.skipped.len(), "a template"),
        (unreadable, "unreadable"),
    ] {
        if count > 0 {
            let _ = write!(summary, "; {} skipped: {what}", counted(count, "file"));
        }
    }
    reporter.say(&Lines::of(summary))?;
    reporter.finish()?;
    if failed { Err(Stop::Problems) } else { Ok(()) }
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
