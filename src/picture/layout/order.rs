//! The order of what lies in a column, with few crossings.

use super::{Item, LEFT, RIGHT, real};

/// The order of the items in each group of each column.
#[derive(Clone)]
pub(super) struct Cells {
    pub(super) cells: Vec<Vec<Vec<usize>>>,
    /// Where each item lies: its group, and how far it is down in it.
    positions: Vec<f64>,
}

/// How often the order is tried anew.
pub(super) const SWEEPS: usize = 16;

impl Cells {
    pub(super) fn of(items: &[Item], columns: usize, groups: usize) -> Self {
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
    pub(super) fn order(&mut self, items: &[Item]) {
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
