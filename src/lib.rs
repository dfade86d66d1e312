//! kiln.
pub mod diagnostics;
pub mod document;
pub mod output;
