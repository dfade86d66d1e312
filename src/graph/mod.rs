//! The platform as a graph: objects and prerequisites, and the references between them.

mod content_name;
mod decorate;
mod layer;
mod link;
mod reference;

pub use content_name::{SUFFIX, content_stem, name_by_content};
pub use decorate::{decorate, holds_data, sync_options};
pub use layer::Layer;
pub use link::{Edge, Graph, Member, link};
pub use reference::{Reference, pod_in};
