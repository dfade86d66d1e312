//! kiln.
pub mod diagnostics;
pub mod document;
pub mod render;
pub mod spark;
