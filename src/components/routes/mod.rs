//! `[routes.NAME]`: ways from outside of the cluster to web interfaces and Connect servers.
//!
//! A route has a host of its own. Below a path, the calls of gRPC, which are paths themselves, would not arrive,
//! and web interfaces would need a proxy that rewrites what they say.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Build, Component, Entry, Occurrence, Offers,
    offers::{self, Protocol, Service},
    reference::SecretRef,
    workload::PodsOfOthers,
};
use crate::{
    diagnostics::{Diagnostic, codes, did_you_mean, name_list},
    document::{Node, Origins, Sourced},
    kubernetes::{Identity, NamespaceName, SubdomainName},
    manifests::{Layer, Peer, Pods, Port, Prerequisite},
    render::{Context, Template, template},
    values::Annotations,
};

const HTTP_ROUTE: Template = template!("components/routes/templates/http-route.yaml.hbs");
const GRPC_ROUTE: Template = template!("components/routes/templates/grpc-route.yaml.hbs");
const INGRESS: Template = template!("components/routes/templates/ingress.yaml.hbs");

/// A way from outside of the cluster to a web interface or a Connect server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where it leads: `history-server`, `connect.NAME`, or `connect.NAME.ui` for that server's web interface.
    #[schemars(example = "history-server")]
    to: Sourced<String>,
    /// The host by which browsers or clients reach it. It is this route's alone.
    #[schemars(example = "history.spark.example.com")]
    host: Sourced<SubdomainName>,
    /// What carries it: a Gateway of the cluster (`gateway`), or the controller of an Ingress class (`ingress`).
    by: Sourced<By>,
    /// The pods that carry it, which the network policies let in.
    from: PodsOfOthers,
}

/// What carries a route.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum By {
    /// A Gateway of the cluster.
    Gateway {
        /// The Gateway. It has to admit routes of the namespace.
        gateway: Sourced<Gateway>,
    },
    /// The controller of an Ingress class.
    Ingress {
        /// The class.
        class: Sourced<SubdomainName>,
        /// The Secret with the certificate of the host, of the type `kubernetes.io/tls`. Without it the route is
        /// open to who listens on the way.
        tls_secret: Option<Sourced<SecretRef>>,
        /// Annotations for the controller. For `nginx` kiln writes what gRPC needs.
        #[serde(default)]
        annotations: Annotations,
    },
}

/// A Gateway of the Gateway API.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Gateway {
    /// Its name.
    name: Sourced<SubdomainName>,
    /// Its namespace.
    namespace: Sourced<NamespaceName>,
    /// The name of the listener; all that fit when absent.
    listener: Option<Sourced<SubdomainName>>,
    /// Whether that listener speaks TLS.
    #[serde(default = "yes")]
    #[schemars(extend("x-kiln-fact" = true))]
    tls: Sourced<bool>,
}

const fn yes() -> Sourced<bool> {
    Sourced::constant(true)
}

/// The component.
pub struct Routes;

impl Component for Routes {
    type Settings = Settings;
    const TABLE: &'static str = "routes";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const ABOUT: &'static str =
        "Ways from outside of the cluster to web interfaces and Connect servers.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let tls = match &*settings.by {
            By::Gateway { gateway } => gateway.tls.clone(),
            By::Ingress { tls_secret, .. } => {
                let origins = tls_secret.as_ref().map(|it| it.origins.clone());
                let by = settings.by.origins.clone();
                Sourced::new(tls_secret.is_some(), origins.unwrap_or(by))
            }
        };
        let routes = offers.routes.entry(settings.to.value.clone());
        routes.or_default().push(offers::Route {
            host: settings.host.map(ToString::to_string),
            tls,
            origins: entry.origins.clone(),
        });
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let Some((service, pods)) = target(&settings.to, offers, out) else {
            return;
        };
        shared_host(entry, offers, out);
        let proxy = settings.from.pods();
        let origins = &entry.origins.clone().chosen_by(&settings.to.origins);
        out.others(format!("route-{}", *entry.name), &proxy, offers, origins);
        let ports = vec![Port::tcp(service.port)];
        out.flow(Peer::Pods(proxy), Peer::Pods(pods.clone()), ports, origins);
        let origins = &origins.clone().chosen_by(&settings.by.origins);
        let context = Context::new()
            .value("name", &entry.name)
            .value("namespace", &pods.namespace)
            .value("host", settings.host.text())
            .value("service", &service.name)
            .value("port", service.port);
        match &*settings.by {
            By::Gateway { gateway } => {
                through_gateway(gateway, service, context, origins, out);
            }
            By::Ingress {
                class,
                tls_secret,
                annotations,
            } => {
                let is_grpc = service.protocol == Protocol::Grpc;
                if is_grpc {
                    validate_grpc(entry, class, tls_secret.is_some(), annotations, out);
                }
                let secret = tls_secret.as_ref().map(|it| {
                    let name = offers.secret(it.as_str()).name.clone();
                    name.chosen_by(&it.origins)
                });
                let context = context
                    .value("class", class.text())
                    .optional("tls_secret", secret)
                    .value("annotations", of_controller(annotations, class, is_grpc));
                out.object(Layer::Platform, INGRESS, origins, &context);
            }
        }
    }
}

