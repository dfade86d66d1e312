//! `kiln init`.

use std::{fs, path::Path};

use clap::builder::{PossibleValue, PossibleValuesParser};

use super::{
    Stop,
    say::{Lines, print},
    schema,
};
use crate::{
    components::schema_for_editors,
    delivery::validate_environment,
    engines,
    world::{Disk, ReadError, World},
};

/// The first environment, with places for its name and its engine.
const FIRST: &str = include_str!("first.toml");

/// What git is not to see.
const IGNORE: &str = ".gitignore";

/// Write a first environment, its schema, and what git should ignore.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The name of the environment.
    #[arg(default_value = "dev")]
    environment: String,

    /// The engine that will sync what is compiled.
    #[arg(long, default_value = engines::ALL[0].name, value_parser = names_of_engines())]
    engine: String,
}

fn names_of_engines() -> PossibleValuesParser {
    let names = engines::ALL.iter();
    names
        .map(|it| PossibleValue::new(it.name).help(it.title))
        .collect::<Vec<_>>()
        .into()
}

pub fn run(root: Option<&Path>, arguments: &Arguments) -> Result<(), Stop> {
    let environment = &arguments.environment;
    validate_environment(environment).map_err(Stop::Misuse)?;
    let root = root.unwrap_or(Path::new("."));
    let opened = fs::create_dir_all(root).and_then(|()| Disk::new(root));
    let world = opened
        .map_err(|error| Stop::Misuse(format!("cannot open `{}`: {error}", root.display())))?;
    let is_there = |path: &str| world.root().join(path).symlink_metadata().is_ok();
    let spec = format!("environments/{environment}.toml");
    let text = FIRST
        .replace("ENVIRONMENT", environment)
        .replace("ENGINE", &arguments.engine);
    if is_there(&spec) {
        return Err(Stop::Misuse(format!("`{spec}` exists already")));
    }
    if holds_another_schema(&world) {
        let file = schema::FILE;
        let title = format!("`{file}` exists already, and is not a schema of kiln's");
        return Err(Stop::Misuse(title));
    }
    let schema = schema::text();
    let mut files = vec![
        (spec.as_str(), text.as_str()),
        (schema::FILE, schema.as_str()),
    ];
    // A run that was killed leaves its half-written tree here; the next one sweeps it.
    if !is_there(IGNORE) {
        files.push((IGNORE, ".kiln-staging/\n"));
    }
    // The spec comes last: as long as it is not there, `init` can be run again.
    let in_order = files
        .iter()
        .rev()
        .map(|(path, text)| (*path, text.as_bytes()));
    let written = world.write(&in_order.collect::<Vec<_>>());
    written.map_err(|error| Stop::Misuse(error.to_string()))?;
    let mut said = Lines::default();
    for (path, _) in files {
        said.add(format_args!("wrote {path}"));
    }
    said.add("");
    said.add(format_args!(
        "next: change {spec} to what is yours, then `kiln compile {environment}`"
    ));
    print(&said)
}

/// Whether somebody has a file of their own where the schema belongs. One of an earlier version is kiln's to
/// renew.
fn holds_another_schema(world: &Disk) -> bool {
    let text = match world.read(schema::FILE) {
        // What is behind a link that leads elsewhere, nothing writes to.
        Err(ReadError::Missing | ReadError::Outside) => return false,
        Err(_) => return true,
        Ok(text) => text,
    };
    let found: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
    let title = found.as_ref().and_then(|it| it.get("title"));
    title.is_none() || title != schema_for_editors().get("title")
}
