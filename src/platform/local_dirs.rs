//! The volumes that properties claim for executors.

use super::{Program, Property};

/// What precedes the name of a claimed volume.
const BEFORE: &str = "spark.kubernetes.executor.volumes.persistentVolumeClaim.";

impl<'a> Program<'a> {
    /// The names of the volumes that its driver claims for each executor, with the property that says so.
    #[must_use]
    pub fn claims_on_demand(&self) -> Vec<(&str, &Property<'a>)> {
        let found = self.properties.into_iter().filter_map(|property| {
            let name = property
                .key
                .strip_prefix(BEFORE)?
                .strip_suffix(".options.claimName")?;
            (property.value == "OnDemand").then_some((name, property))
        });
        found.filter(|_| self.is_on_kubernetes()).collect()
    }

    /// A property of such a volume.
    #[must_use]
    pub fn of_claim(&self, name: &str, field: &str) -> Option<&Property<'a>> {
        self.properties.get(&format!("{BEFORE}{name}.{field}"))
    }
}
