//! The pages of the catalogue as people read them: what lies beside a check's code, and what kiln says of
//! its failing examples today.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    Compilation,
    checks::{BASE, Check, Example, Kind},
    compile,
    diagnostics::{Diagnostics, Text},
    document::Sources,
    lint,
};

/// The page: Markdown, with what kiln says of each failing example as it says it today.
#[must_use]
pub fn page(check: &Check) -> String {
    let mut out = format!("# {} {}\n\n", check.code.number, check.code.name);
    let mut paragraph = |title: &str, text: &str| {
        writeln!(out, "{title}{text}\n").expect("a string takes all that is written to it");
    };
    paragraph("**Severity:** ", check.severity.word());
    paragraph("", check.code.page);
    paragraph("**At run time:** ", check.symptom);
    paragraph("**What to do:** ", check.fix);
    paragraph("**Source:** ", check.source);
    paragraph("## ", "Fails");
    for example in check.failing {
        let (diagnostics, sources) = evaluate(example);
        let said = Text { colour: false }.render(&diagnostics, &sources);
        paragraph("", &shown(example));
        paragraph("", &fence("text", &said));
    }
    paragraph("## ", "Passes");
    for example in check.passing {
        paragraph("", &shown(example));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn shown(example: &Example) -> String {
    let text = fence(example.kind.language(), example.text);
    match example.reason {
        Some(reason) => format!("{reason}\n\n{text}"),
        None => text,
    }
}

fn fence(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```", text.trim_end())
}

/// What kiln says of an example.
#[must_use]
pub fn evaluate(example: &Example) -> (Diagnostics, Sources) {
    let text = example.text;
    match example.kind {
        Kind::Spec => compile_example(&[("example.toml", text)]),
        Kind::Extra => compile_example(&[("example.toml", TAKES_IN), ("example.yaml", text)]),
        Kind::Manifests => {
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
