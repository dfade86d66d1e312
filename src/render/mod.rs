//! From templates to objects, and from objects to text.

pub mod yaml;
