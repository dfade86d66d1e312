//! Layered graphs as pictures.
//!
//! A pure function from a small description to SVG: columns from left to right, groups from top to bottom, nodes
//! in both, and edges as curves between the columns. It knows nothing of Kubernetes, reads nothing, and the same
//! description gives the same bytes.
//!
//! 1. [`layout`]: where everything lies, in the steps of Sugiyama, Tagawa and Toda (1981). Columns and groups are
//!    given, and no crate for layered graphs keeps to both.
//! 2. [`draw`]: the elements of SVG.

mod draw;
mod layout;
mod text;

pub use text::escaped;

/// The rules of style for a picture in a page of its own making; a picture that stands alone brings them along.
pub const STYLE: &str = include_str!("picture.css");

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// What it shows, for those who do not see it.
    pub title: String,
    /// The columns, from left to right. One without nodes is left out.
    pub columns: Vec<String>,
    /// The groups, from top to bottom. One without nodes is left out.
    pub groups: Vec<String>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// What connects them.
    pub edges: Vec<Edge>,
}

/// A box.
#[derive(Clone, Debug)]
pub struct Node {
    /// The attribute `data-node`, by which scripts find it.
    pub id: String,
    /// Its name. A long one is shortened in the middle.
    pub label: String,
    /// What it is, above the name.
    pub kind: String,
    /// Everything that there is to say in a line.
    pub title: String,
    /// Its position among the columns.
    pub column: usize,
    /// Its position among the groups.
    pub group: usize,
    /// Its colour.
    pub tone: Tone,
    /// What happened to it.
    pub mark: Mark,
    /// Where it leads, for a picture in a page.
    pub link: Option<String>,
}

/// A curve.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The position of the node where it begins.
    pub from: usize,
    /// The position of the node where its arrow points.
    pub to: usize,
    /// What it stands for.
    pub relation: Relation,
    /// What stands at its arrow. Edges to a node that say the same share their last stretch.
    pub label: String,
    /// Everything that there is to say in a line.
    pub title: String,
    /// What happened to it.
    pub mark: Mark,
}

/// What an edge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// One object names another, which has to be there before.
    Reference,
    /// Connections that get through.
    Traffic,
    /// What somebody may do.
    Access,
}

/// What sets nodes apart at first sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// What runs.
    Workload,
    /// What others read.
    Content,
    /// Who may do what.
    Access,
    /// Who reaches whom.
    Network,
    /// What is there for all.
    #[default]
    Base,
    /// What somebody else has.
    Outside,
}

/// What a change does to a part of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing, or there is no change.
    #[default]
    Unchanged,
    /// It is new.
    Added,
    /// It is there no more.
    Removed,
    /// It is another.
    Changed,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Reference, Self::Traffic, Self::Access];

    /// Its class in style sheets.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Traffic => "traffic",
            Self::Access => "access",
        }
    }
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::Content => "content",
            Self::Access => "rights",
            Self::Network => "network",
            Self::Base => "base",
            Self::Outside => "outside",
        }
    }
}

impl Mark {
    const fn class(self) -> &'static str {
        match self {
            Self::Unchanged => "",
            Self::Added => " added",
            Self::Removed => " removed",
            Self::Changed => " changed",
        }
    }

    /// What says it without a colour.
    const fn sign(self) -> Option<&'static str> {
        match self {
            Self::Unchanged => None,
            Self::Added => Some("+"),
            Self::Removed => Some("\u{2212}"),
            Self::Changed => Some("~"),
        }
    }
}

impl Picture {
    /// The picture as a document of its own.
    #[must_use]
    pub fn document(&self) -> String {
        draw::draw(self, &layout::layout(self), draw::Use::Alone)
    }

    /// The picture as an element of a page that has [`STYLE`].
    #[must_use]
    pub fn element(&self) -> String {
        draw::draw(self, &layout::layout(self), draw::Use::InPage)
    }
}
