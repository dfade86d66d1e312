//! Spark's memory, seen from the container that pays for it.
//!
//! Spark asks for a heap and adds what the process needs beside it; Kubernetes kills the container
//! (`OOMKilled`, exit status 137) when the two do not fit its limit. So the container's size is what a
//! spec states, and the parts are computed such that Spark's own sum gives the container again.

use std::fmt;

use crate::document::{Arithmetic, Term, Value};

const BYTES_PER_MEBIBYTE: u64 = 1 << 20;

/// The least overhead that Spark takes, `ResourceProfile.MEMORY_OVERHEAD_MIN_MIB`.
pub const MINIMUM_OVERHEAD: Mebibytes = Mebibytes(384);

/// The smallest heap that a driver or an executor starts with.
///
/// `UnifiedMemoryManager` stops a JVM whose `Runtime.maxMemory` is less than 471859200 bytes, 450 MiB.
/// That is not `-Xmx`: in a container below 1792 MiB or two CPUs Java chooses its serial collector,
/// which keeps one survivor space of a thirtieth back. Measured with Java 17, `-Xmx465m` is the
/// smallest that passes; `-Xmx450m` fails with "must be at least 471859200".
pub const MINIMUM_HEAP: Mebibytes = Mebibytes(465);

/// An amount of memory in MiB, in which Spark counts; displayed as Spark writes it, `1664m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mebibytes(pub u64);

impl Mebibytes {
    /// The amount of a number of bytes.
    ///
    /// # Errors
    /// When it is not a whole number of MiB: Spark would round it down, and its sum would not be the
    /// container any more.
    pub fn from_bytes(bytes: u64) -> Result<Self, MemoryError> {
        if bytes.is_multiple_of(BYTES_PER_MEBIBYTE) {
            Ok(Self(bytes / BYTES_PER_MEBIBYTE))
        } else {
            Err(MemoryError::Fraction { bytes })
        }
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0 * BYTES_PER_MEBIBYTE
    }
}

impl fmt::Display for Mebibytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}m", self.0)
    }
}

impl From<Mebibytes> for Value {
    fn from(amount: Mebibytes) -> Self {
        Self::String(amount.to_string())
    }
}

/// How much a process needs beside its heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overhead {
    /// A tenth of the heap: `spark.kubernetes.memoryOverheadFactor` of a JVM application.
    Jvm,
    /// Two fifths of the heap, as Spark takes for Python and R, whose workers live beside the JVM.
    NonJvm,
    /// What the spec states.
    Exactly(Mebibytes),
}

impl Overhead {
    /// What Spark adds to a heap, as `ResourceProfile.calculateOverHeadMemory` computes it.
    #[must_use]
    pub fn of(self, heap: Mebibytes) -> Mebibytes {
        match self {
            Self::Jvm => Mebibytes(heap.0 / 10).max(MINIMUM_OVERHEAD),
            Self::NonJvm => Mebibytes(heap.0 * 2 / 5).max(MINIMUM_OVERHEAD),
            Self::Exactly(amount) => amount,
        }
    }
}

/// `spark.executor.pyspark.memory`: a limit for the Python workers of an executor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pyspark {
    /// Unset: the workers share the overhead.
    #[default]
    Unset,
    /// Spark adds it to the container: only a Python application in cluster mode.
    Added(Mebibytes),
    /// Spark limits the workers by it, and adds nothing: Connect servers and notebooks, in client
    /// mode (`getResourcesForClusterManager` asks `spark.kubernetes.resource.type`, which only the
    /// submission of a driver sets). It becomes part of the overhead.
    InOverhead(Mebibytes),
}

/// A container that Spark runs in.
#[derive(Clone, Copy, Debug)]
pub struct ContainerMemory {
    /// Its memory limit in bytes.
    pub bytes: u64,
    /// What the process needs beside the heap.
    pub overhead: Overhead,
    /// `spark.memory.offHeap.size`, which Spark adds for executors; zero when off-heap is off.
    pub off_heap: Mebibytes,
    /// The limit of the Python workers.
    pub pyspark: Pyspark,
}

/// What a container's memory is spent on; the parts add up to the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// `spark.driver.memory` or `spark.executor.memory`: the JVM's `-Xmx`.
    pub heap: Mebibytes,
    /// `spark.driver.memoryOverhead` or `spark.executor.memoryOverhead`, always stated, so that no
    /// default of a version changes the sum.
    pub overhead: Mebibytes,
    /// `spark.memory.offHeap.size`.
    pub off_heap: Mebibytes,
    /// What Spark adds for Python workers.
    pub pyspark: Mebibytes,
}

impl ContainerMemory {
    /// A container of so many bytes for a process with no memory but heap and overhead.
    #[must_use]
    pub const fn new(bytes: u64, overhead: Overhead) -> Self {
        Self {
            bytes,
            overhead,
            off_heap: Mebibytes(0),
            pyspark: Pyspark::Unset,
        }
    }

