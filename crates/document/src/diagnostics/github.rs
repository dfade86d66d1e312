//! Diagnostics as workflow commands of GitHub Actions, which annotate a pull request.

use std::fmt::Write as _;

use super::{Report, inert::lines};

/// Writes diagnostics as annotations, a line each.
#[derive(Clone, Copy, Debug)]
pub struct Github;

impl Github {
    /// All diagnostics of all reports.
    #[must_use]
    pub fn render(self, reports: &[Report]) -> String {
        let mut out = String::new();
        for Report {
            diagnostics,
            sources,
        } in reports
        {
            for it in diagnostics.iter() {
                let mut properties = Vec::new();
                if let Some(region) = it.region(sources) {
                    properties.push(format!("file={}", property(&region.path)));
                    properties.push(format!("line={}", region.line));
                    properties.push(format!("endLine={}", region.end_line));
                    // Columns are shown only where the lines are one.
                    if region.line == region.end_line {
                        properties.push(format!("col={}", region.column));
                        properties.push(format!("endColumn={}", region.end_column));
                    }
                }
                let rule = format!("{} {}", it.code.number, it.code.name);
                properties.push(format!("title={}", property(&rule)));
                let message = format!("{}\n{}", it.title, it.details());
                let _ = writeln!(
                    out,
                    "::{} {}::{}",
                    it.severity.word(),
                    properties.join(","),
                    data(message.trim_end())
                );
            }
        }
        out
    }
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    on_one_line(&text.replace('%', "%25"))
}

/// What stands behind a `=`.
fn property(text: &str) -> String {
    let text = text.replace('%', "%25").replace(':', "%3A");
    on_one_line(&text.replace(',', "%2C"))
}

/// The runner puts the ends of lines back.
fn on_one_line(text: &str) -> String {
    lines(text).replace('\n', "%0A")
}
