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

// What is said goes through `commands::say`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod checks;
pub mod commands;
pub mod components;
pub mod credentials;
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
mod spelling;
pub mod upgrade;
pub mod values;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use components::Offers;
use diagnostics::{Diagnostic, Diagnostics, codes};
use document::{Node, OriginId, Sources};
use graph::Graph;
use platform::Platform;
use spec::{NamedFile, Source, Unread};
use world::World;

/// What an environment compiles to.
pub struct Compilation {
    /// The environment's name.
    pub environment: String,
    /// The files and places that everything below points into.
    pub sources: Sources,
    /// The facts that components share.
    pub offers: Offers,
    /// The platform, without what could not be read; empty when the syntax is broken.
    pub graph: Graph,
    /// Files for other tools, by their path in the output.
    pub hand_over: BTreeMap<String, Node>,
    /// The engine's objects, by their path in `out/delivery/ENV`; none beside an error.
    pub delivered: delivery::Objects,
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
    if let Err(why) = delivery::validate_environment(environment) {
        diagnostics.push(
            Diagnostic::error(codes::NAME, why)
                .at_key(&source.root.origins, "")
                .hint("rename the file"),
        );
    }
    let destroy = source.destroy();
    let (mut offers, mut graph, mut hand_over, mut of_waivers) = Default::default();
    let mut delivered = delivery::Objects::new();
    let Typed {
        mut entries,
        files,
        unread,
    } = typed(world, &mut source, &mut diagnostics);
    // Where the syntax is broken, nobody knows what else is missing.
    if !source.broken {
        order(&mut entries);
        let mut parts;
        (offers, parts) = components::assemble(&entries, files, unread, &source.sources);
        let lacks_objects = parts.lacks_objects;
        graph::name_by_content(&mut parts.objects);
        diagnostics.append(parts.diagnostics);
        hand_over = parts.hand_over;
        let embedded = parts.embedded.into_iter().filter(|it| it.is_object);
        let errors;
        (graph, errors) = graph::link(
            parts.objects,
            embedded.map(components::Made::from).collect(),
            parts.prerequisites,
            lacks_objects,
        );
        diagnostics.append(errors);
        graph::decorate(&mut graph, &offers, &destroy);
        // Without what was to mend or to cover faults, checks would find what nobody meant to leave.
        let changes_are_read = !CHANGE_FINDINGS.iter().any(|it| offers.unread.has_part(it));
        if changes_are_read && !parts.unpatched.is_empty() {
            diagnostics.append(checks::structures(&graph, &parts.unpatched));
        } else if changes_are_read {
            let found;
            let platform = Platform::of_spec(&graph, &offers, !lacks_objects);
            (found, of_waivers) = checks::run(&platform);
            diagnostics.append(found);
        }
        if !diagnostics.has_errors() {
            if let Some(delivery) = &offers.delivery {
                delivered = delivery::objects(environment, delivery, &offers, &graph);
            }
            let texts = hand_over.values().chain(delivered.values());
            let used = origins_of_output(&graph, texts);
            diagnostics.append(spec::without_effect(&source, &used));
        }
    }
    diagnostics.sort(&source.sources);
    Compilation {
        environment: environment.to_owned(),
        sources: source.sources,
        offers,
        graph,
        hand_over,
        delivered,
        destroy,
        diagnostics,
        of_waivers,
    }
}

/// What made the output: everything that the spec says and that is not here had no effect.
fn origins_of_output<'a>(
    graph: &Graph,
    others: impl Iterator<Item = &'a Node>,
) -> BTreeSet<OriginId> {
    let mut used = BTreeSet::new();
    for member in graph.members.iter().chain(&graph.embedded) {
        spec::collect_origins(member.object.node(), &mut used);
        used.extend(member.because.iter());
    }
    for node in others {
        spec::collect_origins(node, &mut used);
    }
    for prerequisite in &graph.prerequisites {
        used.extend(prerequisite.because.iter());
    }
    used
}

/// The tables of which an unread entry may have changed what the checks find.
const CHANGE_FINDINGS: [&str; 2] = ["patches", "waivers"];

/// What the second stage reads.
struct Typed {
    entries: Vec<Box<dyn components::Loaded>>,
    files: BTreeMap<OriginId, Vec<NamedFile>>,
    unread: Unread,
}

/// The second stage: typed entries and the files that they name, as far as they have no fault.
fn typed(world: &dyn World, source: &mut Source, diagnostics: &mut Diagnostics) -> Typed {
    let spec::Validated {
        diagnostics: of_schema,
        mut unread,
        references,
        files: named,
    } = spec::validate(source);
    // Of a line that is no TOML, the parser kept what it could guess.
    let place = |it: &Diagnostic| {
        let place = it.labels.first()?.at.place(&source.sources)?;
        Some((place.file, source.sources.line(place)))
    };
    let broken: Vec<_> = diagnostics.iter().filter_map(place).collect();
    let of_whole_lines = of_schema
        .into_vec()
        .into_iter()
        .filter(|it| !source.broken || place(it).is_none_or(|it| !broken.contains(&it)));
    diagnostics.extend(of_whole_lines);
    let (files, of_files) = spec::read_files(world, named, &mut source.sources, &mut unread);
    diagnostics.append(of_files);
    let (entries, of_types) = components::load(&source.root, &references, &mut unread);
    // A hole that a syntax error left proves nothing.
    if !source.broken {
        diagnostics.append(of_types);
    }
    Typed {
        entries,
        files,
        unread,
    }
}
