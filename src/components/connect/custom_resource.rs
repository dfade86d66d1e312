//! `form = "custom-resource"`: a `SparkConnect`, from which the Kubeflow Spark operator makes the server.
//!
//! What the operator does with it was read from its version 2.4.0:
//! <https://github.com/kubeflow/spark-operator/tree/v2.4.0/internal/controller/sparkconnect>.
//!
//! - It builds the server's pod `NAME-server` once, from `server.template` (`mutateServerPod`), and never
//!   again: so the name follows the content, and kiln's own Service, whose selector follows the name,
//!   keeps the address that clients know.
//! - It sets no resources: `server.memory` becomes `spark.driver.memory` alone (`driverConfOption`), the
//!   heap, and the container's size is the template's.
//! - Its command is `bash -c "${SPARK_HOME}/sbin/start-connect-server.sh --conf KEY=VALUE …"` without
//!   quotes (`buildStartConnectServerArgs`): a blank, `$`, `;` or a quote in a value of `sparkConf` would
//!   be the shell's. So kiln's properties stand in a file and `sparkConf` stays empty.
//! - Properties of that command win over the file, so the file does not hold them.
//! - It dereferences `executor.template` unseen (`imageOption`), so there always is one.

use std::collections::BTreeSet;

use super::{Form, Server};
use crate::{
    components::{
        Build, Offers,
        offers::{Image, ObjectStore, Secret},
        workload::{Properties, driver_metrics, executor_template},
    },
    diagnostics::{Diagnostic, codes},
    document::Node,
    manifests::{CONTENT_SUFFIX, Layer},
    render::{Context, Template, template},
    spark::value::boolean,
};

const SPARK_CONNECT: Template = template!("components/connect/templates/spark-connect.yaml.hbs");

/// The script that the operator's command names.
pub const START_SCRIPT: &str = include_str!("templates/start-connect-server.sh");

/// The longest name of a `SparkConnect`: the operator adds `-server`, and a Service's name has 63
/// characters.
const LONGEST_NAME: usize = 56;

/// The container of executors that the operator tells Spark to look for
/// (`Spark3DefaultExecutorContainerName`).
const EXECUTOR_CONTAINER: &str = "spark-kubernetes-executor";

/// What stands in fields of the resource.
pub const AS_FIELDS: [&str; 3] = [
    "spark.driver.memory",
    "spark.executor.memory",
    "spark.dynamicAllocation.shuffleTracking.enabled",
];

/// What the operator tells Spark of its own accord.
pub const BY_OPERATOR: [&str; 14] = [
    "spark.master",
    "spark.kubernetes.namespace",
    "spark.kubernetes.container.image",
    "spark.kubernetes.driver.pod.name",
    "spark.kubernetes.executor.podTemplateFile",
    "spark.driver.host",
    "spark.driver.bindAddress",
    "spark.driver.port",
    "spark.driver.cores",
    "spark.executor.cores",
    "spark.executor.instances",
    "spark.dynamicAllocation.enabled",
    "spark.dynamicAllocation.minExecutors",
    "spark.dynamicAllocation.maxExecutors",
];

/// What it tells Spark beside, and what nobody may set for that reason.
const RESERVED: [&str; 4] = [
    "spark.kubernetes.executor.container.image",
    "spark.kubernetes.executor.podNamePrefix",
    "spark.kubernetes.executor.podTemplateContainerName",
    "spark.kubernetes.executor.label.sparkoperator.k8s.io/connect-name",
];

