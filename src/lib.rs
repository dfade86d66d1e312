//! kiln.
pub mod diagnostics;
pub mod document;
