//! The layers in which a platform is applied.

/// A step of applying a platform: one wave for Argo CD, one Kustomization for Flux.
///
/// An object's layer follows from its role and never from its depth in the graph, so that adding an
/// object moves no other: Flux would delete it in one Kustomization and recreate it in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Namespaces with their quotas and network policies, custom resource definitions, cluster RBAC.
    Cluster,
    /// Operators and their webhooks.
    Operators,
    /// Secrets from elsewhere, and the object store.
    Storage,
    /// Servers and what notebooks and jobs stand on.
    Platform,
    /// Jobs, which the operators' webhooks validate.
    Workloads,
}

impl Layer {
    /// All layers in their order.
    pub const ALL: [Self; 5] = [
        Self::Cluster,
        Self::Operators,
        Self::Storage,
        Self::Platform,
        Self::Workloads,
    ];

    /// The position, which is Argo CD's sync wave.
    #[must_use]
    pub const fn wave(self) -> u32 {
        self as u32
    }

    /// The folder in the output.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Cluster => "0-cluster",
            Self::Operators => "1-operators",
            Self::Storage => "2-storage",
            Self::Platform => "3-platform",
            Self::Workloads => "4-workloads",
        }
    }
}
