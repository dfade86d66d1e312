//! The tree that lies in `out`, as if it had just been compiled: what an engine has applied, whatever the spec says.

use crate::{
    Compilation,
    document::{Origins, Sources},
    graph,
    manifests::{Layer, Manifests},
    world::World,
    yaml,
};

/// The objects of `out/ENV`; none when there is no such tree, or it holds nothing that can be read.
#[must_use]
pub fn committed(world: &dyn World, environment: &str) -> Option<Compilation> {
    let folder = format!("out/{environment}/");
    let mut manifests = Manifests::default();
    for path in world.list(folder.trim_end_matches('/')).files {
        let inside = path.strip_prefix(&folder).unwrap_or_default();
        let folder = inside.split('/').next().unwrap_or_default();
        let layer = Layer::ALL.into_iter().find(|it| it.folder() == folder);
        let Some(layer) = layer.filter(|_| inside.strip_suffix(".yaml").is_some()) else {
            continue;
        };
        let text = world.read(&path).ok();
        let Some(text) = text.and_then(|it| String::from_utf8(it).ok()) else {
            continue;
        };
        let mut sources = Sources::default();
        let file = sources.add_file(path, text);
        let Ok(documents) = yaml::read(&mut sources, file) else {
            continue;
        };
        for mut node in documents {
            forget(&mut node);
            manifests.add(layer, &Origins::none(), node, None);
        }
    }
    if manifests.objects.is_empty() {
        return None;
    }
    let (graph, _) = graph::link(manifests.objects, Vec::new(), Vec::new(), true);
    Some(Compilation {
        environment: environment.to_owned(),
        graph,
        ..Compilation::default()
    })
}

/// Places in the output are no lines of a spec.
fn forget(node: &mut crate::document::Node) {
    node.origins = Origins::none();
    node.lines.clear();
    for child in node.children_mut() {
        forget(child);
    }
}
