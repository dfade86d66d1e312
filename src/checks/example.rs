//! Examples of checks. They are the documentation and the tests.

/// A text that a check finds fault with, or that none does.
#[derive(Debug)]
pub struct Example {
    /// What it is.
    pub kind: Kind,
    /// Why it is there, if the page says so.
    pub reason: Option<&'static str>,
    /// The text.
    pub text: &'static str,
}

/// What an example is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A spec, which extends [`BASE`] as `_example.toml`.
    Spec,
    /// Raw manifests that a spec takes in by its table `extra`.
    Extra,
    /// Manifests that no spec stands behind; for faults that kiln itself never compiles.
    Manifests,
}

/// The small platform that examples extend.
pub const BASE: &str = include_str!("example.toml");

impl Kind {
    /// The language, as a fence of Markdown names it.
    #[must_use]
    pub const fn language(self) -> &'static str {
        match self {
            Self::Spec => "toml",
            Self::Extra | Self::Manifests => "yaml",
        }
    }
}
