//! A server as a Deployment, with its configuration, its Service and what it may do.

use super::{Backend, Server, properties::IVY_CACHE, standalone::daemons};
use crate::{
    components::{
        Build, Offers,
        build::template,
        offers::Image,
        workload::{Access, Properties, executor_pod, powerless_account},
    },
    document::{Node, Sourced},
    graph::Layer,
    render::{Context, Template},
};

const CONFIG_MAP: Template = template!("connect", "config-map.yaml.hbs");
const DEPLOYMENT: Template = template!("connect", "deployment.yaml.hbs");
const SERVICE: Template = template!("connect", "service.yaml.hbs");

impl Server<'_> {
    pub fn objects(
        &self,
        image: &Image,
        properties: &Properties,
        offers: &Offers,
        out: &mut Build<'_>,
    ) {
        let because = self.because();
        let layer = Layer::Platform;
        let on_kubernetes = *self.settings.backend == Backend::Kubernetes;
        self.accounts(properties, out);
        let context = self.context(image, properties, offers, out);
        let pod = on_kubernetes.then(|| executor_pod(self.executors.text(), image, offers, out));
        let standalone = self.settings.standalone.as_ref();
        let standalone = standalone.filter(|_| *self.settings.backend == Backend::Standalone);
        let configuration = context
            .clone()
            .value("spark_defaults", properties.conf().to_properties())
            .optional("executor_pod", pod)
            .optional("daemons", standalone.map(|_| daemons().to_properties()));
        out.object(layer, CONFIG_MAP, because, &configuration);
        let master =
            standalone.and_then(|it| self.standalone_objects(it, &context, properties, out));
        let context = context.optional("master_checksum", master);
        out.object(layer, DEPLOYMENT, because, &context);
        out.object(layer, SERVICE, because, &context);
    }

    /// Who the server and its executors are, and what the server may do.
    fn accounts(&self, properties: &Properties, out: &mut Build<'_>) {
        let namespace = self.settings.namespace.text();
        let because = self.because();
        match *self.settings.backend {
            Backend::Kubernetes => Access {
                driver: &self.name.text(),
                executors: &self.executors.text(),
                namespace: &namespace,
                app: "spark-connect",
                patches_pods: properties.patches_pods(),
                claims_volumes: properties.claims_volumes(),
                deletes_services: false,
            }
            .build(because, out),
            Backend::Standalone | Backend::Local => {
                powerless_account(self.name.text(), namespace, "spark-connect", because, out);
            }
        }
    }

    /// What all templates of a server say.
    fn context(
        &self,
        image: &Image,
        properties: &Properties,
        offers: &Offers,
        out: &mut Build<'_>,
    ) -> Context {
        let settings = self.settings;
        let store = offers.object_store.as_ref();
        let credentials = store.map(|it| {
            let name = offers.secret(&it.credentials).name.clone();
            name.because(&it.credentials.origins)
        });
        let downloads = properties.conf().get("spark.jars.packages");
        let backend = *settings.backend;
        Context::new()
            .value("name", &self.name)
            .value("namespace", settings.namespace.text())
            .value("version", spark_version(image))
            .value("cores", &settings.driver.cores)
            .value("memory", &settings.driver.memory)
            .optional("cpu_limit", settings.driver.cpu_limit.as_ref())
            .optional("credentials", credentials)
            .optional("access_key", store.map(|it| &it.access_key))
            .optional("secret_key", store.map(|it| &it.secret_key))
            .optional(
                "ivy_size",
                downloads.map(|it| Node::new(IVY_CACHE, it.origins.clone())),
            )
            .flag("calls_kubernetes", backend == Backend::Kubernetes)
            .flag("has_executors", backend != Backend::Local)
            .image(image, offers, out)
    }
}

fn spark_version(image: &Image) -> Node {
    image
        .spark
        .as_ref()
        .map_or_else(|| "".into(), Sourced::text)
}
