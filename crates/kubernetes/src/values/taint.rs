//! Taints of nodes, as `kubectl taint` writes them.

use crate::kubernetes::{validate_label_key, validate_label_value};

/// What a taint does to pods that do not tolerate it.
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

super::text!(
    /// A taint: `KEY=VALUE:EFFECT`, or `KEY:EFFECT`.
    Taint,
    "taint",
    |text| {
        let Some((label, effect)) = text.rsplit_once(':') else {
            return Err(format!(
                "`{text}` is not a taint: it takes `KEY=VALUE:EFFECT`, such as `dedicated=spark:NoSchedule`"
            ));
        };
        if !EFFECTS.contains(&effect) {
            let effects = EFFECTS.map(|it| format!("`{it}`")).join(", ");
            return Err(format!("`{effect}` is not the effect of a taint: one of {effects}"));
        }
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        validate_label_key(key)?;
        validate_label_value(value)
    },
    {
        "description": "A taint: KEY=VALUE:EFFECT or KEY:EFFECT, where the effect is NoSchedule, PreferNoSchedule or NoExecute.",
        "examples": ["dedicated=spark:NoSchedule"],
    }
);

impl Taint {
    /// Its key, its value and its effect. Without a value it is an empty one, as on the node.
    #[must_use]
    pub fn parts(&self) -> (&str, &str, &str) {
        let (label, effect) = self
            .rsplit_once(':')
            .expect("a taint has an effect, or it would not have been read");
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        (key, value, effect)
    }

    /// Whether it keeps pods away, and does not merely prefer others.
    #[must_use]
    pub fn repels(&self) -> bool {
        self.parts().2 != "PreferNoSchedule"
    }
}
