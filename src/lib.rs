//! kiln compiles one TOML file per environment into the Kubernetes manifests of a Spark platform.
//!
//! [`compile`] is the pipeline; a stage knows only the stages before it:
//!
//! 1. [`spec::read`]: TOML with positions, and the files that it extends → [`spec::Source`].
//! 2. [`spec::validate`]: the schema's verdict, defaults, names → typed entries of the components.
//! 3. [`components::assemble`]: offers, then objects, then network policies → [`components::Parts`].
//! 4. [`graph::name_by_content`], [`graph::link`]: references, layers, cycles → [`graph::Graph`].
//! 5. [`graph::decorate`]: the engines' annotations, and the checksums that roll pods.
//! 6. [`platform`]: what runs Spark, read from the objects; [`checks`]: each object against its
//!    structure, and all against the catalogue.
//! 7. [`output`]: canonical YAML, the lock, and the exchange of the tree on disk.
//!
//! Everything up to 6 is a function of what a [`world::World`] shows: it touches no clock, no network
//! and no file beside. kiln reads `environments/*.toml` with what they name, and what lies in `out/`;
//! it writes `out/` alone, and `schemas/platform.schema.json` when told to.

pub mod checks;
pub mod commands;
pub mod components;
pub mod delivery;
pub mod diagnostics;
pub mod document;
pub mod files;
pub mod graph;
pub mod kubernetes;
pub mod lint;
pub mod output;
pub mod platform;
pub mod render;
pub mod spark;
pub mod spec;
pub mod upgrade;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use components::Offers;
use diagnostics::{Diagnostic, Diagnostics};
use document::{OriginId, Sources};
use graph::Graph;
use platform::Platform;
use spec::{Finding, NamedFile, Source};
use world::World;

/// What an environment compiles to.
pub struct Compilation {
    /// The environment's name.
    pub environment: String,
    /// The files and places that everything below points into.
    pub sources: Sources,
    /// The facts that components share.
    pub offers: Offers,
    /// The platform; empty when the spec has errors.
    pub graph: Graph,
    /// Files for other tools, by their path in the output.
    pub hand_over: BTreeMap<String, String>,
    /// The objects that hold data and that may go, as the spec names them.
    pub destroy: BTreeSet<String>,
    /// What there is to say, in the order of the places.
    pub diagnostics: Diagnostics,
    /// What there is to say of waivers; it stops no compile.
    pub of_waivers: Diagnostics,
}

/// Compiles one environment. Reads, and writes nothing.
#[must_use]
pub fn compile(world: &dyn World, environment: &str) -> Compilation {
    compile_ordered(world, environment, |_| {})
}

/// Compiles with the entries of the components in another order, to prove that none matters.
#[must_use]
pub fn compile_ordered(
    world: &dyn World,
    environment: &str,
    order: impl FnOnce(&mut [Box<dyn components::Loaded>]),
) -> Compilation {
    let (mut source, mut diagnostics) = spec::read(world, environment);
    let destroy = source.destroy();
    let (mut offers, mut graph, mut hand_over, mut of_waivers) = Default::default();
    if let Some((mut entries, files)) = typed(world, &mut source, &mut diagnostics) {
        order(&mut entries);
        let mut parts;
        (offers, parts) = components::assemble(&entries, files, &source.sources);
        graph::name_by_content(&mut parts.objects);
        diagnostics.append(parts.diagnostics);
        hand_over = parts.hand_over;
        let errors;
        (graph, errors) = graph::link(parts.objects, parts.embedded, parts.prerequisites);
        diagnostics.append(errors);
        graph::decorate(&mut graph, &offers, &destroy);
        let found;
        let platform = Platform::of_spec(&graph, &offers);
        (found, of_waivers) = checks::run(&platform);
        diagnostics.append(found);
    }
    diagnostics.sort(&source.sources);
    Compilation {
        environment: environment.to_owned(),
        sources: source.sources,
        offers,
        graph,
        hand_over,
        destroy,
        diagnostics,
        of_waivers,
    }
}

/// The second stage: typed entries and the files that they name, when nothing is wrong so far.
fn typed(world: &dyn World, source: &mut Source, diagnostics: &mut Diagnostics) -> Option<Typed> {
    let (of_schema, named) = spec::validate(source);
    let (entries, of_types) = components::load(&source.root);
    diagnostics.extend(best(of_schema, of_types));
    let (files, errors) = spec::read_files(world, named, &mut source.sources);
    diagnostics.append(errors);
    (!diagnostics.has_errors()).then_some((entries, files))
}

type Typed = (
    Vec<Box<dyn components::Loaded>>,
    BTreeMap<OriginId, Vec<NamedFile>>,
);

/// Schema and types judge the same values. The schema finds all faults; where both blame one text,
/// the type knows better why it is wrong.
fn best(of_schema: Vec<Finding>, of_types: Vec<Finding>) -> Vec<Diagnostic> {
    let mut by_value: BTreeMap<_, Finding> = of_types
        .into_iter()
        .filter_map(|finding| Some((finding.origins.first()?, finding)))
        .collect();
    let schema_is_content = of_schema.is_empty();
    let mut said: Vec<Diagnostic> = of_schema
        .into_iter()
        .map(|finding| {
            let better = finding.origins.first().and_then(|it| by_value.remove(&it));
            match better {
                Some(better) if finding.of_text => better.diagnostic,
                _ => finding.diagnostic,
            }
        })
        .collect();
    if schema_is_content {
        said.extend(by_value.into_values().map(|finding| finding.diagnostic));
    }
    said
}
