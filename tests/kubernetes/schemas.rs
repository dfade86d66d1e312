use std::{collections::BTreeMap, fs, path::Path};

use kiln::{
    diagnostics::{At, Diagnostics, Severity},
    document::{Node, Origin, OriginId, Origins, Place, Sources},
    kubernetes::{Coverage, Object, kinds, validate, validate_scope, versions},
};
use serde_json::Value as Json;

use crate::{kubernetes::document, kubernetes::documents};

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: connect, namespace: spark}
spec:
  replicas: 1
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers:
      - name: main
        image: spark
        env: [{name: DEBUG, value: 'true'}]
        ports: [{containerPort: 15002}]
        resources: {limits: {memory: 2Gi}}
";

/// The messages about an object, each with its notes and hints.
fn messages(yaml: &str) -> Vec<String> {
    let object = Object::new(document(yaml)).expect("the case is an object");
    let mut diagnostics = Diagnostics::default();
    assert_eq!(validate(&object, &mut diagnostics), Coverage::Known);
    diagnostics
        .iter()
        .map(|it| {
            let lines = it.notes.iter().chain(&it.hints);
            lines.fold(it.title.clone(), |text, line| format!("{text} | {line}"))
        })
        .collect()
}

#[test]
fn valid_objects_pass() {
    assert_eq!(messages(DEPLOYMENT), [""; 0]);
    for all in [
        include_str!("valid.yaml"),
        include_str!("custom-resources.yaml"),
    ] {
        for node in documents(all) {
            let object = Object::new(node).expect("the case is an object");
            let mut diagnostics = Diagnostics::default();
            assert_eq!(validate(&object, &mut diagnostics), Coverage::Known);
            validate_scope(&object, &mut diagnostics);
            assert!(diagnostics.is_empty(), "{diagnostics:#?}");
        }
    }
}

