//! The versions of Spark that kiln knows, and what differs between them.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::document::Value;

/// A release of Spark, such as `4.1.4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SparkVersion {
    line: Line,
    patch: u16,
}

/// A minor line of Spark, whose releases share everything that [`Facts`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// 3.5
    V3_5,
    /// 4.0
    V4_0,
    /// 4.1
    V4_1,
    /// 4.2
    V4_2,
    /// 4.3
    V4_3,
}

/// What a minor line of Spark is built with and runs on.
#[derive(Debug, PartialEq)]
pub struct Facts {
    /// Such as `4.1`.
    pub name: &'static str,
    /// The Scala of the official build: the suffix of every artifact's name, such as `_2.13`.
    pub scala: &'static str,
    /// The Hadoop client inside. `hadoop-aws` has to be exactly this version, or classes are missing
    /// (`NoClassDefFoundError`) and settings unreadable (`NumberFormatException: "60s"`).
    pub hadoop: &'static str,
    /// Which AWS SDK that Hadoop's S3A speaks, and so the package of its credentials providers.
    pub aws_sdk: AwsSdk,
    /// The Python minors that `PySpark` declares: 3.`first` to 3.`last`; no last when none is declared.
    pub python: PythonRange,
    /// The Java releases that Spark's documentation names, the first being the safest.
    pub java: &'static [u8],
    /// Whether the distribution holds the Connect server. Before that it is a package to download.
    pub connect_bundled: bool,
}

/// A generation of the AWS SDK for Java.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsSdk {
    /// `com.amazonaws`, up to Hadoop 3.3.
    V1,
    /// `software.amazon.awssdk`, from Hadoop 3.4.
    V2,
}

/// Minor versions of Python 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythonRange {
    /// The oldest that can import `pyspark`.
    pub first: u8,
    /// The newest that the release declares.
    pub last: Option<u8>,
}

impl PythonRange {
    /// Whether Python 3.`minor` is in the range.
    #[must_use]
    pub fn contains(self, minor: u8) -> bool {
        minor >= self.first && self.last.is_none_or(|last| minor <= last)
    }
}

impl fmt::Display for PythonRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(last) => write!(formatter, "3.{} to 3.{last}", self.first),
            None => write!(formatter, "3.{} and newer", self.first),
        }
    }
}

/// One row a minor line, in the order of [`Line`].
///
/// Scala, Hadoop and Connect were read from the jars of 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0; Python
/// from the metadata of the `pyspark` package, Java from each release's overview page ("Spark runs on
/// Java …"); 4.3 says "17+" of Java, and no last Python.
const FACTS: [Facts; 5] = [
    Facts {
        name: "3.5",
        scala: "2.12", // A build for 2.13 exists; the official images and PyPI hold this one.
        hadoop: "3.3.4",
        aws_sdk: AwsSdk::V1,
        python: PythonRange {
            first: 8,
            last: Some(11),
        },
        java: &[17, 11, 8],
        connect_bundled: false,
    },
    Facts {
        name: "4.0",
        scala: "2.13",
        hadoop: "3.4.1",
        aws_sdk: AwsSdk::V2,
        python: PythonRange {
            first: 9,
            last: Some(13),
        },
        java: &[17, 21],
        connect_bundled: true,
    },
    Facts {
        name: "4.1",
        scala: "2.13",
        hadoop: "3.4.2",
        aws_sdk: AwsSdk::V2,
        python: PythonRange {
            first: 10,
            last: Some(14),
        },
        java: &[17, 21],
        connect_bundled: true,
    },
    Facts {
        name: "4.2",
        scala: "2.13",
        hadoop: "3.5.0",
        aws_sdk: AwsSdk::V2,
        python: PythonRange {
            first: 10,
            last: Some(14),
        },
        java: &[17, 21, 25],
        connect_bundled: true,
    },
    Facts {
        name: "4.3",
        scala: "2.13",
        hadoop: "3.5.0",
        aws_sdk: AwsSdk::V2,
        python: PythonRange {
            first: 11,
            last: None,
        },
        java: &[17, 21, 25],
        connect_bundled: true,
    },
];

impl Line {
    /// All lines from the oldest.
    pub const ALL: [Self; 5] = [Self::V3_5, Self::V4_0, Self::V4_1, Self::V4_2, Self::V4_3];

    /// The newest line.
    pub const LATEST: Self = Self::V4_3;

    /// What the line is built with and runs on.
    #[must_use]
    pub const fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.facts().name)
    }
}

impl SparkVersion {
    /// The minor line.
    #[must_use]
    pub const fn line(self) -> Line {
        self.line
    }

    /// What the minor line is built with and runs on.
    #[must_use]
    pub const fn facts(self) -> &'static Facts {
        self.line.facts()
    }
}

impl fmt::Display for SparkVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.line, self.patch)
    }
}

impl FromStr for SparkVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let unknown = || UnknownVersion(text.to_owned());
        let (line, patch) = text.rsplit_once('.').ok_or_else(unknown)?;
        let line = Line::ALL
            .into_iter()
            .find(|known| known.facts().name == line)
            .ok_or_else(unknown)?;
        let patch: u16 = patch.parse().map_err(|_| unknown())?;
        let version = Self { line, patch };
        // `4.1.04` and `4.1.+4` parse as numbers, but no release is called that.
        if version.to_string() == text {
            Ok(version)
        } else {
            Err(unknown())
        }
    }
}

/// A text that names no release of a supported line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVersion(String);

impl fmt::Display for UnknownVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = Line::ALL.map(|line| format!("{line}.x")).join(", ");
        write!(
            formatter,
            "`{}` is not a release of Spark that kiln supports: {lines}",
            self.0
        )
    }
}

impl std::error::Error for UnknownVersion {}

impl From<SparkVersion> for Value {
    fn from(version: SparkVersion) -> Self {
        Self::String(version.to_string())
    }
}

impl<'de> Deserialize<'de> for SparkVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for SparkVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for SparkVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SparkVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let lines = Line::ALL
            .map(|line| line.to_string().replace('.', r"\."))
            .join("|");
        json_schema!({
            "type": "string",
            "format": "spark-version",
            "pattern": format!(r"^({lines})\.(0|[1-9][0-9]*)$"),
            "examples": ["4.1.4"],
        })
    }
}
