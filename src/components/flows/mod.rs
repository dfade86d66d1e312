//! `[flows.NAME]`: traffic of pods that kiln does not own, and of its own to what it does not own.

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Build, Component, Entry, Occurrence, Offers};
use crate::{
    diagnostics::{Diagnostic, codes, did_you_mean, name_list},
    document::{Origins, Sourced},
    kubernetes::NamespaceName,
    manifests::{Peer, Pods, Port},
    values::{AddressBlock, Labels},
};

/// Traffic that the network policies let through, beside what follows from the other tables: to a part
/// of the platform from pods that kiln does not own, or from a part to something that it does not own,
/// such as a metastore or a database.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Who opens the connection: a table for pods that kiln does not own, or the name of a part:
    /// `connect.NAME`, `notebooks`, `applications`, `history-server`, `operator`, `operator-webhook`.
    /// Of a part that runs Spark, drivers and executors alike.
    #[schemars(example = "connect.analytics")]
    from: Sourced<End<From>>,
    /// What they connect to: `connect.NAME`, `connect.NAME.ui` for its web interface, `history-server`,
    /// `notebooks` for their web interfaces,
    /// `object-store`, `operator` or `operator-webhook` for their metrics; or, from a part, a table for
    /// something that kiln does not own.
    #[schemars(example = "connect.analytics")]
    to: Sourced<End<To>>,
}

/// Pods that kiln does not own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct From {
    /// Their namespace.
    namespace: Sourced<NamespaceName>,
    /// Labels that all of them carry; without any, all pods of the namespace that kiln does not own.
    #[serde(default)]
    labels: Labels,
}

/// Something that kiln does not own: pods of a namespace, or addresses.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct To {
    /// The namespace of its pods.
    namespace: Option<Sourced<NamespaceName>>,
    /// Labels that all of its pods carry; without any, all pods of the namespace.
    #[serde(default)]
    labels: Labels,
    /// Its addresses, as blocks, when it lies outside of the cluster: network policies know no host
    /// names.
    #[schemars(length(min = 1))]
    addresses: Option<Vec<Sourced<AddressBlock>>>,
    /// The TCP ports on which it listens; those of the pods, not those of a Service in front of them.
    #[schemars(length(min = 1), inner(range(min = 1)), example = [9083])]
    ports: Vec<Sourced<u16>>,
}

/// An end of the traffic: a part of the platform, or something else.
#[derive(Debug)]
enum End<T> {
    Part(String),
    Other(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for End<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Choice<T> {
            type Value = End<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a part, or a table")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<End<T>, E> {
                Ok(End::Part(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<End<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(End::Other)
            }
        }

        deserializer.deserialize_any(Choice(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for End<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("EndOr{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let other = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [{ "type": "string" }, other] })
    }
}

/// The component.
pub struct Flows;

impl Component for Flows {
    type Settings = Settings;
    const TABLE: &'static str = "flows";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str =
        "Traffic of pods that kiln does not own, and of its own to what it does not own.";

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let Settings { from, to } = &entry.settings;
        if let (End::Other(_), End::Other(_)) = (&from.value, &to.value) {
            out.report(
                Diagnostic::error(codes::CONFLICT, "neither end is a part of the platform")
                    .at_key(&from.origins, "pods that kiln does not own")
                    .at_key(&to.origins, "something that kiln does not own")
                    .hint("kiln makes policies for its own pods: name the part, such as `connect.NAME`"),
            );
            return;
        }
        let (Some(senders), Some((peer, ports))) =
            (senders(from, offers, out), to_of(to, offers, out))
        else {
            return;
        };
        let others = match (&from.value, &to.value, &peer) {
            (End::Other(_), _, _) => senders.first(),
            (_, End::Other(_), Peer::Pods(pods)) => Some(pods),
            _ => None,
        };
        if let Some(pods) = others {
            out.others(
                format!("flow-{}", *entry.name),
                pods,
                offers,
                &entry.origins,
            );
        }
        let origins = entry.origins.clone();
        let origins = origins.chosen_by(&from.origins).chosen_by(&to.origins);
        for pods in senders {
            let from = Peer::Pods(pods);
            out.flow(from, peer.clone(), ports.clone(), &origins);
        }
    }
}

/// The pods that open connections.
fn senders(from: &Sourced<End<From>>, offers: &Offers, out: &mut Build<'_>) -> Option<Vec<Pods>> {
    match &from.value {
        End::Other(from) => Some(vec![pods(&from.namespace, &from.labels)]),
        End::Part(name) => {
            let known = offers.senders.keys().map(String::as_str);
            let pods = offers.senders.get(name);
            if pods.is_none() {
                unknown(name, &from.origins, "connect from", known, offers, out);
            }
            pods.cloned()
        }
    }
}

/// What listens, and where.
fn to_of(to: &Sourced<End<To>>, offers: &Offers, out: &mut Build<'_>) -> Option<(Peer, Vec<Port>)> {
    match &to.value {
        End::Part(name) => {
            let known = offers.endpoints.keys().map(String::as_str);
            let endpoint = offers.endpoints.get(name);
            if endpoint.is_none() {
                unknown(name, &to.origins, "connect to", known, offers, out);
            }
            endpoint.map(|it| (it.peer.clone(), it.ports.clone()))
        }
        End::Other(outside) => {
            let ports = outside.ports.iter().map(|port| Port {
                first: port.clone(),
                ..Port::tcp(0)
            });
            let peer = match (&outside.namespace, &outside.addresses) {
                (Some(namespace), None) => Peer::Pods(pods(namespace, &outside.labels)),
                (None, Some(blocks)) => Peer::Addresses(
                    blocks
                        .iter()
                        .map(|it| it.map(ToString::to_string))
                        .collect(),
                ),
                (Some(_), Some(_)) => {
                    let title = "`to` names a namespace and addresses";
                    out.report(
                        Diagnostic::error(codes::CONFLICT, title)
                            .at_key(&to.origins, "")
                            .hint("make two flows of it"),
                    );
                    return None;
                }
                (None, None) => {
                    let title = "`to` needs the key `namespace` or `addresses`";
                    out.report(
                        Diagnostic::error(codes::MISSING_KEY, title)
                            .at_key(&to.origins, "")
                            .hint(
                                "a namespace for pods of this cluster, addresses for hosts outside",
                            ),
                    );
                    return None;
                }
            };
            Some((peer, ports.collect()))
        }
    }
}

fn pods(namespace: &Sourced<NamespaceName>, labels: &Labels) -> Pods {
    Pods {
        namespace: namespace.map(ToString::to_string),
        labels: labels.texts(),
    }
}

/// Says that the platform has no such part, unless it could not be read.
fn unknown<'a>(
    name: &str,
    origins: &Origins,
    what: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    offers: &Offers,
    out: &mut Build<'_>,
) {
    // The operator's table says where applications run.
    let table = if name == "applications" {
        "operator"
    } else {
        name
    };
    let (table, entry) = table.split_once('.').unwrap_or((table, ""));
    let entry = entry.trim_end_matches(".ui");
    if offers.unread.may_have(table, entry) || entry.is_empty() && offers.unread.has_any(table) {
        return;
    }
    let diagnostic = Diagnostic::error(
        codes::UNKNOWN_NAME,
        format!("the platform has no `{name}` to {what}"),
    )
    .at_value(origins, "unknown name");
    out.report(match did_you_mean(name, known.clone()) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => diagnostic.hint(format!("it has {}", name_list(known))),
    });
}
