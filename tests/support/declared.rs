//! What the components of an environment declare, before any object is linked.

use kiln::{
    components::{self, Parts},
    spec,
    world::World,
};

/// The objects, workloads and flows that the components of an environment make.
pub fn declared(world: &dyn World, environment: &str) -> Parts {
    let (mut source, _) = spec::read(world, environment);
    let spec::Validated {
        mut unread,
        references,
        files: named,
        ..
    } = spec::validate(&mut source);
    let (files, _) = spec::read_files(world, named, &mut source.sources, &mut unread);
    let (entries, _) = components::load(&source.root, &references, &mut unread);
    let (_, parts) = components::assemble(&entries, files, unread, &source.sources);
    parts
}
