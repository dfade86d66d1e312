//! Argo CD: a project that allows what kiln emits, and one application for the whole tree.
//!
//! One application and not one a layer: waves act inside an application, and nothing makes one
//! application wait for another (<https://github.com/argoproj/argo-cd/issues/15280>).

use super::{Objects, Platform, path};
use crate::{
    document::{Node, Sourced},
    render::{Context, Template, template},
};

const PROJECT: Template = template!("delivery/templates/argo-cd-project.yaml.hbs");
const APPLICATION: Template = template!("delivery/templates/argo-cd-application.yaml.hbs");
const ROOT: Template = template!("delivery/templates/argo-cd-root.yaml.hbs");

pub fn objects(
    platform: &Platform<'_>,
    namespace: &Sourced<String>,
    server: &Sourced<String>,
) -> Objects {
    let environment = platform.environment;
    let reach = &platform.reach;
    let kinds = reach.cluster_kinds.iter().map(|(group, kind)| {
        Context::new()
            .value("group", group.as_str())
            .value("kind", kind.as_str())
    });
    // A sync that finds a new namespace before the project allows it fails, and is tried again. Of live objects that
    // the project does not allow Argo CD says nothing, and deletes none (`IsLiveResourcePermitted` in
    // controller/state.go and controller/appcontroller.go): what leaves a namespace is pruned only while the spec
    // still has the namespace. `upgrade` tells of the rest.
    let namespaces = reach.namespaces.iter().map(|namespace| {
        Context::new()
            .value("server", server)
            .value("namespace", *namespace)
    });
    let context = Context::new()
        .value("name", format!("kiln-{environment}"))
        .value("environment", environment)
        .value("namespace", namespace)
        .value("server", server)
        .value("repository", &platform.delivery.repository)
        .value("revision", &platform.delivery.revision)
        .value(
            "tree",
            path(platform.delivery, &format!("out/{environment}")),
        )
        .value(
            "delivery",
            path(platform.delivery, &format!("out/delivery/{environment}")),
        )
        .list("namespaces", namespaces.collect())
        .optional("default_namespace", reach.namespaces.first().copied())
        .list("cluster_kinds", kinds.collect());
    let render = |template: Template| -> Node { template.render(&context) };
    [
        ("project.yaml".to_owned(), render(PROJECT)),
        ("application.yaml".to_owned(), render(APPLICATION)),
        ("root.yaml".to_owned(), render(ROOT)),
    ]
    .into()
}
