//! Where nodes and edges lie.
//!
//! A column of the description becomes as many as its own edges need. An edge over more than one column takes a
//! place of its own in each between, so no curve runs through a box: curves bend in the gutters alone, and pass
//! columns straight. Edges that lead to one node and say the same share these places.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

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
    draw_edges(
        picture,
        &columns,
        &sides,
        &ways,
        &items,
        &tops,
        &across,
        &mut layout,
    );
    layout
}

/// How many letters fit.
fn letters(room: f64) -> u16 {
    (0..=LONGEST_NAME * 2)
        .rev()
        .find(|it| f64::from(*it) <= room)
        .unwrap_or(0)
}

/// The columns that are drawn.
struct Columns {
    /// The column of the description of which each is a part.
    list: Vec<usize>,
    /// The column of each node.
    of_node: Vec<usize>,
}

impl Columns {
    fn of(picture: &Picture) -> Self {
        let mut depths = depths(picture);
        spread(picture, &mut depths);
        let all = picture.nodes.iter().zip(&depths);
        let all: Vec<(usize, usize)> = all.map(|(node, depth)| (node.column, *depth)).collect();
        let parts: BTreeSet<_> = all.iter().copied().collect();
        let parts: Vec<_> = parts.into_iter().collect();
        Self {
            list: parts.iter().map(|(column, _)| *column).collect(),
            of_node: all
                .iter()
                .map(|it| parts.binary_search(it).unwrap_or(0))
                .collect(),
        }
    }
}

/// How deep each node lies in its own column: behind all that its references there want before it.
fn depths(picture: &Picture) -> Vec<usize> {
    let mut after = vec![Vec::new(); picture.nodes.len()];
    for (_, edge) in inside_columns(picture) {
        if edge.relation == Relation::Reference {
            after[edge.to].push(edge.from);
        }
    }
    // Behind everything that comes after them, without the edges that close a circle.
    let mut sorted = Vec::new();
    let mut kept = vec![Vec::new(); after.len()];
    let mut state = vec![State::New; after.len()];
    for start in 0..after.len() {
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.pop() {
            if next == 0 {
                if state[node] != State::New {
                    continue;
                }
                state[node] = State::Open;
            }
            let Some(other) = after[node].get(next) else {
                state[node] = State::Done;
                sorted.push(node);
                continue;
            };
            stack.push((node, next + 1));
            if state[*other] != State::Open {
                kept[node].push(*other);
                stack.push((*other, 0));
            }
        }
    }
    let mut depths = vec![0; after.len()];
    for node in sorted.iter().rev() {
        for other in &kept[*node] {
            depths[*other] = depths[*other].max(depths[*node] + 1);
        }
    }
    // What nothing pushes stands right before what it pushes.
    let pushed: BTreeSet<usize> = kept.iter().flatten().copied().collect();
    for node in &sorted {
        let next = kept[*node].iter().map(|it| depths[*it]).min();
        if let (Some(next), false) = (next, pushed.contains(node)) {
            depths[*node] = next - 1;
        }
    }
    depths
}

/// The edges between nodes of one column.
fn inside_columns(picture: &Picture) -> impl Iterator<Item = (usize, &Edge)> {
    let column = |node: usize| picture.nodes[node].column;
    drawn(picture).filter(move |(_, it)| column(it.from) == column(it.to))
}

