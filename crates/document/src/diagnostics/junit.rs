//! Diagnostics as `JUnit` XML: a failed test for each, or one that passed when there are none.

use std::fmt::Write as _;

use super::{Diagnostic, Report, Severity, inert::xml};
use crate::document::Sources;

/// Writes diagnostics as `JUnit` XML.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl Junit {
    /// All diagnostics of all reports. A warning is a test that passes and says so: `JUnit` knows
    /// nothing between.
    #[must_use]
    pub fn render(self, reports: &[Report]) -> String {
        let all = || {
            reports
                .iter()
                .flat_map(|it| it.diagnostics.iter().map(move |one| (one, &it.sources)))
        };
        let failures = all()
            .filter(|(it, _)| it.severity == Severity::Error)
            .count();
        let tests = all().count().max(1);
        let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(out, "<testsuites name=\"kiln\" {counts}>");
        let _ = writeln!(out, "  <testsuite name=\"kiln\" {counts}>");
        for (diagnostic, sources) in all() {
            case(&mut out, diagnostic, sources);
        }
        if all().next().is_none() {
            out += "    <testcase classname=\"kiln\" name=\"nothing to say\"/>\n";
        }
        out += "  </testsuite>\n</testsuites>\n";
        out
    }
}

fn case(out: &mut String, diagnostic: &Diagnostic, sources: &Sources) {
    let region = diagnostic.region(sources);
    let (path, line) = region.map_or(("kiln".to_owned(), 1), |it| (it.path, it.line));
    let rule = format!("{} {}", diagnostic.code.number, diagnostic.code.name);
    let text = xml(&format!("{path}:{line}\n{}", diagnostic.details()));
    let (path, rule) = (xml(&path), xml(&rule));
    let title = xml(&diagnostic.title);
    let _ = writeln!(
        out,
        "    <testcase classname=\"{path}\" name=\"{rule}: {title}\" file=\"{path}\" line=\"{line}\">"
    );
    let _ = match diagnostic.severity {
        Severity::Error => writeln!(
            out,
            "      <failure type=\"{rule}\" message=\"{title}\">{text}</failure>"
        ),
        Severity::Warning => writeln!(
            out,
            "      <system-out>warning: {title}&#10;{text}</system-out>"
        ),
    };
    out.push_str("    </testcase>\n");
}
