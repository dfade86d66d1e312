//! Flux: one source, and one Kustomization for each layer, each waiting for the one before.

use super::{Objects, Platform, path};
use crate::{
    document::Sourced,
    render::{Context, Template, template},
};

const SOURCE: Template = template!("delivery/templates/flux-source.yaml.hbs");
const KUSTOMIZATION: Template = template!("delivery/templates/flux-kustomization.yaml.hbs");

pub fn objects(
    platform: &Platform<'_>,
    namespace: &Sourced<String>,
    interval: &Sourced<String>,
    secret: Option<&Sourced<String>>,
) -> Objects {
    let environment = platform.environment;
    let source = format!("kiln-{environment}");
    let common = Context::new()
        .value("source", source.as_str())
        .value("namespace", namespace)
        .value("interval", interval)
        .value("repository", &platform.delivery.repository)
        .value("revision", &platform.delivery.revision)
        .optional("secret", secret);
    let mut objects = Objects::new();
    objects.insert("source.yaml".to_owned(), SOURCE.render(&common));
    let root = common
        .clone()
        .value("name", source.as_str())
        .value(
            "path",
            path(platform.delivery, &format!("out/delivery/{environment}")),
        )
        // The root applies Kustomizations; waiting for them would only repeat their waiting.
        .value("wait", false)
        .flag("before", false);
    objects.insert("root.yaml".to_owned(), KUSTOMIZATION.render(&root));
    let mut before = None;
    for layer in &platform.layers {
        let folder = layer.folder();
        let name = format!("kiln-{environment}-{folder}");
        let context = common
            .clone()
            .value("name", name.as_str())
            .value(
                "path",
                path(platform.delivery, &format!("out/{environment}/{folder}")),
            )
            .value("wait", true)
            .optional("before", before.replace(name.clone()));
        objects.insert(format!("{folder}.yaml"), KUSTOMIZATION.render(&context));
    }
    objects
}