    /// Gives the heap as much as the overhead leaves.
    ///
    /// # Errors
    /// When the container is not a whole number of MiB, or too small for a heap that Spark starts with.
    pub fn split(self) -> Result<Split, MemoryError> {
        let container = Mebibytes::from_bytes(self.bytes)?;
        let (added, in_overhead) = match self.pyspark {
            Pyspark::Unset => (Mebibytes(0), Mebibytes(0)),
            Pyspark::Added(amount) => (amount, Mebibytes(0)),
            Pyspark::InOverhead(amount) => (Mebibytes(0), amount),
        };
        let reserved = [self.off_heap, added, in_overhead]
            .iter()
            .try_fold(0_u64, |sum, part| sum.checked_add(part.0));
        let too_small = |needed| MemoryError::TooSmall { container, needed };
        let reserved = reserved.ok_or(too_small(Mebibytes(u64::MAX)))?;

        let smallest = Mebibytes(
            MINIMUM_HEAP
                .0
                .saturating_add(self.overhead.of(MINIMUM_HEAP).0)
                .saturating_add(reserved),
        );
        if container < smallest {
            return Err(too_small(smallest));
        }
        let heap = largest_heap(Mebibytes(container.0 - reserved), self.overhead);
        Ok(Split {
            heap,
            overhead: Mebibytes(container.0 - self.off_heap.0 - added.0 - heap.0),
            off_heap: self.off_heap,
            pyspark: added,
        })
    }
}

/// The largest heap that fits into an amount together with its overhead.
///
/// Both grow together, and by rounding alone no closed form hits the last MiB, so this halves the
/// range in which the answer lies: at most 64 steps.
fn largest_heap(amount: Mebibytes, overhead: Overhead) -> Mebibytes {
    let fits = |heap: u64| heap + overhead.of(Mebibytes(heap)).0 <= amount.0;
    let (mut fitting, mut too_large) = (0, amount.0 + 1);
    while too_large - fitting > 1 {
        let middle = fitting + (too_large - fitting) / 2;
        if fits(middle) {
            fitting = middle;
        } else {
            too_large = middle;
        }
    }
    Mebibytes(fitting)
}

/// What a container spends on something else than the process that is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// How much.
    pub amount: Mebibytes,
    /// On what.
    pub why: &'static str,
}

/// How the two parts of a container were computed.
#[derive(Debug)]
pub struct Arithmetics {
    /// Of [`Split::heap`].
    pub heap: Arithmetic,
    /// Of [`Split::overhead`], unless it is stated.
    pub overhead: Option<Arithmetic>,
}

impl ContainerMemory {
    /// How its split into heap and overhead was computed; `outside` is what comes off the container before.
    #[must_use]
    pub fn arithmetic(self, split: &Split, outside: Option<Outside>) -> Arithmetics {
        let least = Term::new("least", MINIMUM_OVERHEAD, "Spark takes no less");
        let heap = Term::new(
            "heap",
            split.heap,
            "the largest that fits beside its overhead",
        );
        let share = |why, formula: [&'static str; 2]| {
            let rest = split
                .overhead
                .0
                .saturating_sub(self.overhead.of(split.heap).0);
            let mut terms = vec![heap.clone(), least.clone()];
            if rest > 0 {
                terms.push(Term::new("rest", Mebibytes(rest), "no larger heap fits"));
            }
            let formula = formula[usize::from(rest > 0)];
            (why, Some(Arithmetic { formula, terms }))
        };
        let (why, overhead) = match self.overhead {
            Overhead::Jvm => share(
                "a tenth of the heap, and at least 384m",
                [
                    "overhead = max(heap / 10, least)",
                    "overhead = max(heap / 10, least) + rest",
                ],
            ),
            Overhead::NonJvm => share(
                "two fifths of the heap, for Python beside the JVM, and at least 384m",
                [
                    "overhead = max(heap * 2 / 5, least)",
                    "overhead = max(heap * 2 / 5, least) + rest",
                ],
            ),
            Overhead::Exactly(_) => ("", None),
        };
        let of_spark = split.container();
        let overhead_term = Term::new("overhead", split.overhead, why);
        let (formula, terms) = match outside {
            None => (
                "heap = container - overhead",
                vec![Term::stated("container", of_spark), overhead_term],
            ),
            Some(Outside { amount, why }) => (
                "heap = container - outside - overhead",
                vec![
                    Term::stated("container", Mebibytes(of_spark.0 + amount.0)),
                    Term::new("outside", amount, why),
                    overhead_term,
                ],
            ),
        };
        Arithmetics {
            heap: Arithmetic { formula, terms },
            overhead,
        }
    }
}

impl Split {
    /// What Spark asks Kubernetes for, as `BasicExecutorFeatureStep` and `BasicDriverFeatureStep` add
    /// it up.
    #[must_use]
    pub const fn container(self) -> Mebibytes {
        Mebibytes(self.heap.0 + self.overhead.0 + self.off_heap.0 + self.pyspark.0)
    }
}

/// Why a container's memory cannot be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryError {
    /// It is not a whole number of MiB.
    Fraction {
        /// The container.
        bytes: u64,
    },
    /// Spark would not start in it.
    TooSmall {
        /// The container.
        container: Mebibytes,
        /// The smallest container with the same overhead, off-heap and Python memory.
        needed: Mebibytes,
    },
}

impl fmt::Display for MemoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fraction { bytes } => write!(
                formatter,
                "{bytes} bytes are no whole number of MiB, in which Spark counts its memory"
            ),
            Self::TooSmall { container, needed } => write!(
                formatter,
                "{}Mi are too small for Spark: it needs {}Mi, of which its heap takes at least {}Mi",
                container.0, needed.0, MINIMUM_HEAP.0
            ),
        }
    }
}

impl std::error::Error for MemoryError {}
