//! A template as `build/templates.rs` compiles it: a tree of constants with places for values.

/// The shape of a document.
#[derive(Debug)]
pub enum Shape {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A text, of constants and of values.
    Text(&'static [Piece]),
    /// A value as it is: a scalar, or a whole tree.
    Slot(&'static str),
    /// A list.
    List(&'static [Item]),
    /// A mapping.
    Map(&'static [Entry]),
}

/// A piece of a text.
#[derive(Debug)]
pub enum Piece {
    /// A constant.
    Literal(&'static str),
    /// A constant number.
    Number(i64),
    /// A value by its name.
    Place(&'static str),
}

/// Items of a list.
#[derive(Debug)]
pub enum Item {
    /// One item.
    One(Shape),
    /// Items that are there when a condition is what is stated.
    When(&'static str, bool, &'static [Item]),
    /// Items that are there for each of something.
    Each(&'static str, &'static [Item]),
}

/// Entries of a mapping.
#[derive(Debug)]
pub enum Entry {
    /// One entry.
    One(&'static [Piece], Shape),
    /// Entries that are there when a condition is what is stated.
    When(&'static str, bool, &'static [Entry]),
    /// Entries that are there for each of something.
    Each(&'static str, &'static [Entry]),
}
