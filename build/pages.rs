//! Reads the pages of the checks, Markdown beside their code, and writes each as a Rust function that
//! joins it with that code.
//!
//! ````markdown
//! # E1201 driver-host
//!
//! **Severity:** error
//!
//! Why the check is there, in one paragraph or several.
//!
//! **At run time:** what somebody would have seen
//!
//! **What to do:** how to fix it
//!
//! **Source:** where the fact is from
//!
//! ## Fails
//!
//! ```toml
//! extends = "_example.toml"
//! ```
//!
//! ## Passes
//!
//! A paragraph before an example may say why it is there.
//!
//! ```toml
//! extends = "_example.toml"
//! ```
//! ````
//!
//! Both sections hold one example or more: a spec (`toml`), manifests that a spec takes in by `extra`
//! (`yaml extra`), or manifests that no spec stands behind (`yaml manifests`).

use std::iter;

/// What is wrong with a page.
#[derive(Debug)]
pub struct Fault {
    pub line: usize,
    pub why: String,
}

impl Fault {
    fn new(line: usize, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { line, why }
    }
}

/// A page as a function called as its file is.
pub fn compile(stem: &str, text: &str) -> Result<String, Fault> {
    let blocks = blocks(text)?;
    let mut page = Reader {
        rest: &blocks,
        end: text.lines().count(),
    };
    let (number, name) = page.title(&stem.replace('_', "-"))?;
    let severity = page.severity()?;
    let why = page.text()?;
    let symptom = page.labelled("At run time")?;
    let fix = page.labelled("What to do")?;
    let source = page.labelled("Source")?;
    let failing = page.examples("## Fails")?;
    let passing = page.examples("## Passes")?;
    if !page.rest.is_empty() {
        return Err(page.fault("a page ends with its passing examples"));
    }
    Ok(format!(
        "pub const fn {stem}(run: Run) -> Check {{
    Check {{
        code: Code {{ number: {number:?}, name: {name:?}, page: {why:?} }},
        severity: Severity::{severity},
        symptom: {symptom:?},
        fix: {fix:?},
        source: {source:?},
        failing: &[{failing}],
        passing: &[{passing}],
        run,
    }}
}}
"
    ))
}

const FENCE: &str = "```";
const LABEL: &str = "**";

enum Block<'a> {
    Heading(&'a str),
    /// In one line, as Markdown shows it.
    Paragraph(String),
    Fence {
        info: &'a str,
        text: String,
    },
}

/// The blocks of a page, each with the line on which it begins.
fn blocks(text: &str) -> Result<Vec<(usize, Block<'_>)>, Fault> {
    let goes_on =
        |line: &str| !line.is_empty() && !line.starts_with('#') && !line.starts_with(FENCE);
    let mut found = Vec::new();
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((at, line)) = lines.next() {
        let block = if line.is_empty() {
            continue;
        } else if line.starts_with('#') {
            Block::Heading(line)
        } else if let Some(info) = line.strip_prefix(FENCE) {
            let mut text = String::new();
            loop {
                match lines.next() {
                    Some((_, FENCE)) => break Block::Fence { info, text },
                    Some((_, line)) => text = text + line + "\n",
                    None => return Err(Fault::new(at, "the example has no end")),
                }
            }
        } else {
            let mut text = line.to_owned();
            while let Some((_, line)) = lines.next_if(|(_, line)| goes_on(line)) {
                text = text + " " + line;
            }
            Block::Paragraph(text)
        };
        found.push((at, block));
    }
    Ok(found)
}

/// What is left of a page.
struct Reader<'a> {
    rest: &'a [(usize, Block<'a>)],
    /// The last line.
    end: usize,
}

impl<'a> Reader<'a> {
    /// A fault of the next block, or of the end.
    fn fault(&self, why: impl Into<String>) -> Fault {
        let next = self.rest.first();
        Fault::new(next.map_or(self.end, |(line, _)| *line), why)
    }

    /// The number and the name.
    fn title(&mut self, name: &str) -> Result<(&'a str, &'a str), Fault> {
        if let [(_, Block::Heading(heading)), rest @ ..] = self.rest
            && let Some(title) = heading.strip_prefix("# ")
            && let Some(title) = title.split_once(' ')
            && title.1 == name
        {
            self.rest = rest;
            return Ok(title);
        }
        Err(self.fault(format!("a page begins with `# NUMBER {name}`")))
    }

    fn severity(&mut self) -> Result<&'static str, Fault> {
        let fault = self.fault("a severity is `error` or `warning`");
        match self.labelled("Severity")? {
            "error" => Ok("Error"),
            "warning" => Ok("Warning"),
            _ => Err(fault),
        }
    }

    /// What the next paragraph says behind its label.
    fn labelled(&mut self, label: &str) -> Result<&'a str, Fault> {
        let label = format!("{LABEL}{label}:{LABEL} ");
        if let [(_, Block::Paragraph(paragraph)), rest @ ..] = self.rest
            && let Some(text) = paragraph.strip_prefix(&label)
        {
            self.rest = rest;
            return Ok(text);
        }
        Err(self.fault(format!(
            "here a paragraph begins with `{}`",
            label.trim_end()
        )))
    }

    /// The next paragraph, if it has no label.
    fn paragraph(&mut self) -> Option<&'a str> {
        match self.rest {
            [(_, Block::Paragraph(text)), rest @ ..] if !text.starts_with(LABEL) => {
                self.rest = rest;
                Some(text)
            }
            _ => None,
        }
    }

    /// All paragraphs up to one with a label.
    fn text(&mut self) -> Result<String, Fault> {
        let paragraphs: Vec<_> = iter::from_fn(|| self.paragraph()).collect();
        if paragraphs.is_empty() {
            return Err(self.fault("here a paragraph says why the check is there"));
        }
        Ok(paragraphs.join("\n\n"))
    }

    /// The examples of a section, as items of a list.
    fn examples(&mut self, section: &str) -> Result<String, Fault> {
        match self.rest {
            [(_, Block::Heading(heading)), rest @ ..] if *heading == section => self.rest = rest,
            _ => return Err(self.fault(format!("here `{section}` begins"))),
        }
        let mut examples = Vec::new();
        loop {
            let reason = self.paragraph();
            let [(_, Block::Fence { info, text }), rest @ ..] = self.rest else {
                if examples.is_empty() || reason.is_some() {
                    return Err(self.fault("an example is missing"));
                }
                return Ok(examples.join(", "));
            };
            let kind = match *info {
                "toml" => "Spec",
                "yaml extra" => "Extra",
                "yaml manifests" => "Manifests",
                _ => {
                    let known = "`toml`, `yaml extra` or `yaml manifests`";
                    return Err(self.fault(format!("an example is {known}, and not `{info}`")));
                }
            };
            examples.push(format!(
                "Example {{ kind: Kind::{kind}, reason: {reason:?}, text: {text:?} }}"
            ));
            self.rest = rest;
        }
    }
}
