//! The objects of a server: its Deployment, its configuration, its Service and what it may do.

use super::{
    Backend, Executors, Form, Server,
    custom_resource::{AS_FIELDS, BY_OPERATOR, START_SCRIPT},
    properties::IVY_CACHE,
    standalone::daemons,
};
use crate::{
    components::{
        Build, Offers,
        offers::Image,
        workload::{Access, Maker, Properties, driver_metrics, executor_pod, powerless_account},
    },
    document::{Node, Origins, Sourced},
    kubernetes::Identity,
    manifests::{BatchScheduler, Layer, PodSettings},
    render::{Context, Template, template},
    spark::value::boolean,
};

const CONFIG_MAP: Template = template!("components/connect/templates/config-map.yaml.hbs");
const DEPLOYMENT: Template = template!("components/connect/templates/deployment.yaml.hbs");
const SERVICE: Template = template!("components/connect/templates/service.yaml.hbs");

impl Server<'_> {
    pub fn objects(
        &self,
        image: &Image,
        mut properties: Properties,
        offers: &Offers,
        out: &mut Build<'_>,
    ) {
        let origins = self.origins();
        let layer = Layer::Platform;
        let backend = &*self.settings.backend;
        let form = *self.settings.form;
        let by_backend = &self.settings.backend.origins;
        let by_form = &self.settings.form.origins;
        self.accounts(&properties, offers, out);
        if form == Form::Deployment {
            for key in AS_FIELDS.into_iter().chain(BY_OPERATOR) {
                properties.choose_one(key, by_form);
            }
        }
        let context = self.context(image, &properties, offers);
        let pods = self.pod_settings(image, offers);
        if let Some(queue) = offers.queue(self.settings.queue.as_ref()) {
            let namespace = self.settings.namespace.text();
            queue.of_namespace(&self.name, &namespace, origins, out);
        }
        if let Backend::Standalone(executors, workers) = backend {
            let Executors { executor, .. } = executors;
            let standalone = &workers.standalone;
            let pods = pods.clone();
            self.standalone_objects(executor, standalone, &context, pods, &properties, out);
        }
        match form {
            Form::Deployment => {
                let origins = self.origins_of_form();
                let server = out.object(layer, DEPLOYMENT, &origins, &context);
                let server = server.pods(pods.clone());
                // A master that starts anew does not know the server any more.
                if let Some(master) = self.standalone_master() {
                    server.rolls_with("kiln/master-checksum", master);
                }
            }
            Form::CustomResource => {
                self.custom_resource(&context, image, &mut properties, offers, out);
            }
        }
        let spawns = form == Form::Deployment && backend.spawns();
        if spawns {
            let namespace = self.settings.namespace.as_str();
            let config_map =
                Identity::in_namespace("", "ConfigMap", namespace, self.name.value.clone());
            let chosen_by = by_form.clone().chosen_by(by_backend);
            executor_pod(
                &self.executors,
                pods,
                config_map,
                origins,
                &chosen_by,
                offers,
                out,
            );
        }
        let standalone = backend.standalone();
        let daemons = standalone.map(|_| {
            let mut daemons = daemons().to_properties();
            daemons.choose(by_backend);
            daemons
        });
        let script = Node::new(START_SCRIPT, by_form.clone());
        let script = (form == Form::CustomResource).then_some(script);
        let configuration = context
            .clone()
            .value("spark_defaults", properties.conf().to_properties())
            .optional("start_script", script)
            .optional("daemons", daemons);
        out.object(layer, CONFIG_MAP, origins, &configuration);
        out.object(layer, SERVICE, origins, &context);
    }

    /// What the pods of the server and of its executors are told.
    fn pod_settings(&self, image: &Image, offers: &Offers) -> PodSettings {
        let queue = offers.queue(self.settings.queue.as_ref());
        let queue = queue.as_ref();
        let of_server = queue.filter(|_| !self.is_admitted_whole(offers));
        let plan = offers.with_metrics(self.settings.driver.plan(), driver_metrics("ui"));
        let plan = plan.queue(of_server.map(|it| it.of_server(&self.name)));
        let pods = offers.pod_settings(image).plan(plan);
        match self.settings.backend.executors() {
            Some(executors) => {
                let plan = executors.executor.plan_spawned(image, offers);
                pods.executors(plan.queue(queue.map(|it| it.of_executors(&self.name))))
            }
            None => pods,
        }
    }

    /// Whether Kueue takes the server as a Deployment, and not its pods.
    fn is_admitted_whole(&self, offers: &Offers) -> bool {
        let queue = offers.queue(self.settings.queue.as_ref());
        let is_kueue = queue.is_some_and(|it| *it.scheduler == BatchScheduler::Kueue);
        is_kueue && *self.settings.form == Form::Deployment
    }

    /// Who the server and its executors are, and what the server may do.
    fn accounts(&self, properties: &Properties, offers: &Offers, out: &mut Build<'_>) {
        let namespace = self.settings.namespace.text();
        let origins = self.origins();
        match *self.settings.backend {
            Backend::Kubernetes(_) => Access {
                driver: &self.account().text(),
                executors: &self.executors_account().text(),
                namespace: &namespace,
                app: "spark-connect",
                drivers: std::slice::from_ref(properties.conf()),
                maker: Maker::Kiln,
                annotations: offers.account_annotations(),
            }
            .build(origins, &self.origins_of_backend(), out),
            Backend::Standalone(..) | Backend::Local => {
                let name = self.account().text();
                powerless_account(name, namespace, "spark-connect", offers, origins, out);
            }
        }
    }

    /// What all templates of a server say.
    fn context(&self, image: &Image, properties: &Properties, offers: &Offers) -> Context {
        let settings = self.settings;
        let token = settings.token.as_ref();
        let token_secret = token.map(|it| {
            let name = offers.secret(it.secret.as_str()).name.clone();
            name.with_origin(&it.secret.origins)
        });
        let downloads = properties.conf().get("spark.jars.packages");
        let ui = properties.conf().get("spark.ui.enabled");
        let without_ui = ui.filter(|it| boolean(it) == Some(false));
        let live_port = without_ui.map(|it| Node::new("connect", it.origins.clone()));
        let backend = &*settings.backend;
        let by_backend = &settings.backend.origins;
        let spark = image.spark.as_ref();
        let by_downloads = spark
            .map(|it| self.downloads_decided_by(it))
            .unwrap_or_default();
        let by_ui = &ui.map_or_else(Origins::none, |it| it.origins.clone());
        let context = Context::new()
            .value("name", &self.name)
            .value("service_account", self.account().text())
            .value("namespace", settings.namespace.text())
            .value("version", spark_version(image))
            .value("cores", &settings.driver.cores)
            .value("cpu_request", settings.driver.requested_cores())
            .value("memory", &settings.driver.memory)
            .optional("cpu_limit", settings.driver.cpu_limit.as_ref())
            .optional("token_secret", token_secret)
            .optional("token_key", token.map(|it| it.key.text()))
            .optional(
                "kueue_queue",
                offers
                    .queue(settings.queue.as_ref())
                    .filter(|_| self.is_admitted_whole(offers))
                    .map(|it| it.name),
            )
            .optional(
                "ivy_size",
                downloads.map(|it| Node::new(IVY_CACHE, it.origins.clone())),
            )
            .choice("calls_kubernetes", backend.spawns(), by_backend)
            .choice("has_executors", backend.executors().is_some(), by_backend)
            .choice(
                "of_operator",
                settings.form.value == Form::CustomResource,
                &settings.form.origins,
            )
            .choice("has_ui", without_ui.is_none(), by_ui)
            .choice("downloads", downloads.is_some(), &by_downloads)
            .value("live_port", live_port.unwrap_or_else(|| "ui".into()));
        let variables = self.catalogs(offers).variables(offers);
        offers.with_storage(context.list("catalog_secrets", variables))
    }
}

fn spark_version(image: &Image) -> Node {
    image
        .spark
        .as_ref()
        .map_or_else(|| "".into(), Sourced::text)
}