/// The Service that a route leads to, and its pods.
fn target<'a>(
    to: &Sourced<String>,
    offers: &'a Offers,
    out: &mut Build<'_>,
) -> Option<(&'a Service, &'a Pods)> {
    if let Some(offers::Endpoint {
        peer: Peer::Pods(pods),
        service: Some(service),
        ..
    }) = offers.endpoints.get(to.as_str())
    {
        return Some((service, pods));
    }
    let (table, entry) = to.split_once('.').unwrap_or((to, ""));
    let entry = entry.trim_end_matches(".ui");
    if offers.unread.may_have(table, entry) || entry.is_empty() && offers.unread.has_any(table) {
        return None;
    }
    let known = offers.endpoints.iter();
    let known = known.filter(|(_, it)| it.service.is_some());
    let known = known.map(|(name, _)| name.as_str());
    let title = format!("no route can lead to `{}`", **to);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, title).at_value(&to.origins, "");
    out.report(match did_you_mean(to, known.clone()) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => diagnostic.hint(format!("`to` can be {}", name_list(known))),
    });
    None
}

/// Two routes of one host: a gateway merges them, and one of two servers is never reached.
fn shared_host(entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
    let host = &entry.settings.host;
    let all = offers.routes.values().flatten();
    let other = all
        .filter(|it| it.host.value == host.as_str())
        .find(|it| it.origins != entry.origins);
    if let Some(other) = other.filter(|it| it.origins.first() < entry.origins.first()) {
        let title = format!("two routes have the host `{}`", **host);
        out.report(
            Diagnostic::error(codes::CONFLICT, title)
                .at_value(&host.origins, "")
                .at_value(&other.host.origins, "stated here too")
                .note("paths tell calls apart, and both ends have the same: one is never reached")
                .hint("give each a host of its own"),
        );
    }
}

fn through_gateway(
    gateway: &Sourced<Gateway>,
    service: &Service,
    context: Context,
    origins: &Origins,
    out: &mut Build<'_>,
) {
    let (template, definition) = match service.protocol {
        Protocol::Web => (HTTP_ROUTE, "httproutes.gateway.networking.k8s.io"),
        Protocol::Grpc => (GRPC_ROUTE, "grpcroutes.gateway.networking.k8s.io"),
    };
    let context = context
        .value("gateway", gateway.name.text())
        .value("gateway_namespace", gateway.namespace.text())
        .optional("listener", gateway.listener.as_ref().map(Sourced::text));
    out.object(Layer::Platform, template, origins, &context);
    let needed = [
        (
            Identity::of_definition(definition),
            "Gateways read routes of this kind",
        ),
        (
            Identity::in_namespace(
                "gateway.networking.k8s.io",
                "Gateway",
                gateway.namespace.as_str(),
                gateway.name.as_str(),
            ),
            "it carries routes",
        ),
    ];
    for (object, why) in needed {
        out.prerequisite(Prerequisite {
            object,
            keys: Vec::new(),
            why: why.to_owned(),
            origins: gateway.origins.clone(),
        });
    }
}

/// What gRPC asks of an Ingress.
fn validate_grpc(
    entry: &Entry<Settings>,
    class: &Sourced<SubdomainName>,
    is_tls: bool,
    annotations: &Annotations,
    out: &mut Build<'_>,
) {
    if !is_tls {
        let title = "a Connect server cannot be reached by an Ingress without TLS";
        out.report(
            Diagnostic::error(codes::CONFLICT, title)
                .at_value(&entry.settings.by.origins, "")
                .at_value(&entry.settings.to.origins, "clients speak gRPC to it")
                .note("gRPC is HTTP/2, which controllers of Ingresses speak over TLS alone")
                .hint("name the certificate's Secret: `tls-secret = \"…\"`"),
        );
    }
    if class.as_str() != NGINX && annotations.is_empty() {
        let title = format!("how `{}` speaks gRPC is not known", **class);
        out.report(
            Diagnostic::warning(codes::UNKNOWN_CONTROLLER, title)
                .at_value(&class.origins, "")
                .note("most controllers speak HTTP/1.1 to a Service unless an annotation says otherwise")
                .hint("write what it asks for in `annotations`"),
        );
    }
}

const NGINX: &str = "nginx";

/// What a controller is told.
fn of_controller(annotations: &Annotations, class: &Sourced<SubdomainName>, is_grpc: bool) -> Node {
    let mut node = Node::map();
    if is_grpc && class.as_str() == NGINX {
        // Streams live for two minutes (`spark.connect.execute.reattachable.senderMaxStreamDuration`), and a message
        // has up to 128 MiB (`spark.connect.grpc.maxInboundMessageSize`).
        let texts = [
            ("backend-protocol", "GRPC"),
            ("proxy-body-size", "128m"),
            ("proxy-read-timeout", "300"),
            ("proxy-send-timeout", "300"),
        ];
        for (key, text) in texts {
            let value = Node::new(text, class.origins.clone());
            node.insert(format!("nginx.ingress.kubernetes.io/{key}"), value);
        }
    }
    for (key, value) in annotations.iter() {
        node.insert(key.as_str(), value);
    }
    node
}
