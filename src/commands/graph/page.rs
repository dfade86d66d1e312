//! The graph as a page: a picture for each relation, and a table with all facts.
//!
//! The page stands alone. It loads nothing, its policy lets nothing run but its own script, and without that it
//! still shows the pictures and the table.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::Drawing;
use crate::{
    page,
    picture::{self, Relation, escaped},
    topology::Edge,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page says of a relation.
struct Section {
    relation: Relation,
    id: &'static str,
    title: &'static str,
    about: &'static str,
    none: &'static str,
}

const SECTIONS: [Section; 3] = [
    Section {
        relation: Relation::Reference,
        id: "references",
        title: "References",
        about: "What names what, from left to right in the order in which it is applied. An arrow points at what \
                has to be there before.",
        none: "Nothing refers to anything.",
    },
    Section {
        relation: Relation::Traffic,
        id: "traffic",
        title: "Traffic",
        about: "Which connections get through, as network policies evaluate them, with the ports on which the \
                receiver listens.",
        none: "No network policy lets anything through.",
    },
    Section {
        relation: Relation::Access,
        id: "access",
        title: "Access",
        about: "Who may do what with the API, as bindings and roles evaluate.",
        none: "Nobody may do anything.",
    },
];

pub fn draw(drawing: &Drawing<'_>) -> String {
    let mut drawn = Page {
        out: String::new(),
        drawing,
        from: BTreeMap::new(),
        to: BTreeMap::new(),
    };
    for edge in drawing.edges() {
        drawn.from.entry(edge.from).or_default().push(edge);
        drawn.to.entry(edge.to).or_default().push(edge);
    }
    drawn.head();
    drawn.controls();
    drawn.add(format_args!("<main>"));
    for section in SECTIONS
        .iter()
        .filter(|it| drawing.relations.contains(&it.relation))
    {
        drawn.section(section);
    }
    drawn.facts();
    drawn.add(format_args!("</main>"));
    drawn.add(format_args!(
        "<aside id=\"details\" aria-live=\"polite\" aria-label=\"Details\" hidden></aside>"
    ));
    let title = format!("{}: the graph", drawing.compilation.environment);
    let style = format!("{}{STYLE}", picture::STYLE);
    page::page(&title, &style, SCRIPT, &drawn.out)
}

struct Page<'a> {
    out: String,
    drawing: &'a Drawing<'a>,
    /// The edges of the view by where they begin, and by where they end.
    from: BTreeMap<usize, Vec<&'a Edge>>,
    to: BTreeMap<usize, Vec<&'a Edge>>,
}