#[test]
fn each_fault_has_its_message() {
    for (good, bad, expected) in [
        (
            "image: spark",
            "imagee: spark\n        image: spark",
            "Deployment/spark/connect: `spec.template.spec.containers[0].imagee` is not a field of a \
             Deployment | did you mean `image`?",
        ),
        (
            "image: spark",
            "image: spark\n        colour: red",
            "Deployment/spark/connect: `spec.template.spec.containers[0].colour` is not a field of a \
             Deployment",
        ),
        (
            "replicas: 1",
            "replicas: '1'",
            "Deployment/spark/connect: `spec.replicas` takes an integer, and this is a string | \
             write it without quotes: `1`",
        ),
        (
            "replicas: 1",
            "replicas: 3000000000",
            "Deployment/spark/connect: `spec.replicas` is 3000000000, and takes an integer from \
             -2147483648 to 2147483647",
        ),
        (
            "replicas: 1",
            "replicas: 1.5",
            "Deployment/spark/connect: `spec.replicas` takes an integer, and this is a number",
        ),
        (
            "value: 'true'",
            "value: true",
            "Deployment/spark/connect: `spec.template.spec.containers[0].env[0].value` of the \
             variable `DEBUG` takes a string, and this is a boolean | an environment variable is \
             text, but YAML reads words such as `true` and `yes`, and numbers, as something else; \
             the whole object would be refused | write it in quotes, as it stands",
        ),
        (
            "metadata: {labels: {app: a}}",
            "metadata: {labels: {app: a, example.com/tier: 7}}",
            "Deployment/spark/connect: `spec.template.metadata.labels[\"example.com/tier\"]` takes \
             a string, and this is an integer | write it in quotes, as it stands",
        ),
        (
            "- name: main",
            "- workingDir: /",
            "Deployment/spark/connect: `spec.template.spec.containers[0]` lacks `name`",
        ),
        (
            "memory: 2Gi",
            "memory: 2g",
            "Deployment/spark/connect: \
             `spec.template.spec.containers[0].resources.limits.memory` is wrong: `2g` is \
             not a quantity; one is a number with one of the suffixes n, u, m, k, M, G, T, P, E, Ki, \
             Mi, Gi, Ti, Pi, Ei, or with an exponent such as e3",
        ),
        (
            "replicas: 1",
            "strategy: {type: Rolling-Update}",
            "Deployment/spark/connect: `spec.strategy.type` is `Rolling-Update`, and takes one of \
             `Recreate`, `RollingUpdate` | did you mean `RollingUpdate`?",
        ),
        (
            "ports: [{containerPort: 15002}]",
            "ports: [{containerPort: 80, name: a}, {containerPort: 80, protocol: TCP}]",
            "Deployment/spark/connect: `spec.template.spec.containers[0].ports[1]` repeats \
             containerPort `80`, protocol `TCP` | the server tells the items of this list apart \
             by this",
        ),
        (
            "image: spark",
            "image: spark\n        args: [~]",
            "Deployment/spark/connect: `spec.template.spec.containers[0].args[0]` is null | there \
             is nothing behind the dash of this item",
        ),
        (
            "selector: {matchLabels: {app: a}}",
            "selector: []",
            "Deployment/spark/connect: `spec.selector` takes a mapping, and this is a list",
        ),
    ] {
        assert!(DEPLOYMENT.contains(good), "{good}");
        assert_eq!(messages(&DEPLOYMENT.replacen(good, bad, 1)), [expected]);
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let broken = DEPLOYMENT
        .replace("image: spark", "imagee: spark")
        .replace("replicas: 1", "replicas: many")
        .replace("value: 'true'", "value: 1");
    // The container also lacks its image now.
    assert_eq!(messages(&broken).len(), 4, "{:#?}", messages(&broken));
}

#[test]
fn a_secret_takes_base64() {
    let secret = |data: &str| {
        messages(&format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: a, namespace: b}}, data: {{a: '{data}'}}}}"
        ))
    };
    for good in ["", "aGVsbG8=", "YQ==", "aGVsbG8h"] {
        assert_eq!(secret(good), [""; 0], "{good}");
    }
    for bad in ["hello!", "aGVsbG8", "a===", "=GVs", "aGVs bG8="] {
        assert_eq!(
            secret(bad),
            [
                "Secret/b/a: `data.a` takes Base64, and this is none | a Secret takes plain text \
              under `stringData`"
            ],
            "{bad}"
        );
    }
}

#[test]
fn null_is_nothing_except_in_custom_resources() {
    assert_eq!(
        messages(&DEPLOYMENT.replace("replicas: 1", "replicas: ~")),
        [""; 0]
    );
    assert_eq!(
        messages(&DEPLOYMENT.replace("selector: {matchLabels: {app: a}}", "selector: ~")),
        ["Deployment/spark/connect: `spec` lacks `selector`"]
    );
    assert_eq!(
        messages(
            "{apiVersion: sparkoperator.k8s.io/v1alpha1, kind: SparkConnect, metadata: {name: a}, \
             spec: {sparkVersion: 4.1.4, image: ~, server: {}, executor: {}}}"
        ),
        [
            "SparkConnect/a: `spec.image` is null | a custom resource holds no null: leave the field out"
        ]
    );
}

#[test]
fn a_template_of_a_custom_resource_may_be_partial_but_not_misspelt() {
    let connect = |template: &str| {
        messages(&format!(
            "{{apiVersion: sparkoperator.k8s.io/v1alpha1, kind: SparkConnect, metadata: {{name: a}}, \
             spec: {{sparkVersion: 4.1.4, server: {{template: {template}}}, executor: {{}}}}}}"
        ))
    };
    assert_eq!(connect("{spec: {serviceAccountName: spark}}"), [""; 0]);
    assert_eq!(
        connect("{spec: {serviceAcountName: spark}}"),
        [
            "SparkConnect/a: `spec.server.template.spec.serviceAcountName` is not a field of a \
          SparkConnect | did you mean `serviceAccountName`?"
        ]
    );
}

