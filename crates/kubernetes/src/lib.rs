//! What Kubernetes knows, and texts with a grammar that its objects hold.
//!
//! kiln's own `src/lib.rs` lists the modules in their order, and what each knows.

use kiln_document::{credentials, diagnostics, document};

pub mod kubernetes;
pub mod values;
