//! The pods of a program as policies see them.

use super::End;
use crate::{
    document::Node,
    kubernetes::{ConnectionEnd, Labels, Pod, PodTemplate},
    platform::{Mode, Program},
};

impl Program<'_> {
    /// The pod of the program itself, when it is known.
    #[must_use]
    pub fn driver_pod(&self) -> Option<End<'_>> {
        let identity = self.member.object.identity();
        let (what, pod) = if let Some(spec) = self.application() {
            let pod = self.of_application(spec.get("driver")?, "driver")?;
            (format!("the driver of {identity}"), pod)
        } else {
            // A submission makes another pod for the driver.
            let is_elsewhere = self.is_driver() && self.mode() == Some(Mode::Cluster);
            let mut pod = self.pod_of(self.pod.filter(|_| !is_elsewhere)?);
            if self.is_of_operator() {
                pod.labels = pod.labels.and_others();
            }
            (identity.to_string(), pod)
        };
        let at = ConnectionEnd::Pod(pod);
        Some(End { what, at })
    }

    /// The pods of its executors, when Kubernetes makes them in the driver's namespace and all that they
    /// are made of is in sight.
    #[must_use]
    pub fn executor_pod(&self) -> Option<End<'_>> {
        if !self.is_on_kubernetes() || !self.is_complete {
            return None;
        }
        let pod = match self.application() {
            Some(spec) => self.of_application(spec.get("executor")?, "executor")?,
            None => self.of_template()?,
        };
        Some(End {
            what: format!("the executors of {}", self.member.object.identity()),
            at: ConnectionEnd::Pod(pod),
        })
    }

    /// The pod of an executor that a driver makes of its pod template and its properties.
    fn of_template(&self) -> Option<Pod<'_>> {
        let template = "spark.kubernetes.executor.podTemplateFile";
        let mut pod = match &self.executor {
            Some(template) => self.pod_of(template),
            None if self.properties.get(template).is_some() => return None,
            None => Pod::default(),
        };
        let stated = self.properties.get("spark.kubernetes.namespace");
        pod.namespace = match (self.namespace(), stated) {
            (None, Some(_)) => return None,
            // Without any namespace in sight, both are where somebody applies this.
            (None, None) => "",
            (Some(_), _) => self.executor_namespace()?,
        };
        self.add_labels(&mut pod.labels, "executor");
        if self.is_of_operator() {
            pod.labels = pod.labels.and_others();
        }
        Some(pod)
    }

    /// Whether Spark's operator makes it.
    #[must_use]
    pub fn is_of_operator(&self) -> bool {
        self.member.object.identity().group == "sparkoperator.k8s.io"
    }

    fn pod_of<'p>(&'p self, node: &'p Node) -> Pod<'p> {
        let template = PodTemplate { path: &[], node };
        Pod::of_template(self.namespace().unwrap_or_default(), &template)
    }

    /// A pod of an application: the labels of its template, those of its own field, and the operator's.
    fn of_application<'p>(&'p self, own: &'p Node, role: &'static str) -> Option<Pod<'p>> {
        let mut pod = match own.get("template") {
            Some(template) => self.pod_of(template),
            None => Pod {
                namespace: self.namespace().unwrap_or_default(),
                ..Pod::default()
            },
        };
        pod.host_network |= own.get("hostNetwork").and_then(Node::as_bool) == Some(true);
        for (key, value) in own.get("labels").into_iter().flat_map(Node::entries) {
            pod.labels.insert(key, value.as_str()?);
        }
        self.add_labels(&mut pod.labels, role);
        let launched = "sparkoperator.k8s.io/launched-by-spark-operator";
        pod.labels.insert(launched, "true");
        for key in LABELS_OF_OPERATOR {
            pod.labels.insert_unknown(key);
        }
        Some(pod)
    }

    /// The labels that Spark itself sets, and those that properties ask for.
    fn add_labels<'p>(&'p self, labels: &mut Labels<'p>, role: &'static str) {
        for key in LABELS_OF_SPARK {
            labels.insert_unknown(key);
        }
        for property in &self.properties {
            let key = property.key.strip_prefix("spark.kubernetes.");
            let key = key.and_then(|it| it.strip_prefix(role)?.strip_prefix(".label."));
            if let Some(key) = key {
                labels.insert(key, &property.value);
            }
        }
        labels.insert("spark-role", role);
    }
}

/// Labels whose values only a running application knows (`KubernetesConf`).
const LABELS_OF_SPARK: [&str; 5] = [
    "spark-app-selector",
    "spark-app-name",
    "spark-exec-id",
    "spark-exec-resourceprofile-id",
    "spark-version",
];

/// Labels that the operator sets on the pods of applications (`pkg/common/spark.go`).
const LABELS_OF_OPERATOR: [&str; 4] = [
    "sparkoperator.k8s.io/app-name",
    "sparkoperator.k8s.io/submission-id",
    "sparkoperator.k8s.io/scheduled-app-name",
    "sparkoperator.k8s.io/mutated-by-spark-operator",
];
