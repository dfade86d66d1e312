//! Values that know the places they come from, as YAML, and what is said of them.
//!
//! kiln's own `src/lib.rs` lists the modules in their order, and what each knows.

pub mod credentials;
pub mod diagnostics;
pub mod document;
pub mod patch;
pub mod spelling;
pub mod yaml;
