//! `[flows.NAME]`: traffic of pods that kiln does not own.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Offers, Peer, Pods, Shape};
use crate::{
    diagnostics::{Diagnostic, codes, did_you_mean, name_list},
    document::Sourced,
    kubernetes::NamespaceName,
    values::Labels,
};

/// Traffic from pods that kiln does not own to a part of the platform.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Who opens the connection.
    from: From,
    /// What they connect to: `connect.NAME`, `history-server`, `object-store`, or `operator` for its
    /// metrics.
    #[schemars(example = "connect.analytics")]
    to: Sourced<String>,
}

/// Pods that kiln does not own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct From {
    /// Their namespace.
    namespace: Sourced<NamespaceName>,
    /// Labels that all of them carry; without any, all pods of the namespace.
    #[serde(default)]
    labels: Labels,
}

/// The component.
pub struct Flows;

impl Component for Flows {
    type Settings = Settings;
    const TABLE: &'static str = "flows";
    const SHAPE: Shape = Shape::Keyed;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "Traffic of pods that kiln does not own.";

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let Settings { from, to } = &entry.settings;
        let Some(endpoint) = offers.endpoints.get(to.as_str()) else {
            let (table, name) = to.split_once('.').unwrap_or((to, ""));
            if offers.unread.may_have(table, name)
                || name.is_empty() && offers.unread.has_any(table)
            {
                return;
            }
            let known = || offers.endpoints.keys().map(String::as_str);
            let diagnostic = Diagnostic::error(
                codes::UNKNOWN_NAME,
                format!("the platform has no `{}` to connect to", **to),
            )
            .at_value(&to.origins, "unknown name");
            out.report(match did_you_mean(to, known()) {
                Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
                None => diagnostic.hint(format!("it has {}", name_list(known()))),
            });
            return;
        };
        let pods = Pods {
            namespace: from.namespace.map(ToString::to_string),
            labels: from.labels.texts(),
        };
        out.flow(
            Peer::Pods(pods),
            endpoint.peer.clone(),
            endpoint.ports.clone(),
            &entry.origins,
        );
    }
}
