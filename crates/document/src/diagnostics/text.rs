//! Diagnostics for people, drawn as rustc draws them.

use std::{collections::BTreeMap, ops::Range};

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet,
};

use super::{
    Diagnostic, Diagnostics, Edit, Severity,
    inert::{drawn, lines, one_line},
};
use crate::{
    credentials::masked,
    document::{File, FileId, Place, Sources},
};

/// Draws diagnostics as text.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Whether to use terminal colours.
    pub colour: bool,
}

impl Text {
    /// All diagnostics, and a closing line that counts them.
    #[must_use]
    pub fn render(self, diagnostics: &Diagnostics, sources: &Sources) -> String {
        let mut out = String::new();
        let hidden = Hidden::of(diagnostics, sources);
        for diagnostic in diagnostics.iter() {
            out.push_str(&self.one(diagnostic, sources, &hidden));
            out.push_str("\n\n");
        }
        let count = |severity, word: &str| match diagnostics.count(severity) {
            0 => None,
            1 => Some(format!("1 {word}")),
            many => Some(format!("{many} {word}s")),
        };
        let counts: Vec<_> = [
            count(Severity::Error, "error"),
            count(Severity::Warning, "warning"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !counts.is_empty() {
            out.push_str(&counts.join(", "));
            out.push('\n');
        }
        out
    }

    fn one(self, diagnostic: &Diagnostic, sources: &Sources, hidden: &Hidden) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        // A message is one line: a value of several lines must not break the drawing.
        let title = one_line(&diagnostic.title);
        let mut group = Group::with_title(level.primary_title(title).id(diagnostic.code.number));
        for (file, labels) in files(diagnostic, sources) {
            let all = Window::around(file, sources, labels.iter().map(|(span, ..)| span), hidden);
            if all.can_be_drawn() {
                group = group.element(all.annotated(&labels));
                continue;
            }
            for label in &labels {
                let own = Window::around(file, sources, [&label.0], hidden);
                group = if own.can_be_drawn() {
                    group.element(own.annotated(std::slice::from_ref(label)))
                } else {
                    located(group, sources.file(file), label)
                };
            }
        }
        for note in &diagnostic.notes {
            group = group.element(Level::NOTE.message(lines(note)));
        }
        for hint in &diagnostic.hints {
            group = group.element(Level::HELP.message(lines(hint)));
        }
        let mut groups = Vec::new();
        for fix in &diagnostic.fixes {
            let edits = fix.edits(sources);
            let can_be_drawn = |it: &Edit| {
                Window::around(it.place.file, sources, [&it.place.span], hidden).can_be_drawn()
            };
            if edits.is_empty() || !edits.iter().all(can_be_drawn) {
                group = group.element(Level::HELP.message(lines(&fix.what)));
            } else {
                groups.push(patch(&fix.what, edits, sources, hidden));
            }
        }
        groups.insert(0, group);
        let renderer = if self.colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        drawn(&renderer.render(&groups), self.colour)
    }
}

/// What has to stay unseen, by file, which other messages may show too: stretches in order, none of which reaches
/// into the next.
struct Hidden(BTreeMap<FileId, Vec<Range<usize>>>);

impl Hidden {
    fn of(diagnostics: &Diagnostics, sources: &Sources) -> Self {
        let confidential = diagnostics.iter().filter(|it| it.is_confidential);
        let labels = confidential.flat_map(|it| &it.labels);
        let mut places: Vec<_> = labels.filter_map(|it| it.at.place(sources)).collect();
        places.sort_by_key(|it| it.span.start);
        let mut all: BTreeMap<FileId, Vec<Range<usize>>> = BTreeMap::new();
        for Place { file, span } in places {
            let stretches = all.entry(*file).or_default();
            match stretches.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => stretches.push(span.clone()),
            }
        }
        Self(all)
    }

    /// Those in a part of a file, as stretches of that part.
    fn within(&self, file: FileId, part: &Range<usize>) -> Vec<Range<usize>> {
        let all = self.0.get(&file).map_or(&[][..], Vec::as_slice);
        let first = all.partition_point(|it| it.end <= part.start);
        let inside = all[first..].iter().take_while(|it| it.start < part.end);
        inside
            .map(|it| it.start.max(part.start) - part.start..it.end.min(part.end) - part.start)
            .collect()
    }
}