#[test]
fn what_is_open_takes_more_but_warns_of_a_slip() {
    let kustomization = |field: &str| {
        let object = Object::new(document(&format!(
            "{{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {{name: a}}, \
             spec: {{interval: 1m, prune: true, sourceRef: {{kind: GitRepository, name: a}}, {field}: x}}}}"
        )));
        let mut diagnostics = Diagnostics::default();
        assert_eq!(
            validate(&object.expect("an object"), &mut diagnostics),
            Coverage::Known
        );
        diagnostics.iter().map(|it| it.severity).collect::<Vec<_>>()
    };
    assert_eq!(kustomization("path"), []);
    assert_eq!(kustomization("somethingOfTheNextVersion"), []);
    assert_eq!(kustomization("targetNamespce"), [Severity::Warning]);
}

#[test]
fn a_namespace_must_be_there_exactly_when_the_kind_lives_in_one() {
    let titles = |yaml: &str| {
        let mut diagnostics = Diagnostics::default();
        validate_scope(
            &Object::new(document(yaml)).expect("an object"),
            &mut diagnostics,
        );
        diagnostics
            .iter()
            .map(|it| it.title.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(titles(DEPLOYMENT), [""; 0]);
    assert_eq!(
        titles("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"),
        ["ConfigMap/a lacks `metadata.namespace`"]
    );
    assert_eq!(
        titles(
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: b}}"
        ),
        ["ClusterRole/b/a has a `metadata.namespace`"]
    );
    assert_eq!(
        titles("{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}}"),
        [""; 0]
    );
}

#[test]
fn a_message_points_to_where_the_value_comes_from() {
    let mut sources = Sources::default();
    let file = sources.add_file("environments/prod.toml", "spec = 1\nreplicas = 2\n");
    let mut origin = |start, end| -> OriginId {
        let value = Place {
            file,
            span: start..end,
        };
        sources.add_origin(Origin::Manifest { key: None, value })
    };
    let (of_spec, of_replicas) = (origin(7, 8), origin(20, 21));
    let mut node = document(&DEPLOYMENT.replace("replicas: 1", "replicas: many"));
    let spec = node
        .as_map_mut()
        .and_then(|it| it.get_mut("spec"))
        .expect("a spec");
    spec.origins = Origins::from(of_spec);
    let fields = spec.as_map_mut().expect("a mapping");
    fields.get_mut("replicas").expect("it is there").origins = Origins::from(of_replicas);
    // The selector has no origin of its own, so the nearest one around it is shown.
    fields.insert("selector".to_owned(), Node::from("text"));

    let mut diagnostics = Diagnostics::default();
    let coverage = validate(&Object::new(node).expect("an object"), &mut diagnostics);
    assert_eq!(coverage, Coverage::Known);
    let places: Vec<_> = diagnostics
        .iter()
        .map(|it| match it.labels[0].at {
            At::Value(origin) => origin,
            _ => panic!("a value is shown"),
        })
        .collect();
    assert_eq!(places, [of_replicas, of_spec]);
}

#[test]
fn versions_and_kinds_are_found() {
    let all = |group: &str, kind: &str| versions(group, kind).collect::<Vec<_>>();
    assert_eq!(all("autoscaling", "HorizontalPodAutoscaler"), ["v1", "v2"]);
    assert_eq!(all("", "Pod"), ["v1"]);
    assert_eq!(all("sparkoperator.k8s.io", "SparkConnect"), ["v1alpha1"]);
    assert_eq!(all("", "Po"), [""; 0]);
    let kinds: Vec<_> = kinds().collect();
    for kind in [
        "APIService",
        "Pod",
        "VolumeAttributesClass",
        "AppProject",
        "SealedSecret",
        "GitRepository",
    ] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}

