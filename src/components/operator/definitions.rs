//! The definitions of the operator's resources.

use super::{Definitions, Settings};
use crate::{
    components::{Build, Entry, Prerequisite},
    graph::Layer,
    render::{Context, Template},
};

macro_rules! definition {
    ($file:literal) => {
        Template {
            name: concat!("operator/definitions/", $file),
            text: include_str!(concat!("definitions/", $file)),
        }
    };
}

/// kiln's own definitions. Upstream's are larger than the annotation in which a client-side apply
/// keeps what was applied (262,144 bytes).
const EMBEDDED: [Template; 3] = [
    definition!("sparkapplications.yaml"),
    definition!("scheduledsparkapplications.yaml"),
    definition!("sparkconnects.yaml"),
];

/// The names of the definitions.
const NAMES: [&str; 3] = [
    "sparkapplications.sparkoperator.k8s.io",
    "scheduledsparkapplications.sparkoperator.k8s.io",
    "sparkconnects.sparkoperator.k8s.io",
];

pub fn build(settings: &Settings, entry: &Entry<Settings>, out: &mut Build<'_>) {
    let source = &settings.custom_resource_definitions;
    match &source.value {
        Definitions::Embedded => {
            for template in EMBEDDED {
                out.object(Layer::Cluster, template, &entry.origins, &Context::new());
            }
        }
        Definitions::Existing => {
            for name in NAMES {
                out.prerequisite(Prerequisite {
                    group: "apiextensions.k8s.io",
                    kind: "CustomResourceDefinition",
                    namespace: None,
                    name: name.to_owned(),
                    keys: Vec::new(),
                    why: "the spec says `custom-resource-definitions = \"existing\"`".to_owned(),
                    because: source.origins.clone(),
                });
            }
        }
        Definitions::File(_) => {}
    }
}
