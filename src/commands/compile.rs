//! `kiln compile`.

use super::{
    Project, Stop,
    report::{Formatting, Reporter},
    say::Lines,
};
use crate::{
    Compilation,
    diagnostics::Diagnostics,
    document::Sources,
    files::{Files, files, prerequisites},
    output::commit,
    parallel,
    review::{Review, committed, report_on_committed, text},
};

/// Write the manifests of environments to `out`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environments, or files that they read, such as `environments/_base.toml`; all when none is named.
    environments: Vec<String>,

    /// Write nothing, and fail when `out` is not what the spec compiles to.
    #[arg(long)]
    check: bool,

    /// Remove the compiled output of an environment that has no spec any more.
    #[arg(long, value_name = "ENV", conflicts_with_all = ["check", "environments"])]
    remove: Option<String>,

    /// Have the new tree on the disk before it replaces the old one, against a loss of power.
    #[arg(long)]
    durable: bool,

    #[command(flatten)]
    formatting: Formatting,
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    let mut reporter = Reporter::new(arguments.formatting.format);
    let outcome = compile(project, arguments, &mut reporter);
    reporter.finish()?;
    outcome
}

fn compile(project: &Project, arguments: &Arguments, reporter: &mut Reporter) -> Result<(), Stop> {
    if let Some(environment) = &arguments.remove {
        return remove(project, environment, reporter);
    }
    let chosen = project.selected(&arguments.environments)?;
    let compilations = project.compile(&chosen)?;
    let rendered = parallel::map(&compilations, |it| {
        (!it.diagnostics.has_errors()).then(|| files(it))
    });
    let mut ready = Vec::new();
    for (mut compilation, files) in compilations.into_iter().zip(rendered) {
        let files = files.and_then(|it| {
            it.map_err(|errors| compilation.diagnostics.append(errors))
                .ok()
        });
        let found = std::mem::take(&mut compilation.diagnostics);
        reporter.report(found, &compilation.sources);
        ready.push(files.map(|files| (compilation, files)));
    }
    let orphans = project.orphans(arguments.check);
    let mut failed = orphans.has_errors();
    reporter.report(orphans, &Sources::default());
    // All or nothing: environments of one repository are reviewed and merged together.
    let Some(ready) = ready.into_iter().collect::<Option<Vec<_>>>() else {
        return Err(Stop::Problems);
    };
    if arguments.check {
        for (compilation, files) in &ready {
            failed |= !is_current(project, compilation, files, reporter)?;
        }
    } else {
        failed |= !write(project, &ready, arguments.durable, reporter)?;
    }
    if failed {
        return Err(Stop::Problems);
    }
    if arguments.check {
        return reporter.say(&Lines::of("out is what the spec compiles to"));
    }
    next_steps(project, &ready, reporter)
}

/// Whether the output is what was compiled.
fn is_current(
    project: &Project,
    compilation: &Compilation,
    files: &Files,
    reporter: &mut Reporter,
) -> Result<bool, Stop> {
    let environment = &compilation.environment;
    let compared = [
        project
            .output()
            .compare(environment, &files.tree, &files.lock),
        project
            .delivery()
            .compare(environment, &files.delivery, &files.delivery_lock),
    ];
    let mut found = Diagnostics::default();
    for result in compared {
        match result {
            Ok(diagnostics) | Err(diagnostics) => found.append(diagnostics),
        }
    }
    let is_current = !found.has_errors();
    reporter.report(found, &Sources::default());
    if !is_current {
        reporter.say(&difference(project, compilation))?;
    }
    Ok(is_current)
}

/// What compiling would do to what lies there: the difference itself, and not only the names of the files.
fn difference(project: &Project, compilation: &Compilation) -> Lines {
    let mut lines = Lines::default();
    let environment = &compilation.environment;
    let Some(written) = committed(project.world(), environment) else {
        return lines;
    };
    let found = report_on_committed(&written, compilation);
    let review = Review::new(format!("what lies in out/{environment}"), &[found], &[]);
    if review.changes().next().is_some() {
        text::render(&review, false)
            .lines()
            .for_each(|it| lines.add(it));
    }
    lines
}

