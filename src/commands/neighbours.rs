//! Environments on one cluster, checked against each other: two may not make the same object, because
//! their engines would overwrite it for ever, and what one says of another's operator has to be so.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Compilation,
    diagnostics::{Diagnostic, Diagnostics, codes, name_list},
    document::{Origins, Sources},
    kubernetes::Identity,
    spark::OperatorVersion,
};

/// Judges environments against each other, and against neighbours that nobody asked about.
pub fn report_shared_objects(neighbours: &[Compilation], compilations: &mut [Compilation]) {
    let found = found(neighbours, compilations);
    for (compilation, found) in compilations.iter_mut().zip(found) {
        compilation.diagnostics.append(found);
    }
}

/// What is wrong with each of the environments, in their order.
fn found(neighbours: &[Compilation], compilations: &[Compilation]) -> Vec<Diagnostics> {
    let mut made = Made::default();
    for neighbour in neighbours {
        made.add(neighbour);
    }
    let all = neighbours.iter().chain(compilations);
    let operators: Vec<_> = all.filter_map(RunningOperator::of).collect();
    let found = compilations.iter().map(|compilation| {
        let mut found = made.add(compilation);
        found.append(differing_operator(compilation, &operators));
        found
    });
    found.collect()
}

/// The name of the cluster that a platform runs on.
pub fn cluster(compilation: &Compilation) -> Option<String> {
    let cluster = compilation.offers.cluster.as_ref()?;
    Some(cluster.name.value.clone())
}

/// The objects of environments by cluster, and which environment makes each for which table.
#[derive(Default)]
struct Made<'a>(BTreeMap<(String, Identity), (&'a Compilation, &'a Origins)>);

impl<'a> Made<'a> {
    /// Adds an environment; says for each of its tables which objects an earlier one makes too.
    fn add(&mut self, compilation: &'a Compilation) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        // Of a spec that has to be changed first, nobody knows what it will make.
        let read = Some(compilation).filter(|it| it.offers.unread.is_empty());
        let Some(cluster) = read.and_then(cluster) else {
            return diagnostics;
        };
        let environment = &compilation.environment;
        let mut shared: BTreeMap<(String, &str), Shared<'_>> = BTreeMap::new();
        for member in &compilation.graph.members {
            let identity = member.object.identity();
            let key = (cluster.clone(), identity.clone());
            let this = (compilation, &member.origins);
            if let Some((other, origins)) = self.0.insert(key, this) {
                let place = shown(&member.origins, &compilation.sources);
                let shared = shared
                    .entry((place, other.environment.as_str()))
                    .or_insert_with(|| Shared {
                        table: &member.origins,
                        objects: Vec::new(),
                        places: BTreeSet::new(),
                    });
                shared.objects.push(identity);
                shared.places.insert(shown(origins, &other.sources));
            }
        }
        for ((_, other), shared) in shared {
            let objects = &shared.objects;
            let what = match objects.as_slice() {
                [object] => object.to_string(),
                objects => format!("{} objects", objects.len()),
            };
            let mut diagnostic = Diagnostic::error(
                codes::OTHER_CLUSTER,
                format!(
                    "`{environment}` and `{other}` both make {what} on the cluster `{cluster}`"
                ),
            )
            .at_key(shared.table, "made for this table");
            if objects.len() > 1 {
                diagnostic = diagnostic.note(some_of(objects));
            }
            let places: Vec<_> = shared.places.into_iter().collect();
            diagnostics.push(
                diagnostic
                    .note(format!("`{other}` asks for it at {}", places.join(" and ")))
                    .hint("use another namespace or another name in one of the two, or state that they run on two clusters with `cluster.name`"),
            );
        }
        diagnostics
    }
}

/// What two environments both make, for one table of the later one.
struct Shared<'a> {
    table: &'a Origins,
    objects: Vec<&'a Identity>,
    /// Where the other one asks for it.
    places: BTreeSet<String>,
}

/// The first objects by name, and how many more there are.
fn some_of(objects: &[&Identity]) -> String {
    const SHOWN: usize = 3;
    let names: Vec<_> = objects
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    let names = name_list(names.iter().map(String::as_str));
    match objects.len().saturating_sub(SHOWN) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// A place as text, such as `environments/prod.toml:12`, for messages of another environment.
fn shown(origins: &Origins, sources: &Sources) -> String {
    let origin = origins.first();
    let place = origin.and_then(|it| sources.key_place(it));
    place.map_or_else(String::new, |place| {
        let file = &sources.file(place.file).path;
        format!("{file}:{}", sources.line(place))
    })
}

/// The operator that an environment runs, as its neighbours on the cluster see it.
struct RunningOperator {
    cluster: String,
    environment: String,
    namespace: String,
    version: OperatorVersion,
    job_namespaces: Vec<String>,
}

impl RunningOperator {
    fn of(compilation: &Compilation) -> Option<Self> {
        let operator = compilation.offers.operator.as_ref();
        let operator = operator.filter(|it| !it.is_existing)?;
        let namespaces = operator.job_namespaces.iter();
        Some(Self {
            cluster: cluster(compilation)?,
            environment: compilation.environment.clone(),
            namespace: operator.namespace.value.clone(),
            version: *operator.version,
            job_namespaces: namespaces.map(|it| it.value.clone()).collect(),
        })
    }
}

/// What an environment says of an operator that a neighbour runs, and that is not so.
fn differing_operator(compilation: &Compilation, operators: &[RunningOperator]) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let operator = compilation.offers.operator.as_ref();
    let Some(stated) = operator.filter(|it| it.is_existing) else {
        return diagnostics;
    };
    let cluster = cluster(compilation);
    let is_it = |it: &&RunningOperator| {
        Some(&it.cluster) == cluster.as_ref() && it.namespace == stated.namespace.value
    };
    let Some(running) = operators.iter().find(is_it) else {
        return diagnostics;
    };
    let environment = &running.environment;
    for namespace in &stated.job_namespaces {
        if !running.job_namespaces.contains(&namespace.value) {
            diagnostics.push(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("the operator of `{environment}` does not watch `{}`", **namespace),
                )
                .at_value(&namespace.origins, "")
                .note("it would ignore every job there in silence")
                .hint(format!(
                    "add it to `operator.job-namespaces` of `{environment}`, which needs `[namespaces.{}]` with `create = false` for that",
                    **namespace
                )),
            );
        }
    }
    if running.version != *stated.version {
        diagnostics.push(
            Diagnostic::error(
                codes::CONFLICT,
                format!("the operator of `{environment}` is {}", running.version),
            )
            .at_value(&stated.version.origins, ""),
        );
    }
    diagnostics
}
