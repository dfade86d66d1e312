//! kiln compiles one TOML file per environment into the Kubernetes manifests of a Spark platform.
//!
//! [`compile`] is the pipeline; a stage knows only the stages before it:
//!
//! 1. [`spec::read`]: TOML with positions, and the files that it extends → [`spec::Source`].
//! 2. [`spec::validate`]: the schema's verdict, defaults, names → typed entries of the components.
//! 3. [`components::assemble`]: what each component offers, then makes → [`manifests::Manifests`].
//! 4. [`PASSES`]: what is done to all manifests alike.
//! 5. [`graph::link`]: references, layers, cycles → [`graph::Graph`].
//! 6. [`platform`]: what runs Spark, read from the objects; [`checks`]: each object against its
//!    structure, and all against the catalogue.
//! 7. [`output`]: canonical YAML, the lock, and the exchange of the tree on disk.
//!
//! Everything up to 6 is a function of what a [`world::World`] shows: it touches no clock, no network
//! and no file beside. kiln reads `environments/*.toml` with what they name, and what lies in `out/`;
//! it writes `out/` alone, and `schemas/platform.schema.json` when told to.
//!
//! # Modules
//!
//! A module knows only those above it; `tests/architecture.rs` reads this list and the `use` lines.
//!
//! What others could use without kiln is a crate of its own, in `crates/`; a module is called alike in all.
//!
//! - [`spelling`]: which of some names a misspelt one means.
//! - [`credentials`]: which texts hold a credential, by their names and shapes.
//! - [`document`]: values that know the places they come from.
//! - [`diagnostics`]: what kiln says, as data, and the formats in which it says so.
//! - [`yaml`]: documents as text; the reader, the writer, and documents inside of texts.
//! - [`patch`]: JSON patches and merge patches.
//! - [`kubernetes`]: what Kubernetes knows: objects, names, quantities, schemas, RBAC, network policies.
//! - [`values`]: other texts with a grammar: images, URLs, schedules.
//! - [`ports`]: on which ports Spark, its operator and MinIO listen.
//! - [`spark`]: what Spark knows: its properties by version, memory, the calls that it makes.
//! - [`picture`]: layered graphs as pictures, as SVG.
//! - [`page`]: pages that are one file.
//! - [`parallel`]: work for many things at once, and its results in their order.
//! - [`digest`]: the SHA-256 of files, of what pods read, of what a name stands for.
//! - [`references`]: what an object names in others.
//! - [`render`]: templates, which never see a value.
//! - [`world`]: the files that kiln may read.
//! - [`git`]: the files of a revision.
//! - [`spec`]: one environment's TOML, validated by the schema of the components.
//! - [`manifests`]: what components make.
//! - [`engines`]: the engines that sync the output: their settings, annotations and objects.
//! - [`components`]: the tables of a spec, and how each becomes manifests.
//! - [`passes`]: what is done to all manifests alike.
//! - [`graph`]: manifests linked by their references.
//! - [`platform`]: what the objects say together: pods, Spark programs, traffic, rights.
//! - [`checks`]: the catalogue.
//! - [`delivery`]: what the engine of a spec has to know of a platform.
//! - [`compile`]: the stages in order.
//! - [`topology`]: a compiled platform as nodes and what connects them.
//! - [`output`]: trees on disk, and their locks.
//! - [`files`]: a compiled platform as files.
//! - [`lint`]: the catalogue on manifests without a spec.
//! - [`pages`]: the pages of the catalogue.
//! - [`upgrade`]: what a change of the spec does to the cluster.
//! - [`review`]: what a change does to the cluster, for people and machines.
//! - [`explain`]: why each field of the output is what it is, and what each line of the input makes.
//! - [`commands`]: the command line.

// What is said goes through `commands::say`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod checks;
pub mod commands;
pub mod components;
pub mod delivery;
pub mod digest;
pub mod engines;
pub mod explain;
pub mod files;
pub mod git;
pub mod graph;
pub mod lint;
pub mod manifests;
pub mod output;
pub mod page;
pub mod pages;
pub mod parallel;
pub mod passes;
pub mod picture;
pub mod platform;
pub mod references;
pub mod render;
pub mod review;
pub mod spec;
pub mod topology;
pub mod upgrade;
pub mod world;

pub use kiln_document::{credentials, diagnostics, document, patch, spelling, yaml};
pub use kiln_kubernetes::{kubernetes, values};
pub use kiln_spark::{ports, spark};

use std::collections::{BTreeMap, BTreeSet};

use components::{ComponentEntry, Offers};
use diagnostics::{Diagnostic, Diagnostics, codes};
use document::{Node, Origin, OriginId, Sources};
use graph::Graph;
use kubernetes::Identity;
use passes::{Facts, Pass};
use platform::Platform;
use spec::{NamedFile, Source, Unread};
use world::World;

/// What an environment compiles to.
#[derive(Default)]
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
    pub delivered: engines::Objects,
    /// The objects that hold data and may be deleted, as the spec names them.
    pub destroy: BTreeSet<String>,
    /// The diagnostics, in the order of the places.
    pub diagnostics: Diagnostics,
    /// The diagnostics of waivers, which stop no compile.
    pub of_waivers: Diagnostics,
}

