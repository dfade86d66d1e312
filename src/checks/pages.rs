//! The pages beside the code, as `build/pages.rs` reads them: each a function that joins it with its code.

use super::{Check, Example, Kind, Run};
use crate::diagnostics::{Code, Severity};

include!(concat!(env!("OUT_DIR"), "/checks.rs"));
