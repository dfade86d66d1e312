//! How large the pods are that Spark makes, and how many there can be.

use super::{Program, Role};
use crate::{
    document::{Node, Origins},
    kubernetes::{PodTemplate, Quantity},
    spark::{
        memory::{Mebibytes, Overhead},
        value::memory_bytes,
    },
};

/// Mebibytes in an exbibyte, so that sums of sizes stay numbers.
const MOST: u64 = 1 << 40;

/// What one pod asks for.
#[derive(Clone, Debug)]
pub struct Size {
    /// Thousandths of a core.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
    /// What made the cores.
    pub cpu_origins: Origins,
    /// What made the memory.
    pub memory_origins: Origins,
}

/// An amount in a document, which may be written as a number.
#[must_use]
pub fn quantity(node: &Node) -> Option<Quantity> {
    match node.as_str() {
        Some(text) => text.parse().ok(),
        None => node.to_json().to_string().parse().ok(),
    }
}

impl Size {
    /// What the containers of a pod request together.
    #[must_use]
    pub fn of_template(template: &PodTemplate<'_>) -> Self {
        let mut size = Self {
            cpu: 0,
            memory: 0,
            cpu_origins: Origins::none(),
            memory_origins: Origins::none(),
        };
        for container in template.containers() {
            let requested = |name| {
                // What has a limit and no request requests its limit.
                let lists = ["requests", "limits"].iter();
                let mut nodes =
                    lists.filter_map(|list| container.node.at(["resources", list, name]));
                let node = nodes.next()?;
                Some((quantity(node)?, &node.origins))
            };
            if let Some((amount, origins)) = requested("cpu") {
                let milli = u64::try_from(amount.milli()).unwrap_or_default();
                size.cpu = size.cpu.saturating_add(milli);
                size.cpu_origins.extend(origins);
            }
            if let Some((amount, origins)) = requested("memory") {
                let bytes = u64::try_from(amount.units()).unwrap_or_default();
                size.memory = size.memory.saturating_add(bytes);
                size.memory_origins.extend(origins);
            }
        }
        size
    }
}

impl Program<'_> {
    /// A size of memory among its properties, in bytes, with what made it.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<(u64, &Origins)> {
        let property = self.properties.get(key)?;
        Some((memory_bytes(&property.value)?, &property.origins))
    }

    /// One of its executors' pods (`BasicExecutorFeatureStep`); none when a size cannot be read.
    #[must_use]
    pub fn executor_size(&self) -> Option<Size> {
        let none = Origins::none();
        let part = |key: &str, default: u64| match self.properties.get(key) {
            Some(_) => self.bytes(key),
            None => Some((default, &none)),
        };
        let (heap, heap_origins) = part("spark.executor.memory", 1 << 30)?;
        let overhead = match self.properties.get("spark.executor.memoryOverhead") {
            Some(_) => self.bytes("spark.executor.memoryOverhead")?.0,
            None => self.overhead(heap)?,
        };
        let is_off_heap = self.properties.is_true("spark.memory.offHeap.enabled");
        let off_heap = match self.bytes("spark.memory.offHeap.size") {
            Some((size, _)) if is_off_heap => size,
            _ => 0,
        };
        let keys = [
            "spark.kubernetes.executor.request.cores",
            "spark.executor.cores",
        ];
        let cores = keys.iter().find_map(|key| self.properties.get(key));
        let (cpu, cpu_origins) = match cores {
            Some(cores) => {
                let quantity: Quantity = cores.value.parse().ok()?;
                (u64::try_from(quantity.milli()).ok()?, cores.origins.clone())
            }
            None => (1000, Origins::none()),
        };
        Some(Size {
            cpu,
            memory: heap + overhead + off_heap,
            cpu_origins,
            memory_origins: heap_origins.clone(),
        })
    }

    /// What Spark adds to an executor's heap when no property states it.
    fn overhead(&self, heap: u64) -> Option<u64> {
        let keys = [
            "spark.executor.memoryOverheadFactor",
            "spark.kubernetes.memoryOverheadFactor",
        ];
        let heap = Mebibytes(heap >> 20);
        let Some(factor) = keys.iter().find_map(|key| self.properties.value(key)) else {
            // Only the submission of an application looks at its language.
            let kind = self.application().and_then(|it| it.str_at(["type"]));
            let overhead = match kind {
                Some("Python" | "R") => Overhead::NonJvm,
                _ => Overhead::Jvm,
            };
            return Some(overhead.of(heap).bytes());
        };
        // A factor has few decimals, so thousandths are exact enough to compare with a limit.
        let factor: Quantity = factor.parse().ok()?;
        let milli = u64::try_from(factor.milli()).ok()?;
        let share = heap.0.checked_mul(milli)? / 1000;
        let share = (share <= MOST).then_some(share)?;
        Some(
            Overhead::Exactly(Mebibytes(share.max(384)))
                .of(heap)
                .bytes(),
        )
    }

    /// The number of executors that it asks for when it starts; none when that is not in sight.
    #[must_use]
    pub fn first_executors(&self) -> Option<u64> {
        let number = |key: &str| match self.properties.value(key) {
            Some(text) => text.trim().parse::<u64>().map(Some),
            None => Ok(None),
        };
        let instances = number("spark.executor.instances").ok()?;
        if !self.properties.is_true("spark.dynamicAllocation.enabled") {
            return Some(instances.unwrap_or(2));
        }
        let least = number("spark.dynamicAllocation.minExecutors").ok()?;
        let initial = number("spark.dynamicAllocation.initialExecutors").ok()?;
        [least, initial, instances]
            .into_iter()
            .flatten()
            .max()
            .or(Some(0))
    }

    /// The largest number of executors that it may have at once, with what made it.
    #[must_use]
    pub fn most_executors(&self) -> Option<(u64, Origins)> {
        let number = |key: &str| {
            let property = self.properties.get(key)?;
            Some((
                property.value.trim().parse().ok()?,
                property.origins.clone(),
            ))
        };
        if let Some(dynamic) = self
            .application()
            .and_then(|it| it.get("dynamicAllocation"))
            && dynamic.get("enabled").and_then(Node::as_bool) == Some(true)
        {
            let most = dynamic.get("maxExecutors")?;
            return Some((
                u64::try_from(most.as_integer()?).ok()?,
                most.origins.clone(),
            ));
        }
        if self.properties.is_true("spark.dynamicAllocation.enabled") {
            return number("spark.dynamicAllocation.maxExecutors");
        }
        let is_driver = self.is_driver() && self.role != Role::Properties;
        number("spark.executor.instances").or_else(|| is_driver.then(|| (2, Origins::none())))
    }
}
