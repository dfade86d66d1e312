//! What Spark knows.
//!
//! kiln's own `src/lib.rs` lists the modules in their order, and what each knows.

use kiln_document::{document, spelling};
use kiln_kubernetes::kubernetes;

pub mod ports;
pub mod spark;
