//! The columns that are drawn: those of the description, in as many parts as their own edges need.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{Edge, Picture, Relation},
    drawn,
};

/// The columns that are drawn.
pub(super) struct Columns {
    /// The column of the description of which each is a part.
    pub(super) list: Vec<usize>,
    /// The column of each node.
    pub(super) of_node: Vec<usize>,
}

impl Columns {
    pub(super) fn of(picture: &Picture) -> Self {
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
