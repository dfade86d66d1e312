//! The pages of the catalogue, each written from its check, with what kiln says of the examples today.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    Compilation,
    checks::{BASE, Check, Example},
    compile,
    diagnostics::{Diagnostics, Text},
    document::Sources,
    lint,
};

/// The page: Markdown, with what kiln says of the example as it says it today.
#[must_use]
pub fn page(check: &Check) -> String {
    let example = check.example;
    let (diagnostics, sources) = evaluate(example, example.failing());
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

/// What kiln says of one of the texts of an example.
#[must_use]
pub fn evaluate(example: Example, text: &str) -> (Diagnostics, Sources) {
    match example {
        Example::Spec { .. } => compile_example(&[("example.toml", text)]),
        Example::Extra { .. } => {
            compile_example(&[("example.toml", TAKES_IN), ("example.yaml", text)])
        }
        Example::Manifests { .. } => {
            let linted = lint::lint([("example.yaml".to_owned(), text.to_owned())]);
            (linted.diagnostics, linted.sources)
        }
    }
}

/// The spec that takes in raw manifests.
const TAKES_IN: &str = r#"extends = "_example.toml"

[extra.example]
path = "example.yaml"
"#;

fn compile_example(files: &[(&str, &str)]) -> (Diagnostics, Sources) {
    let base = [("_example.toml", BASE)];
    let files = base.iter().chain(files);
    let world: BTreeMap<_, _> = files
        .map(|(name, text)| (format!("environments/{name}"), text.as_bytes().to_vec()))
        .collect();
    let Compilation {
        diagnostics,
        sources,
        ..
    } = compile(&world, "example");
    (diagnostics, sources)
}