/// Whether all trees were written: all are, or none.
fn write(
    project: &Project,
    ready: &[(Compilation, Files)],
    durable: bool,
    reporter: &mut Reporter,
) -> Result<bool, Stop> {
    let output = project.output().durable(durable);
    let delivery = project.delivery().durable(durable);
    let mut staged = Vec::new();
    let mut refused = Diagnostics::default();
    for (compilation, files) in ready {
        let environment = &compilation.environment;
        // The engines' objects point into the tree, so the tree comes first.
        for tree in [
            output.stage(environment, &files.tree, &files.lock),
            delivery.stage(environment, &files.delivery, &files.delivery_lock),
        ] {
            match tree {
                Ok(tree) => staged.push(tree),
                // That `out` is a link is true of both trees.
                Err(errors) => {
                    let known: Vec<_> = refused.iter().map(|it| it.title.clone()).collect();
                    let errors = errors.iter().filter(|it| !known.contains(&it.title));
                    refused.extend(errors.cloned());
                }
            }
        }
    }
    let written = if refused.has_errors() {
        drop(staged);
        Err(refused)
    } else {
        commit(staged)
    };
    let written = match written {
        Ok(written) => written,
        Err(errors) => {
            reporter.report(errors, &Sources::default());
            return Ok(false);
        }
    };
    for ((compilation, _), trees) in ready.iter().zip(written.chunks_exact(2)) {
        let environment = &compilation.environment;
        for tree in trees {
            reporter.report(tree.warnings.clone(), &Sources::default());
        }
        let count = compilation.graph.members.len();
        let objects = if count == 1 { "object" } else { "objects" };
        let is_new = trees.iter().any(|it| it.changed);
        let state = if is_new { "written" } else { "unchanged" };
        reporter.say(&Lines::of(format_args!(
            "{environment}: {count} {objects} {state} in out/{environment}"
        )))?;
    }
    Ok(true)
}

/// What must exist beforehand, and the command that makes an engine follow the output.
fn next_steps(
    project: &Project,
    ready: &[(Compilation, Files)],
    reporter: &Reporter,
) -> Result<(), Stop> {
    let mut said = Lines::default();
    for (compilation, _) in ready {
        let environment = &compilation.environment;
        let needed = prerequisites(compilation);
        if !needed.is_empty() {
            said.add("");
            said.add(format_args!(
                "before {environment} is synced, there must be:"
            ));
            for line in needed {
                said.add(format_args!("  {line}"));
            }
        }
        if let Some(delivery) = &compilation.offers.delivery {
            let folder = project.shown(&format!("out/delivery/{environment}"));
            let files: Vec<_> = delivery
                .engine
                .engine()
                .bootstrap
                .iter()
                .map(|file| format!("-f {}", folder.join(file).display()))
                .collect();
            said.add(format_args!(
                "once, after pushing out: kubectl apply --server-side {}",
                files.join(" ")
            ));
        }
    }
    reporter.say(&said)
}

fn remove(project: &Project, environment: &str, reporter: &mut Reporter) -> Result<(), Stop> {
    if crate::spec::environments(project.world())
        .iter()
        .any(|it| it == environment)
    {
        return Err(Stop::Misuse(format!(
            "`{environment}` has a spec; remove environments/{environment}.toml first"
        )));
    }
    let mut changed = false;
    for output in [project.output(), project.delivery()] {
        match output.remove(environment) {
            Ok(written) => {
                changed |= written.changed;
                reporter.report(written.warnings, &Sources::default());
            }
            Err(errors) => {
                reporter.report(errors, &Sources::default());
                return Err(Stop::Problems);
            }
        }
    }
    if !changed {
        return Err(Stop::Misuse(format!(
            "there is no output of `{environment}`"
        )));
    }
    reporter.say(&Lines::of(format_args!("{environment}: removed from out")))
}
