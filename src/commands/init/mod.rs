//! `kiln init`.

use std::{fs, path::Path};

use clap::ValueEnum;

use super::{Stop, project::print, schema};
use crate::{delivery::validate_environment, world::Disk};

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
    let opened = fs::create_dir_all(root).and_then(|()| Disk::new(root));
    let world = opened
        .map_err(|error| Stop::Misuse(format!("cannot open `{}`: {error}", root.display())))?;
    let is_there = |path: &str| world.root().join(path).symlink_metadata().is_ok();
    let spec = format!("environments/{environment}.toml");
    let text = FIRST
        .replace("ENVIRONMENT", environment)
        .replace("ENGINE", engine);
    if is_there(&spec) {
        return Err(Stop::Misuse(format!("`{spec}` exists already")));
    }
    write(&world, &spec, &text)?;
    write(&world, schema::FILE, &schema::text())?;
    // A run that was killed leaves its half-written tree here; the next one sweeps it.
    let ignore = ".gitignore";
    if !is_there(ignore) {
        write(&world, ignore, ".kiln-staging/\n")?;
    }
    print(&format!(
        "\nnext: change {spec} to what is yours, then `kiln compile {environment}`\n"
    ))
}

fn write(world: &Disk, path: &str, text: &str) -> Result<(), Stop> {
    match world.write(&[(path, text.as_bytes())]) {
        Ok(()) => print(&format!("wrote {path}\n")),
        Err(error) => Err(Stop::Misuse(error.to_string())),
    }
}
