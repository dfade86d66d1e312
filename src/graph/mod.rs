//! The platform as a graph: objects and prerequisites, and the references between them.

mod link;

pub use link::{Edge, Graph, Member, link};
