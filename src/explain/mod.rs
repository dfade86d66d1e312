//! Why each field of the output is what it is, and what each line of the input makes.
//!
//! Every value of the output knows its [origins](crate::document::Origins). [`subjects`] are the documents of the
//! output, [`select`] finds fields in one of them, also what lies inside of a text; [`influence`] goes the other
//! way. [`Text`] and [`Json`] write both down.

mod fields;
mod influence;
mod json;
mod path;
mod subjects;
mod text;

pub use fields::{Field, Inside, fields, select};
pub use influence::{Asked, Influence, State, Stated, influence, of_key, of_line};
pub use json::Json;
pub use path::steps;
pub use subjects::{Subject, subjects};
pub use text::Text;