/// Puts what no reference holds into another part of its column: what else connects it with others there, beside
/// those, and what nothing connects, where there is room in its group.
fn spread(picture: &Picture, depths: &mut [usize]) {
    let mut parts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut beside = vec![Vec::new(); picture.nodes.len()];
    let mut is_held = vec![false; picture.nodes.len()];
    for (_, edge) in inside_columns(picture) {
        let ends = [edge.from, edge.to];
        if edge.relation == Relation::Reference {
            for end in ends {
                is_held[end] = true;
            }
        } else {
            beside[edge.from].push(edge.to);
            beside[edge.to].push(edge.from);
            parts.insert(picture.nodes[edge.from].column, 1);
        }
    }
    for (node, depth) in picture.nodes.iter().zip(depths.iter()) {
        let deepest = parts.entry(node.column).or_default();
        *deepest = (*deepest).max(*depth);
    }
    let mut is_placed = is_held.clone();
    for at in 0..depths.len() {
        if is_held[at] || beside[at].is_empty() {
            continue;
        }
        let neighbours = |depth: &usize| {
            let here = beside[at]
                .iter()
                .filter(|it| is_placed[**it] && depths[**it] == *depth);
            here.count()
        };
        let deepest = parts[&picture.nodes[at].column];
        depths[at] = (0..=deepest).min_by_key(neighbours).unwrap_or(0);
        is_placed[at] = true;
    }
    let connected: BTreeSet<usize> = drawn(picture)
        .flat_map(|(_, it)| [it.from, it.to])
        .collect();
    let mut filled: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
    let place = |at: usize, depth: usize| {
        let node = &picture.nodes[at];
        (node.column, node.group, depth)
    };
    for at in &connected {
        *filled.entry(place(*at, depths[*at])).or_default() += 1;
    }
    for at in (0..depths.len()).filter(|it| !connected.contains(it)) {
        let count = |depth: &usize| filled.get(&place(at, *depth)).copied().unwrap_or(0);
        let deepest = parts[&picture.nodes[at].column];
        depths[at] = (0..=deepest).min_by_key(count).unwrap_or(0);
        *filled.entry(place(at, depths[at])).or_default() += 1;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
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

/// The order of the items in each group of each column.
#[derive(Clone)]
struct Cells {
    cells: Vec<Vec<Vec<usize>>>,
    /// Where each item lies: its group, and how far it is down in it.
    positions: Vec<f64>,
}

/// How often the order is tried anew.
const SWEEPS: usize = 16;

impl Cells {
    fn of(items: &[Item], columns: usize, groups: usize) -> Self {
        let mut cells = vec![vec![Vec::new(); groups]; columns];
        for (at, item) in items.iter().enumerate() {
            cells[item.column][item.group].push(at);
        }
        let mut cells = Self {
            cells,
            positions: vec![0.0; items.len()],
        };
        for column in 0..columns {
            cells.place(column);
        }
        cells
    }

    fn place(&mut self, column: usize) {
        for (group, cell) in self.cells[column].iter().enumerate() {
            for (at, item) in cell.iter().enumerate() {
                self.positions[*item] = real(group) + (real(at) + 0.5) / real(cell.len());
            }
        }
    }

    /// Puts each item at the mean of its neighbours, from left to right and back, and keeps the order with the
    /// fewest crossings.
    fn order(&mut self, items: &[Item]) {
        let count = self.cells.len();
        let mut best = (self.crossings(items), self.clone());
        for sweep in 0..SWEEPS {
            let side = if sweep % 2 == 0 { LEFT } else { RIGHT };
            for step in 0..count {
                let column = if side == LEFT { step } else { count - 1 - step };
                self.sort(column, side, items);
                self.place(column);
            }
            let crossings = self.crossings(items);
            if crossings < best.0 {
                best = (crossings, self.clone());
            }
        }
        *self = best.1;
    }

    fn sort(&mut self, column: usize, side: usize, items: &[Item]) {
        let positions = &self.positions;
        let key = |it: &usize| {
            let item = &items[*it];
            let wanted = &item.beside[side];
            if !wanted.is_empty() {
                let sum: f64 = wanted.iter().map(|(other, _)| positions[*other]).sum();
                return sum / real(wanted.len());
            }
            // What nothing is connected with stands below the rest.
            let is_alone = item.beside[1 - side].is_empty();
            if is_alone { f64::MAX } else { positions[*it] }
        };
        for cell in &mut self.cells[column] {
            let mut keyed: Vec<_> = cell.iter().map(|it| (key(it), *it)).collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            *cell = keyed.into_iter().map(|(_, it)| it).collect();
        }
    }

    /// How many pairs of lines cross.
    fn crossings(&self, items: &[Item]) -> usize {
        let mut ranks = vec![0; items.len()];
        for column in &self.cells {
            for (rank, item) in column.iter().flatten().enumerate() {
                ranks[*item] = rank;
            }
        }
        let mut crossings = 0;
        for column in &self.cells {
            let left = column.iter().flatten();
            let mut ends = Vec::new();
            for item in left {
                let mut of_item: Vec<_> = items[*item].beside[RIGHT]
                    .iter()
                    .map(|(other, _)| ranks[*other])
                    .collect();
                of_item.sort_unstable();
                ends.extend(of_item);
            }
            crossings += inversions(&ends);
        }
        crossings
    }
}

/// How many pairs of a list are in the wrong order (Barth, Mutzel and Jünger, 2002).
fn inversions(list: &[usize]) -> usize {
    let size = list.iter().max().map_or(0, |it| it + 1);
    let mut tree = vec![0_usize; size + 1];
    let mut found = 0;
    for (seen, value) in list.iter().enumerate() {
        let mut not_above = 0;
        let mut at = value + 1;
        while at > 0 {
            not_above += tree[at];
            at &= at - 1;
        }
        found += seen - not_above;
        at = value + 1;
        while at <= size {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    found
}

/// The upper ends of the items, and the upper and lower ends of the groups.
fn heights(items: &[Item], cells: &Cells) -> (Vec<f64>, Vec<(f64, f64)>) {
    let mut tops = vec![0.0; items.len()];
    let mut bands = Vec::new();
    let groups = cells.cells.first().map_or(0, Vec::len);
    let mut top = HEADER;
    for group in 0..groups {
        let cells = cells.cells.iter().map(|column| &column[group]);
        let needed = cells.clone().map(|cell| stack(cell, items, |_, _| {}));
        let inside = needed.fold(0.0, f64::max);
        for cell in cells {
            stack(cell, items, |item, down| {
                tops[item] = top + GROUP_TITLE + down;
            });
        }
        let bottom = top + GROUP_TITLE + inside + GAP;
        bands.push((top, bottom));
        top = bottom + BETWEEN_GROUPS;
    }
    for round in 0..SWEEPS {
        let columns: Vec<_> = match round % 2 {
            0 => (0..cells.cells.len()).collect(),
            _ => (0..cells.cells.len()).rev().collect(),
        };
        for column in columns {
            for (cell, (top, bottom)) in cells.cells[column].iter().zip(&bands) {
                let room = (top + GROUP_TITLE, bottom - GAP);
                straighten(cell, items, room, &mut tops);
            }
        }
    }
    (tops, bands)
}

/// Walks down a cell, and says how high it is.
fn stack(cell: &[usize], items: &[Item], mut each: impl FnMut(usize, f64)) -> f64 {
    let mut down = 0.0;
    for (at, item) in cell.iter().enumerate() {
        if at > 0 {
            down += gap(&items[cell[at - 1]], &items[*item]);
        }
        each(*item, down);
        down += items[*item].height;
    }
    down
}

fn gap(one: &Item, other: &Item) -> f64 {
    if one.is_node && other.is_node {
        GAP
    } else {
        GAP * 0.8
    }
}

/// Moves the items of a cell as near to their neighbours as their order lets them: the least squares under that
/// order, by pooling those that would overtake each other.
fn straighten(cell: &[usize], items: &[Item], room: (f64, f64), tops: &mut [f64]) {
    let mut offsets = Vec::new();
    let total = stack(cell, items, |_, down| offsets.push(down));
    // The mean that is wanted, its weight, and how many items want it.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (at, item) in cell.iter().enumerate() {
        let height = items[*item].height;
        let middle = |it: usize| tops[it] + items[it].height / 2.0;
        let beside = items[*item].beside.iter().flatten();
        let pull: f64 = beside.clone().map(|(_, pull)| pull).sum();
        let (wanted, weight) = if pull > 0.0 {
            let sum: f64 = beside.map(|(other, pull)| middle(*other) * pull).sum();
            (sum / pull - height / 2.0, pull)
        } else {
            (tops[*item], 0.01)
        };
        pools.push((wanted - offsets[at], weight, 1));
        while let [.., one, other] = pools[..]
            && one.0 > other.0
        {
            pools.pop();
            pools.pop();
            let weight = one.1 + other.1;
            let mean = (one.0 * one.1 + other.0 * other.1) / weight;
            pools.push((mean, weight, one.2 + other.2));
        }
    }
    let last = (room.1 - total).max(room.0);
    let wanted = pools
        .into_iter()
        .flat_map(|(mean, _, count)| std::iter::repeat_n(mean, count));
    for ((item, offset), wanted) in cell.iter().zip(offsets).zip(wanted) {
        tops[*item] = wanted.clamp(room.0, last) + offset;
    }
}

/// The places of the columns and of the gutters between them.
struct Across {
    /// The left end and the width of each column.
    columns: Vec<(f64, f64)>,
    /// The room for what stands at arrows, left and right of each column.
    labels: Vec<[f64; 2]>,
    width: f64,
}

impl Across {
    fn of(picture: &Picture, columns: &Columns, sides: &Sides<'_>, names: &[String]) -> Self {
        let count = columns.list.len();
        let mut widths = vec![0.0_f64; count];
        let mut labels = vec![[0.0_f64; 2]; count];
        for (at, node) in picture.nodes.iter().enumerate() {
            let column = columns.of_node[at];
            let name = text::width(&names[at]).clamp(SHORTEST_NAME, LONGEST_NAME);
            let name = f64::from(name) * NAME_LETTER;
            let kind = f64::from(text::width(&node.kind).min(LONGEST_NAME)) * SMALL_LETTER;
            widths[column] = widths[column].max(name.max(kind) + 2.0 * PADDING);
            for side in [LEFT, RIGHT] {
                for slot in &sides.of_node[at][side] {
                    if let Slot::Entry(_, label) = slot {
                        let letters = text::width(&label_text(label));
                        let room = f64::from(letters) * SMALL_LETTER + ARROW + 6.0;
                        labels[column][side] = labels[column][side].max(room);
                    }
                }
            }
        }
        let mut x = MARGIN;
        let mut placed = Vec::new();
        for column in 0..count {
            x += labels[column][LEFT];
            placed.push((x, widths[column]));
            x += widths[column] + labels[column][RIGHT];
            let is_last = column + 1 == count;
            let mut drawn =
                drawn(picture).map(|(_, it)| [it.from, it.to].map(|it| columns.of_node[it]));
            if !is_last || drawn.any(|it| it == [column; 2]) {
                x += BEND;
            }
        }
        Self {
            columns: placed,
            labels,
            width: x + MARGIN,
        }
    }

    /// The columns of the description, from the left end of their first part to the right end of their last.
    fn titles(&self, columns: &Columns) -> Vec<(usize, f64, f64)> {
        let mut titles: Vec<(usize, f64, f64)> = Vec::new();
        for (column, (x, width)) in columns.list.iter().zip(&self.columns) {
            match titles.last_mut() {
                Some(title) if title.0 == *column => title.2 = x + width,
                _ => titles.push((*column, *x, x + width)),
            }
        }
        titles
    }

    /// Where a line may begin to bend, on a side of a column.
    fn bend(&self, column: usize, side: usize) -> f64 {
        let (x, width) = self.columns[column];
        match side {
            LEFT => x - self.labels[column][LEFT],
            _ => x + width + self.labels[column][RIGHT],
        }
    }

    fn end(&self, column: usize, side: usize) -> f64 {
        let (x, width) = self.columns[column];
        if side == LEFT { x } else { x + width }
    }
}

fn label_text(label: &str) -> String {
    text::shortened(&one_line(label), LONGEST_LABEL)
}

#[expect(clippy::too_many_arguments, reason = "all that was found before")]
fn draw_edges(
    picture: &Picture,
    columns: &Columns,
    sides: &Sides<'_>,
    ways: &[Vec<usize>],
    items: &[Item],
    tops: &[f64],
    across: &Across,
    layout: &mut Layout,
) {
    let middle = |it: usize| tops[it] + items[it].height / 2.0;
    // What each slot is connected with, so that the slots of a side do not cross.
    let mut wanted: BTreeMap<(usize, usize, Slot<'_>), (f64, f64)> = BTreeMap::new();
    for (at, edge) in drawn(picture) {
        let [leaves, arrives] = sides_of(edge, columns);
        let way = &ways[at];
        let entry = Slot::Entry(edge.relation, &edge.label);
        let ends = [
            (edge.from, leaves, Slot::Exit, way[1]),
            (edge.to, arrives, entry, way[way.len() - 2]),
        ];
        for (node, side, slot, other) in ends {
            let (sum, count) = wanted.entry((node, side, slot)).or_default();
            (*sum, *count) = (*sum + middle(other), *count + 1.0);
        }
    }
    let mut slots: BTreeMap<(usize, usize, Slot<'_>), f64> = BTreeMap::new();
    let mut labels: BTreeMap<(usize, usize, Slot<'_>), usize> = BTreeMap::new();
    for (node, of_node) in sides.of_node.iter().enumerate() {
        for side in [LEFT, RIGHT] {
            let mean = |slot: &Slot<'_>| {
                let known = wanted.get(&(node, side, *slot));
                known.map_or(0.0, |(sum, count)| sum / count)
            };
            let mut sorted = of_node[side].clone();
            sorted.sort_by(|one, other| mean(one).total_cmp(&mean(other)));
            let pitch = items[node].height / real(sorted.len());
            for (at, slot) in sorted.iter().enumerate() {
                let y = tops[node] + pitch * (real(at) + 0.5);
                slots.insert((node, side, *slot), y);
                let Slot::Entry(relation, title) = slot else {
                    continue;
                };
                if title.is_empty() {
                    continue;
                }
                labels.insert((node, side, *slot), layout.labels.len());
                let end = across.end(columns.of_node[node], side);
                layout.labels.push(Label {
                    text: label_text(title),
                    x: if side == LEFT {
                        end - ARROW - 3.0
                    } else {
                        end + ARROW + 3.0
                    },
                    y: y - 3.5,
                    is_left: side == LEFT,
                    relation: *relation,
                    title: (*title).to_owned(),
                });
            }
        }
    }
    for (at, edge) in drawn(picture) {
        let [leaves, arrives] = sides_of(edge, columns);
        let entry = (
            edge.to,
            arrives,
            Slot::Entry(edge.relation, edge.label.as_str()),
        );
        let way = &ways[at];
        let height = |place: usize| {
            if place == 0 {
                slots.get(&(edge.from, leaves, Slot::Exit)).copied()
            } else if place + 1 == way.len() {
                slots.get(&entry).copied()
            } else {
                Some(middle(way[place]))
            }
        };
        let heights: Vec<f64> = (0..way.len()).filter_map(height).collect();
        let start = across.end(columns.of_node[edge.from], leaves);
        let mut path = format!("M{start:.1} {:.1}", heights[0]);
        for (step, pair) in way.windows(2).enumerate() {
            let x = across.bend(items[pair[0]].column, leaves);
            let end = across.bend(items[pair[1]].column, arrives);
            let (y, lower) = (heights[step], heights[step + 1]);
            // Within a column it turns back in the gutter.
            let is_turn = items[pair[0]].column == items[pair[1]].column;
            let half = if is_turn {
                x + TURN
            } else {
                f64::midpoint(x, end)
            };
            let _ = write!(
                path,
                "H{x:.1}C{half:.1} {y:.1} {half:.1} {lower:.1} {end:.1} {lower:.1}"
            );
        }
        let is_rightwards = arrives == LEFT;
        let end = across.end(columns.of_node[edge.to], arrives);
        let before = if is_rightwards {
            end - ARROW
        } else {
            end + ARROW
        };
        let _ = write!(path, "H{before:.1}");
        layout.routes.push(Route {
            edge: at,
            path,
            end: (end, heights[heights.len() - 1]),
            is_rightwards,
            label: labels.get(&entry).copied(),
        });
    }
}
