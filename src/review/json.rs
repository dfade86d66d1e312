//! A review for machines. `version` changes when a field goes or means something else; new fields may come.

use serde_json::{Value, json};

use super::{Review, Story, words};
use crate::diagnostics::inert_json;

/// The version of the document.
const VERSION: u32 = 1;

/// The review as one JSON document.
#[must_use]
pub fn render(review: &Review) -> String {
    let stories = |stories: &[Story]| stories.iter().map(story).collect::<Vec<_>>();
    let idle = review
        .idle
        .iter()
        .map(|(environments, cause)| json!({"environments": environments, "cause": cause}));
    let document = json!({
        "version": VERSION,
        "against": review.against,
        "notes": review.notes,
        "stories": stories(&review.stories),
        "not-from-the-spec": stories(&review.of_kiln),
        "without-effect": idle.collect::<Vec<_>>(),
        "unchanged": review.unchanged,
    });
    let text = serde_json::to_string_pretty(&document);
    let text = text.expect("a document of texts and numbers can be written");
    format!("{}\n", inert_json(&text))
}

fn story(story: &Story) -> Value {
    let counts = words::counts(&story.changes).into_iter();
    let counts =
        counts.map(|(rule, count)| json!({"rule": rule.name, "risk": rule.risk, "count": count}));
    let order = words::order(story).into_iter();
    let order = order.map(|it| json!({"layer": it.layer, "what": it.what}));
    let changes = story.changes.iter().map(|change| {
        json!({
            "subject": change.subject,
            "action": change.action,
            "was": change.was,
            "layer": change.layer,
            "risk": words::risk(change),
            "effects": change.effects,
            "fields": change.fields,
            "causes": change.causes,
        })
    });
    json!({
        "environments": story.environments,
        "engine": story.engine,
        "verdict": words::verdict(&story.changes),
        "counts": counts.collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
        "order": order.collect::<Vec<_>>(),
    })
}
