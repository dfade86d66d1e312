//! How far to the right everything lies.

use super::{
    super::{Picture, text},
    ARROW, BEND, LEFT, LONGEST_LABEL, LONGEST_NAME, MARGIN, NAME_LETTER, PADDING, RIGHT,
    SHORTEST_NAME, SMALL_LETTER, Sides, Slot,
    columns::Columns,
    drawn,
};
use crate::diagnostics::one_line;

/// The places of the columns and of the gutters between them.
pub(super) struct Across {
    /// The left end and the width of each column.
    pub(super) columns: Vec<(f64, f64)>,
    /// The room for what stands at arrows, left and right of each column.
    labels: Vec<[f64; 2]>,
    pub(super) width: f64,
}

impl Across {
    pub(super) fn of(
        picture: &Picture,
        columns: &Columns,
        sides: &Sides<'_>,
        names: &[String],
    ) -> Self {
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
    pub(super) fn titles(&self, columns: &Columns) -> Vec<(usize, f64, f64)> {
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
    pub(super) fn bend(&self, column: usize, side: usize) -> f64 {
        let (x, width) = self.columns[column];
        match side {
            LEFT => x - self.labels[column][LEFT],
            _ => x + width + self.labels[column][RIGHT],
        }
    }

    pub(super) fn end(&self, column: usize, side: usize) -> f64 {
        let (x, width) = self.columns[column];
        if side == LEFT { x } else { x + width }
    }
}

/// A label as it is drawn.
pub(super) fn label_text(label: &str) -> String {
    text::shortened(&one_line(label), LONGEST_LABEL)
}
