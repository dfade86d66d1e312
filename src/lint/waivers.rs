//! Findings that somebody accepts where they are: `# kiln: allow E0601 because the job reads it`.

use std::ops::Range;

use super::settings::{all_codes, means, unknown};
use crate::{
    diagnostics::{At, Code, Diagnostic, Diagnostics, codes},
    document::{File, FileId, Place, Sources},
};

/// A comment that accepts findings.
struct Waiver {
    file: FileId,
    /// Where it stands.
    span: Range<usize>,
    codes: Vec<Code>,
    /// The lines whose findings it covers, from 1.
    lines: Range<usize>,
    is_used: bool,
}

/// Drops the findings that comments cover, and says which of these comments are wrong.
pub fn apply(found: &mut Diagnostics, sources: &Sources, files: impl IntoIterator<Item = FileId>) {
    let mut faults = Diagnostics::default();
    let mut waivers = Vec::new();
    for file in files {
        waivers.extend(of_file(file, sources.file(file), &mut faults));
    }
    found.retain(|diagnostic| {
        let label = diagnostic.labels.first();
        let Some(place) = label.and_then(|it| it.at.place(sources)) else {
            return true;
        };
        let line = sources.line(place);
        let mut is_covered = false;
        let covering = waivers.iter_mut().filter(|it| {
            it.file == place.file && it.lines.contains(&line) && it.codes.contains(&diagnostic.code)
        });
        for waiver in covering {
            waiver.is_used = true;
            is_covered = true;
        }
        !is_covered
    });
    for waiver in waivers.iter().filter(|it| !it.is_used) {
        let place = Place {
            file: waiver.file,
            span: waiver.span.clone(),
        };
        let useless = Diagnostic::warning(codes::USELESS_WAIVER, "this covers nothing");
        faults.push(
            useless.at(At::Place(place), "").hint(
                "remove it, or write it at the end of the line with the finding or above that",
            ),
        );
    }
    found.append(faults);
}

/// The comments of a file that accept findings.
fn of_file(file: FileId, source: &File, faults: &mut Diagnostics) -> Vec<Waiver> {
    const MARK: &str = "# kiln: allow";
    let mut waivers = Vec::new();
    if !source.text.contains(MARK) {
        return waivers;
    }
    let lines: Vec<&str> = source.text.split_inclusive('\n').collect();
    let is_comment = |line: &str| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#')
    };
    let mut start = 0;
    // Whether nothing but comments stood in the document so far.
    let mut is_above = true;
    for (index, line) in lines.iter().enumerate() {
        let from = start;
        start += line.len();
        if line.starts_with("---") {
            is_above = true;
        }
        let at = line.find(MARK);
        let before = at.map(|at| &line[..at]);
        // Behind a text it is a comment only with a space between.
        let mark =
            at.filter(|_| before.is_some_and(|it| it.is_empty() || it.ends_with([' ', '\t'])));
        if let (Some(at), Some(before)) = (mark, before) {
            let lines = if !before.trim().is_empty() && !line.starts_with("---") {
                index + 1..index + 2
            } else if is_above {
                let rest = lines.iter().skip(index + 1);
                let length = rest.take_while(|it| !it.starts_with("---")).count();
                index + 1..index + 2 + length
            } else {
                let rest = lines.iter().skip(index + 1);
                let comments = rest.take_while(|it| is_comment(it)).count();
                index + 1..index + 3 + comments
            };
            let end = line.trim_end().len();
            let span = from + at..from + end;
            let place = At::Place(Place {
                file,
                span: span.clone(),
            });
            if let Some(codes) = read(&line[at + MARK.len()..end], &place, faults) {
                waivers.push(Waiver {
                    file,
                    span,
                    codes,
                    lines,
                    is_used: false,
                });
            }
        }
        if !is_comment(line) && !line.starts_with("---") {
            is_above = false;
        }
    }
    waivers
}

/// The codes that a comment names, when it says why.
fn read(text: &str, place: &At, faults: &mut Diagnostics) -> Option<Vec<Code>> {
    let (names, reason) = text.split_once(" because").unwrap_or((text, ""));
    let mut found = Vec::new();
    for name in names.split([' ', ',']).filter(|it| !it.is_empty()) {
        let before = found.len();
        found.extend(all_codes().filter(|it| means(name, it)));
        if found.len() == before {
            faults.push(unknown(name).at(place.clone(), ""));
        }
    }
    if reason.trim().is_empty() {
        let title = "this does not say why, so it covers nothing";
        let diagnostic = Diagnostic::warning(codes::UNEXPLAINED_WAIVER, title);
        faults.push(
            diagnostic
                .at(place.clone(), "")
                .hint("end it with `because` and the reason"),
        );
        return None;
    }
    (!found.is_empty()).then_some(found)
}
