//! From templates and typed values to objects.

pub mod jinja;
pub mod shape;
mod template;

pub(crate) use template::template;
pub use template::{Context, Template};
