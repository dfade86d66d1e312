//! YAML: read as kubectl does, written so that every reader reads the same, and found inside of texts.

mod embedded;
mod read;
mod write;

pub use embedded::{embedded, read_embedded, to_text};
pub use read::{Document, documents, read};
pub use write::to_yaml;
