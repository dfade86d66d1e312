//! Where nodes and edges lie.
//!
//! A column of the description becomes as many as its own edges need. An edge over more than one column takes a
//! place of its own in each between, so no curve runs through a box: curves bend in the gutters alone, and pass
//! columns straight. Edges that lead to one node and say the same share these places.

mod across;
mod columns;
mod heights;
mod order;
mod routes;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use self::{across::Across, columns::Columns, heights::heights, order::Cells, routes::Found};
use super::{Edge, Picture, Relation, text};
use crate::diagnostics::one_line;

/// The room of one letter of a name.
pub(super) const NAME_LETTER: f64 = 7.3;
/// The room of one letter of what stands at an arrow, or above a name.
pub(super) const SMALL_LETTER: f64 = 6.2;
/// The room between the frame of a box and its texts.
pub(super) const PADDING: f64 = 12.0;
/// The length of an arrow's head.
pub(super) const ARROW: f64 = 8.0;
/// The room above the groups, for the titles of the columns.
pub(super) const HEADER: f64 = 34.0;
/// The room above the boxes of a group, for its title.
pub(super) const GROUP_TITLE: f64 = 26.0;

const LONGEST_NAME: u16 = 36;
const SHORTEST_NAME: u16 = 12;
const LONGEST_LABEL: u16 = 20;
const MARGIN: f64 = 16.0;
const GAP: f64 = 10.0;
const NODE_HEIGHT: f64 = 38.0;
const SLOT_HEIGHT: f64 = 16.0;
const PASS_HEIGHT: f64 = 4.0;
const BEND: f64 = 44.0;
const TURN: f64 = 40.0;
const BETWEEN_GROUPS: f64 = 12.0;

/// The whole.
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    /// The columns that have nodes: their positions in the description, and their left and right ends.
    pub columns: Vec<(usize, f64, f64)>,
    /// The groups that have nodes: their positions in the description, and their upper and lower ends.
    pub groups: Vec<(usize, f64, f64)>,
    /// The nodes.
    pub boxes: Vec<Rect>,
    /// The edges, without those from a node to itself.
    pub routes: Vec<Route>,
    /// What stands at arrows.
    pub labels: Vec<Label>,
}

/// A node's box and texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub name: String,
    pub kind: String,
}

/// An edge's curve.
pub(super) struct Route {
    /// The position of the edge in the description.
    pub edge: usize,
    /// The data of its path.
    pub path: String,
    /// Where the arrow points.
    pub end: (f64, f64),
    /// Whether it points to the right.
    pub is_rightwards: bool,
    /// The position of its label, when it has one.
    pub label: Option<usize>,
}

/// A text at an arrow.
pub(super) struct Label {
    pub text: String,
    pub x: f64,
    pub y: f64,
    /// Whether it stands left of the node.
    pub is_left: bool,
    pub relation: Relation,
    /// The whole text.
    pub title: String,
}

/// What takes a place in a column: a node, or a line that passes.
struct Item {
    column: usize,
    group: usize,
    height: f64,
    is_node: bool,
    /// Its neighbours in the columns beside, with the strength by which they pull.
    beside: [Vec<(usize, f64)>; 2],
}

const LEFT: usize = 0;
const RIGHT: usize = 1;

/// What shares its last stretch: edges to one node, on one side of it, that say the same.
type Bundle<'a> = (usize, usize, Relation, &'a str);

