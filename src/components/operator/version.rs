//! The supported versions of the operator; what differs between them is data here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spark::OperatorVersion;

/// A version of the Kubeflow Spark operator.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[schemars(inline)]
pub enum SupportedVersion {
    /// <https://github.com/kubeflow/spark-operator/releases/tag/v2.4.0>
    #[serde(rename = "2.4.0")]
    V2_4_0,
    /// <https://github.com/kubeflow/spark-operator/releases/tag/v2.5.2>
    #[serde(rename = "2.5.2")]
    V2_5_2,
}

impl SupportedVersion {
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

impl From<SupportedVersion> for OperatorVersion {
    fn from(version: SupportedVersion) -> Self {
        match version {
            SupportedVersion::V2_4_0 => Self::new(2, 4, 0),
            SupportedVersion::V2_5_2 => Self::new(2, 5, 2),
        }
    }
}