/// What is done to all manifests between the components that make them and the graph, in this order.
pub const PASSES: &[Pass] = &[
    passes::pods::run,
    passes::embedded_texts::run,
    passes::network_policies::run,
    passes::labels::run,
    // Patches see what the spec says, and none of what follows from it alone.
    passes::patches::run,
    // What patches changed is part of a name, and names are part of what pods read.
    passes::content_names::run,
    passes::checksums::run,
    passes::engine_annotations::run,
];

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
    order: impl FnOnce(&mut [Box<dyn ComponentEntry>]),
) -> Compilation {
    let (mut source, mut diagnostics) = spec::read(world, environment);
    if let Err(why) = delivery::validate_environment(environment) {
        diagnostics.push(
            Diagnostic::error(codes::NAME, why)
                .at_key(&source.root.origins, "")
                .hint("rename the file"),
        );
    }
    let mut typed = typed(world, &mut source, &mut diagnostics);
    let mut compilation = Compilation {
        environment: environment.to_owned(),
        destroy: source.destroy(),
        diagnostics,
        ..Compilation::default()
    };
    // Where the syntax is broken, nobody knows what else is missing.
    if !source.broken {
        order(&mut typed.entries);
        let linked = compilation.link(typed, &mut source);
        compilation.check(&linked);
        if !compilation.diagnostics.has_errors() {
            compilation.deliver(&source);
        }
    }
    compilation.diagnostics.sort(&source.sources);
    compilation.sources = source.sources;
    compilation
}

/// What the checks have to know of how the graph was made.
struct Linked {
    /// See [`manifests::Manifests::lacks_objects`].
    lacks_objects: bool,
    /// See [`manifests::Manifests::unpatched`].
    unpatched: BTreeSet<Identity>,
}

impl Compilation {
    /// The third to the fifth stage: what the components make, changed by the passes and linked.
    fn link(&mut self, typed: Typed, source: &mut Source) -> Linked {
        let Typed {
            entries,
            files,
            unread,
        } = typed;
        let (offers, mut manifests) =
            components::assemble(&entries, files, unread, &source.sources);
        let first_computed = source.sources.next_id();
        for how in manifests.arithmetic.drain(..) {
            source.sources.add_origin(Origin::Computed(how));
        }
        let facts = Facts {
            offers: &offers,
            destroy: &self.destroy,
            first_computed,
        };
        passes::run(PASSES, &mut manifests, &facts);
        let embedded = manifests.take_embedded_objects();
        self.diagnostics.append(manifests.diagnostics);
        self.diagnostics.append(manifests.not_objects);
        let handed_over = manifests.handed_over.into_iter();
        self.hand_over = handed_over
            .map(|it| (it.path, yaml::to_text(&it.node)))
            .collect();
        let (graph, errors) = graph::link(
            manifests.objects,
            embedded,
            manifests.prerequisites,
            manifests.lacks_objects,
        );
        self.diagnostics.append(errors);
        (self.offers, self.graph) = (offers, graph);
        Linked {
            lacks_objects: manifests.lacks_objects,
            unpatched: manifests.unpatched,
        }
    }

    /// The sixth stage.
    fn check(&mut self, linked: &Linked) {
        self.diagnostics
            .append(checks::unknown_in_waivers(&self.offers));
        // Without what was to fix or to cover faults, checks would find what nobody meant to leave.
        if CHANGE_FINDINGS
            .iter()
            .any(|it| self.offers.unread.has_part(it))
        {
            return;
        }
        if !linked.unpatched.is_empty() {
            self.diagnostics
                .append(checks::structures(&self.graph, &linked.unpatched));
            return;
        }
        let platform = Platform::of_spec(&self.graph, &self.offers, !linked.lacks_objects);
        let (found, of_waivers) = checks::run(&platform);
        self.diagnostics.append(found);
        self.of_waivers = of_waivers;
    }

    /// The engine's objects, and what of the spec left no trace in all that is written.
    fn deliver(&mut self, source: &Source) {
        if let Some(delivery) = &self.offers.delivery {
            self.delivered =
                delivery::objects(&self.environment, delivery, &self.offers, &self.graph);
        }
        let texts = self.hand_over.values().chain(self.delivered.values());
        let used = origins_of_output(&self.graph, texts);
        let without_effect = spec::without_effect(source, components::schema(), &used);
        self.diagnostics.append(without_effect);
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
        used.extend(member.origins.iter());
    }
    for node in others {
        spec::collect_origins(node, &mut used);
    }
    for prerequisite in &graph.prerequisites {
        used.extend(prerequisite.origins.iter());
    }
    used
}

/// The tables of which an unread entry may have changed what the checks find.
const CHANGE_FINDINGS: [&str; 2] = ["patches", "waivers"];

/// What the second stage reads.
struct Typed {
    entries: Vec<Box<dyn ComponentEntry>>,
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
    } = spec::validate(source, components::schema());
    // Of a line that is not TOML, the parser kept what it could guess.
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
