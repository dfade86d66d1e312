//! What the components that run Spark have in common: their settings, and the properties that follow.

mod access;
mod client_mode;
mod containers;
mod executors;
mod memory;
mod pods;
mod properties;
mod scratch;
mod spot;
mod storage;
mod user_conf;

pub use access::{Access, Maker, powerless_account};
pub use containers::{Driver, DynamicAllocation, Executor};
pub use memory::{Parts, split, with_scratch};
pub use pods::{executor_pod, executor_template, spark_traffic, store_traffic};
pub use properties::Properties;
pub use scratch::Scratch;
pub use user_conf::UserConf;

/// Why a port or an address cannot be chosen.
pub const AGREED: &str = "the Services, the network policies and the pod's environment agree on it";
