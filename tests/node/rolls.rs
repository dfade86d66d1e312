//! What a change of the spec does to the pods that run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{cluster::Failure, lab::Lab};

/// A change, and the workloads whose pods it replaces.
const CHANGES: [(&str, &str, &[&str]); 5] = [
    (
        "a property",
        "[connect.scratch.conf]\n'spark.sql.shuffle.partitions' = 7",
        &["spark-connect-scratch"],
    ),
    (
        "an image",
        "[images.spark-3-5]\nreference = 'lab.local/spark:3.5.7-again'",
        &["spark-connect-legacy"],
    ),
    (
        "a quota",
        "[namespaces.jobs]\nquota = { cpu = 7, memory = '25Gi', pods = 31 }",
        &[],
    ),
    (
        "a Secret's revision",
        "[secrets.minio-root]\nrevision = '2'",
        &["minio"],
    ),
    (
        "the revision of the object store's Secret",
        "[secrets.object-store]\nrevision = '2'",
        &[
            "spark-connect-analytics",
            "spark-connect-legacy",
            "spark-connect-sandbox",
            "spark-connect-scratch",
            "spark-history-server",
        ],
    ),
];

/// Each change replaces just the pods that kiln gives another template, and the roll ends.
pub fn changes_roll_their_pods(lab: &mut Lab) -> Result<String, Failure> {
    let [old, new] = ["lab.local/spark:3.5.7", "lab.local/spark:3.5.7-again"];
    lab.cluster.containers(&["images", "tag", old, new])?;
    let mut before = lab.templates();
    for (what, change, expected) in CHANGES {
        let running = lab.running()?;
        lab.platform = lab.platform.with(change)?;
        let templates = lab.templates();
        let said = differing(&before, &templates);
        let expected: BTreeSet<_> = expected.iter().map(|it| (*it).to_owned()).collect();
        if said != expected {
            return Err(format!("{what} changes the templates of {said:?}"));
        }
        lab.platform.apply(&lab.cluster)?;
        let replaced = differing(&running, &lab.running()?);
        if replaced != expected {
            return Err(format!("{what} replaces the pods of {replaced:?}"));
        }
        before = templates;
    }
    Ok(format!("{} changes", CHANGES.len()))
}

impl Lab {
    /// The pod templates of what runs on and on, by the name of the workload.
    fn templates(&self) -> BTreeMap<String, Value> {
        let workloads = self.platform.objects(&["Deployment", "StatefulSet"]);
        let named = workloads.into_iter().map(|mut it| {
            let name = it["metadata"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            (name, it["spec"]["template"].take())
        });
        named.collect()
    }

    /// The pods of each workload that runs on and on.
    pub fn running(&self) -> Result<BTreeMap<String, Value>, Failure> {
        let names = self.templates().into_keys();
        let mut running = BTreeMap::new();
        for name in names {
            let mut ids = BTreeSet::new();
            for namespace in self.platform.namespaces() {
                let pods = self
                    .cluster
                    .pods(&namespace, &format!("kiln/workload={name}"))?;
                ids.extend(pods.iter().map(|it| it.uid().to_owned()));
            }
            running.insert(name, Vec::from_iter(ids).into());
        }
        Ok(running)
    }
}

/// The keys whose values differ.
pub fn differing(
    one: &BTreeMap<String, Value>,
    other: &BTreeMap<String, Value>,
) -> BTreeSet<String> {
    let keys = one.keys().chain(other.keys());
    let differing = keys.filter(|key| one.get(*key) != other.get(*key));
    differing.cloned().collect()
}
