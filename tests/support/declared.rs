//! What the components of an environment declare, before any object is linked.

use std::collections::BTreeSet;

use kiln::{
    PASSES, components,
    manifests::Manifests,
    passes::{self, Facts},
    spec,
    world::World,
};

/// The objects, workloads and flows of an environment.
pub fn declared(world: &dyn World, environment: &str) -> Manifests {
    let (mut source, _) = spec::read(world, environment);
    let spec::Validated {
        mut unread,
        references,
        files: named,
        ..
    } = spec::validate(&mut source, components::schema());
    let (files, _) = spec::read_files(world, named, &mut source.sources, &mut unread);
    let (entries, _) = components::load(&source.root, &references, &mut unread);
    let (offers, mut manifests) = components::assemble(&entries, files, unread, &source.sources);
    let facts = Facts {
        offers: &offers,
        destroy: &BTreeSet::new(),
        first_computed: source.sources.next_id(),
    };
    passes::run(PASSES, &mut manifests, &facts);
    manifests
}
