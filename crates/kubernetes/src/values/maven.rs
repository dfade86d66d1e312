//! Maven coordinates.

super::text!(
    /// The coordinates of one artifact, as Spark's `--packages` takes them: `group:artifact:version`
    /// (`MavenUtils.extractMavenCoordinates`).
    MavenCoordinates,
    "maven-coordinates",
    |text| {
        let is_id = |part: &str| {
            part.bytes().all(|it| it.is_ascii_alphanumeric() || b"_.-".contains(&it))
                && part.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_')
        };
        let is_version = |part: &str| {
            part.bytes().all(|it| it.is_ascii_alphanumeric() || b"_.+-".contains(&it))
                && part.starts_with(|it: char| it.is_ascii_alphanumeric())
        };
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            [group, artifact, version]
                if is_id(group) && is_id(artifact) && is_version(version) =>
            {
                Ok(())
            }
            _ => Err(format!(
                "`{text}` is not `group:artifact:version`; write it as \
                 `org.apache.hadoop:hadoop-aws:3.4.2`"
            )),
        }
    },
    {
        "description": "Maven coordinates: group:artifact:version.",
        "pattern": r"^[^:\s]+:[^:\s]+:[^:\s]+$",
        "examples": ["org.apache.hadoop:hadoop-aws:3.4.2"],
    }
);
