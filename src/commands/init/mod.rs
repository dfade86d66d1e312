//! `kiln init`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use super::{Stop, project::print, schema};
use crate::delivery::validate_environment;

/// The first environment, with places for its name and its engine.
const FIRST: &str = include_str!("first.toml");

/// Write a first environment, its schema, and what git should ignore.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The name of the environment.
    #[arg(default_value = "dev")]
    environment: String,

    /// The engine that will sync what is compiled.
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Engine {
    /// Argo CD.
    #[default]
    ArgoCd,
    /// Flux.
    Flux,
}

pub fn run(root: Option<&Path>, arguments: &Arguments) -> Result<(), Stop> {
    let environment = &arguments.environment;
    validate_environment(environment).map_err(Stop::Misuse)?;
    let engine = match arguments.engine {
        Engine::ArgoCd => "argo-cd",
        Engine::Flux => "flux",
    };
    let root = root.unwrap_or(Path::new("."));
    let spec = PathBuf::from(format!("environments/{environment}.toml"));
    let text = FIRST
        .replace("ENVIRONMENT", environment)
        .replace("ENGINE", engine);
    if root.join(&spec).exists() {
        return Err(Stop::Misuse(format!("`{}` exists already", spec.display())));
    }
    write(root, &spec, &text)?;
    write(
        root,
        Path::new("schemas/platform.schema.json"),
        &schema::text(),
    )?;
    // A run that was killed leaves its half-written tree here; the next one sweeps it.
    let ignore = Path::new(".gitignore");
    if !root.join(ignore).exists() {
        write(root, ignore, ".kiln-staging/\n")?;
    }
    print(&format!(
        "\nnext: change {} to what is yours, then `kiln compile {environment}`\n",
        spec.display()
    ))
}

fn write(root: &Path, path: &Path, text: &str) -> Result<(), Stop> {
    let target = root.join(path);
    let written = target
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&target, text));
    match written {
        Ok(()) => print(&format!("wrote {}\n", path.display())),
        Err(error) => Err(Stop::Misuse(format!(
            "cannot write `{}`: {error}",
            target.display()
        ))),
    }
}
