//! How large the processes of Spark are: their cores, and what is heap of a container's memory.

use super::{DriverContainer, Executor, Properties};
use crate::{
    components::Build,
    diagnostics::{Diagnostic, codes},
    document::{Arithmetic, Sourced, Term},
    kubernetes::Memory,
    spark::memory::{ContainerMemory, MINIMUM_OVERHEAD, Mebibytes, Outside, Overhead},
};

impl Properties {
    /// The size of an executor, whose container spends something on another process where there is one.
    pub fn executor_size(
        &mut self,
        executor: &Executor,
        outside: &Sourced<Option<Outside>>,
        out: &mut Build<'_>,
    ) {
        self.set(
            "spark.executor.cores",
            executor.cores.clone(),
            "set `executor.cores`",
        );
        if let Some(parts) = split(
            &executor.memory,
            executor.overhead.as_ref(),
            &Sourced::constant(Overhead::NonJvm),
            outside,
            out,
        ) {
            self.set(
                "spark.executor.memory",
                parts.heap,
                "set `executor.memory`, the whole container's, and `executor.overhead`",
            );
            self.set(
                "spark.executor.memoryOverhead",
                with_scratch(parts.overhead, executor, out),
                "set `executor.overhead`",
            );
        }
        self.forbid(
            "spark.executor.memoryOverheadFactor",
            "set `executor.overhead`",
        );
        self.forbid(
            "spark.kubernetes.memoryOverheadFactor",
            "set `executor.overhead`",
        );
    }

    /// The size of a driver, which needs `otherwise` beside its heap when it states nothing, and whose container
    /// spends something on something else where there is that.
    pub fn driver_size(
        &mut self,
        driver: &DriverContainer,
        otherwise: &Sourced<Overhead>,
        outside: &Sourced<Option<Outside>>,
        out: &mut Build<'_>,
    ) {
        self.set(
            "spark.driver.cores",
            driver.cores.clone(),
            "set `driver.cores`",
        );
        if let Some(parts) = split(
            &driver.memory,
            driver.overhead.as_ref(),
            otherwise,
            outside,
            out,
        ) {
            self.set(
                "spark.driver.memory",
                parts.heap,
                "set `driver.memory`, the whole container's, and `driver.overhead`",
            );
            self.set(
                "spark.driver.memoryOverhead",
                parts.overhead,
                "set `driver.overhead`",
            );
        }
        self.forbid("spark.driver.memoryOverheadFactor", "set `driver.overhead`");
    }
}

/// What executors need beside their heap, with scratch space in memory: it counts as their container's.
pub fn with_scratch(
    overhead: Sourced<Mebibytes>,
    executor: &Executor,
    out: &mut Build<'_>,
) -> Sourced<Mebibytes> {
    let scratch = executor.scratch.as_ref().and_then(|it| it.in_memory());
    let Some(size) = scratch else {
        return overhead;
    };
    match Mebibytes::from_bytes(size.bytes()) {
        Ok(amount) => {
            let how = Arithmetic {
                formula: "overhead = beside + scratch",
                terms: vec![
                    Term::new("beside", overhead.value, "what it needs beside its heap"),
                    Term::stated("scratch", amount),
                ],
            };
            let both = overhead.with(size, |beside, _| Mebibytes(beside.0 + amount.0));
            out.computed(both, how)
        }
        Err(error) => {
            out.report(
                Diagnostic::error(codes::BAD_VALUE, error.to_string()).at_value(&size.origins, ""),
            );
            overhead
        }
    }
}

/// What a container's memory is divided into.
pub struct Parts {
    /// The heap of its JVM.
    pub heap: Sourced<Mebibytes>,
    /// What the process needs beside its heap.
    pub overhead: Sourced<Mebibytes>,
}

/// Divides a container's memory, or says why it cannot be divided.
pub fn split(
    memory: &Sourced<Memory>,
    overhead: Option<&Sourced<Memory>>,
    otherwise: &Sourced<Overhead>,
    outside: &Sourced<Option<Outside>>,
    out: &mut Build<'_>,
) -> Option<Parts> {
    let mut origins = memory.origins.clone();
    let stated = overhead;
    let overhead = match stated {
        None => {
            origins = origins.chosen_by(&otherwise.origins);
            otherwise.value
        }
        Some(stated) => {
            origins.extend(&stated.origins);
            match Mebibytes::from_bytes(stated.bytes()) {
                Ok(amount) => Overhead::Exactly(amount),
                Err(error) => {
                    out.report(
                        Diagnostic::error(codes::BAD_VALUE, error.to_string())
                            .at_value(&stated.origins, ""),
                    );
                    return None;
                }
            }
        }
    };
    let decided_by = &outside.origins;
    let outside = outside.value;
    let bytes_outside = outside.map_or(0, |it| it.amount.bytes());
    let container = ContainerMemory::new(memory.bytes().saturating_sub(bytes_outside), overhead);
    match container.split() {
        Ok(split) => {
            let how = container.arithmetic(&split, outside);
            let heap = Sourced::new(split.heap, origins.clone()).chosen_by(decided_by);
            let overhead = match (how.overhead, stated) {
                (Some(how), _) => {
                    let mut overhead = Sourced::new(split.overhead, origins);
                    // The least overhead is the same in any container.
                    if split.overhead > MINIMUM_OVERHEAD {
                        overhead = overhead.chosen_by(decided_by);
                    }
                    out.computed(overhead, how)
                }
                (None, stated) => {
                    let origins = stated.map_or(origins, |it| it.origins.clone());
                    Sourced::new(split.overhead, origins)
                }
            };
            Some(Parts {
                heap: out.computed(heap, how.heap),
                overhead,
            })
        }
        Err(error) => {
            let mut diagnostic = Diagnostic::error(codes::BAD_VALUE, error.to_string())
                .at_value(&memory.origins, "the container's memory")
                .note("Spark would exit with `System memory … must be at least 471859200`");
            if let Some(Outside { amount, .. }) = outside {
                diagnostic = diagnostic.note(format!(
                    "of the container's {}Mi, {}Mi are spent beside this process",
                    memory.bytes() >> 20,
                    amount.0
                ));
            }
            out.report(diagnostic);
            None
        }
    }
}
