//! Names of buckets.

super::text!(
    /// The name of a bucket, by the rules of
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>, which MinIO
    /// holds to as well.
    BucketName,
    "bucket-name",
    check,
    {
        "description": "The name of a bucket: 3 to 63 lower-case letters, digits, - and .",
        "pattern": r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        "examples": ["warehouse"],
    }
);

pub fn check(text: &str) -> Result<(), String> {
    let refuse = |why: &str| Err(format!("`{text}` cannot be the name of a bucket: {why}"));
    if !(3..=63).contains(&text.len()) {
        return refuse("it has 3 to 63 characters");
    }
    let is_edge = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    if !text.chars().all(|it| is_edge(it) || ".-".contains(it)) {
        return refuse("it takes lower-case letters, digits, `-` and `.`");
    }
    if !text.starts_with(is_edge) || !text.ends_with(is_edge) {
        return refuse("it begins and ends with a letter or digit");
    }
    if ["..", ".-", "-."].iter().any(|it| text.contains(it)) {
        return refuse("next to a `.` stands a letter or digit");
    }
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return refuse("it looks like an address");
    }
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"];
    let endings = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    let begins = reserved.iter().find(|it| text.starts_with(**it));
    if let Some(part) = begins.or_else(|| endings.iter().find(|it| text.ends_with(**it))) {
        return refuse(&format!("`{part}` is reserved"));
    }
    Ok(())
}
