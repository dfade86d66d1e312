//! The elements of a picture.

use std::fmt::Write as _;

use super::{
    Picture, STYLE, escaped,
    layout::{ARROW, GROUP_TITLE, HEADER, Layout, PADDING},
};

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is a document.
    Alone,
    /// It is a part of a page, which has the style and follows the links.
    InPage,
}

pub(super) fn draw(picture: &Picture, layout: &Layout, usage: Use) -> String {
    let mut out = Out(String::new());
    let Layout { width, height, .. } = layout;
    let title = escaped(&picture.title);
    let role = if usage == Use::Alone { "img" } else { "group" };
    out.line(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" role=\"{role}\" aria-label=\"{title}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">"
    ));
    if usage == Use::Alone {
        out.line(format_args!("<title>{title}</title>"));
        out.line(format_args!("<style>\n{STYLE}</style>"));
        out.line(format_args!(
            "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>"
        ));
    }
    out.frames(picture, layout);
    out.edges(picture, layout);
    out.labels(layout);
    out.nodes(picture, layout, usage);
    out.line(format_args!("</svg>"));
    out.0
}

struct Out(String);

impl Out {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a string takes any text");
    }

    fn frames(&mut self, picture: &Picture, layout: &Layout) {
        for (group, top, bottom) in &layout.groups {
            let (x, width, height) = (6.0, layout.width - 12.0, bottom - top);
            let title = escaped(&picture.groups[*group]);
            self.line(format_args!(
                "<rect class=\"group\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\"/>"
            ));
            self.line(format_args!(
                "<text class=\"group-title\" x=\"16\" y=\"{:.1}\">{title}</text>",
                top + GROUP_TITLE - 9.0
            ));
        }
        for (column, left, right) in &layout.columns {
            let title = escaped(&picture.columns[*column]);
            self.line(format_args!(
                "<text class=\"column-title\" x=\"{left:.1}\" y=\"{:.1}\">{title}</text>",
                HEADER - 16.0
            ));
            self.line(format_args!(
                "<path class=\"column-line\" d=\"M{left:.1} {0:.1}H{right:.1}\"/>",
                HEADER - 9.0
            ));
        }
    }

    fn edges(&mut self, picture: &Picture, layout: &Layout) {
        for route in &layout.routes {
            let edge = &picture.edges[route.edge];
            let (x, y) = route.end;
            let back = if route.is_rightwards { -ARROW } else { ARROW };
            let label = route.label;
            let label = label.map_or_else(String::new, |it| format!(" data-label=\"{it}\""));
            self.line(format_args!(
                "<g class=\"edge {}{}\" data-from=\"{}\" data-to=\"{}\"{label}><title>{}</title>\
                 <path d=\"{}\"/><path class=\"head\" d=\"M{x:.1} {y:.1}l{back:.1} -3.5v7z\"/></g>",
                edge.relation.class(),
                edge.mark.class(),
                escaped(&picture.nodes[edge.from].id),
                escaped(&picture.nodes[edge.to].id),
                escaped(&edge.title),
                route.path,
            ));
        }
    }

    fn labels(&mut self, layout: &Layout) {
        for (at, label) in layout.labels.iter().enumerate() {
            let side = if label.is_left { " left" } else { "" };
            self.line(format_args!(
                "<text class=\"label {}{side}\" data-label=\"{at}\" x=\"{:.1}\" y=\"{:.1}\">{}<title>{}</title></text>",
                label.relation.class(),
                label.x,
                label.y,
                escaped(&label.text),
                escaped(&label.title),
            ));
        }
    }

    fn nodes(&mut self, picture: &Picture, layout: &Layout, usage: Use) {
        for (node, rect) in picture.nodes.iter().zip(&layout.boxes) {
            let (id, title) = (escaped(&node.id), escaped(&node.title));
            let link = node.link.as_ref().filter(|_| usage == Use::InPage);
            let tag = if link.is_some() { "a" } else { "g" };
            let link = link.map_or_else(String::new, |it| format!(" href=\"{}\"", escaped(it)));
            let (x, y) = (rect.x, rect.y);
            let (tone, mark) = (node.tone.class(), node.mark.class());
            self.line(format_args!(
                "<{tag} class=\"node {tone}{mark}\" data-node=\"{id}\"{link} aria-label=\"{title}\"><title>{title}</title>"
            ));
            self.line(format_args!(
                "<rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"5\"/>",
                rect.width, rect.height
            ));
            self.line(format_args!(
                "<path class=\"stripe\" d=\"M{:.1} {:.1}v{:.1}\"/>",
                x + 4.0,
                y + 6.0,
                rect.height - 12.0
            ));
            let middle = y + rect.height / 2.0;
            self.line(format_args!(
                "<text class=\"kind\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + PADDING,
                middle - 4.5,
                escaped(&rect.kind)
            ));
            self.line(format_args!(
                "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + PADDING,
                middle + 10.0,
                escaped(&rect.name)
            ));
            if let Some(sign) = node.mark.sign() {
                self.line(format_args!(
                    "<text class=\"sign\" x=\"{:.1}\" y=\"{:.1}\">{sign}</text>",
                    x + rect.width - 10.0,
                    middle - 4.0
                ));
            }
            self.line(format_args!("</{tag}>"));
        }
    }
}
