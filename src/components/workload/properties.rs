//! The properties of a Spark program: some computed, and some that the user adds.

use std::collections::BTreeMap;

use super::UserConf;
use crate::{
    components::Build,
    diagnostics::{Diagnostic, Fix, codes},
    document::{Origins, Sourced},
    spark::{
        Conf,
        rights::{VOLUME_OWNERSHIP, claims_volumes},
    },
};

/// The properties of one Spark program: what kiln computes, then what the user adds.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    conf: Conf,
    /// For each computed property, what to write instead of setting it.
    computed: BTreeMap<String, &'static str>,
    /// What chose that the next properties are set at all.
    chosen_by: Origins,
}

impl Properties {
    /// Sets properties that are there, or are what they are, because of a choice in the spec.
    pub fn choose(&mut self, by: &Origins, set: impl FnOnce(&mut Self)) {
        let outer = self.chosen_by.clone();
        self.chosen_by = outer.clone().chosen_by(by);
        set(self);
        self.chosen_by = outer;
    }

    /// Sets a property that the user may not set; `instead` says what to write.
    pub fn set(&mut self, key: &str, value: Sourced<impl ToString>, instead: &'static str) {
        self.conf.set(key, value.chosen_by(&self.chosen_by));
        self.computed.insert(key.to_owned(), instead);
    }

    /// Sets a property that no setting changes.
    pub fn pin(&mut self, key: &str, value: impl ToString + Copy, instead: &'static str) {
        self.set(key, Sourced::constant(value.to_string()), instead);
    }

    /// Sets a property whatever the user says of it.
    pub fn put(&mut self, key: &str, value: Sourced<String>) {
        self.conf.set(key, value);
    }

    /// Sets a property that the user may set otherwise.
    pub fn set_default(&mut self, key: &str, value: impl ToString + Copy) {
        let value = Sourced::constant(value.to_string());
        self.conf.set(key, value.chosen_by(&self.chosen_by));
    }

    /// Sets a property that something in the spec asks for, and that the user may set otherwise.
    pub fn suggest(&mut self, key: &str, value: Sourced<impl ToString>) {
        self.conf.set(key, value.chosen_by(&self.chosen_by));
    }

    /// Keeps a property unset: the user may not set it.
    pub fn forbid(&mut self, key: &str, instead: &'static str) {
        self.computed.insert(key.to_owned(), instead);
    }

    /// Adds what the user wrote, and reports what contradicts the spec.
    pub fn add(&mut self, user: &UserConf, out: &mut Build<'_>) {
        for (key, value) in user {
            if let Some(instead) = self.computed.get(key) {
                let diagnostic = Diagnostic::error(
                    codes::COMPUTED_PROPERTY,
                    format!("`{key}` is computed and cannot be set here"),
                )
                .at_key(&value.origins, "would contradict the objects around it")
                .hint((*instead).to_owned());
                out.report(match value.origins.first() {
                    Some(entry) => diagnostic.fix(Fix::remove("remove it here", entry)),
                    None => diagnostic,
                });
                continue;
            }
            self.conf.set(key.as_str(), value.clone());
        }
        self.own_claims(user);
    }

    /// Adds what the user wrote, for those who ask what follows from it; [`Self::add`] reports its faults.
    pub fn add_unchecked(&mut self, user: &UserConf) {
        for (key, value) in user {
            self.conf.set(key.as_str(), value.clone());
        }
        self.own_claims(user);
    }

    /// Has drivers leave claims alone, as long as they make none: it would take rights that most do not need.
    pub fn leave_claims(&mut self) {
        for name in VOLUME_OWNERSHIP {
            self.set_default(name, "false");
        }
    }

    /// Volumes claimed for executors go with their driver, as Spark does by itself.
    fn own_claims(&mut self, user: &UserConf) {
        let conf = &self.conf;
        if conf.iter().any(|(key, value)| claims_volumes(key, value)) {
            for name in VOLUME_OWNERSHIP {
                if !user.contains_key(name) {
                    self.conf.remove(name);
                }
            }
        }
    }

    /// Says of a property, where it is set, that a choice in the spec keeps it here.
    pub fn choose_one(&mut self, key: &str, by: &Origins) {
        if let Some(value) = self.conf.remove(key) {
            self.conf.set(key, value.chosen_by(by));
        }
    }

    /// Takes out a property that something else tells Spark. The user still may not set it.
    pub fn take(&mut self, key: &str) -> Option<Sourced<String>> {
        self.conf.remove(key)
    }

    /// The properties.
    #[must_use]
    pub const fn conf(&self) -> &Conf {
        &self.conf
    }
}
