//! The supported versions of the operator; what differs between them is data here.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A version of the Kubeflow Spark operator.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[schemars(inline)]
pub enum OperatorVersion {
    /// <https://github.com/kubeflow/spark-operator/releases/tag/v2.4.0>
    #[serde(rename = "2.4.0")]
    V2_4_0,
    /// <https://github.com/kubeflow/spark-operator/releases/tag/v2.5.2>
    #[serde(rename = "2.5.2")]
    V2_5_2,
}

impl OperatorVersion {
    /// Whether its webhook validates `SparkConnect` too: since 2.5.0
    /// (`charts/spark-operator-chart/templates/webhook/mutatingwebhookconfiguration.yaml`).
    #[must_use]
    pub const fn validates_spark_connect(self) -> bool {
        match self {
            Self::V2_4_0 => false,
            Self::V2_5_2 => true,
        }
    }
}

impl fmt::Display for OperatorVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::V2_4_0 => "2.4.0",
            Self::V2_5_2 => "2.5.2",
        })
    }
}
