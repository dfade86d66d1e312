//! What containers ask for at run time: what their templates say, what Spark writes over it, and what
//! admission fills in.

use std::collections::BTreeMap;

use super::{Mode, Program};
use crate::{
    document::{Node, Origins},
    kubernetes::Quantity,
    spark::{memory::MINIMUM_OVERHEAD, value::memory_bytes},
};

/// An amount in a document, which may be written as a number.
#[must_use]
pub fn quantity(node: &Node) -> Option<Quantity> {
    match node.as_str() {
        Some(text) => text.parse().ok(),
        None => node.to_json().to_string().parse().ok(),
    }
}

/// An amount of a resource.
#[derive(Clone, Debug)]
pub struct Amount {
    /// How much; none when what is written there only the cluster can read.
    pub quantity: Option<Quantity>,
    /// What made it.
    pub origins: Origins,
}

impl Amount {
    fn of(node: &Node) -> Self {
        Self {
            quantity: quantity(node),
            origins: node.origins.clone(),
        }
    }
}

/// Amounts by resource, such as `memory`.
pub type Amounts = BTreeMap<String, Amount>;

/// When a container of a pod has what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Before the others start.
    Before,
    /// As long as the others: an init container that restarts always.
    Beside,
    /// As what the pod is for.
    Main,
}

/// What a container asks for.
#[derive(Clone, Debug)]
pub struct Resources {
    /// The name of the container.
    pub container: String,
    /// When it has it.
    pub share: Share,
    /// What a node has to have for it.
    pub requests: Amounts,
    /// What it may use.
    pub limits: Amounts,
}

impl Resources {
    /// What a container says, without what the server and a `LimitRange` fill in.
    pub(super) fn stated(container: &Node, share: Share) -> Self {
        let amounts = |list| {
            let entries = container.at(["resources", list]).into_iter();
            let entries = entries.flat_map(Node::entries);
            entries
                .map(|(name, node)| (name.clone(), Amount::of(node)))
                .collect()
        };
        Self {
            container: container.str_at(["name"]).unwrap_or_default().to_owned(),
            share,
            requests: amounts("requests"),
            limits: amounts("limits"),
        }
    }

    /// What the server makes of it: what has a limit alone requests its limit. Then the `LimitRange`s
    /// of the namespace fill in what is still missing.
    pub(super) fn admit(&mut self, defaults: &[Defaults]) {
        let missing = |into: &mut Amounts, from: &Amounts| {
            for (resource, amount) in from {
                into.entry(resource.clone())
                    .or_insert_with(|| amount.clone());
            }
        };
        missing(&mut self.requests, &self.limits);
        for default in defaults {
            missing(&mut self.limits, &default.limits);
            missing(&mut self.requests, &default.requests);
        }
    }
}

/// What a `LimitRange` gives containers that state nothing.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    requests: Amounts,
    limits: Amounts,
}

impl Defaults {
    /// What one entry of a `LimitRange` gives (`SetDefaults_LimitRangeItem` in
    /// <https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/v1/defaults.go>).
    pub fn of(limit: &Node) -> Self {
        let first_of = |fields: &[&str]| {
            let mut amounts = Amounts::new();
            for field in fields {
                for (resource, node) in limit.get(field).into_iter().flat_map(Node::entries) {
                    amounts
                        .entry(resource.clone())
                        .or_insert_with(|| Amount::of(node));
                }
            }
            amounts
        };
        Self {
            requests: first_of(&["defaultRequest", "default", "max", "min"]),
            limits: first_of(&["default", "max"]),
        }
    }
}

/// A pod that Spark sizes by its properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sized {
    /// The driver of an application in cluster mode (`BasicDriverFeatureStep`).
    Driver,
    /// An executor (`BasicExecutorFeatureStep`).
    Executor,
}

impl Sized {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::Executor => "executor",
        }
    }
}

