//! A review as one page, to be read offline: the verdict, the rollout, who may do and reach what, the touched part of
//! the graph, and every difference, folded.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{Action, Change, Review, Risk, Story, causes, words};
use crate::{
    page::page,
    picture::{self, Edge, Mark, Node, Picture, Relation, Tone, escaped},
    topology::tone,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
#[must_use]
pub fn render(review: &Review) -> String {
    let mut body = String::new();
    head(&mut body, review);
    body.push_str("<main>\n");
    for (at, story) in review.stories.iter().enumerate() {
        let title = words::environments(&story.environments);
        self::story(&mut body, story, &title, &format!("s{at}"));
    }
    for (at, story) in review.of_kiln.iter().enumerate() {
        let names = words::environments(&story.environments);
        let title = format!("{names}: not from the spec, but from this kiln or a hand edit");
        self::story(&mut body, story, &title, &format!("k{at}"));
    }
    idle(&mut body, review);
    body.push_str("</main>\n");
    let style = format!("{}{STYLE}", picture::STYLE);
    page("kiln diff", &style, SCRIPT, &body)
}

fn head(body: &mut String, review: &Review) {
    let all = || review.changes();
    let _ = writeln!(
        body,
        "<header><p class=\"against\">against {}</p><h1>{}</h1>",
        escaped(&review.against),
        escaped(&words::verdict(all()))
    );
    for note in &review.notes {
        let _ = writeln!(body, "<p class=\"note\">{}</p>", escaped(note));
    }
    body.push_str("<form id=\"controls\" role=\"search\" aria-label=\"What is shown\" hidden>\n");
    body.push_str("<label>Find <input id=\"find\" type=\"search\" autocomplete=\"off\" placeholder=\"object, field or line\"></label>\n");
    body.push_str("<label>Rule <select id=\"rule\"><option value=\"\">all</option>");
    for (rule, count) in words::counts(review.changes()) {
        let _ = write!(
            body,
            "<option value=\"{0}\">{0} ({count})</option>",
            rule.name
        );
    }
    body.push_str("</select></label>\n<button type=\"button\" id=\"unfold\">Unfold all</button> <button type=\"reset\">Clear</button> <output id=\"count\" aria-live=\"polite\"></output>\n</form></header>\n");
}

fn story(body: &mut String, story: &Story, title: &str, id: &str) {
    let _ = writeln!(
        body,
        "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>\n<p>{}</p>",
        escaped(title),
        escaped(&words::verdict(&story.changes))
    );
    lines(body, story);
    body.push_str("<h3>What becomes of what</h3>\n");
    let (evaluated, objects): (Vec<&Change>, Vec<&Change>) = story
        .changes
        .iter()
        .partition(|it| it.action == Action::Evaluated);
    for change in &objects {
        self::change(body, change);
    }
    if !evaluated.is_empty() {
        body.push_str("<h3>Access, capacity and what is around</h3>\n");
        for change in &evaluated {
            self::change(body, change);
        }
    }
    order(body, story);
    graph(body, story);
    body.push_str("</section>\n");
}

/// The lines of the spec, once for all that they do.
fn lines(body: &mut String, story: &Story) {
    let causes = causes::together(story.changes.iter().flat_map(|it| &it.causes));
    if causes.is_empty() {
        return;
    }
    body.push_str("<h3>Changed in the spec</h3>\n<ul class=\"causes\">");
    for cause in causes {
        let _ = write!(
            body,
            "<li><code>{}</code></li>",
            escaped(&words::cause(&cause))
        );
    }
    body.push_str("</ul>\n");
}

fn change(body: &mut String, change: &Change) {
    let (class, word) = match words::risk(change) {
        Risk::High => ("high", "risk"),
        Risk::Some => ("some", "note"),
        Risk::None => ("none", ""),
    };
    let rules: Vec<_> = change.effects.iter().map(|it| it.rule.name).collect();
    let first = change.effects.first().map(|it| it.what.as_str());
    let _ = writeln!(
        body,
        "<details class=\"change {class}\" data-rules=\"{}\"><summary><span class=\"mark\">{word}</span> <b>{}</b> {}</summary>",
        rules.join(" "),
        escaped(&change.subject),
        escaped(first.unwrap_or_default())
    );
    if let Some(was) = &change.was {
        let _ = write!(body, "<p>{} before</p>", escaped(was));
    }
    body.push_str("<ul>");
    for effect in &change.effects {
        let _ = write!(
            body,
            "<li><span title=\"{}\">{}</span>",
            escaped(effect.rule.reason),
            escaped(&effect.what)
        );
        for note in &effect.notes {
            let _ = write!(body, "<br><small>{}</small>", escaped(note));
        }
        body.push_str("</li>");
    }
    for cause in &change.causes {
        let _ = write!(
            body,
            "<li>from <code>{}</code></li>",
            escaped(&words::cause(cause))
        );
    }
    body.push_str("</ul>\n");
    for field in &change.fields {
        let derived = if field.derived { " derived" } else { "" };
        let _ = write!(
            body,
            "<div class=\"field{derived}\"><code class=\"path\">{}</code>",
            escaped(&field.path)
        );
        for (element, said) in [("del", &field.before), ("ins", &field.after)] {
            if let Some(said) = said {
                let _ = write!(body, "<{element}>{}</{element}>", escaped(said));
            }
        }
        body.push_str("</div>\n");
    }
    body.push_str("</details>\n");
}

fn order(body: &mut String, story: &Story) {
    let steps = words::order(story);
    if steps.is_empty() {
        return;
    }
    let _ = write!(
        body,
        "<h3>The rollout</h3>\n<p>{}.</p>\n<ol class=\"rollout\">",
        escaped(words::engine_order(story.engine))
    );
    for step in steps {
        let _ = write!(body, "<li><b>{}</b><ul>", escaped(&step.layer));
        for what in &step.what {
            let _ = write!(body, "<li>{}</li>", escaped(what));
        }
        body.push_str("</ul></li>");
    }
    body.push_str("</ol>\n");
}

/// More would be a wall of boxes.
const MOST_DRAWN: usize = 80;

/// The objects that are touched, in their layers, and which of them refers to which.
fn graph(body: &mut String, story: &Story) {
    let layers: Vec<&str> = super::layers().collect();
    let drawn = story.changes.iter().filter(|it| it.layer.is_some());
    let drawn: Vec<_> = drawn.take(MOST_DRAWN).collect();
    if drawn.len() < 2 {
        return;
    }
    let parts = |subject: &str| -> (String, String, String) {
        let parts: Vec<_> = subject.split('/').collect();
        match parts[..] {
            [kind, namespace, name] => (kind.to_owned(), namespace.to_owned(), name.to_owned()),
            [kind, name] => (kind.to_owned(), "the cluster".to_owned(), name.to_owned()),
            _ => (String::new(), "the cluster".to_owned(), subject.to_owned()),
        }
    };
    let groups: BTreeSet<_> = drawn.iter().map(|it| parts(&it.subject).1).collect();
    let groups: Vec<_> = groups.into_iter().collect();
    let nodes = drawn.iter().map(|change| {
        let (kind, namespace, name) = parts(&change.subject);
        let layer = change.layer.unwrap_or_default();
        let what = change.effects.first().map(|it| it.what.as_str());
        Node {
            id: change.subject.clone(),
            label: name,
            title: format!("{} {}", change.subject, what.unwrap_or_default()),
            column: layers.iter().position(|it| *it == layer).unwrap_or(0),
            group: groups.iter().position(|it| *it == namespace).unwrap_or(0),
            tone: change.subject.parse().map_or(Tone::Base, |it| tone(&it)),
            kind,
            mark: match change.action {
                Action::Created => Mark::Added,
                Action::Deleted => Mark::Removed,
                Action::Renamed | Action::Changed | Action::Evaluated => Mark::Changed,
            },
            link: None,
        }
    });
    let nodes: Vec<_> = nodes.collect();
    let mut edges = Vec::new();
    for (from, change) in drawn.iter().enumerate() {
        for (verb, subject) in &change.refers {
            let to = drawn.iter().position(|it| it.subject == *subject);
            edges.extend(to.filter(|it| *it != from).map(|to| Edge {
                from,
                to,
                relation: Relation::Reference,
                label: verb.clone(),
                title: format!("{} {verb} {subject}", change.subject),
                mark: Mark::Unchanged,
            }));
        }
    }
    let picture = Picture {
        title: "The objects that change, and what refers to what".to_owned(),
        columns: layers.iter().map(|it| (*it).to_owned()).collect(),
        groups,
        nodes,
        edges,
    };
    let _ = writeln!(
        body,
        "<h3>The touched part of the graph</h3>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Picture of the touched objects\">\n{}</div>",
        picture.element()
    );
}

fn idle(body: &mut String, review: &Review) {
    if !review.idle.is_empty() {
        body.push_str("<section><h2>Changed in the spec, and nothing of it reaches the cluster</h2><ul class=\"causes\">");
        for (environments, cause) in &review.idle {
            let _ = write!(
                body,
                "<li><code>{}</code> ({})</li>",
                escaped(&words::cause(cause)),
                escaped(&words::environments(environments))
            );
        }
        body.push_str("</ul></section>\n");
    }
    if !review.unchanged.is_empty() {
        let _ = writeln!(
            body,
            "<section><h2>Nothing changes on the cluster</h2><p>{}</p></section>",
            escaped(&review.unchanged.join(", "))
        );
    }
}
