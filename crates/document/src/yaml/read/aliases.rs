//! Aliases, which repeat the values of anchors, and how much a small text may become by them.

use super::{Fatal, Reader, Span};
use crate::document::{DEEPEST, MOST_REPEATED, Node};

impl Reader<'_, '_> {
    pub(super) fn alias(
        &mut self,
        anchor: usize,
        span: &Span,
        key: Option<&Span>,
        depth: usize,
    ) -> Fatal<Node> {
        let Some(node) = self.anchors.get(&anchor) else {
            let title = "the anchor belongs to another document or to a value around this one";
            return Err(Box::new(self.fault(title, span)));
        };
        self.fits(depth + node.depth(), span)?;
        self.expanded += node.size();
        if self.expanded > MOST_REPEATED {
            let title = format!("aliases expand to more than {MOST_REPEATED} values");
            return Err(Box::new(self.fault(title, span)));
        }
        let mut node = node.clone();
        node.origins.extend(&self.origin(span, key));
        Ok(node)
    }

    pub(super) fn fits(&self, depth: usize, span: &Span) -> Fatal<()> {
        if depth > DEEPEST {
            let title = format!("values are nested deeper than {DEEPEST} levels");
            return Err(Box::new(self.fault(title, span)));
        }
        Ok(())
    }
}
