//! What must hold of every message, whatever was read.

use kiln::{
    diagnostics::{Diagnostics, Github, Json, Report, Text},
    document::{Place, Sources},
};

/// Draws all messages: they point into the files that were read, and hold nothing that a terminal obeys.
///
/// # Panics
/// When they do not.
pub fn assert_sound(diagnostics: Diagnostics, sources: Sources) {
    let report = Report {
        diagnostics,
        sources,
    };
    let Report {
        diagnostics,
        sources,
    } = &report;
    for diagnostic in diagnostics.iter() {
        for label in &diagnostic.labels {
            if let Some(place) = label.at.place(sources) {
                assert_inside(place, sources);
            }
        }
        for edit in diagnostic.fixes.iter().flat_map(|it| it.edits(sources)) {
            assert_inside(&edit.place, sources);
        }
    }
    let text = Text { colour: false }.render(diagnostics, sources);
    let control = text.chars().find(|it| it.is_control() && *it != '\n');
    assert_eq!(control, None, "{text:?}");
    let count = diagnostics.len();
    let reports = [report];
    let json = Json.render(&reports);
    serde_json::from_str::<serde_json::Value>(&json).expect("it is JSON");
    assert_eq!(Github.render(&reports).lines().count(), count);
}

fn assert_inside(place: &Place, sources: &Sources) {
    let file = sources.file(place.file);
    assert!(
        file.text.get(place.span.clone()).is_some(),
        "{:?} of {} bytes in {}",
        place.span,
        file.text.len(),
        file.path
    );
}
