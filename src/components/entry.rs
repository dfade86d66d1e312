//! What a component is, and how its entries are read from a spec.

use std::fmt::Debug;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::{Build, Offers};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Node, Origins, Sourced, deserialize},
    spec::{NameReference, SpecFault, Unread},
};

/// How often the table of a component stands in a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// Once.
    Required,
    /// Once or not at all.
    Optional,
    /// A table of named entries, such as `[connect.analytics]`.
    Keyed,
}

/// One entry of a component: its name, its settings, and the table they stand in.
#[derive(Clone, Debug)]
pub struct Entry<S> {
    /// The key of a keyed entry; else the table's name.
    pub name: Sourced<String>,
    /// The settings, with every default filled in.
    pub settings: S,
    /// The table.
    pub origins: Origins,
}

/// A part of the platform.
pub trait Component: Sync + 'static {
    /// The settings that a user may write.
    type Settings: DeserializeOwned + JsonSchema + Debug;

    /// The table of the spec.
    const TABLE: &'static str;

    /// How often the table stands in a spec.
    const SHAPE: Occurrence;

    /// What the table is for, in one sentence.
    const ABOUT: &'static str;

    /// Whether what names an entry cannot be built without it: an image, but not a namespace.
    const NEEDED: bool = false;

    /// Whether an entry makes objects of its own, which would be missing without it.
    const MAKES_OBJECTS: bool = true;

    /// Says what this entry has for others. Sees no other component's offers.
    fn offer(&self, _entry: &Entry<Self::Settings>, _offers: &mut Offers) {}

    /// Makes the objects of this entry.
    fn build(&self, entry: &Entry<Self::Settings>, offers: &Offers, out: &mut Build<'_>);
}

/// A component whose settings type is its own business.
pub trait AnyComponent: Sync {
    /// See [`Component::TABLE`].
    fn table(&self) -> &'static str;
    /// See [`Component::SHAPE`].
    fn shape(&self) -> Occurrence;
    /// See [`Component::ABOUT`].
    fn about(&self) -> &'static str;
    /// The schema of one entry.
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
    /// See [`Component::NEEDED`].
    fn needed(&self) -> bool;
    /// See [`Component::MAKES_OBJECTS`].
    fn makes_objects(&self) -> bool;
    /// Reads the entries of a spec but for those that are known to have faults; and what does not fit
    /// its type.
    fn load(
        &'static self,
        root: &Node,
        unread: &Unread,
    ) -> (Vec<Box<dyn ComponentEntry>>, Vec<SpecFault>);
}

/// An entry that was read, ready to offer and to build.
pub trait ComponentEntry {
    /// Whether it turned out to need something that could not be read.
    fn is_unread(&self, unread: &Unread) -> bool;
    /// See [`Component::offer`].
    fn offer(&self, offers: &mut Offers);
    /// See [`Component::build`].
    fn build(&self, offers: &Offers, out: &mut Build<'_>);
}

impl<C: Component> AnyComponent for C {
    fn table(&self) -> &'static str {
        C::TABLE
    }

    fn shape(&self) -> Occurrence {
        C::SHAPE
    }

    fn about(&self) -> &'static str {
        C::ABOUT
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<C::Settings>()
    }

    fn needed(&self) -> bool {
        C::NEEDED
    }

    fn makes_objects(&self) -> bool {
        C::MAKES_OBJECTS
    }

    fn load(
        &'static self,
        root: &Node,
        unread: &Unread,
    ) -> (Vec<Box<dyn ComponentEntry>>, Vec<SpecFault>) {
        let mut loaded: Vec<Box<dyn ComponentEntry>> = Vec::new();
        let mut findings = Vec::new();
        let Some(table) = root.get(C::TABLE) else {
            return (loaded, findings);
        };
        let entries: Vec<(&str, &Node)> = match C::SHAPE {
            Occurrence::Keyed => table
                .entries()
                .map(|(key, node)| (key.as_str(), node))
                .collect(),
            Occurrence::Required | Occurrence::Optional => vec![(C::TABLE, table)],
        };
        let entries = entries.into_iter();
        for (name, node) in entries.filter(|(name, _)| !is_unread::<C>(name, unread)) {
            match deserialize(node) {
                Ok(settings) => loaded.push(Box::new(LoadedEntry {
                    component: self,
                    entry: Entry {
                        name: Sourced::new(name.to_owned(), node.origins.clone()),
                        settings,
                        origins: node.origins.clone(),
                    },
                })),
                Err(error) => {
                    let origins = error.origins.unwrap_or_else(|| node.origins.clone());
                    findings.push(SpecFault {
                        diagnostic: Diagnostic::error(codes::BAD_VALUE, error.message)
                            .at_value(&origins, ""),
                        keys: vec![C::TABLE.to_owned(), name.to_owned()],
                    });
                }
            }
        }
        (loaded, findings)
    }
}

/// Whether an entry of a component, or the one table of it, is among what was not read.
fn is_unread<C: Component>(name: &str, unread: &Unread) -> bool {
    match C::SHAPE {
        Occurrence::Keyed => unread.has(C::TABLE, name),
        Occurrence::Required | Occurrence::Optional => unread.has_part(C::TABLE),
    }
}

struct LoadedEntry<C: Component> {
    component: &'static C,
    entry: Entry<C::Settings>,
}

impl<C: Component> ComponentEntry for LoadedEntry<C> {
    fn is_unread(&self, unread: &Unread) -> bool {
        is_unread::<C>(&self.entry.name, unread)
    }

    fn offer(&self, offers: &mut Offers) {
        self.component.offer(&self.entry, offers);
    }

    fn build(&self, offers: &Offers, out: &mut Build<'_>) {
        self.component.build(&self.entry, offers, out);
    }
}

/// Reads the entries of all components, in the order of the list: those that have no fault and need
/// none that has one. The others are marked as unread.
pub fn load(
    root: &Node,
    references: &[NameReference],
    unread: &mut Unread,
) -> (Vec<Box<dyn ComponentEntry>>, Diagnostics) {
    let mut entries = Vec::new();
    let mut diagnostics = Diagnostics::default();
    for component in super::ALL {
        let (loaded, findings) = component.load(root, unread);
        entries.extend(loaded);
        for finding in findings {
            unread.insert(&finding.keys);
            diagnostics.push(finding.diagnostic);
        }
    }
    // Images name Secrets and others name images: a few rounds reach all.
    let needed = |table: &str| {
        super::ALL
            .iter()
            .any(|it| it.table() == table && it.needed())
    };
    loop {
        let before = unread.clone();
        for reference in references.iter().filter(|it| needed(&it.table)) {
            if unread.has(&reference.table, &reference.name) {
                unread.insert(&reference.keys);
            }
        }
        if *unread == before {
            break;
        }
    }
    entries.retain(|entry| !entry.is_unread(unread));
    (entries, diagnostics)
}