/// The definitions of a schema file by name; checks that they are sorted, one a line.
fn definitions(path: &Path) -> BTreeMap<String, Json> {
    let text = fs::read_to_string(path).expect("a schema file");
    let all: BTreeMap<String, Json> = serde_json::from_str(&text).expect("a schema file is JSON");
    let written = all
        .iter()
        .map(|(name, json)| format!("{name:?}:{json}").len());
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.trim_end_matches(','))
        .collect();
    let names = lines[1..lines.len() - 1]
        .iter()
        .map(|line| line.split('"').nth(1).unwrap_or(""));
    assert!(names.eq(all.keys()), "{} is sorted", path.display());
    let lengths = lines[1..lines.len() - 1].iter().map(|line| line.len());
    assert!(
        lengths.eq(written),
        "{} has a definition a line",
        path.display()
    );
    all
}

#[test]
fn the_embedded_schemas_are_well_formed() {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let kubernetes = definitions(&schemas.join("kubernetes.json"));
    let folder = fs::read_dir(schemas.join("custom-resources")).expect("a folder");
    let mut files: Vec<_> = folder
        .map(|entry| definitions(&entry.expect("an entry").path()))
        .collect();
    files.push(kubernetes.clone());
    for file in &files {
        for (name, definition) in file {
            let is_kind = name.starts_with(|it: char| it.is_ascii_uppercase());
            assert_eq!(definition.get("scope").is_some(), is_kind, "{name}");
            well_formed(name, definition, &|name| {
                file.contains_key(name) || kubernetes.contains_key(name)
            });
        }
    }
}

fn well_formed(name: &str, json: &Json, is_known: &dyn Fn(&str) -> bool) {
    const SCALARS: [&str; 9] = [
        "any",
        "string",
        "bytes",
        "boolean",
        "int32",
        "int64",
        "number",
        "quantity",
        "int-or-string",
    ];
    match json {
        Json::String(text) => match text.strip_prefix('#') {
            Some(reference) => assert!(is_known(reference), "{name} refers to {reference}"),
            None => assert!(SCALARS.contains(&text.as_str()), "{name} has type {text}"),
        },
        Json::Array(items) => {
            assert_eq!(items.len(), 1, "{name} is a list of one type");
            well_formed(name, &items[0], is_known);
        }
        Json::Object(parts) => {
            if let Some(Json::Object(fields)) = parts.get("fields") {
                for (field, json) in fields {
                    well_formed(&format!("{name}.{field}"), json, is_known);
                }
                for field in parts
                    .get("required")
                    .and_then(Json::as_array)
                    .into_iter()
                    .flatten()
                {
                    let field = field.as_str().expect("names are text");
                    assert!(fields.contains_key(field), "{name} requires {field}");
                }
                return;
            }
            let forms = ["map", "list", "partial", "or-boolean", "is"];
            match forms.iter().find_map(|form| parts.get(*form)) {
                Some(inner) => well_formed(name, inner, is_known),
                None => assert!(parts["enum"].is_array(), "{name} is of a known form"),
            }
        }
        other => panic!("{name} holds {other}"),
    }
}

#[test]
fn our_definitions_are_valid_and_fit_into_an_annotation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/components/operator/definitions");
    let mut specs = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a text");
        // The limit of all annotations of an object, of which a client-side apply leaves a copy.
        assert!(text.len() < 262_144 / 2);
        let object = Object::new(document(&text)).expect("an object");
        assert_eq!(messages(&text), [""; 0], "{}", object.identity());
        let schema = &object.node().list_at(["spec", "versions"])[0];
        let spec = schema
            .at(["schema", "openAPIV3Schema", "properties", "spec"])
            .expect("a spec");
        specs.insert(object.identity().name.clone(), spec.clone());
    }
    assert_eq!(
        specs.keys().collect::<Vec<_>>(),
        [
            "scheduledsparkapplications.sparkoperator.k8s.io",
            "sparkapplications.sparkoperator.k8s.io",
            "sparkconnects.sparkoperator.k8s.io",
        ]
    );
    assert_eq!(
        specs["scheduledsparkapplications.sparkoperator.k8s.io"].at(["properties", "template"]),
        Some(&specs["sparkapplications.sparkoperator.k8s.io"]),
        "a schedule's template is an application"
    );
}
