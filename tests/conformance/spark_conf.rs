//! `spark-defaults.conf` as Spark reads it.

use std::collections::BTreeMap;

/// The properties of a file.
pub struct SparkConf(BTreeMap<String, String>);

impl SparkConf {
    /// Reads `key=value` lines, which is how kiln writes them.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().map(|line| {
            let (key, value) = line.split_once('=').expect("kiln writes key=value");
            (key.to_owned(), value.to_owned())
        });
        Self(lines.collect())
    }

    /// The value of a property, which must be there.
    pub fn get(&self, key: &str) -> &str {
        self.0
            .get(key)
            .unwrap_or_else(|| panic!("{key} is not set"))
    }

    /// Sets a property that somebody else than kiln sets.
    pub fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    /// An amount of memory, in mebibytes.
    pub fn mebibytes(&self, key: &str) -> u64 {
        mebibytes(self.get(key))
    }
}

/// An amount of memory as kiln writes it for Spark.
pub fn mebibytes(text: &str) -> u64 {
    let number = text.strip_suffix('m').and_then(|it| it.parse().ok());
    number.unwrap_or_else(|| panic!("{text} is no number of mebibytes"))
}
