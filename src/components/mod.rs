//! The parts of a platform: each turns its table of the spec into objects.
//!
//! A component is a folder with its settings, its templates and the code between them. It knows no
//! other component: what it has for others it puts into [`Offers`], and what it needs it takes from
//! there. To add one, add a folder, its `mod` line, and its line in [`ALL`].

mod airflow;
mod applications;
mod build;
mod catalogs;
mod cluster;
mod connect;
mod delivery;
mod entry;
mod extra;
mod flows;
mod history_server;
mod identities;
mod images;
mod metrics;
mod namespaces;
mod notebooks;
mod object_store;
pub mod offers;
mod operator;
mod patches;
mod prerequisites;
mod queues;
mod reference;
mod routes;
mod schema;
mod secrets;
mod waivers;
mod workload;

pub use build::Build;
pub use entry::{AnyComponent, Component, ComponentEntry, Entry, Occurrence, load};
pub use offers::Offers;
pub use schema::{schema, schema_for_editors};

use std::collections::BTreeMap;

use crate::{
    document::{OriginId, Sources},
    manifests::Manifests,
    spec::{NamedFile, Unread},
};

/// The components, in the order in which the schema lists their tables.
pub static ALL: &[&dyn AnyComponent] = &[
    &cluster::Cluster,
    &delivery::Delivery,
    &namespaces::Namespaces,
    &images::Images,
    &secrets::Secrets,
    &identities::Identities,
    &object_store::ObjectStore,
    &queues::Queues,
    &catalogs::Catalogs,
    &operator::Operator,
    &connect::Connect,
    &history_server::HistoryServer,
    &notebooks::Notebooks,
    &airflow::Airflow,
    &applications::Applications,
    &metrics::Metrics,
    &routes::Routes,
    &flows::Flows,
    &prerequisites::Prerequisites,
    &extra::Extra,
    &patches::Patches,
    &waivers::Waivers,
];

/// Lets every entry offer, then build.
#[must_use]
pub fn assemble(
    entries: &[Box<dyn ComponentEntry>],
    files: BTreeMap<OriginId, Vec<NamedFile>>,
    unread: Unread,
    sources: &Sources,
) -> (Offers, Manifests) {
    let mut offers = Offers {
        files,
        unread,
        ..Offers::default()
    };
    for entry in entries {
        entry.offer(&mut offers);
    }
    let mut manifests = Manifests::default();
    let mut out = Build::new(&mut manifests, sources);
    for entry in entries {
        entry.build(&offers, &mut out);
    }
    let mut makers = ALL.iter().filter(|part| part.makes_objects());
    manifests.lacks_objects = manifests.diagnostics.has_errors()
        || makers.any(|part| offers.unread.has_any(part.table()));
    (offers, manifests)
}
