//! The page of a check, written from the check itself.

use std::fmt::Write as _;

use super::Check;
use crate::diagnostics::Text;

/// The page: Markdown, with what kiln says of the example as it says it today.
#[must_use]
pub fn page(check: &Check) -> String {
    let example = check.example;
    let (diagnostics, sources) = example.judge(example.failing());
    let said = Text { colour: false }.render(&diagnostics, &sources);
    let language = example.language();
    let mut out = format!("# {} {}\n\n", check.code.number, check.code.name);
    let mut paragraph = |title: &str, text: &str| {
        writeln!(out, "{title}{text}\n").expect("a string takes all that is written to it");
    };
    paragraph("", check.code.page);
    paragraph("**At run time:** ", check.symptom);
    paragraph("**What to do:** ", check.fix);
    paragraph("**Source:** ", check.source);
    let fence = |language: &str, text: &str| format!("```{language}\n{}\n```", text.trim_end());
    paragraph("## Fails\n\n", &fence(language, example.failing()));
    paragraph("", &fence("text", &said));
    paragraph("## Passes\n\n", &fence(language, example.passing()));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}
