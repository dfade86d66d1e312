//! Labels that Spark sets on the pods of drivers and executors.

/// Those that nobody else may set: a submission fails with `Label with key … is not allowed as it is reserved for
/// Spark bookkeeping operations` (`KubernetesConf`; the keys are in `Constants.scala` beside it).
pub const RESERVED: [&str; 6] = [
    "spark-app-name",
    "spark-app-selector",
    "spark-exec-id",
    "spark-exec-resourceprofile-id",
    "spark-role",
    "spark-version",
];
