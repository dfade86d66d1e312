use kiln::kubernetes::{Coverage, Identity, Object, Scope, default_group, scope, validate};

use crate::kubernetes::document;

const CONNECT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: spark-connect-analytics
  namespace: jupyterhub-users
  labels: {app: connect}
  annotations: {team: data}
spec:
  template:
    metadata: {labels: {app: connect}}
    spec:
      serviceAccountName: spark
      initContainers: [{name: wait, image: 'busybox:1'}]
      containers: [{name: connect, image: 'spark:4'}, {name: proxy}]
";

fn object(yaml: &str) -> Object {
    Object::new(document(yaml)).expect("the case is an object")
}

fn identity(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> Identity {
    Identity {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

#[test]
fn an_object_knows_what_identifies_it() {
    let object = object(CONNECT);
    assert_eq!(
        *object.identity(),
        identity(
            "apps",
            "Deployment",
            Some("jupyterhub-users"),
            "spark-connect-analytics"
        )
    );
    assert_eq!(object.api_version(), "apps/v1");
    assert_eq!(object.version(), "v1");
    assert_eq!(object.scope(), Some(Scope::Namespaced));
    assert_eq!(object.label("app"), Some("connect"));
    assert_eq!(object.annotation("team"), Some("data"));
    assert_eq!(object.labels().count(), 1);
    assert_eq!(object.annotations().count(), 1);
}

#[test]
fn what_is_no_object_is_refused() {
    for (yaml, missing) in [
        ("{kind: ConfigMap, metadata: {name: a}}", "`apiVersion`"),
        ("{apiVersion: v1, metadata: {name: a}}", "`kind`"),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {generateName: a}}",
            "`metadata.name`",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: 7}}",
            "`metadata.name`",
        ),
        ("[]", "`apiVersion`"),
    ] {
        let diagnostics = Object::new(document(yaml)).expect_err("no object");
        let diagnostic = diagnostics.iter().next().expect("a reason");
        assert!(
            diagnostic.title.contains(missing),
            "{yaml}: {}",
            diagnostic.title
        );
    }
}

#[test]
fn an_identity_is_written_as_it_is_read() {
    for (written, expected) in [
        (
            "Deployment/a/b",
            identity("apps", "Deployment", Some("a"), "b"),
        ),
        (
            "ConfigMap/a/b.properties",
            identity("", "ConfigMap", Some("a"), "b.properties"),
        ),
        ("Namespace/a", identity("", "Namespace", None, "a")),
        (
            "ClusterRole/system:a",
            identity("rbac.authorization.k8s.io", "ClusterRole", None, "system:a"),
        ),
        (
            "SparkApplication/a/b",
            identity("sparkoperator.k8s.io", "SparkApplication", Some("a"), "b"),
        ),
        // Two groups have the kind: the core's needs no group.
        ("Event/a/b", identity("", "Event", Some("a"), "b")),
        (
            "Event.events.k8s.io/a/b",
            identity("events.k8s.io", "Event", Some("a"), "b"),
        ),
        // The catalogue does not know the kind.
        (
            "Widget.example.com/a",
            identity("example.com", "Widget", None, "a"),
        ),
        (
            "Widget.example.com/a/b",
            identity("example.com", "Widget", Some("a"), "b"),
        ),
        // Another group's kind of a known name.
        (
            "Deployment.example.com/a/b",
            identity("example.com", "Deployment", Some("a"), "b"),
        ),
    ] {
        assert_eq!(written.parse::<Identity>().expect(written), expected);
        assert_eq!(expected.to_string(), written);
    }
    let with_group: Identity = "Deployment.apps/a/b"
        .parse()
        .expect("a group may be written");
    assert_eq!(with_group.to_string(), "Deployment/a/b");
}

#[test]
fn an_identity_that_cannot_be_is_refused() {
    for (written, part) in [
        ("Deployment/b", "write `Deployment/NAMESPACE/b`"),
        ("Namespace/a/b", "write `Namespace/b`"),
        ("Deploymnt/a/b", "did you mean `Deployment`?"),
        ("Widget/a/b", "`Widget.GROUP`"),
        ("Deployment", "`KIND/NAMESPACE/NAME`"),
        ("Deployment/a/b/c", "`KIND/NAMESPACE/NAME`"),
        ("Deployment//b", "empty part"),
        ("", "`KIND/NAMESPACE/NAME`"),
    ] {
        let error = written.parse::<Identity>().expect_err(written).to_string();
        assert!(error.contains(part), "{written}: {error}");
    }
}

#[test]
fn identities_sort_by_group_kind_namespace_and_name() {
    let mut all = [
        "Service/b/a",
        "Deployment/a/a",
        "Service/a/b",
        "Service/a/a",
    ]
    .map(|it| it.parse::<Identity>().expect(it));
    all.sort();
    assert_eq!(
        all.map(|it| it.to_string()),
        [
            "Service/a/a",
            "Service/a/b",
            "Service/b/a",
            "Deployment/a/a"
        ]
    );
}

