//! Table formats and catalogs that join Spark by a jar of its own for each minor line.
//!
//! Which jars there are was read from the tags of each project and from Maven Central.

use super::Line;

/// A jar that is built for one line of Spark, by the name of its artifact without the version of Scala.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// What the project is called.
    pub project: &'static str,
    /// The group of its artifacts.
    group: &'static str,
    /// What stands before the line in an artifact's name.
    before: &'static str,
    /// What stands after it.
    after: &'static str,
    /// The first release for each line, where it is known; a line that is missing has none yet.
    first: &'static [(Line, &'static str)],
    /// The release to take for each line, where nobody states another: the newest that is known to work in it.
    release: &'static [(Line, &'static str)],
    /// The packages of its classes.
    pub classes: &'static [&'static str],
    /// The class by which its statements reach Spark's parser and planner.
    pub extension: Option<&'static str>,
}

/// <https://github.com/apache/iceberg>, up to 1.12.0.
pub const ICEBERG: Format = Format {
    project: "Iceberg",
    group: "org.apache.iceberg",
    before: "iceberg-spark-runtime-",
    after: "",
    first: &[
        (Line::V3_5, "1.4.0"),
        (Line::V4_0, "1.10.0"),
        (Line::V4_1, "1.11.0"),
    ],
    release: &[
        (Line::V3_5, "1.11.0"),
        (Line::V4_0, "1.11.0"),
        (Line::V4_1, "1.11.0"),
    ],
    classes: &["org.apache.iceberg.spark."],
    extension: Some("org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"),
};

/// Iceberg's clients of AWS, which all lines of Spark share.
pub const ICEBERG_AWS: &str = "org.apache.iceberg:iceberg-aws-bundle";

/// <https://github.com/delta-io/delta>, `project/CrossSparkVersions.scala`, up to 4.4.0.
pub const DELTA: Format = Format {
    project: "Delta",
    group: "io.delta",
    before: "delta-spark_",
    after: "",
    first: &[
        (Line::V4_0, "4.1.0"),
        (Line::V4_1, "4.1.0"),
        (Line::V4_2, "4.4.0"),
    ],
    release: &[
        (Line::V3_5, "3.3.2"),
        (Line::V4_0, "4.1.0"),
        (Line::V4_1, "4.1.0"),
        (Line::V4_2, "4.4.0"),
    ],
    classes: &["io.delta.sql.", "org.apache.spark.sql.delta."],
    extension: Some("io.delta.sql.DeltaSparkSessionExtension"),
};

/// The formats.
pub const FORMATS: &[Format] = &[
    ICEBERG,
    DELTA,
    // https://github.com/unitycatalog/unitycatalog
    Format {
        project: "Unity Catalog",
        group: "io.unitycatalog",
        before: "unitycatalog-spark_",
        after: "",
        first: &[(Line::V4_0, "0.5.0"), (Line::V4_1, "0.5.0")],
        release: &[],
        classes: &["io.unitycatalog.spark."],
        extension: None,
    },
    // https://github.com/apache/polaris, plugins/spark
    Format {
        project: "Polaris",
        group: "org.apache.polaris",
        before: "polaris-spark-",
        after: "",
        first: &[(Line::V3_5, ""), (Line::V4_0, "")],
        release: &[],
        classes: &["org.apache.polaris.spark."],
        extension: None,
    },
    // https://github.com/apache/hudi, packaging/hudi-spark-bundle
    Format {
        project: "Hudi",
        group: "org.apache.hudi",
        before: "hudi-spark",
        after: "-bundle",
        first: &[(Line::V3_5, "1.1.1"), (Line::V4_0, "1.1.1")],
        release: &[],
        classes: &["org.apache.spark.sql.hudi."],
        extension: Some("org.apache.spark.sql.hudi.HoodieSparkSessionExtension"),
    },
];

impl Format {
    /// The line that an artifact of this format is built for, as its name says it.
    #[must_use]
    pub fn line_of<'n>(&self, group: &str, name: &'n str, version: &str) -> Option<&'n str> {
        if group != self.group {
            return None;
        }
        // Delta had no line in its names before 4.1.
        if self.group == "io.delta" && name == "delta-spark" {
            return match version.split_once('.')? {
                ("3", _) => Some("3.5"),
                ("4", rest) if rest.starts_with("0.") => Some("4.0"),
                _ => None,
            };
        }
        let line = name.strip_prefix(self.before)?.strip_suffix(self.after)?;
        let is_line =
            line.contains('.') && line.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        is_line.then_some(line)
    }

    /// The artifact for a line, and its first release where that is known; none when there is none yet.
    #[must_use]
    pub fn artifact(&self, line: Line) -> Option<String> {
        if self.group == "io.delta" && line == Line::V3_5 {
            return Some("`io.delta:delta-spark_2.12:3.3.2`".to_owned());
        }
        let (_, first) = self.first.iter().find(|(it, _)| *it == line)?;
        let Self {
            group,
            before,
            after,
            ..
        } = self;
        let scala = line.facts().scala;
        let artifact = format!("{group}:{before}{line}{after}_{scala}");
        Some(match *first {
            "" => format!("`{artifact}`"),
            first => format!("`{artifact}:{first}` or a later release"),
        })
    }

    /// The release to take for a line where nobody states another.
    #[must_use]
    pub fn release(&self, line: Line) -> Option<&'static str> {
        let release = self.release.iter().find(|(it, _)| *it == line);
        release.map(|(_, release)| *release)
    }

    /// The Maven coordinates for a line, of a release or of the one to take; none when the line has no jar yet.
    #[must_use]
    pub fn coordinates(&self, line: Line, release: Option<&str>) -> Option<String> {
        let known = self.release(line)?;
        let release = release.unwrap_or(known);
        let scala = line.facts().scala;
        let Self {
            group,
            before,
            after,
            ..
        } = self;
        // Delta had no line in its names before 4.1.
        if self.group == "io.delta" && (release.starts_with("3.") || release.starts_with("4.0.")) {
            return Some(format!("{group}:{before}{scala}:{release}"));
        }
        Some(format!("{group}:{before}{line}{after}_{scala}:{release}"))
    }

    /// The lines that it has a jar for, in words.
    #[must_use]
    pub fn lines(&self) -> String {
        let lines: Vec<_> = self
            .release
            .iter()
            .map(|(line, _)| line.to_string())
            .collect();
        lines.join(" or ")
    }

    /// What all names of its artifacts begin with.
    #[must_use]
    pub fn stem(&self) -> &'static str {
        self.before.trim_end_matches(['-', '_'])
    }
}
