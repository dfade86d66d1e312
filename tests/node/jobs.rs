//! What the operator runs.

use std::time::Instant;

use serde_json::Value;

use crate::{
    cluster::Failure,
    lab::Lab,
    spark::{VERSION, expect},
};

const JOBS: &str = include_str!("jobs.toml");

/// The operator of the lab's spec.
pub fn the_operator_runs_jobs(lab: &mut Lab) -> Result<String, Failure> {
    run(lab, "")
}

/// A newer one, to which the platform is brought.
pub fn a_newer_operator_runs_jobs(lab: &mut Lab) -> Result<String, Failure> {
    let newer = "[operator]\nversion = '2.5.2'\n\
                 [images.operator]\nreference = 'lab.local/spark-operator:2.5.2'";
    run(lab, newer)
}

/// An application, another that a schedule starts, and a Connect server run, and leave no pod that runs.
fn run(lab: &mut Lab, operator: &str) -> Result<String, Failure> {
    let begin = Instant::now();
    lab.platform = lab.platform.with(operator)?;
    lab.platform.with(JOBS)?.apply(&lab.cluster)?;
    for application in ["once", "each-minute"] {
        lab.completes(application)?;
    }
    // It starts no more: the webhook would refuse the driver of one that is deleted meanwhile.
    let suspend = r#"{"spec": {"suspend": true}}"#;
    lab.cluster.run(
        &[
            "patch",
            "scheduledsparkapplication",
            "each-minute",
            "--namespace",
            "jobs",
            "--type=merge",
            "--patch",
            suspend,
        ],
        "",
    )?;
    lab.connect_resources_get_ready()?;
    let host = "spark-connect-resource.jobs.svc.cluster.local";
    lab.start_client("resource", &[host])?;
    expect("resource", VERSION, &lab.answer("resource")?)?;
    lab.cluster
        .wait_for("applications that have ended", |cluster| {
            let found = cluster.get(&["sparkapplications", "--namespace", "jobs"])?;
            let mut states = found
                .iter()
                .map(|it| &it["status"]["applicationState"]["state"]);
            Ok(states.all(|it| it == "COMPLETED").then_some(()))
        })?;
    for kind in [
        "scheduledsparkapplications",
        "sparkapplications",
        "sparkconnects",
    ] {
        let delete = ["delete", kind, "--namespace", "jobs", "--all"];
        lab.cluster.run(&delete, "")?;
    }
    let pods = "kiln/workload in (spark-application, spark-application-executors, \
                spark-connect-resource, spark-connect-resource-executors)";
    lab.cluster.wait_for("the end of what runs", |cluster| {
        Ok(cluster.pods("jobs", pods)?.is_empty().then_some(()))
    })?;
    lab.cluster
        .run(&["delete", "pod", "--namespace", "clients", "resource"], "")?;
    Ok(format!(
        "two applications and a SparkConnect have ended {:.0?} after they were applied",
        begin.elapsed()
    ))
}

impl Lab {
    /// Waits until an application has completed, or one of those that its schedule has started, and its
    /// executors are gone.
    pub fn completes(&self, name: &str) -> Result<(), Failure> {
        let what = format!("the application {name}");
        let application = self.cluster.wait_for(&what, |cluster| {
            let found = cluster.get(&["sparkapplications", "--all-namespaces"])?;
            let is_it = |it: &&Value| {
                let found = it["metadata"]["name"].as_str().unwrap_or_default();
                let scheduled = found.strip_prefix(name).and_then(|it| it.strip_prefix('-'));
                found == name || scheduled.is_some_and(|it| it.parse::<u64>().is_ok())
            };
            let ended = |it: &&Value| {
                let state = it["status"]["applicationState"]["state"].as_str();
                state.is_some_and(|it| it == "COMPLETED" || it.contains("FAILED"))
            };
            Ok(found.iter().filter(is_it).find(ended).cloned())
        })?;
        let namespace = application["metadata"]["namespace"].as_str();
        let namespace = namespace.unwrap_or_default();
        let driver = application["status"]["driverInfo"]["podName"].as_str();
        let said = self.cluster.logs(namespace, driver.unwrap_or_default());
        if application["status"]["applicationState"]["state"] != "COMPLETED" {
            return Err(format!("{what}: {}\n{said}", application["status"]));
        }
        for line in ["sum 1999999000000", "read 1000"] {
            if !said.contains(line) {
                return Err(format!("{what}: no `{line}` in {said}"));
            }
        }
        let name = application["metadata"]["name"].as_str();
        let executors = format!(
            "spark-role=executor,sparkoperator.k8s.io/app-name={}",
            name.unwrap_or_default()
        );
        self.cluster.wait_for("no executors", |cluster| {
            Ok(cluster
                .pods(namespace, &executors)?
                .is_empty()
                .then_some(()))
        })
    }

    /// Waits until the operator calls every SparkConnect ready.
    pub fn connect_resources_get_ready(&self) -> Result<(), Failure> {
        self.cluster
            .wait_for("SparkConnects that are ready", |cluster| {
                let found = cluster.get(&["sparkconnects", "--all-namespaces"])?;
                let mut found = found.iter();
                Ok(found
                    .all(|it| it["status"]["state"] == "Ready")
                    .then_some(()))
            })
    }
}
