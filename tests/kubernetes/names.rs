use std::str::FromStr;

use kiln::kubernetes::{
    ConfigKey, LabelValue, NamespaceName, ServiceName, SubdomainName, validate_annotation_key,
    validate_label, validate_label_key, validate_object_name,
};
use schemars::JsonSchema;

use crate::kubernetes::quantities::validator;

/// Checks names against a type, and that the type's schema says the same.
fn check<T: FromStr + JsonSchema>(good: &[&str], bad: &[&str]) {
    let schema = validator::<T>();
    for name in good {
        assert!(T::from_str(name).is_ok(), "{name} is taken");
        assert!(schema.is_valid(&(*name).into()), "the schema takes {name}");
    }
    for name in bad {
        assert!(T::from_str(name).is_err(), "{name} is refused");
        assert!(
            !schema.is_valid(&(*name).into()),
            "the schema refuses {name}"
        );
    }
}

#[test]
fn each_type_takes_what_its_rule_allows() {
    let (label, too_long) = ("a".repeat(63), "a".repeat(64));
    let (subdomain, far_too_long) = ("a".repeat(253), "a".repeat(254));
    check::<NamespaceName>(
        &["a", "0", "jupyterhub-users", "4-teams", &label],
        &["", "-a", "a-", "A", "a.b", "a_b", "ä", "a\n", &too_long],
    );
    check::<ServiceName>(
        &["a", "spark-connect-0", &label],
        &["", "0", "4-teams", "a-", "a.b", &too_long],
    );
    check::<SubdomainName>(
        &[
            "a",
            "a.b",
            "0.1-2",
            "sparkapplications.sparkoperator.k8s.io",
            &subdomain,
        ],
        &["", ".a", "a.", "a..b", "a.-b", "A.b", "a_b", &far_too_long],
    );
    check::<LabelValue>(
        &["", "a", "A_b.c-9", &label],
        &["N/A", "-a", "a.", "a b", &too_long],
    );
    check::<ConfigKey>(
        &[
            "a",
            ".dockerconfigjson",
            "log4j2.properties",
            "_A-9",
            "a..b",
            &subdomain,
        ],
        &["", ".", "..", "..a", "a/b", "a b", &far_too_long],
    );
}

#[test]
fn the_message_says_what_is_wrong() {
    let error = "a"
        .repeat(70)
        .parse::<NamespaceName>()
        .expect_err("too long")
        .to_string();
    assert!(error.contains("70 characters, 7 more than"), "{error}");
    let error = "Team"
        .parse::<NamespaceName>()
        .expect_err("upper case")
        .to_string();
    assert!(error.contains("`Team` is not a DNS label"), "{error}");
}

/// Kinds with names, and whether the API server takes such an object; compared by
/// [`crate::kubernetes::conformance`].
pub fn object_names() -> Vec<(&'static str, &'static str, String, bool)> {
    let long = |length| "a".repeat(length);
    vec![
        ("", "Namespace", long(63), true),
        ("", "Namespace", long(64), false),
        ("", "Namespace", "a.b".to_owned(), false),
        ("", "Service", "0a".to_owned(), false),
        ("", "Service", long(63), true),
        ("", "Service", long(64), false),
        ("", "Service", "a.b".to_owned(), false),
        ("", "ConfigMap", "a.b".to_owned(), true),
        ("", "ConfigMap", "0".to_owned(), true),
        ("", "ConfigMap", long(253), true),
        ("", "ConfigMap", long(254), false),
        ("", "ConfigMap", "A".to_owned(), false),
        ("", "ConfigMap", "a_b".to_owned(), false),
        ("", "Secret", "a..b".to_owned(), false),
        ("", "ServiceAccount", "a.b".to_owned(), true),
        ("", "ServiceAccount", long(254), false),
        ("", "PersistentVolumeClaim", long(253), true),
        ("", "PersistentVolumeClaim", "A".to_owned(), false),
        ("", "ResourceQuota", "a.b".to_owned(), true),
        ("", "ResourceQuota", "a:b".to_owned(), false),
        ("apps", "Deployment", long(253), true),
        ("apps", "Deployment", "a.b".to_owned(), true),
        ("apps", "Deployment", "a_b".to_owned(), false),
        ("apps", "StatefulSet", "a.b".to_owned(), false),
        ("apps", "StatefulSet", long(63), true),
        ("apps", "StatefulSet", long(64), false),
        ("apps", "DaemonSet", "a.b".to_owned(), true),
        ("batch", "Job", long(63), true),
        ("batch", "Job", long(64), false),
        ("batch", "Job", "a.b".to_owned(), true),
        ("batch", "CronJob", long(52), true),
        ("batch", "CronJob", long(53), false),
        (
            "rbac.authorization.k8s.io",
            "Role",
            "system:a".to_owned(),
            true,
        ),
        ("rbac.authorization.k8s.io", "Role", "A b".to_owned(), true),
        ("rbac.authorization.k8s.io", "Role", "a%b".to_owned(), false),
        (
            "rbac.authorization.k8s.io",
            "ClusterRole",
            "system:A_b".to_owned(),
            true,
        ),
        ("rbac.authorization.k8s.io", "ClusterRole", long(254), true),
        ("networking.k8s.io", "NetworkPolicy", "a.b".to_owned(), true),
        (
            "networking.k8s.io",
            "NetworkPolicy",
            "a:b".to_owned(),
            false,
        ),
        ("networking.k8s.io", "Ingress", "a.b".to_owned(), true),
        ("policy", "PodDisruptionBudget", "a.b".to_owned(), true),
        ("policy", "PodDisruptionBudget", "A:b".to_owned(), true),
        (
            "autoscaling",
            "HorizontalPodAutoscaler",
            "a.b".to_owned(),
            true,
        ),
        ("scheduling.k8s.io", "PriorityClass", "a.b".to_owned(), true),
        (
            "scheduling.k8s.io",
            "PriorityClass",
            "system-a".to_owned(),
            false,
        ),
        ("storage.k8s.io", "StorageClass", "a.b".to_owned(), true),
        ("storage.k8s.io", "StorageClass", "A".to_owned(), false),
    ]
}

#[test]
fn each_kind_has_its_rule() {
    for (group, kind, name, is_taken) in object_names() {
        let verdict = validate_object_name(group, kind, &name);
        assert_eq!(verdict.is_ok(), is_taken, "{kind} {name}: {verdict:?}");
    }
    let error = validate_object_name("batch", "CronJob", &"a".repeat(60)).expect_err("too long");
    assert!(error.contains("may have 52"), "{error}");
}

#[test]
fn label_keys_have_a_prefix_and_a_name() {
    for key in ["app", "app.kubernetes.io/name", "A_b.c", "example.com/A"] {
        assert!(validate_label_key(key).is_ok(), "{key}");
    }
    let long_name = format!("example.com/{}", "a".repeat(64));
    for key in [
        "",
        "/a",
        "a/",
        "Example.com/a",
        "a/b/c",
        "-a",
        "a b",
        long_name.as_str(),
    ] {
        assert!(validate_label_key(key).is_err(), "{key}");
    }
    // Annotations alone may have upper-case prefixes.
    assert!(validate_annotation_key("Example.com/a").is_ok());
    assert!(validate_annotation_key("a b").is_err());
}

#[test]
fn a_label_without_a_value_is_not_available() {
    let error = validate_label("spark-version", "N/A").expect_err("a slash");
    assert!(
        error.contains("label `spark-version`: `N/A` is not a label value"),
        "{error}"
    );
    assert!(validate_label("spark-version", "").is_ok());
    assert!(validate_label("spark version", "4").is_err());
}
