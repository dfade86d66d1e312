//! The parts of a platform: each turns its table of the spec into objects.
//!
//! A component is a folder with its settings, its templates and the code between them. It knows no
//! other component: what it has for others it puts into [`Offers`], and what it needs it takes from
//! there. To add one, add a folder, its `mod` line, and its line in [`ALL`].

mod airflow;
mod applications;
mod build;
mod cluster;
mod connect;
mod delivery;
mod entry;
mod extra;
mod flows;
mod history_server;
mod images;
mod namespaces;
mod network;
mod notebooks;
mod object_store;
pub mod offers;
mod operator;
mod patches;
mod prerequisites;
mod reference;
mod secrets;
mod waivers;
mod workload;

pub use build::{
    Build, Embedded, Flow, Made, Parts, Peer, Pods, Port, Prerequisite, WORKLOAD_LABEL, Workload,
};
pub use entry::{Component, Entry, Loaded, Part, Shape, load};
pub use offers::Offers;

use std::collections::BTreeMap;

use crate::{
    document::{OriginId, Sources},
    spec::{NamedFile, Unread},
};

/// The components, in the order in which the schema lists their tables.
pub static ALL: &[&dyn Part] = &[
    &cluster::Cluster,
    &delivery::Delivery,
    &namespaces::Namespaces,
    &images::Images,
    &secrets::Secrets,
    &object_store::ObjectStore,
    &operator::Operator,
    &connect::Connect,
    &history_server::HistoryServer,
    &notebooks::Notebooks,
    &airflow::Airflow,
    &applications::Applications,
    &flows::Flows,
    &prerequisites::Prerequisites,
    &extra::Extra,
    &patches::Patches,
    &waivers::Waivers,
];

/// Lets every entry offer, then build; then makes the policies of the traffic between them, and
/// changes what patches change.
#[must_use]
pub fn assemble(
    entries: &[Box<dyn Loaded>],
    files: BTreeMap<OriginId, Vec<NamedFile>>,
    unread: Unread,
    sources: &Sources,
) -> (Offers, Parts) {
    let mut offers = Offers {
        files,
        unread,
        ..Offers::default()
    };
    for entry in entries {
        entry.offer(&mut offers);
    }
    let mut parts = Parts::default();
    let mut out = Build::new(&mut parts, sources);
    for entry in entries {
        entry.build(&offers, &mut out);
    }
    network::build(&offers, &mut out);
    let mut makers = ALL.iter().filter(|part| part.makes_objects());
    parts.lacks_objects =
        parts.diagnostics.has_errors() || makers.any(|part| offers.unread.has_any(part.table()));
    patches::apply(&mut parts);
    (offers, parts)
}
