//! What the checks of access claim of ServiceAccounts, as the API server does it.

use crate::support::control_plane::{ControlPlane, text};

const NAMESPACE: &str = "jobs";

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn accounts_tokens_and_verbs_are_what_the_checks_take_them_for() {
    let plane = ControlPlane::start();
    plane.run(&["create", "namespace", NAMESPACE], "");
    plane.run(&["create", "-f", "-"], ACCOUNTS);

    // E0805
    let refused = plane.kubectl(&["create", "-f", "-"], &pod("lost", "missing", None));
    assert!(!refused.status.success());
    let said = text(&refused.stderr);
    let symptom =
        "error looking up service account jobs/missing: serviceaccount \"missing\" not found";
    assert!(said.contains(symptom), "{said}");

    // E0807: what the pod says wins over what the account says.
    for (name, account, own, has_token) in [
        ("as-usual", "spark", None, true),
        ("pod-off", "spark", Some(false), false),
        ("account-off", "quiet", None, false),
        ("pod-on", "quiet", Some(true), true),
    ] {
        plane.run(&["create", "-f", "-"], &pod(name, account, own));
        let path = "jsonpath={.spec.volumes[*].projected.sources[*].serviceAccountToken.path}";
        let tokens = plane.run(&["get", "pod", name, "-n", NAMESPACE, "-o", path], "");
        assert_eq!(tokens.trim() == "token", has_token, "{name}: {tokens}");
    }

    // E0806, W0802 and W0804
    for (account, right, is_allowed) in [
        ("default", "watch pods", false),
        ("spark", "delete pods", true),
        ("spark", "deletecollection pods", false),
        ("editor", "get secrets", true),
        ("editor", "create pods/exec", true),
        ("editor", "impersonate serviceaccounts", true),
    ] {
        let as_account = format!("--as=system:serviceaccount:{NAMESPACE}:{account}");
        let mut arguments = vec!["auth", "can-i", "-n", NAMESPACE, as_account.as_str()];
        arguments.extend(right.split(' '));
        let answer = text(&plane.kubectl(&arguments, "").stdout);
        let expected = if is_allowed { "yes" } else { "no" };
        assert_eq!(answer.trim(), expected, "{account}: {right}");
    }
}

/// A pod of an account, and what it says of its token itself.
fn pod(name: &str, account: &str, own: Option<bool>) -> String {
    let mut pod = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "serviceAccountName": account,
            "containers": [{"name": "main", "image": "none"}],
        },
    });
    if let Some(own) = own {
        pod["spec"]["automountServiceAccountToken"] = own.into();
    }
    pod.to_string()
}

const ACCOUNTS: &str = r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: spark, namespace: jobs}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: quiet, namespace: jobs}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: spark, namespace: jobs}
rules:
- {apiGroups: [""], resources: [pods], verbs: [create, get, list, watch, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: spark, namespace: jobs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: spark}
subjects: [{kind: ServiceAccount, name: spark, namespace: jobs}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editor, namespace: jobs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: editor, namespace: jobs}]
"#;
