//! `kiln schema`.

use std::path::Path;

use super::{Project, Stop, say::print_document};
use crate::components::schema_for_editors;

/// Where editors find it.
pub const FILE: &str = "schemas/platform.schema.json";

/// Print the JSON Schema of a spec, as editors read it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Write it to `schemas/platform.schema.json` instead.
    #[arg(long)]
    write: bool,
}

/// The schema as a file.
#[must_use]
pub fn text() -> String {
    let mut text =
        serde_json::to_string_pretty(&schema_for_editors()).expect("a JSON value is JSON");
    text.push('\n');
    text
}

pub fn run(root: Option<&Path>, arguments: &Arguments) -> Result<(), Stop> {
    if !arguments.write {
        return print_document(&text());
    }
    let project = Project::find(root)?;
    let written = project.world().write(&[(FILE, text().as_bytes())]);
    written.map_err(|error| Stop::Misuse(error.to_string()))
}