impl Server<'_> {
    /// Whether the server's form knows its backend.
    pub fn can_be_made(&self) -> bool {
        let settings = self.settings;
        *settings.form != Form::CustomResource || settings.backend.spawns()
    }

    /// Whether the name of a `SparkConnect` leaves room for its digest.
    pub fn has_room_for_digest(&self) -> bool {
        *self.settings.form != Form::CustomResource
            || self.name.len() <= LONGEST_NAME - CONTENT_SUFFIX
    }

    /// What only matters to the operator.
    pub fn validate_custom_resource(&self, offers: &Offers, out: &mut Build<'_>) {
        let settings = self.settings;
        let form = &settings.form;
        if **form != Form::CustomResource {
            return;
        }
        if !self.can_be_made() {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    "the operator's servers always spawn executors as pods",
                )
                .at_value(&settings.backend.origins, "another backend")
                .at_value(&form.origins, "a server of the operator")
                .hint("use `form = \"deployment\"` with this backend"),
            );
        }
        if !self.has_room_for_digest() {
            let most = LONGEST_NAME - CONTENT_SUFFIX + self.entry.name.len() - self.name.len();
            out.report(
                Diagnostic::error(
                    codes::NAME,
                    format!("`{}` is too long for a SparkConnect", *self.entry.name),
                )
                .at_key(self.origins(), "")
                .hint(format!(
                    "at most {most} characters: it becomes `{}-` with a digest, to which the operator adds `-server`",
                    *self.name
                )),
            );
        }
        // Whether it watches the namespace is a check's to say.
        offers.need_operator("a SparkConnect needs the operator", &form.origins, out);
    }

    /// What nobody may set because the operator does.
    pub fn reserve_for_operator(properties: &mut Properties) {
        for key in RESERVED {
            properties.forbid(key, "the operator sets it");
        }
    }

    /// The `SparkConnect`. Takes what the operator tells Spark out of the properties.
    pub fn custom_resource(
        &self,
        context: &Context,
        image: &Image,
        properties: &mut Properties,
        offers: &Offers,
        out: &mut Build<'_>,
    ) {
        let settings = self.settings;
        for key in BY_OPERATOR {
            properties.take(key);
        }
        let [heap, executor_heap, tracking] = AS_FIELDS.map(|key| properties.take(key));
        let executors = settings.backend.executors();
        // All are there, or their absence was reported with the container they do not fit.
        let (Some(heap), Some(executor_heap), Some(executors)) = (heap, executor_heap, executors)
        else {
            return;
        };
        // The operator tells Spark `true` unless told otherwise.
        let tracking = tracking.map(|it| it.map(|text| boolean(text) == Some(true)));
        let dynamic = executors.dynamic_allocation.as_ref();
        let executor = &executors.executor;
        let instances = match &executor.instances {
            Some(instances) => Some(Node::from(instances)),
            None if dynamic.is_none() => Some(Node::from(1_u32)),
            None => None,
        };
        let mut executors =
            executor_template(self.executors.text(), EXECUTOR_CONTAINER, offers, out);
        // A template has no identity of its own.
        if let Some(template) = executors.as_map_mut() {
            template.remove("apiVersion");
            template.remove("kind");
        }
        let context = context
            .clone()
            .value("heap", heap)
            .flag("dynamic", dynamic.is_some())
            .optional("min", dynamic.map(|it| &it.min))
            .optional("max", dynamic.map(|it| &it.max))
            .optional("shuffle_tracking", tracking)
            .optional("secret_revisions", self.revisions(offers))
            .optional("instances", instances)
            .value("executor_cores", &executor.cores)
            .value("executor_heap", executor_heap)
            .value("executor_template", executors);
        let layer = Layer::Platform;
        let queue = offers.queue(settings.queue.as_ref());
        let pods = offers
            .pod_settings(image)
            .plan(
                offers
                    .with_metrics(settings.driver.plan(), driver_metrics("ui"))
                    .queue(queue.as_ref().map(|it| it.of_server(&self.name))),
            )
            .executors(
                executor
                    .plan_spawned(image, offers)
                    .queue(queue.as_ref().map(|it| it.of_executors(&self.name))),
            );
        out.object(layer, SPARK_CONNECT, &self.origins_of_form(), &context)
            .pods(pods)
            .named_by_content(Vec::new());
    }

    /// The revisions of the Secrets that the server reads, a change of which has to make a new server too.
    fn revisions(&self, offers: &Offers) -> Option<Node> {
        let catalogs = self.catalogs(offers);
        let store = offers.object_store.as_ref().and_then(ObjectStore::keys);
        let token = self.settings.token.as_ref();
        let names = store.map(|it| it.secret.as_str());
        let names = names.into_iter().chain(token.map(|it| it.secret.as_str()));
        let secrets: BTreeSet<_> = names.chain(catalogs.secrets()).collect();
        let revisions = secrets.into_iter().filter_map(|name| {
            let Secret { name, revision, .. } = offers.secret(name);
            Some(name.with(revision.as_ref()?, |name, revision| {
                format!("{name}={revision}")
            }))
        });
        revisions
            .reduce(|all, next| all.with(&next, |all, next| format!("{all},{next}")))
            .map(Into::into)
    }
}
