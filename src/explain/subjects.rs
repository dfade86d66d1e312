//! The documents of the output.

use crate::{
    Compilation,
    document::{Node, Origins},
    files::paths,
    kubernetes::Identity,
};

/// A document of the output: an object, an object inside of a text, or a file for another tool.
pub struct Subject<'a> {
    /// What it is called: its identity, or the path of a file that holds no object.
    pub name: String,
    /// Its identity, when it is an object.
    pub identity: Option<Identity>,
    /// Its file from the repository's root; none for an object inside of a text.
    pub file: Option<String>,
    /// What it says.
    pub node: &'a Node,
    /// The table that asked for it, which is what made its constants.
    pub origins: &'a Origins,
    /// The template it was rendered from.
    pub template: Option<&'static str>,
}

impl Subject<'_> {
    /// Whether a user means it: by its identity, by the path of its file, or by the end of that path.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let identity = name.parse::<Identity>().ok();
        let path = name.trim_start_matches("./");
        let file = self.file.as_deref().unwrap_or_default();
        identity.is_some_and(|it| self.identity.as_ref() == Some(&it))
            || self.name == name
            || file == path
            || (path.contains('.') && file.strip_suffix(path).is_some_and(|it| it.ends_with('/')))
    }
}

/// Everything that an environment compiles to: its objects, those inside of texts, the files for other tools, and
/// the engine's objects.
#[must_use]
pub fn subjects(compilation: &Compilation) -> Vec<Subject<'_>> {
    const NOBODY: &Origins = &Origins::none();
    let Compilation {
        environment,
        graph,
        hand_over,
        delivered,
        offers,
        ..
    } = compilation;
    let members = paths(graph).into_iter();
    let members = members.map(|(path, member)| (Some(format!("out/{environment}/{path}")), member));
    let embedded = graph.embedded.iter().map(|member| (None, member));
    let objects = members.chain(embedded).map(|(file, member)| Subject {
        name: member.object.identity().to_string(),
        identity: Some(member.object.identity().clone()),
        file,
        node: member.object.node(),
        origins: &member.origins,
        template: member.template,
    });
    let texts = hand_over.iter().map(|(path, node)| {
        let file = format!("out/{environment}/{path}");
        Subject {
            name: file.clone(),
            identity: None,
            file: Some(file),
            node,
            origins: NOBODY,
            template: None,
        }
    });
    let asked = offers.delivery.as_ref().map_or(NOBODY, |it| &it.origins);
    let of_engine = delivered.iter().map(|(path, node)| {
        let file = format!("out/delivery/{environment}/{path}");
        let identity = Identity::of(node).ok();
        Subject {
            name: identity
                .as_ref()
                .map_or_else(|| file.clone(), ToString::to_string),
            identity,
            file: Some(file),
            node,
            origins: asked,
            template: None,
        }
    });
    let mut all: Vec<_> = objects.chain(texts).chain(of_engine).collect();
    all.sort_by(|a, b| (&a.name, &a.file).cmp(&(&b.name, &b.file)));
    all
}
