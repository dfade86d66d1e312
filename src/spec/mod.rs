//! From an environment's TOML to a tree of values that keep their places, checked against the schema.
//!
//! 1. [`read`]: TOML with positions, all syntax errors at once, and the files that it extends.
//! 2. [`validate`]: the schema's verdict on every value, defaults filled in, names resolved.
//!
//! 3. [`read_files`]: the raw manifests and definitions that the spec names.
//!
//! Nothing here knows what a section means: that is the components' business.

mod accept;
mod complete;
mod effects;
mod files;
mod formats;
mod inherit;
mod schema;
mod toml;
mod unread;
mod validate;
mod variants;

pub use self::toml::{child as child_path, parse};
pub use complete::{NameReference, NamedFiles};
pub use effects::{collect_origins, without_effect};
pub use files::{NamedFile, read_files};
pub use inherit::{SPEC_FOLDER, environments, read};
pub use schema::Schema;
pub use unread::Unread;
pub use validate::{SpecFault, Validated, unknown_name, validate};
pub use variants::flatten;

use std::collections::BTreeSet;

use crate::document::{Node, Sources};

/// What was read for one environment: its values as written, inheritance applied.
#[derive(Clone, Debug)]
pub struct Source {
    /// The environment's name.
    pub environment: String,
    /// The files and origins of everything below.
    pub sources: Sources,
    /// The root table.
    pub root: Node,
    /// Whether syntax errors left holes, so that a missing key proves nothing.
    pub broken: bool,
}

impl Source {
    /// The objects that hold data and may be deleted.
    #[must_use]
    pub fn destroy(&self) -> BTreeSet<String> {
        let stated = self.root.list_at(["destroy"]).iter();
        stated
            .filter_map(|node| node.as_str().map(str::to_owned))
            .collect()
    }
}
