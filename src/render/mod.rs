//! From templates and typed values to objects, and from objects to canonical YAML.

pub mod jinja;
pub mod shape;
mod template;
pub mod yaml;

pub(crate) use template::template;
pub use template::{Context, Template};