fn real(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

pub(super) fn layout(picture: &Picture) -> Layout {
    let columns = Columns::of(picture);
    let groups: BTreeSet<usize> = picture.nodes.iter().map(|it| it.group).collect();
    let groups: Vec<usize> = groups.into_iter().collect();
    let group_of = |node: usize| {
        groups
            .binary_search(&picture.nodes[node].group)
            .unwrap_or(0)
    };
    let mut items: Vec<Item> = (0..picture.nodes.len())
        .map(|at| Item {
            column: columns.of_node[at],
            group: group_of(at),
            height: NODE_HEIGHT,
            is_node: true,
            beside: [Vec::new(), Vec::new()],
        })
        .collect();
    let sides = Sides::of(picture, &columns);
    for (at, item) in items.iter_mut().enumerate() {
        let most = sides.of_node[at].iter().map(Vec::len).max().unwrap_or(0);
        item.height = NODE_HEIGHT.max(real(most) * SLOT_HEIGHT + 6.0);
    }
    let ways = ways(picture, &columns, &mut items);
    let mut cells = Cells::of(&items, columns.list.len(), groups.len());
    cells.order(&items);
    let (tops, bands) = heights(&items, &cells);
    let names: Vec<String> = picture.nodes.iter().map(|it| one_line(&it.label)).collect();
    let across = Across::of(picture, &columns, &sides, &names);
    let mut layout = Layout {
        width: across.width,
        height: bands.last().map_or(HEADER, |it| it.1) + MARGIN,
        columns: across.titles(&columns),
        groups: groups
            .iter()
            .zip(&bands)
            .map(|(group, (top, bottom))| (*group, *top, *bottom))
            .collect(),
        boxes: Vec::new(),
        routes: Vec::new(),
        labels: Vec::new(),
    };
    for (at, node) in picture.nodes.iter().enumerate() {
        let (x, width) = across.columns[columns.of_node[at]];
        let room = |letter: f64| letters((width - 2.0 * PADDING) / letter);
        layout.boxes.push(Rect {
            x,
            y: tops[at],
            width,
            height: items[at].height,
            name: text::shortened(&names[at], room(NAME_LETTER)),
            kind: text::shortened(&one_line(&node.kind), room(SMALL_LETTER)),
        });
    }
    let found = Found {
        picture,
        columns: &columns,
        sides: &sides,
        ways: &ways,
        items: &items,
        tops: &tops,
        across: &across,
    };
    (layout.routes, layout.labels) = found.routes();
    layout
}

/// How many letters fit.
fn letters(room: f64) -> u16 {
    (0..=LONGEST_NAME * 2)
        .rev()
        .find(|it| f64::from(*it) <= room)
        .unwrap_or(0)
}

/// Where edges begin and end at nodes.
struct Sides<'a> {
    /// The slots of each node, on the left and on the right: the bundles that end there, and perhaps the place
    /// from which edges leave.
    of_node: Vec<[Vec<Slot<'a>>; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot<'a> {
    Exit,
    Entry(Relation, &'a str),
}

/// The sides at which an edge leaves and arrives.
fn sides_of(edge: &Edge, columns: &Columns) -> [usize; 2] {
    match columns.of_node[edge.from].cmp(&columns.of_node[edge.to]) {
        Ordering::Less => [RIGHT, LEFT],
        Ordering::Equal => [RIGHT, RIGHT],
        Ordering::Greater => [LEFT, RIGHT],
    }
}

/// The edges that are drawn.
fn drawn(picture: &Picture) -> impl Iterator<Item = (usize, &Edge)> {
    let edges = picture.edges.iter().enumerate();
    edges.filter(|(_, it)| it.from != it.to)
}

impl<'a> Sides<'a> {
    fn of(picture: &'a Picture, columns: &Columns) -> Self {
        let mut sets = vec![[BTreeSet::new(), BTreeSet::new()]; picture.nodes.len()];
        for (_, edge) in drawn(picture) {
            let [leaves, arrives] = sides_of(edge, columns);
            sets[edge.from][leaves].insert(Slot::Exit);
            sets[edge.to][arrives].insert(Slot::Entry(edge.relation, &edge.label));
        }
        let of_node = sets
            .into_iter()
            .map(|sides| sides.map(|it| it.into_iter().collect()))
            .collect();
        Self { of_node }
    }
}

/// The places that each edge passes between its ends.
fn ways(picture: &Picture, columns: &Columns, items: &mut Vec<Item>) -> Vec<Vec<usize>> {
    let mut places: BTreeMap<(Bundle<'_>, usize), usize> = BTreeMap::new();
    let mut linked = BTreeSet::new();
    let mut ways = Vec::new();
    for edge in &picture.edges {
        let (from, to) = (columns.of_node[edge.from], columns.of_node[edge.to]);
        let [_, arrives] = sides_of(edge, columns);
        let bundle = (edge.to, arrives, edge.relation, edge.label.as_str());
        let between: Vec<usize> = if from < to {
            (from + 1..to).collect()
        } else {
            (to + 1..from).rev().collect()
        };
        let mut way = vec![edge.from];
        for column in between {
            let place = *places.entry((bundle, column)).or_insert_with(|| {
                items.push(Item {
                    column,
                    group: items[edge.to].group,
                    height: PASS_HEIGHT,
                    is_node: false,
                    beside: [Vec::new(), Vec::new()],
                });
                items.len() - 1
            });
            way.push(place);
        }
        way.push(edge.to);
        for pair in way.windows(2) {
            let [one, next] = [pair[0], pair[1]];
            if items[one].column != items[next].column && linked.insert((one, next)) {
                link(items, one, next);
            }
        }
        ways.push(way);
    }
    ways
}

/// Links two items that follow each other on the way to a node. A line takes the height of what it leads to, so
/// that it bends where it begins and nowhere else.
fn link(items: &mut [Item], one: usize, next: usize) {
    let ahead = if items[one].is_node { 1.0 } else { 8.0 };
    let behind = match (items[one].is_node, items[next].is_node) {
        (true, true) => 1.0,
        (_, true) => 0.3,
        _ => 0.05,
    };
    let is_rightwards = items[one].column < items[next].column;
    let [towards, away] = if is_rightwards {
        [RIGHT, LEFT]
    } else {
        [LEFT, RIGHT]
    };
    items[one].beside[towards].push((next, ahead));
    items[next].beside[away].push((one, behind));
}
