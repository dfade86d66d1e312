//! What the components that run Spark have in common: their settings, and the properties that follow.

mod access;
mod catalogs;
mod client_mode;
mod containers;
mod executors;
mod memory;
mod metrics;
mod pods;
mod properties;
mod proxy;
mod queue;
mod scratch;
mod spot;
mod storage;
mod user_conf;

pub use access::{Access, Maker, powerless_account};
pub use catalogs::Catalogs;
pub use containers::{DriverContainer, DynamicAllocation, Executor};
pub use memory::{Parts, split, with_scratch};
pub use metrics::{UI_PORT_OF_SPARK, driver_metrics};
pub use pods::{PodsOfOthers, executor_pod, executor_template, spark_traffic};
pub use properties::Properties;
pub use scratch::Scratch;
pub use storage::store_traffic;
pub use user_conf::UserConf;

/// Why a port or an address cannot be chosen.
pub const AGREED: &str = "the Services, the network policies and the pod's environment agree on it";
