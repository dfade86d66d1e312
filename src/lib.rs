//! kiln.
pub mod diagnostics;
pub mod document;
pub mod kubernetes;
pub mod render;
pub mod spark;