impl<'a> Page<'a> {
    fn add(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.out, "{line}").expect("a string takes any text");
    }

    fn head(&mut self) {
        let environment = escaped(&self.drawing.compilation.environment);
        let cluster = &self.drawing.compilation.offers.cluster().name;
        let objects = self
            .drawing
            .nodes()
            .iter()
            .filter(|(_, it)| it.object.is_some())
            .count();
        self.add(format_args!(
            "<a class=\"skip\" href=\"#facts\">To the table of all facts</a>\n<header><h1>{environment}</h1>\
             <p>The platform on the cluster <b>{}</b>: {objects} objects.</p></header>",
            escaped(cluster)
        ));
    }

    fn controls(&mut self) {
        self.add(format_args!(
            "<form id=\"controls\" role=\"search\" aria-label=\"What is shown\" hidden>"
        ));
        self.add(format_args!("<fieldset><legend>Show</legend>"));
        for section in SECTIONS
            .iter()
            .filter(|it| self.drawing.relations.contains(&it.relation))
        {
            let Section {
                id,
                title,
                relation,
                ..
            } = section;
            self.add(format_args!(
                "<label class=\"toggle {}\"><input type=\"checkbox\" name=\"show\" value=\"{id}\" checked> {title}</label>",
                relation.class()
            ));
        }
        self.add(format_args!(
            "</fieldset>\n<label class=\"toggle\"><input type=\"checkbox\" id=\"fit\"> Fit</label>\n<label>Find <input id=\"text\" type=\"search\" autocomplete=\"off\" placeholder=\"name or kind\"></label>"
        ));
        let nodes = self.drawing.nodes();
        let namespaces: BTreeSet<_> = nodes
            .iter()
            .filter_map(|(_, it)| it.namespace.as_deref())
            .collect();
        let makers = nodes.iter().flat_map(|(_, it)| &it.made_by);
        let tables: BTreeSet<_> = makers
            .map(|it| it.table.as_str())
            .filter(|it| !it.is_empty())
            .collect();
        let lists = [
            ("namespace", "Namespace", namespaces),
            ("component", "Component", tables),
        ];
        let mut selects = String::new();
        for (id, title, names) in &lists {
            let _ = write!(
                selects,
                "<label>{title} <select id=\"{id}\"><option value=\"\">all</option>"
            );
            for name in names {
                let name = escaped(name);
                let _ = write!(selects, "<option value=\"{name}\">{name}</option>");
            }
            selects.push_str("</select></label>\n");
        }
        self.add(format_args!(
            "{selects}<button type=\"reset\">Clear</button> <output id=\"count\" aria-live=\"polite\"></output>\n</form>"
        ));
    }

    fn section(&mut self, section: &Section) {
        let Section {
            relation,
            id,
            title,
            about,
            none,
        } = section;
        self.add(format_args!(
            "<section class=\"figure\" id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{title}</h2>"
        ));
        let Drawing {
            topology,
            view,
            compilation,
            ..
        } = self.drawing;
        let name = format!("{title} of {}", compilation.environment);
        let picture = topology.picture(view, &[*relation], name);
        if *relation == Relation::Traffic {
            for note in &topology.notes {
                self.add(format_args!("<p class=\"note\">{}</p>", escaped(note)));
            }
        }
        if picture.nodes.is_empty() {
            self.add(format_args!("<p class=\"about\">{none}</p></section>"));
            return;
        }
        self.add(format_args!(
            "<p class=\"about\">{about}</p>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Picture: {title}\">\n{}</div></section>",
            picture.element()
        ));
    }

    fn facts(&mut self) {
        self.add(format_args!(
            "<section id=\"facts\" aria-labelledby=\"facts-title\"><h2 id=\"facts-title\">All facts</h2>\n\
             <table><thead><tr><th scope=\"col\">Object</th><th scope=\"col\">Layer</th><th scope=\"col\">References</th>\
             <th scope=\"col\">Traffic</th><th scope=\"col\">Access</th><th scope=\"col\">Spec</th></tr></thead>\n<tbody>"
        ));
        for (at, node) in self.drawing.nodes() {
            let namespace = escaped(node.namespace.as_deref().unwrap_or_default());
            let tables: Vec<_> = node.made_by.iter().map(|it| escaped(&it.table)).collect();
            let title = escaped(&node.title);
            let mut notes = String::new();
            for note in &node.notes {
                let _ = write!(notes, "<p class=\"note\">{}</p>", escaped(note));
            }
            self.add(format_args!(
                "<tr id=\"n{at}\" data-namespace=\"{namespace}\" data-component=\"{}\"><th scope=\"row\">\
                 <a href=\"#n{at}\">{title}</a>{notes}</th><td data-title=\"Layer\">{}</td>",
                tables.join("&#10;"),
                node.place.name()
            ));
            for section in &SECTIONS {
                let items = self.items(at, section.relation);
                self.add(format_args!(
                    "<td data-title=\"{}\">{items}</td>",
                    section.title
                ));
            }
            let lines = node.made_by.iter().map(|it| {
                let table = if it.table.is_empty() {
                    "manifest"
                } else {
                    &it.table
                };
                format!(
                    "<li><code>{}</code> at <code>{}</code></li>",
                    escaped(table),
                    escaped(&it.line)
                )
            });
            let lines = list(&lines.collect::<Vec<_>>());
            self.add(format_args!("<td data-title=\"Spec\">{lines}</td></tr>"));
        }
        self.add(format_args!("</tbody></table></section>"));
    }

    /// What connects a node with others, as a list.
    fn items(&self, at: usize, relation: Relation) -> String {
        let of = |edges: &BTreeMap<usize, Vec<&'a Edge>>| -> Vec<&'a Edge> {
            let edges = edges.get(&at).into_iter().flatten();
            edges
                .filter(|it| it.relation == relation)
                .copied()
                .collect()
        };
        let (out, into) = (of(&self.from), of(&self.to));
        let mut items: Vec<String> = out
            .iter()
            .map(|it| {
                let (other, label, detail) =
                    (self.link(it.to), escaped(&it.label), escaped(&it.detail));
                match relation {
                    Relation::Reference => format!("<li>{label} {other}</li>"),
                    Relation::Traffic => format!("<li>connects to {other} on {label}</li>"),
                    Relation::Access => format!("<li>may {detail} {other}</li>"),
                }
            })
            .collect();
        let inside = into.iter().filter(|it| it.is_membership()).count();
        if inside > 0 {
            let objects = if inside == 1 {
                "object is"
            } else {
                "objects are"
            };
            items.push(format!("<li>{inside} {objects} in it</li>"));
        }
        items.extend(into.iter().filter(|it| !it.is_membership()).map(|it| {
            let (other, label, detail) =
                (self.link(it.from), escaped(&it.label), escaped(&it.detail));
            match relation {
                Relation::Reference => format!("<li>{other} {label} it</li>"),
                Relation::Traffic => format!("<li>{other} connects on {label}</li>"),
                Relation::Access => format!("<li>{other} may {detail}</li>"),
            }
        }));
        list(&items)
    }

    fn link(&self, at: usize) -> String {
        let title = escaped(&self.drawing.topology.nodes[at].title);
        format!("<a href=\"#n{at}\">{title}</a>")
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    format!("<ul>{}</ul>", items.concat())
}
