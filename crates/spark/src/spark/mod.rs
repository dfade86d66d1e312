//! What Spark knows, as data and arithmetic: versions, memory, properties, rights. Touches no file.

pub mod calls;
pub mod conf;
pub mod effects;
pub mod formats;
pub mod hosts;
pub mod labels;
pub mod memory;
pub mod operator;
pub mod registry;
pub mod rights;
pub mod stores;
pub mod value;
pub mod version;

pub use conf::Conf;
pub use operator::OperatorVersion;
pub use registry::{Lookup, known, lookup};
pub use version::{Line, SparkVersion};
