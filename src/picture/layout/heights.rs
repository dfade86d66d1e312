//! How far down everything lies.

use super::{
    BETWEEN_GROUPS, GAP, GROUP_TITLE, HEADER, Item,
    order::{Cells, SWEEPS},
};

/// The upper ends of the items, and the upper and lower ends of the groups.
pub(super) fn heights(items: &[Item], cells: &Cells) -> (Vec<f64>, Vec<(f64, f64)>) {
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
