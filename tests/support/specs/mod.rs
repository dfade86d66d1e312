//! Valid specs, made up from the schema: any two values of any two keys are together in one of them,
//! unless a rule says why they cannot be.

mod covering;
mod factors;

use std::{collections::BTreeMap, fmt::Write as _};

use fastrand::Rng;
use kiln::{
    digest::Digest,
    world::{Listing, ReadError, World},
};
use serde_json::{Map, Value as Json, json};

pub use covering::Covering;
use factors::{Factors, label};

/// The same specs at every run.
const SEED: u64 = 20_261_126;

/// The operator's definitions, for specs that bring them along.
const DEFINITIONS: &str = concat!(
    include_str!("../../../src/components/operator/definitions/sparkapplications.yaml"),
    "\n---\n",
    include_str!("../../../src/components/operator/definitions/scheduledsparkapplications.yaml"),
    "\n---\n",
    include_str!("../../../src/components/operator/definitions/sparkconnects.yaml"),
);

/// Specs that cover all pairs.
pub struct Specs {
    factors: Factors,
    rng: Rng,
    /// A row for each spec.
    pub covering: Covering,
}

/// A repository with one spec.
#[derive(Clone)]
pub struct Spec {
    /// The name of its environment.
    pub environment: String,
    /// What it is, key by key, for whoever reads a failure.
    pub described: BTreeMap<String, String>,
    /// The files by their paths.
    pub files: BTreeMap<String, String>,
}

impl World for Spec {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let text = self.files.get(path).ok_or(ReadError::Missing)?;
        Ok(text.clone().into_bytes())
    }

    fn list(&self, folder: &str) -> Listing {
        let inside = |path: &&String| path.starts_with(&format!("{folder}/"));
        Listing {
            files: self.files.keys().filter(inside).cloned().collect(),
            unread: Vec::new(),
        }
    }
}

impl Specs {
    /// At least so many specs.
    pub fn new(least: usize) -> Self {
        let factors = Factors::read();
        let mut rng = Rng::with_seed(SEED);
        let covering = factors.model.cover(least, &mut rng);
        Self {
            factors,
            rng,
            covering,
        }
    }

    /// How many factors there are.
    pub fn factors(&self) -> usize {
        self.factors.all.len()
    }

    /// The spec of a row, in namespaces that no other number has.
    pub fn spec(&self, row: &[usize], number: usize) -> Spec {
        self.spec_with(row, number, None)
    }

    /// The same, with names of these lengths for the server and for the job.
    pub fn spec_with(&self, row: &[usize], number: usize, names: Option<[usize; 2]>) -> Spec {
        let levels = self.factors.all.iter().zip(row);
        let chosen: BTreeMap<_, _> = levels
            .map(|(factor, level)| (factor.path.as_str(), factor.levels[*level].as_ref()))
            .collect();
        let mut root: Json = serde_yaml::from_str(include_str!("base.yaml")).expect("it is YAML");
        // A table comes before what is in it.
        for factor in &self.factors.all {
            if let Some(value) = chosen[factor.path.as_str()]
                && !factor.path.starts_with("also.")
            {
                let place = factor
                    .path
                    .split('.')
                    .fold(&mut root, |at, key| &mut at[key]);
                if !factor.is_table || place.is_null() {
                    place.clone_from(value);
                }
            }
        }
        let text = |path: &str| label(chosen[path]);
        fill_tables(
            &mut root,
            text("also.namespaces").parse().expect("a number"),
        );
        let filled = |text: &str| {
            Words {
                chosen: &chosen,
                number,
                names,
            }
            .fill(text)
        };
        let root: Json = serde_json::from_str(&filled(&root.to_string())).expect("still JSON");
        let Json::Object(mut root) = root else {
            panic!("a spec is a table");
        };

        let environment = format!("e{number}");
        let mut files = BTreeMap::new();
        if root.remove("extends").is_some() {
            let mut base = Map::new();
            for key in ["images", "object-store", "secrets", "connect"] {
                base.extend(root.remove_entry(key));
            }
            if root.contains_key("remove") {
                let gone = json!({"namespace": "nowhere", "image": "spark"});
                let connect = base.entry("connect").or_insert_with(|| json!({}));
                connect["gone"] = gone;
            }
            root.insert("extends".to_owned(), json!("_base.toml"));
            files.insert("environments/_base.toml".to_owned(), toml(&base));
        }
        files.insert(format!("environments/{environment}.toml"), toml(&root));
        for (path, text) in [
            ("environments/sealed.yaml", include_str!("sealed.yaml")),
            ("environments/more.yaml", include_str!("more.yaml")),
        ] {
            files.insert(path.to_owned(), filled(text));
        }
        files.insert(
            "environments/definitions.yaml".to_owned(),
            DEFINITIONS.to_owned(),
        );
        let described = chosen
            .iter()
            .map(|(path, level)| ((*path).to_owned(), label(*level)));
        Spec {
            environment,
            described: described.collect(),
            files,
        }
    }