/// The lines as a fix would leave them.
fn patch<'a>(what: &'a str, edits: Vec<Edit>, sources: &'a Sources, hidden: &Hidden) -> Group<'a> {
    let mut group = Group::with_title(Level::HELP.secondary_title(lines(what)));
    for Edit { place, replacement } in edits {
        let shown = Window::around(place.file, sources, [&place.span], hidden);
        let patch = Patch::new(shown.inside(&place.span), replacement);
        group = group.element(shown.snippet().patch(patch));
    }
    group
}

/// Says where a label is, and what stands there, without the line.
fn located<'a>(group: Group<'a>, file: &'a File, (span, text, _): &Drawn<'a>) -> Group<'a> {
    let (line, start) = file.line(span.start);
    let origin = Origin::path(one_line(&file.path))
        .line(line)
        .char_column(file.characters(start..span.start) + 1);
    let group = group.element(origin);
    if text.is_empty() {
        return group;
    }
    group.element(Level::NOTE.message(one_line(text)))
}

/// The longest stretch of a file that is drawn, and the longest line in it, in bytes. Each message draws its own, so
/// that one of a line as long as the file would cost the file.
const LONGEST_DRAWN: usize = 16 * 1024;
const LONGEST_LINE: usize = 1024;

/// The lines of a file that a message is about. To draw it the renderer reads all that it is given, so a
/// whole file for each of its faults would cost their product.
struct Window<'s> {
    file: &'s File,
    bytes: Range<usize>,
    /// What is not drawn of these bytes: messages are kept, in the logs of builds.
    hidden: Vec<Range<usize>>,
}

impl<'s> Window<'s> {
    fn around<'r>(
        id: FileId,
        sources: &'s Sources,
        spans: impl IntoIterator<Item = &'r Range<usize>>,
        hidden: &Hidden,
    ) -> Self {
        let file = sources.file(id);
        let last = file.text.len();
        let (start, end) = spans.into_iter().fold((last, 0), |(start, end), it| {
            (start.min(it.start), end.max(it.end))
        });
        // The end of the file is shown behind its last line.
        let (_, start) = file.line(start.min(last.saturating_sub(1)));
        let bytes = start..file.end_of_line(end.clamp(start, last));
        Self {
            file,
            hidden: hidden.within(id, &bytes),
            bytes,
        }
    }

    fn snippet<T: Clone>(&self) -> Snippet<'s, T> {
        let (line, _) = self.file.line(self.bytes.start);
        Snippet::source(masked(&self.file.text[self.bytes.clone()], &self.hidden))
            .line_start(line)
            .path(one_line(&self.file.path))
    }

    fn can_be_drawn(&self) -> bool {
        let mut lines = self.file.text[self.bytes.clone()].split('\n');
        self.bytes.len() <= LONGEST_DRAWN && lines.all(|it| it.len() <= LONGEST_LINE)
    }

    /// The lines with what is said of them.
    fn annotated(&self, labels: &[Drawn<'s>]) -> Snippet<'s, Annotation<'s>> {
        let annotation = |(span, label, primary): &Drawn<'s>| {
            let kind = if *primary {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let annotation = kind.span(self.inside(span));
            if label.is_empty() {
                annotation
            } else {
                annotation.label(one_line(label))
            }
        };
        self.snippet().annotations(labels.iter().map(annotation))
    }

    /// A stretch of the file as one of the window.
    const fn inside(&self, span: &Range<usize>) -> Range<usize> {
        span.start - self.bytes.start..span.end - self.bytes.start
    }
}

/// What to underline, what to say there, and whether it is what the message is about.
type Drawn<'a> = (Range<usize>, &'a str, bool);

/// The labels of a diagnostic by file, in the order in which the files are first named.
fn files<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<(FileId, Vec<Drawn<'a>>)> {
    let mut files: Vec<(FileId, Vec<_>)> = Vec::new();
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let Some(place) = label.at.place(sources) else {
            continue;
        };
        let entry = (first_line(place, sources), label.text.as_str(), index == 0);
        match files.iter_mut().find(|(file, _)| *file == place.file) {
            Some((_, labels)) => labels.push(entry),
            None => files.push((place.file, vec![entry])),
        }
    }
    files
}

/// The part of a place on its first line: a table of forty lines is named by its header.
fn first_line(place: &Place, sources: &Sources) -> Range<usize> {
    let text = &sources.file(place.file).text;
    let start = place.span.start.min(text.len());
    let end = place.span.end.clamp(start, text.len());
    let line = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line.max(start)
}
