//! What is done to all manifests alike, one pass after the other.
//!
//! A pass is a file. It sees what the components made and what the passes before it changed; nothing is
//! linked yet. [`crate::PASSES`] is their order.

mod checksums;
mod content_names;
mod embedded_texts;
mod engine_annotations;
mod labels;
mod network_policies;
mod patches;
mod pods;

pub use checksums::CHECKSUMS;
pub use content_names::CONTENT_NAMES;
pub use embedded_texts::EMBEDDED_TEXTS;
pub use engine_annotations::ENGINE_ANNOTATIONS;
pub use labels::LABELS;
pub use network_policies::NETWORK_POLICIES;
pub use patches::PATCHES;
pub use pods::PODS;

use std::collections::BTreeSet;

use crate::{components::Offers, manifests::Manifests};

/// A change of all manifests.
pub struct Pass {
    /// What it is about, in a few words.
    pub name: &'static str,
    /// The change.
    pub run: fn(&mut Manifests, &Facts<'_>),
}

/// What a pass may ask beside the manifests.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// What the components offer.
    pub offers: &'a Offers,
    /// The objects that hold data and may be deleted, as the spec names them.
    pub destroy: &'a BTreeSet<String>,
}

/// Runs the passes in their order.
pub fn run(passes: &[Pass], manifests: &mut Manifests, facts: &Facts<'_>) {
    for pass in passes {
        (pass.run)(manifests, facts);
    }
}
