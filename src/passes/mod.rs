//! What is done to all manifests alike, one pass after the other.
//!
//! A pass is a file. It sees what the components made and what the passes before it changed; nothing is
//! linked yet. [`crate::PASSES`] is their order.

pub mod checksums;
pub mod content_names;
pub mod embedded_texts;
pub mod engine_annotations;
pub mod labels;
pub mod network_policies;
pub mod patches;
pub mod pods;

use std::collections::BTreeSet;

use crate::{
    components::Offers,
    document::{OriginId, Origins},
    manifests::Manifests,
};

/// A change of all manifests.
pub type Pass = fn(&mut Manifests, &Facts<'_>);

/// What a pass may ask beside the manifests.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// What the components offer.
    pub offers: &'a Offers,
    /// The objects that hold data and may be deleted, as the spec names them.
    pub destroy: &'a BTreeSet<String>,
    /// The first identifier of how a number was computed, which says nothing of a digest of that number.
    pub first_computed: OriginId,
}

impl Facts<'_> {
    /// What made all that a digest is of.
    fn made(&self, of: impl IntoIterator<Item = OriginId>) -> Origins {
        of.into_iter()
            .filter(|it| *it < self.first_computed)
            .collect()
    }
}

/// Runs the passes in their order.
pub fn run(passes: &[Pass], manifests: &mut Manifests, facts: &Facts<'_>) {
    for pass in passes {
        pass(manifests, facts);
    }
}
