//! From templates and typed values to objects, and from objects to canonical YAML.

mod template;
pub mod yaml;

pub use template::{Context, Renderer, Template};