#[test]
fn the_catalogue_knows_where_kinds_live() {
    assert_eq!(scope("", "Pod"), Some(Scope::Namespaced));
    assert_eq!(scope("", "Namespace"), Some(Scope::Cluster));
    assert_eq!(
        scope("rbac.authorization.k8s.io", "ClusterRole"),
        Some(Scope::Cluster)
    );
    assert_eq!(
        scope("autoscaling", "HorizontalPodAutoscaler"),
        Some(Scope::Namespaced)
    );
    assert_eq!(
        scope("kustomize.toolkit.fluxcd.io", "Kustomization"),
        Some(Scope::Namespaced)
    );
    assert_eq!(scope("", "Deployment"), None);
    assert_eq!(scope("apps", "Deploy"), None);
    assert_eq!(default_group("Deployment"), Some("apps"));
    assert_eq!(default_group("Widget"), None);
}

#[test]
fn every_workload_shows_its_pods() {
    let pods = "{spec: {containers: [{name: main}]}}";
    for (api_version, kind, body) in [
        ("v1", "Pod", "spec: {containers: [{name: main}]}".to_owned()),
        ("v1", "PodTemplate", format!("template: {pods}")),
        (
            "v1",
            "ReplicationController",
            format!("spec: {{template: {pods}}}"),
        ),
        (
            "apps/v1",
            "Deployment",
            format!("spec: {{template: {pods}}}"),
        ),
        (
            "apps/v1",
            "StatefulSet",
            format!("spec: {{template: {pods}}}"),
        ),
        (
            "apps/v1",
            "DaemonSet",
            format!("spec: {{template: {pods}}}"),
        ),
        (
            "apps/v1",
            "ReplicaSet",
            format!("spec: {{template: {pods}}}"),
        ),
        ("batch/v1", "Job", format!("spec: {{template: {pods}}}")),
        (
            "batch/v1",
            "CronJob",
            format!("spec: {{jobTemplate: {{spec: {{template: {pods}}}}}}}"),
        ),
    ] {
        let object = object(&format!(
            "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: a}}, {body}}}"
        ));
        let template = object.pod_template().expect(kind);
        assert_eq!(
            template
                .containers()
                .map(|it| it.name())
                .collect::<Vec<_>>(),
            ["main"],
            "{kind}"
        );
        assert_eq!(
            object.node().at(template.path.iter().copied()),
            Some(template.node),
            "{kind}"
        );
    }
    let config =
        object("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, spec: {template: {}}}");
    assert!(config.pod_template().is_none());
    let foreign = object(
        "{apiVersion: example.com/v1, kind: Job, metadata: {name: a}, spec: {template: {}}}",
    );
    assert!(foreign.pod_template().is_none());
}

#[test]
fn a_pod_template_shows_what_its_pods_run() {
    let object = object(CONNECT);
    let template = object.pod_template().expect("a Deployment has one");
    let containers: Vec<_> = template
        .containers()
        .map(|it| (it.role.field(), it.name(), it.image()))
        .collect();
    assert_eq!(
        containers,
        [
            ("initContainers", "wait", Some("busybox:1")),
            ("containers", "connect", Some("spark:4")),
            ("containers", "proxy", None),
        ]
    );
    assert_eq!(template.service_account(), "spark");
    assert_eq!(template.labels().count(), 1);
    assert_eq!(template.annotations().count(), 0);
    assert!(template.spec().is_some());
}

#[test]
fn annotations_are_added_where_they_are_read() {
    let mut deployment = object(CONNECT);
    deployment.annotate("kiln/protected", "true");
    deployment.annotate_pods("kiln/checksum", "abc");
    assert_eq!(deployment.annotation("kiln/protected"), Some("true"));
    assert_eq!(deployment.annotation("team"), Some("data"));
    let template = deployment.pod_template().expect("a Deployment has one");
    assert_eq!(
        template
            .node
            .str_at(["metadata", "annotations", "kiln/checksum"]),
        Some("abc")
    );
    assert_eq!(template.labels().count(), 1);

    let mut config = object("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}");
    let before = config.clone();
    config.annotate_pods("kiln/checksum", "abc");
    assert_eq!(config, before);
}

#[test]
fn a_version_or_a_kind_may_be_unknown() {
    let coverage = |yaml: &str| {
        validate(
            &object(yaml),
            &mut kiln::diagnostics::Diagnostics::default(),
        )
    };
    assert_eq!(
        coverage("{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: a}}"),
        Coverage::UnknownVersion(vec!["v1"])
    );
    assert_eq!(
        coverage("{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}}"),
        Coverage::UnknownKind
    );
    assert_eq!(
        coverage("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"),
        Coverage::Known
    );
}
