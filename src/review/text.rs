//! A review for a terminal: the worst first, and short.

use super::{Change, Field, Review, Risk, Story, causes, words};
use crate::diagnostics::one_line;

/// How many fields of a change, and how much of a value, are shown unless all are asked for.
const FIELDS: usize = 6;
const LONGEST: usize = 100;

/// The review as lines.
#[must_use]
pub fn render(review: &Review, is_verbose: bool) -> String {
    let mut out = Out {
        text: String::new(),
        is_verbose,
    };
    out.line(0, &format!("against {}", review.against));
    for note in &review.notes {
        out.line(0, note);
    }
    for story in &review.stories {
        out.line(0, "");
        out.story(story, "");
    }
    if !review.of_kiln.is_empty() {
        out.line(0, "");
        out.line(0, "not from the spec: this kiln compiles the spec of before to something else than what was committed");
        for story in &review.of_kiln {
            out.story(story, "");
        }
    }
    if !review.idle.is_empty() {
        out.line(0, "");
        out.line(
            0,
            "changed in the spec, and nothing of it reaches the cluster",
        );
        for (environments, cause) in &review.idle {
            let of = words::environments(environments);
            out.line(1, &format!("{} ({of})", words::cause(cause)));
        }
    }
    if !review.unchanged.is_empty() {
        out.line(0, "");
        let names = words::environments(&review.unchanged);
        out.line(0, &format!("{names}: nothing changes on the cluster"));
    }
    out.text
}

struct Out {
    text: String,
    is_verbose: bool,
}

impl Out {
    fn line(&mut self, depth: usize, text: &str) {
        if !text.is_empty() {
            self.text.extend(std::iter::repeat_n("  ", depth));
            self.text.push_str(&one_line(text));
        }
        self.text.push('\n');
    }

    fn story(&mut self, story: &Story, _: &str) {
        let names = if self.is_verbose {
            story.environments.join(", ")
        } else {
            words::environments(&story.environments)
        };
        self.line(0, &format!("{names}: {}", words::verdict(&story.changes)));
        for change in &story.changes {
            self.change(change);
        }
        let causes = causes::together(story.changes.iter().flat_map(|it| &it.causes));
        if !causes.is_empty() {
            self.line(1, "changed in the spec");
        }
        for cause in causes {
            self.line(2, &words::cause(&cause));
        }
        let steps = words::order(story);
        if steps.len() > 1 || self.is_verbose && !steps.is_empty() {
            self.line(
                1,
                &format!("in this order: {}", words::engine_order(story.engine)),
            );
            for step in steps {
                let shown = if self.is_verbose { usize::MAX } else { 4 };
                let what = words::listed(&step.what, shown);
                self.line(2, &format!("{:<12} {what}", step.layer));
            }
        }
    }

    fn change(&mut self, change: &Change) {
        let mark = match words::risk(change) {
            Risk::High => "!!",
            Risk::Some => " !",
            Risk::None => "  ",
        };
        let was = change
            .was
            .as_ref()
            .map_or_else(String::new, |it| format!(" (was {it})"));
        self.line(0, &format!("{mark} {}{was}", change.subject));
        for effect in &change.effects {
            self.line(3, &effect.what);
            for note in &effect.notes {
                self.line(4, note);
            }
        }
        let fields = change
            .fields
            .iter()
            .filter(|it| self.is_verbose || !it.derived);
        let fields: Vec<_> = fields.cloned().collect();
        let shown = if self.is_verbose {
            fields.len()
        } else {
            FIELDS.min(fields.len())
        };
        for field in &fields[..shown] {
            self.field(field);
        }
        if fields.len() > shown {
            let more = fields.len() - shown;
            self.line(3, &format!("and {more} more fields; --verbose shows them"));
        }
        if !change.causes.is_empty() {
            let keys: Vec<_> = change.causes.iter().map(|it| it.key.clone()).collect();
            let shown = if self.is_verbose { usize::MAX } else { 3 };
            self.line(3, &format!("from {}", words::listed(&keys, shown)));
        }
    }

    fn field(&mut self, field: &Field) {
        let Field {
            path,
            before,
            after,
            ..
        } = field;
        let texts = [before, after].map(|it| words::shortened(it.as_deref().unwrap_or_default()));
        if texts
            .iter()
            .all(|it| !it.contains('\n') && it.len() <= LONGEST)
        {
            let said = |it: &Option<String>| {
                let whole = it.as_deref().unwrap_or("nothing");
                if self.is_verbose {
                    whole.to_owned()
                } else {
                    words::shortened(whole)
                }
            };
            self.line(3, &format!("{path}: {} -> {}", said(before), said(after)));
            return;
        }
        self.line(3, path);
        for (sign, text) in ["-", "+"].into_iter().zip(texts) {
            for line in text.lines() {
                let short: String = line.chars().take(LONGEST).collect();
                let end = if short.len() < line.len() && !self.is_verbose {
                    "…"
                } else {
                    ""
                };
                let line = if self.is_verbose { line } else { &short };
                self.line(4, &format!("{sign} {line}{end}"));
            }
        }
    }
}