    /// Another row that differs in one factor, and in what the rules make of that.
    pub fn neighbour(&mut self, row: &[usize]) -> Vec<usize> {
        loop {
            let factor = self.rng.usize(0..row.len());
            let level = self.rng.usize(0..self.factors.model.sizes[factor]);
            if level == row[factor] {
                continue;
            }
            let found = self
                .factors
                .model
                .neighbour(&row.to_vec(), factor, level, &mut self.rng);
            if let Some(found) = found {
                return found;
            }
        }
    }
}

impl Spec {
    /// The keys in which another spec differs.
    pub fn difference(&self, other: &Self) -> String {
        let mut text = String::new();
        for (path, level) in &self.described {
            let now = &other.described[path];
            if now != level {
                let _ = write!(text, "{path}: {level} -> {now}; ");
            }
        }
        text
    }
}

/// What follows from other keys.
fn fill_tables(root: &mut Json, namespaces: usize) {
    for number in 0..namespaces {
        root["namespaces"][format!("<more>-{number}")] = json!({});
    }
    let credentials = &mut root["secrets"]["credentials"];
    let keys = credentials["keys"].as_array().cloned().unwrap_or_default();
    if let Some(remote) = credentials.get_mut("remote") {
        let first = remote["AWS_ACCESS_KEY_ID"].clone();
        for key in keys.iter().filter_map(Json::as_str) {
            remote[key] = first.clone();
        }
    }
}

/// The words between `<` and `>`.
struct Words<'a> {
    chosen: &'a BTreeMap<&'a str, Option<&'a Json>>,
    number: usize,
    /// The lengths of the names of the server and of the job, instead of those chosen.
    names: Option<[usize; 2]>,
}

impl Words<'_> {
    fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            filled.push_str(before);
            let (word, after) = after.split_once('>').expect("every `<` has its `>`");
            filled.push_str(&self.word(word));
            rest = after;
        }
        filled + rest
    }

    fn of(&self, path: &str) -> String {
        label(self.chosen[path])
    }

    fn word(&self, word: &str) -> String {
        match (word, self.names) {
            ("server", Some([length, _])) | ("job", Some([_, length])) => long_name(length),
            _ => self.other(word),
        }
    }

    fn other(&self, word: &str) -> String {
        let spark = self.of("images.spark.spark");
        let line = spark.get(..3).unwrap_or_default();
        let scala = if line == "3.5" { "2.12" } else { "2.13" };
        let number = self.number;
        match word {
            "server" | "job" => self.fill(&self.of(&format!("also.{word}"))),
            "users" => match self.of("also.users").as_str() {
                "users" => format!("users-{number}"),
                _ => long_name(63 - number.to_string().len() - 1) + &format!("-{number}"),
            },
            "jobs" | "storage" | "operators" | "airflow" | "more" => format!("{word}-{number}"),
            "spark" => spark,
            "scala" => scala.to_owned(),
            "hadoop" => match line {
                "3.5" => "3.3.4",
                "4.0" => "3.4.1",
                "4.1" => "3.4.2",
                _ => "3.5.0",
            }
            .to_owned(),
            "celeborn" => {
                let major = if line == "3.5" { 3 } else { 4 };
                let version = self.of("connect.<server>.celeborn.version");
                let version = if version == "absent" {
                    "0.7.0"
                } else {
                    &version
                };
                format!(
                    "org.apache.celeborn:celeborn-client-spark-{major}-shaded_{scala}:{version}"
                )
            }
            "operator" => match self.of("operator.version").as_str() {
                "absent" => "2.4.0".to_owned(),
                version => version.to_owned(),
            },
            "ending" => match self.of("applications.<job>.type").as_str() {
                "python" => "py",
                "r" => "R",
                _ => "jar",
            }
            .to_owned(),
            "credentials" => match self.of("secrets.credentials.name").as_str() {
                "absent" => "credentials".to_owned(),
                name => self.fill(name),
            },
            "endpoint" if self.of("connect.<server>") != "absent" => self.fill("connect.<server>"),
            "endpoint" => "history-server".to_owned(),
            "definitions" => Digest::of(DEFINITIONS.as_bytes()).to_string(),
            "digest" => "0123456789abcdef".repeat(4),
            "key-of-253" | "name-of-253" => {
                [long_name(63), long_name(63), long_name(63), long_name(61)].join(".")
            }
            "key-of-63" => "K_".repeat(31) + "y",
            "value-of-63" => "V.".repeat(31) + "e",
            _ => {
                let (_, length) = word.rsplit_once('-').expect("a word that is known");
                long_name(length.parse().expect("a length"))
            }
        }
    }
}

/// A name of so many characters.
fn long_name(length: usize) -> String {
    format!(
        "n{}e",
        "-0".repeat(length).get(..length - 2).expect("it is longer")
    )
}

/// A table as TOML, one key a line.
fn toml(root: &Map<String, Json>) -> String {
    let mut text = String::new();
    for (key, value) in root {
        let _ = writeln!(text, "{key} = {}", inline(value));
    }
    text
}

/// A value as TOML writes it.
fn inline(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let members = map
                .iter()
                .map(|(key, value)| format!("{} = {}", json!(key), inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!(
            "[{}]",
            items.iter().map(inline).collect::<Vec<_>>().join(", ")
        ),
        other => other.to_string(),
    }
}
