//! How large the processes of Spark are: their cores, and what is heap of a container's memory.

use super::{Driver, Executor, Properties};
use crate::{
    components::Build,
    diagnostics::{Diagnostic, codes},
    document::Sourced,
    kubernetes::Memory,
    spark::memory::{Container, Mebibytes, Overhead, Split},
};

impl Properties {
    /// The size of an executor; `reserved` bytes of its container are spent otherwise.
    pub fn executor_size(
        &mut self,
        executor: &Executor,
        reserved: u64,
        out: &mut Build<'_>,
    ) -> Option<Sourced<Split>> {
        self.set(
            "spark.executor.cores",
            executor.cores.clone(),
            "set `executor.cores`",
        );
        let split = split(
            &executor.memory,
            executor.overhead.as_ref(),
            Overhead::NonJvm,
            reserved,
            out,
        );
        if let Some(split) = &split {
            self.set(
                "spark.executor.memory",
                split.map(|split| split.heap),
                "set `executor.memory`, the whole container's, and `executor.overhead`",
            );
            self.set(
                "spark.executor.memoryOverhead",
                split.map(|split| split.overhead),
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
        split
    }

    /// The size of a driver, which needs `otherwise` beside its heap when it states nothing;
    /// `reserved` bytes of its container are spent otherwise.
    pub fn driver_size(
        &mut self,
        driver: &Driver,
        otherwise: Overhead,
        reserved: u64,
        out: &mut Build<'_>,
    ) {
        self.set(
            "spark.driver.cores",
            driver.cores.clone(),
            "set `driver.cores`",
        );
        if let Some(split) = split(
            &driver.memory,
            driver.overhead.as_ref(),
            otherwise,
            reserved,
            out,
        ) {
            self.set(
                "spark.driver.memory",
                split.map(|split| split.heap),
                "set `driver.memory`, the whole container's, and `driver.overhead`",
            );
            self.set(
                "spark.driver.memoryOverhead",
                split.map(|split| split.overhead),
                "set `driver.overhead`",
            );
        }
        self.forbid("spark.driver.memoryOverheadFactor", "set `driver.overhead`");
    }
}

/// Divides a container's memory, or says why it cannot be divided.
pub fn split(
    memory: &Sourced<Memory>,
    overhead: Option<&Sourced<Memory>>,
    otherwise: Overhead,
    reserved: u64,
    out: &mut Build<'_>,
) -> Option<Sourced<Split>> {
    let mut origins = memory.origins.clone();
    let overhead = match overhead {
        None => otherwise,
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
    match Container::new(memory.bytes().saturating_sub(reserved), overhead).split() {
        Ok(split) => Some(Sourced::new(split, origins)),
        Err(error) => {
            let mut diagnostic = Diagnostic::error(codes::BAD_VALUE, error.to_string())
                .at_value(&memory.origins, "the container's memory")
                .note("Spark would exit with `System memory … must be at least 471859200`");
            if reserved > 0 {
                let mebibytes = |bytes: u64| bytes >> 20;
                diagnostic = diagnostic.note(format!(
                    "of the container's {}Mi, {}Mi are spent beside this process",
                    mebibytes(memory.bytes()),
                    mebibytes(reserved)
                ));
            }
            out.report(diagnostic);
            None
        }
    }
}
