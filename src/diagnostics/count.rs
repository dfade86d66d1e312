//! Diagnostics as two numbers, for whoever watches how many there are.

use super::{Report, Severity};

/// Counts diagnostics.
#[derive(Clone, Copy, Debug)]
pub struct Count;

impl Count {
    /// All diagnostics of all reports, a line for each severity.
    #[must_use]
    pub fn render(self, reports: &[Report]) -> String {
        let count = |severity| -> usize {
            let reports = reports.iter();
            reports.map(|it| it.diagnostics.count(severity)).sum()
        };
        let line = |it: Severity| format!("{} {}\n", it.word(), count(it));
        [Severity::Error, Severity::Warning].map(line).concat()
    }
}
