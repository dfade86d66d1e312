//! What a job needs beside its main file and its image.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Entry, Kind, Settings};
use crate::{
    components::{Build, Offers, workload::Properties},
    diagnostics::{Diagnostic, codes},
    document::{Node, Origins, Sourced},
    manifests::{Peer, Port, pods_of},
    render::Context,
    values::{ApplicationFile, MavenCoordinates, ServerUrl},
};

/// Where the operator and drivers keep the jars that they fetch. Both have a root that cannot be written.
const IVY: &str = "/tmp/.ivy2";

/// What a job needs beside its main file and its image.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Dependencies {
    /// Jars to fetch at each start, as Maven coordinates: first by the operator, which submits the job, and then by
    /// its driver. Jars in the image start faster, and need no way to the internet.
    pub packages: Vec<Sourced<MavenCoordinates>>,
    /// Repositories of jars to ask beside Maven Central. Spark logs in at none.
    pub repositories: Vec<Sourced<ServerUrl>>,
    /// Jars for the class path of driver and executors.
    pub jars: Vec<Sourced<ApplicationFile>>,
    /// Modules of Python: files that end in `.py`, `.zip` or `.egg`.
    pub py_files: Vec<Sourced<ApplicationFile>>,
    /// Files that lie in the working folder of driver and executors.
    pub files: Vec<Sourced<ApplicationFile>>,
    /// A packed environment of Python (`venv-pack`, `conda-pack`), which driver and executors unpack and run from. It
    /// has to be made for the Python, the libraries and the processor of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python_environment: Option<Sourced<ApplicationFile>>,
}

/// The folder into which a packed environment is unpacked, below the working folder.
const ENVIRONMENT: &str = "environment";

impl Dependencies {
    /// What Spark is told of them beside the operator's own fields.
    pub fn properties(&self, properties: &mut Properties) {
        const INSTEAD: &str = "set `dependencies`";
        if !self.packages.is_empty() {
            properties.choose(&self.origins_of_packages(), |it| {
                it.pin("spark.jars.ivy", IVY, "both pods can write there alone");
            });
        }
        if let Some(environment) = &self.python_environment {
            properties.choose(&environment.origins, |it| {
                let python = format!("./{ENVIRONMENT}/bin/python");
                it.set("spark.pyspark.python", Sourced::constant(python), INSTEAD);
            });
        }
        // The operator's fields replace the properties, so one that is not used leaves its property to `conf`.
        for (key, is_used) in [
            ("spark.jars", !self.jars.is_empty()),
            ("spark.jars.packages", !self.packages.is_empty()),
            ("spark.jars.repositories", !self.repositories.is_empty()),
            ("spark.submit.pyFiles", !self.py_files.is_empty()),
            ("spark.files", !self.files.is_empty()),
            ("spark.archives", self.python_environment.is_some()),
        ] {
            if is_used {
                properties.forbid(key, INSTEAD);
            }
        }
    }

    /// What an application says of them in `deps`.
    pub fn add_to(&self, context: Context) -> Context {
        fn list<T: ToString>(items: &[Sourced<T>]) -> Option<Vec<Node>> {
            let nodes = items.iter().map(|it| it.map(ToString::to_string).into());
            (!items.is_empty()).then(|| nodes.collect())
        }
        let environment = self.python_environment.as_ref();
        let archives = environment.map(|it| vec![it.map(|url| format!("{url}#{ENVIRONMENT}"))]);
        let archives = archives.unwrap_or_default();
        let lists = [
            ("packages", list(&self.packages)),
            ("repositories", list(&self.repositories)),
            ("jars", list(&self.jars)),
            ("py_files", list(&self.py_files)),
            ("files", list(&self.files)),
            ("archives", list(&archives)),
        ];
        let has_some = lists.iter().any(|(_, list)| list.is_some());
        let context = context.flag("has_dependencies", has_some);
        lists
            .into_iter()
            .fold(context, |context, (key, list)| context.optional(key, list))
    }

    fn origins_of_packages(&self) -> Origins {
        let mut origins = Origins::none();
        for package in &self.packages {
            origins.extend(&package.origins);
        }
        origins
    }
}

/// What is of no use to the language of the job, or that Spark would not take.
pub fn validate(settings: &Settings, out: &mut Build<'_>) {
    let Dependencies {
        packages,
        repositories,
        py_files,
        python_environment,
        ..
    } = &settings.dependencies;
    let is_python = matches!(*settings.kind, Kind::Python);
    let of_python = py_files.iter().chain(python_environment);
    for file in of_python.filter(|_| !is_python) {
        out.report(
            Diagnostic::error(
                codes::CONFLICT,
                format!("no Python runs that would read `{}`", **file),
            )
            .at_value(&file.origins, "")
            .at_value(&settings.kind.origins, "the language is stated here"),
        );
    }
    for file in py_files {
        if ![".py", ".zip", ".egg"].iter().any(|it| file.ends_with(it)) {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("`{}` is not a module to Python", **file),
                )
                .at_value(&file.origins, "")
                .note("`ModuleNotFoundError`: it would lie on the path, and Python would not look into it")
                .hint("its name has to end in `.py`, `.zip` or `.egg`"),
            );
        }
    }
    if let Some(environment) = python_environment
        && ![".tar.gz", ".tgz", ".zip", ".tar"]
            .iter()
            .any(|it| environment.ends_with(it))
    {
        out.report(
            Diagnostic::error(
                codes::CONFLICT,
                format!("Spark would not unpack `{}`", **environment),
            )
            .at_value(&environment.origins, "")
            .hint("its name has to end in `.tar.gz`, `.tgz`, `.tar` or `.zip`"),
        );
    }
    if let (Some(repository), true) = (repositories.first(), packages.is_empty()) {
        out.report(
            Diagnostic::error(codes::CONFLICT, "nothing is fetched from the repository")
                .at_value(&repository.origins, "")
                .hint("name jars in `packages`, or remove it"),
        );
    }
}

/// The way to repositories of jars, which have no address that a policy could name: of the operator, which fetches
/// them to see what the job needs, and of the driver.
pub fn traffic(entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
    let dependencies = &entry.settings.dependencies;
    if dependencies.packages.is_empty() {
        return;
    }
    let origins = entry
        .origins
        .clone()
        .chosen_by(&dependencies.origins_of_packages());
    let driver = offers.operator.as_ref().map(|it| it.pods.driver);
    let driver = driver.map(|it| pods_of(&entry.settings.namespace.text(), it));
    let operator = offers.senders.get("operator").into_iter().flatten();
    for pods in operator.cloned().chain(driver) {
        let ports = vec![Port::tcp(443)];
        out.flow(Peer::Pods(pods), Peer::Internet, ports, &origins);
    }
}
