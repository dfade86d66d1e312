//! Examples of checks: something that one finds, and the same mended. They are the documentation and
//! the tests.

/// Something that a check finds, and the same mended.
#[derive(Clone, Copy, Debug)]
pub enum Example {
    /// Specs, which extend [`BASE`] as `_example.toml`.
    Spec {
        /// What the check finds.
        failing: &'static str,
        /// The same, mended.
        passing: &'static str,
    },
    /// Raw manifests that a spec takes in by its table `extra`.
    Extra {
        /// What the check finds.
        failing: &'static str,
        /// The same, mended.
        passing: &'static str,
    },
    /// Manifests that no spec stands behind; for faults that kiln itself never compiles.
    Manifests {
        /// What the check finds.
        failing: &'static str,
        /// The same, mended.
        passing: &'static str,
    },
}

/// The small platform that examples extend.
pub const BASE: &str = include_str!("example.toml");

impl Example {
    /// The text that the check finds fault with.
    #[must_use]
    pub const fn failing(self) -> &'static str {
        match self {
            Self::Spec { failing, .. }
            | Self::Extra { failing, .. }
            | Self::Manifests { failing, .. } => failing,
        }
    }

    /// The text that no check finds fault with.
    #[must_use]
    pub const fn passing(self) -> &'static str {
        match self {
            Self::Spec { passing, .. }
            | Self::Extra { passing, .. }
            | Self::Manifests { passing, .. } => passing,
        }
    }

    /// The language of the texts, as a fence of Markdown names it.
    #[must_use]
    pub const fn language(self) -> &'static str {
        match self {
            Self::Spec { .. } => "toml",
            Self::Extra { .. } | Self::Manifests { .. } => "yaml",
        }
    }
}

/// Manifests of a Connect server with these properties in its `spark-defaults.conf`.
macro_rules! server_with {
    ($($property:literal),* $(,)?) => {
        concat!(
            "apiVersion: v1\n",
            "kind: ConfigMap\n",
            "metadata:\n",
            "  name: spark-connect\n",
            "data:\n",
            "  spark-defaults.conf: |\n",
            $("    ", $property, "\n",)*
            include_str!("../server.yaml"),
        )
    };
}
pub(crate) use server_with;