impl Program<'_> {
    /// A size of memory among its properties, in bytes, with what made it.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<(u64, &Origins)> {
        let property = self.properties.get(key)?;
        Some((memory_bytes(&property.value)?, &property.origins))
    }

    /// Writes over a container what Spark does: its requests, and its limits but one of cores that no
    /// property states.
    pub(super) fn size(&self, of: Sized, resources: &mut Resources) {
        let word = of.word();
        let memory = self.memory_of(of);
        let property = |key: String| {
            let property = self.properties.get(&key)?;
            Some(Amount {
                quantity: property.value.trim().parse().ok(),
                origins: property.origins.clone(),
            })
        };
        let cpu = property(format!("spark.kubernetes.{word}.request.cores"))
            .or_else(|| property(format!("spark.{word}.cores")))
            .unwrap_or(Amount {
                quantity: Some(Quantity::from_units(1)),
                origins: Origins::none(),
            });
        resources.requests.insert("cpu".to_owned(), cpu);
        resources
            .requests
            .insert("memory".to_owned(), memory.clone());
        let limit = self
            .memory_limit(of)
            .filter(|it| it.quantity >= memory.quantity);
        let limit = limit.unwrap_or(memory);
        resources.limits.insert("memory".to_owned(), limit);
        if let Some(limit) = property(format!("spark.kubernetes.{word}.limit.cores")) {
            resources.limits.insert("cpu".to_owned(), limit);
        }
    }

    /// The limit that the operator's webhook writes over Spark's, as Spark or Kubernetes writes amounts.
    fn memory_limit(&self, of: Sized) -> Option<Amount> {
        let node = self.application()?.at([of.word(), "memoryLimit"])?;
        let bytes = node.as_str().and_then(memory_bytes);
        let of_spark = bytes.map(|it| Quantity::from_mebibytes(it >> 20));
        Some(Amount {
            quantity: of_spark.or_else(|| quantity(node)),
            origins: node.origins.clone(),
        })
    }

    fn memory_of(&self, of: Sized) -> Amount {
        let key = format!("spark.{}.memory", of.word());
        let heap = self.properties.get(&key);
        Amount {
            quantity: self.mebibytes(of, &key).map(Quantity::from_mebibytes),
            origins: heap.map_or_else(Origins::none, |it| it.origins.clone()),
        }
    }

    /// The memory of a pod, whose parts Spark adds up in MiB; none when one of them cannot be read.
    fn mebibytes(&self, of: Sized, heap: &str) -> Option<u64> {
        /// Mebibytes in an exbibyte, so that sums of sizes stay numbers.
        const MOST: u64 = 1 << 40;
        let part = |key: &str| match self.properties.get(key) {
            Some(_) => self.bytes(key).map(|(bytes, _)| Some(bytes >> 20)),
            None => Some(None),
        };
        let heap = part(heap)?.unwrap_or(1024).min(MOST);
        let word = of.word();
        let stated = part(&format!("spark.{word}.memoryOverhead"))?;
        let overhead = if let Some(stated) = stated {
            stated
        } else {
            let least = part(&format!("spark.{word}.minMemoryOverhead"))?;
            let least = least.unwrap_or(MINIMUM_OVERHEAD.0);
            self.share_of(of, heap)?.max(least)
        };
        let mut sum = heap.saturating_add(overhead.min(MOST));
        if of == Sized::Executor {
            if self.properties.is_true("spark.memory.offHeap.enabled") {
                let off_heap = part("spark.memory.offHeap.size")?.unwrap_or(0);
                sum = sum.saturating_add(off_heap.min(MOST));
            }
            // Only the submission of an application tells Spark its language.
            if self.language() == Some("Python") {
                let workers = part("spark.executor.pyspark.memory")?.unwrap_or(0);
                sum = sum.saturating_add(workers.min(MOST));
            }
        }
        Some(sum.min(MOST))
    }

    /// The share of a heap that Spark adds to it, before its least. A factor has few decimals, so
    /// thousandths are exact enough to compare with a limit.
    fn share_of(&self, of: Sized, heap: u64) -> Option<u64> {
        let keys = [
            format!("spark.{}.memoryOverheadFactor", of.word()),
            "spark.kubernetes.memoryOverheadFactor".to_owned(),
        ];
        let stated = keys.iter().find_map(|key| self.properties.value(key));
        let milli = match stated {
            Some(factor) => u64::try_from(factor.trim().parse::<Quantity>().ok()?.milli()).ok()?,
            None if matches!(self.language(), Some("Python" | "R")) => 400,
            None => 100,
        };
        heap.checked_mul(milli).map(|it| it / 1000)
    }

    /// The language of a job that is submitted in cluster mode.
    fn language(&self) -> Option<&str> {
        let is_submitted = self.mode() == Some(Mode::Cluster);
        let application = self.application().filter(|_| is_submitted)?;
        application.str_at(["type"])
    }

    fn number(&self, key: &str) -> Result<Option<u64>, std::num::ParseIntError> {
        let value = self.properties.value(key);
        value.map(|it| it.trim().parse()).transpose()
    }

    /// The number of executors that it has at least while it runs; zero when that is not in sight.
    #[must_use]
    pub fn least_executors(&self) -> u64 {
        let key = if self.properties.is_true("spark.dynamicAllocation.enabled") {
            "spark.dynamicAllocation.minExecutors"
        } else {
            "spark.executor.instances"
        };
        self.number(key).ok().flatten().unwrap_or(0)
    }

    /// The number of executors that it asks for when it starts; none when that is not in sight.
    #[must_use]
    pub fn first_executors(&self) -> Option<u64> {
        let instances = self.number("spark.executor.instances").ok()?;
        if !self.properties.is_true("spark.dynamicAllocation.enabled") {
            return Some(instances.unwrap_or(2));
        }
        let least = self.number("spark.dynamicAllocation.minExecutors").ok()?;
        let initial = self
            .number("spark.dynamicAllocation.initialExecutors")
            .ok()?;
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
            let number = property.value.trim().parse().ok()?;
            Some((number, property.origins.clone()))
        };
        if self.properties.is_true("spark.dynamicAllocation.enabled") {
            return number("spark.dynamicAllocation.maxExecutors");
        }
        let is_driver = self.is_driver() && self.role != super::Role::Properties;
        number("spark.executor.instances").or_else(|| is_driver.then(|| (2, Origins::none())))
    }
}
