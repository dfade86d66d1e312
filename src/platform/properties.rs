//! Spark's properties as a program gets them, wherever they are set.

use std::collections::{BTreeMap, btree_map};

use super::Text;
use crate::{
    document::Origins,
    graph::Member,
    spark::{conf::read, registry::Problem, rights::Settings, value::boolean},
};

/// A property that somebody sets.
#[derive(Clone, Debug)]
pub struct Property<'a> {
    /// Such as `spark.executor.memory`.
    pub key: String,
    /// The value as it is written.
    pub value: String,
    /// What made it; empty when it stands in a template as a constant.
    pub origins: Origins,
    /// The object in which it is set.
    pub member: &'a Member,
    /// Whether a shell or `envsubst` fills in variables before Spark reads it: `${env:NAME}` in the value
    /// then stands for one that only the cluster knows.
    pub is_filled: bool,
    /// What the registry has against it, once the program's version is known.
    pub problems: Vec<Problem>,
}

/// The properties of one program, by name.
#[derive(Clone, Debug, Default)]
pub struct Properties<'a> {
    effective: BTreeMap<String, Property<'a>>,
    overridden: Vec<Property<'a>>,
}

impl<'a> Properties<'a> {
    /// A property, when it is set.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Property<'a>> {
        self.effective.get(key)
    }

    /// The value of a property, when it is set.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.effective
            .get(key)
            .map(|property| property.value.as_str())
    }

    /// Whether a property is set to `true`.
    #[must_use]
    pub fn is_true(&self, key: &str) -> bool {
        self.value(key).and_then(boolean) == Some(true)
    }

    /// The options of Java for a role, `driver` or `executor`: those of the user, and those of who runs the
    /// cluster.
    pub fn java_options(&self, role: &str) -> impl Iterator<Item = &Property<'a>> {
        let lists = ["extraJavaOptions", "defaultJavaOptions"];
        lists
            .into_iter()
            .filter_map(move |it| self.get(&format!("spark.{role}.{it}")))
    }

    /// The properties in the order of their names.
    pub fn iter(&self) -> btree_map::Values<'_, String, Property<'a>> {
        self.effective.values()
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.effective.is_empty()
    }

    /// What files say and the command line says otherwise.
    #[must_use]
    pub fn overridden(&self) -> &[Property<'a>] {
        &self.overridden
    }

    /// Sets a property; the last one wins, as for Spark.
    pub(super) fn set(&mut self, property: Property<'a>) {
        self.effective.insert(property.key.clone(), property);
    }

    /// Sets a property of the command line, over what a file says.
    pub(super) fn set_over_files(&mut self, property: Property<'a>) {
        let (value, member) = (property.value.clone(), property.member);
        let Some(old) = self.effective.insert(property.key.clone(), property) else {
            return;
        };
        if old.value != value && !std::ptr::eq(old.member, member) {
            self.overridden.push(old);
        }
    }

    /// The properties, to be evaluated.
    pub(super) fn each_mut(&mut self) -> btree_map::ValuesMut<'_, String, Property<'a>> {
        self.effective.values_mut()
    }

    /// Sets what a file of properties sets.
    pub(super) fn set_all(&mut self, text: &Text<'a>) {
        for (key, value, origins) in read(&text.node) {
            self.set(Property {
                key,
                value,
                origins,
                member: text.member,
                is_filled: text.is_filled,
                problems: Vec::new(),
            });
        }
    }
}

impl Settings for Properties<'_> {
    fn value(&self, key: &str) -> Option<&str> {
        self.value(key)
    }

    fn any(&self, is_such: impl Fn(&str, &str) -> bool) -> bool {
        self.iter().any(|it| is_such(&it.key, &it.value))
    }
}

impl<'s, 'a> IntoIterator for &'s Properties<'a> {
    type Item = &'s Property<'a>;
    type IntoIter = btree_map::Values<'s, String, Property<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
