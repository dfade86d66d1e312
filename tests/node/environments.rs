//! The environments of the repository, each on a node of its own.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::{
    cluster::{Failure, text},
    lab::{self, Environment, Lab},
    platform::Spec,
    spark::{VERSION, expect},
};

/// The image whose digest `prod` names.
const SPARK: &str = "lab.local/spark:4.1.4";

/// What the hub's pods may reach in each.
const ANALYTICS: &str = "spark-connect-analytics.jupyterhub-users.svc.cluster.local";

/// It has MinIO, Spark 3.5 beside 4.1, and an application that a commit starts.
pub const DEV: Environment = Environment {
    name: "dev",
    spec: |_| {
        let otherwise = include_str!("environments/dev.toml");
        Ok(Spec::of_the_repository("dev", otherwise))
    },
    has_store: false,
    ..OF_THE_REPOSITORY
};

/// The operator runs its server. It runs without Celeborn here: the registries of packages have no
/// client of it for Spark 4.1.
pub const STAGING: Environment = Environment {
    name: "staging",
    spec: |_| {
        let otherwise = include_str!("environments/staging.toml");
        let spec = Spec::of_the_repository("staging", otherwise);
        Ok(spec.without("[connect.analytics.celeborn]"))
    },
    ..OF_THE_REPOSITORY
};

/// Its image is named by a digest, which is known once the image is there.
pub const PROD: Environment = Environment {
    name: "prod",
    spec: |cluster| {
        let digest = cluster.digest(SPARK)?;
        let (name, _) = SPARK.rsplit_once(':').expect("it has a tag");
        // The runtime looks for the name and the digest alone when there is a tag between them.
        let by_digest = format!("{name}@{digest}");
        cluster.containers(&["images", "tag", SPARK, &by_digest])?;
        let otherwise = include_str!("environments/prod.toml").replace("DIGEST", &digest);
        Ok(Spec::of_the_repository("prod", &otherwise))
    },
    ..OF_THE_REPOSITORY
};

const OF_THE_REPOSITORY: Environment = Environment {
    name: "",
    spec: |_| Err("each has one of its own".to_owned()),
    jobs: "jupyterhub-users",
    // As JupyterHub labels the pods of its users.
    clients: (
        "jupyterhub",
        &[("app", "jupyterhub"), ("component", "singleuser-server")],
    ),
    has_store: true,
};

/// Everything gets ready, answers, and stays: no container is ever started again.
pub fn runs(lab: &mut Lab) -> Result<String, Failure> {
    let applied = lab::applies(lab)?;
    let applications = lab.platform.objects(&["SparkApplication"]);
    for it in &applications {
        lab.completes(it["metadata"]["name"].as_str().unwrap_or_default())?;
    }
    lab.connect_resources_get_ready()?;
    let mut answering = vec![format!("{} applications", applications.len())];
    for service in lab.platform.objects(&["Service"]) {
        let name = service["metadata"]["name"].as_str().unwrap_or_default();
        let ports: Vec<_> = service["spec"]["ports"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let has = |port: u16| ports.iter().any(|it| it["port"] == port);
        if has(15002) {
            lab.computes_beside(&service)?;
        } else if has(18080) {
            lab.lists_applications(&service, !applications.is_empty())?;
        } else {
            continue;
        }
        answering.push(name.to_owned());
    }
    lab.start_client("a-user", &[ANALYTICS])?;
    expect("a-user", VERSION, &lab.answer("a-user")?)?;
    lab.nothing_was_restarted()?;
    Ok(format!("{applied}; {}", answering.join(", ")))
}

impl Lab {
    /// A client beside a server, in the server's own network, computes, writes and reads: what may
    /// reach the server from elsewhere is another question.
    fn computes_beside(&self, service: &Value) -> Result<(), Failure> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = repository.join("target/spark-lab/client/bin/python");
        let client = repository.join("tests/node/client.py");
        let said = self.beside(service, |command, address| {
            command.arg(python).arg(client).arg(address);
        })?;
        expect(&service["metadata"]["name"].to_string(), "", &said)
    }

    fn lists_applications(&self, service: &Value, has_some: bool) -> Result<(), Failure> {
        self.cluster.wait_for("a list of applications", |_| {
            let said = self.beside(service, |command, address| {
                let url = format!("http://{address}:18080/api/v1/applications");
                command.args(["curl", "--silent", "--show-error", &url]);
            })?;
            let list: Vec<Value> =
                serde_json::from_str(&said).map_err(|it| format!("{it}: {said}"))?;
            Ok((!has_some || !list.is_empty()).then_some(()))
        })
    }

    /// What a command says that is run in the network of a Service's pod, of which it is told the
    /// address.
    fn beside(
        &self,
        service: &Value,
        command: impl FnOnce(&mut Command, &str),
    ) -> Result<String, Failure> {
        let selector = service["spec"]["selector"]
            .as_object()
            .into_iter()
            .flatten();
        let selector: Vec<_> = selector
            .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
            .collect();
        let pod = self.one_pod(self.environment.jobs, &selector.join(","))?;
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &self.cluster.process(&pod)?, "--net"]);
        command(&mut enter, pod.address().unwrap_or_default());
        let output = enter
            .output()
            .map_err(|error| format!("nsenter: {error}"))?;
        if !output.status.success() {
            return Err(format!("{}: {}", pod.name(), text(&output.stderr)));
        }
        Ok(text(&output.stdout))
    }

    fn nothing_was_restarted(&self) -> Result<(), Failure> {
        for namespace in self.platform.namespaces() {
            for pod in self.cluster.pods(&namespace, "")? {
                // A Job's container may have waited for what it needs.
                if pod.phase() == "Succeeded" {
                    continue;
                }
                let containers = pod.0["status"]["containerStatuses"].as_array();
                if containers
                    .into_iter()
                    .flatten()
                    .any(|it| it["restartCount"] != 0)
                {
                    return Err(format!("{} was restarted: {}", pod.name(), pod.0["status"]));
                }
            }
        }
        Ok(())
    }
}
