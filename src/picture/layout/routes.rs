//! The curves.

use std::collections::BTreeMap;

use super::{
    super::{Edge, Picture},
    ARROW, Item, LEFT, Label, RIGHT, Route, Sides, Slot, TURN,
    across::{Across, label_text},
    columns::Columns,
    drawn, real, sides_of,
};

/// What was found before the edges are drawn.
pub(super) struct Found<'a> {
    pub(super) picture: &'a Picture,
    pub(super) columns: &'a Columns,
    pub(super) sides: &'a Sides<'a>,
    pub(super) ways: &'a [Vec<usize>],
    pub(super) items: &'a [Item],
    pub(super) tops: &'a [f64],
    pub(super) across: &'a Across,
}

/// A slot of a side of a node.
type Place<'a> = (usize, usize, Slot<'a>);

impl<'a> Found<'a> {
    /// The curves of the edges, and what stands at their arrows.
    pub(super) fn routes(&self) -> (Vec<Route>, Vec<Label>) {
        let slots = self.slots();
        let (labels, positions) = self.labels(&slots);
        let routes = drawn(self.picture).map(|(at, edge)| {
            let [leaves, arrives] = sides_of(edge, self.columns);
            let start = (edge.from, leaves, Slot::Exit);
            let entry = (
                edge.to,
                arrives,
                Slot::Entry(edge.relation, edge.label.as_str()),
            );
            let way = &self.ways[at];
            let passed = way[1..way.len() - 1].iter().map(|it| self.middle(*it));
            let heights = [slots[&start]]
                .into_iter()
                .chain(passed)
                .chain([slots[&entry]]);
            let heights: Vec<f64> = heights.collect();
            let end = self.across.end(self.columns.of_node[edge.to], arrives);
            Route {
                edge: at,
                path: self.path(edge, way, &heights),
                end: (end, heights[heights.len() - 1]),
                is_rightwards: arrives == LEFT,
                label: positions.get(&entry).copied(),
            }
        });
        (routes.collect(), labels)
    }

    fn middle(&self, item: usize) -> f64 {
        self.tops[item] + self.items[item].height / 2.0
    }

    /// How far down each slot is. Those of a side stand in the order of what they are connected with, so that
    /// their lines do not cross.
    fn slots(&self) -> BTreeMap<Place<'a>, f64> {
        let mut wanted: BTreeMap<Place<'_>, (f64, f64)> = BTreeMap::new();
        for (at, edge) in drawn(self.picture) {
            let [leaves, arrives] = sides_of(edge, self.columns);
            let way = &self.ways[at];
            let entry = Slot::Entry(edge.relation, &edge.label);
            let ends = [
                (edge.from, leaves, Slot::Exit, way[1]),
                (edge.to, arrives, entry, way[way.len() - 2]),
            ];
            for (node, side, slot, other) in ends {
                let (sum, count) = wanted.entry((node, side, slot)).or_default();
                (*sum, *count) = (*sum + self.middle(other), *count + 1.0);
            }
        }
        let mut slots = BTreeMap::new();
        for (node, of_node) in self.sides.of_node.iter().enumerate() {
            for side in [LEFT, RIGHT] {
                let mean = |slot: &Slot<'_>| {
                    let known = wanted.get(&(node, side, *slot));
                    known.map_or(0.0, |(sum, count)| sum / count)
                };
                let mut sorted = of_node[side].clone();
                sorted.sort_by(|one, other| mean(one).total_cmp(&mean(other)));
                let pitch = self.items[node].height / real(sorted.len());
                for (at, slot) in sorted.into_iter().enumerate() {
                    let y = self.tops[node] + pitch * (real(at) + 0.5);
                    slots.insert((node, side, slot), y);
                }
            }
        }
        slots
    }

    /// What stands at arrows, and its positions by slot.
    fn labels(&self, slots: &BTreeMap<Place<'a>, f64>) -> (Vec<Label>, BTreeMap<Place<'a>, usize>) {
        let mut labels = Vec::new();
        let mut positions = BTreeMap::new();
        for (place, y) in slots {
            let (node, side, slot) = *place;
            let (Slot::Entry(relation, title), is_left) = (slot, side == LEFT) else {
                continue;
            };
            if title.is_empty() {
                continue;
            }
            positions.insert(*place, labels.len());
            let end = self.across.end(self.columns.of_node[node], side);
            let room = ARROW + 3.0;
            labels.push(Label {
                text: label_text(title),
                x: if is_left { end - room } else { end + room },
                y: y - 3.5,
                is_left,
                relation,
                title: title.to_owned(),
            });
        }
        (labels, positions)
    }

    fn path(&self, edge: &Edge, way: &[usize], heights: &[f64]) -> String {
        let [leaves, arrives] = sides_of(edge, self.columns);
        let start = self.across.end(self.columns.of_node[edge.from], leaves);
        let mut path = format!("M{start:.1} {:.1}", heights[0]);
        for (pair, heights) in way.windows(2).zip(heights.windows(2)) {
            let [one, next] = [pair[0], pair[1]].map(|it| self.items[it].column);
            let x = self.across.bend(one, leaves);
            let end = self.across.bend(next, arrives);
            // Within a column it turns back in the gutter.
            let half = if one == next {
                x + TURN
            } else {
                f64::midpoint(x, end)
            };
            let (y, lower) = (heights[0], heights[1]);
            let curve =
                format!("H{x:.1}C{half:.1} {y:.1} {half:.1} {lower:.1} {end:.1} {lower:.1}");
            path.push_str(&curve);
        }
        let end = self.across.end(self.columns.of_node[edge.to], arrives);
        let before = if arrives == LEFT {
            end - ARROW
        } else {
            end + ARROW
        };
        path + &format!("H{before:.1}")
    }
}
