//! The factors of a spec: its keys and the values that are worth trying, read from the schema and from
//! `levels.yaml`; and the rules between them, from the schema's structure and from `rules.yaml`.

use kiln::components;
use serde_json::{Map, Value as Json, json};

use super::covering::Model;

/// A key, or something beside the keys, and what it may be.
pub struct Factor {
    /// The path of the key.
    pub path: String,
    /// Its values; none where the key is absent. A table says only whether it is there.
    pub levels: Vec<Option<Json>>,
    /// Whether other factors fill in what is in it.
    pub is_table: bool,
}

/// What may not be together.
#[derive(serde::Deserialize)]
struct Rule {
    /// Not read: it stands there for people.
    #[serde(rename = "why")]
    _why: String,
    never: Vec<String>,
}

/// All factors and what goes together.
pub struct Factors {
    /// The factors.
    pub all: Vec<Factor>,
    /// The same as numbers.
    pub model: Model,
}

/// A factor by its number, and some of its levels.
type Literal = (usize, u64);

/// The factors, while they are read.
struct Reader {
    levels: Map<String, Json>,
    all: Vec<Factor>,
    clauses: Vec<Vec<Literal>>,
}

impl Factors {
    /// Reads the schema.
    ///
    /// # Panics
    /// When it has a key for which nobody says what to write.
    pub fn read() -> Self {
        let levels: Json = serde_yaml::from_str(include_str!("levels.yaml")).expect("it is YAML");
        let Json::Object(levels) = levels else {
            panic!("levels.yaml is a table");
        };
        let mut reader = Reader {
            levels,
            all: Vec::new(),
            clauses: Vec::new(),
        };
        reader.table("", &components::schema().json, None);
        if let Some(Json::Object(also)) = reader.levels.get("also").cloned() {
            for (name, levels) in also {
                let levels = levels.as_array().expect("a list").iter().cloned();
                reader.add(format!("also.{name}"), levels.map(Some).collect(), false);
            }
        }
        let rules: Vec<Rule> =
            serde_yaml::from_str(include_str!("rules.yaml")).expect("it is YAML");
        for line in rules.iter().flat_map(|it| &it.never) {
            let clause = line.split(" & ").map(|it| reader.unless(it)).collect();
            reader.clauses.push(clause);
        }
        let sizes = reader.all.iter().map(|it| it.levels.len()).collect();
        Self {
            all: reader.all,
            model: Model {
                sizes,
                clauses: reader.clauses,
            },
        }
    }
}

impl Reader {
    fn add(&mut self, path: String, levels: Vec<Option<Json>>, is_table: bool) -> usize {
        assert!(levels.len() < 64, "{path} has too many levels");
        self.all.push(Factor {
            path,
            levels,
            is_table,
        });
        self.all.len() - 1
    }

    /// The keys of a table that is there when a level of its factor says so.
    fn table(&mut self, path: &str, schema: &Json, parent: Option<usize>) {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (key, of_key) in schema["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let is_required = required.iter().any(|it| it == key);
            self.key(&path, of_key, is_required, parent);
        }
    }

    fn key(&mut self, path: &str, schema: &Json, is_required: bool, parent: Option<usize>) {
        let schema = resolve(schema);
        let entry = self.levels["entry"][path].as_str().map(str::to_owned);
        if let (Some(entry), Some(of_entry)) = (entry, schema.get("additionalProperties")) {
            let path = format!("{path}.{entry}");
            let always = self.levels["always"].as_array().expect("a list");
            let is_required = always.iter().any(|it| *it == path.as_str());
            return self.key(&path, of_entry, is_required, parent);
        }
        // A table of which `levels.yaml` writes out some is one value.
        let is_table = schema["properties"].is_object() && self.written(path).is_none();
        let mut levels = if is_table {
            vec![Some(json!({}))]
        } else {
            self.values(path, schema).into_iter().map(Some).collect()
        };
        let is_free = is_required && parent.is_none();
        if !is_free {
            levels.push(None);
        }
        let absent = levels.iter().position(Option::is_none);
        let factor = self.add(path.to_owned(), levels, is_table);
        if let (Some(parent), Some(absent)) = (parent, absent) {
            // Absent is the last level.
            let without = 1 << (self.all[parent].levels.len() - 1);
            // Without the table there is no key, and with it a key that is required.
            self.clauses
                .push(vec![(parent, !without), (factor, 1 << absent)]);
            if is_required {
                self.clauses
                    .push(vec![(parent, without), (factor, !(1 << absent))]);
            }
        }
        if is_table {
            let nearest = if is_free { None } else { Some(factor) };
            self.table(path, schema, nearest);
        }
    }

    /// What `levels.yaml` says of a key.
    fn written(&self, path: &str) -> Option<&Json> {
        let tail = |it: &&String| path == *it || path.ends_with(&format!(".{it}"));
        let key = self.levels.keys().filter(tail).max_by_key(|it| it.len())?;
        Some(&self.levels[key])
    }

    /// The values of a key that is not a table.
    fn values(&self, path: &str, schema: &Json) -> Vec<Json> {
        if let Some(values) = self.written(path) {
            return values.as_array().expect("a list of values").clone();
        }
        if let Some(values) = schema["enum"].as_array() {
            return values.clone();
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            return choices.iter().map(|it| it["const"].clone()).collect();
        }
        if schema["x-kiln-reference"] == "images" {
            return vec![json!("spark")];
        }
        if schema["type"] == "boolean" {
            return vec![json!(true), json!(false)];
        }
        let format = schema["format"].as_str().unwrap_or_default();
        if let Some(values) = self.levels["format"][format].as_array() {
            return values.clone();
        }
        if schema["type"] == "integer" {
            let bounds = ["minimum", "maximum"].map(|it| schema[it].as_u64());
            return bounds.into_iter().flatten().map(Into::into).collect();
        }
        panic!("levels.yaml does not say what to write for `{path}` ({schema})");
    }

    /// The levels of a factor that a part of a rule leaves.
    fn unless(&self, text: &str) -> Literal {
        let (path, levels) = text.split_once('=').expect("`factor=level`");
        let is_not = path.ends_with('!');
        let path = path.trim_end_matches('!');
        let factor = self.all.iter().position(|it| it.path == path);
        let factor = factor.unwrap_or_else(|| panic!("{text}: there is no such factor"));
        let mut named = 0;
        for wanted in levels.split('|') {
            let mut levels = self.all[factor].levels.iter();
            let found = levels.position(|it| label(it.as_ref()) == wanted);
            let index = found.unwrap_or_else(|| panic!("{text}: there is no level `{wanted}`"));
            named |= 1 << index;
        }
        (factor, if is_not { named } else { !named })
    }
}

/// What rules call a level: its text, or how many members it has.
pub fn label(level: Option<&Json>) -> String {
    match level {
        None => "absent".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(items)) => items.len().to_string(),
        Some(Json::Object(map)) if map.is_empty() => "present".to_owned(),
        Some(other) => other.to_string(),
    }
}

/// A schema without its references and the choice to be null.
fn resolve(mut schema: &Json) -> &Json {
    loop {
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.trim_start_matches('#');
            schema = components::schema()
                .json
                .pointer(pointer)
                .expect("a definition");
        } else if let [only] = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice) {
            schema = only;
        } else if let [one, Json::Object(null)] =
            schema["anyOf"].as_array().map_or(&[][..], Vec::as_slice)
            && null.get("type") == Some(&json!("null"))
        {
            schema = one;
        } else {
            return schema;
        }
    }
}
