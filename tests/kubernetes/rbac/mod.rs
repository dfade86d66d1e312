//! What accounts may do, through the library's public functions.

mod conformance;

use kiln::{
    document::Node,
    kubernetes::{
        Object,
        rbac::{Granted, Rbac, Request, ServiceAccount, Target, Verdict},
    },
};

use crate::kubernetes::documents;

/// A driver in the namespace `jobs`, and an account of the same name elsewhere.
const DRIVER: ServiceAccount = ServiceAccount {
    namespace: "jobs",
    name: "driver",
};
const NAMESAKE: ServiceAccount = ServiceAccount {
    namespace: "elsewhere",
    name: "driver",
};

fn objects(yaml: &str) -> Vec<Object> {
    let objects = documents(yaml).into_iter().map(Object::new);
    objects
        .collect::<Result<_, _>>()
        .expect("the case holds objects")
}

/// A Role `pods` in `jobs` with some rules, bound to the driver.
fn role(rules: &str) -> Vec<Object> {
    objects(&format!(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: pods, namespace: jobs}}
rules: {rules}
---
{}",
        binding("jobs", "Role", "pods", ACCOUNT)
    ))
}

/// A ClusterRole with some rules, bound to the driver on the whole cluster.
fn cluster_role(rules: &str) -> Vec<Object> {
    objects(&format!(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: all}}
rules: {rules}
---
{}",
        cluster_binding("all", ACCOUNT)
    ))
}

const ACCOUNT: &str = "{kind: ServiceAccount, name: driver, namespace: jobs}";
const GET_PODS: &str = "[{apiGroups: [''], resources: [pods], verbs: [get]}]";

fn binding(namespace: &str, kind: &str, role: &str, subjects: &str) -> String {
    format!(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {role}, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: {role}}}
subjects: [{subjects}]
"
    )
}

fn cluster_binding(role: &str, subjects: &str) -> String {
    format!(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: {role}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}
subjects: [{subjects}]
"
    )
}

fn get_pods(account: ServiceAccount<'static>, namespace: Option<&'static str>) -> Request<'static> {
    Request {
        account,
        verb: "get",
        target: Target::Resource {
            group: "",
            resource: "pods",
            name: Some("a"),
            namespace,
        },
    }
}

#[test]
fn a_role_holds_in_its_namespace_for_its_subject() {
    let objects = role(GET_PODS);
    let rbac = Rbac::new(&objects);
    assert!(rbac.allows(&get_pods(DRIVER, Some("jobs"))));
    for (account, namespace) in [
        (DRIVER, Some("elsewhere")),
        (DRIVER, None),
        (DRIVER, Some("")),
        (NAMESAKE, Some("jobs")),
        (NAMESAKE, Some("elsewhere")),
    ] {
        let request = get_pods(account, namespace);
        assert!(
            matches!(rbac.authorize(&request), Verdict::Denied),
            "{request:?}"
        );
    }
}

#[test]
fn a_cluster_role_holds_where_its_binding_says() {
    let everywhere = cluster_role(GET_PODS);
    let rbac = Rbac::new(&everywhere);
    for namespace in [Some("jobs"), Some("elsewhere"), None] {
        assert!(rbac.allows(&get_pods(DRIVER, namespace)), "{namespace:?}");
    }

    let mut in_jobs = everywhere.clone();
    in_jobs[1] = objects(&binding("jobs", "ClusterRole", "all", ACCOUNT)).remove(0);
    let rbac = Rbac::new(&in_jobs);
    assert!(rbac.allows(&get_pods(DRIVER, Some("jobs"))));
    assert!(!rbac.allows(&get_pods(DRIVER, Some("elsewhere"))));
    assert!(!rbac.allows(&get_pods(DRIVER, None)));
}

#[test]
fn a_role_and_a_cluster_role_of_one_name_are_two() {
    let mut objects = role(GET_PODS);
    objects[1] = self::objects(&binding("jobs", "ClusterRole", "pods", ACCOUNT)).remove(0);
    let verdict = Rbac::new(&objects)
        .authorize(&get_pods(DRIVER, Some("jobs")))
        .is_unknown();
    assert!(verdict);
}

/// A rule, what the driver asks for, and whether the rule allows it. `CORE` is the group of pods.
const MATCHES: &str = "
    {CORE, resources: [pods], verbs: [get, list]} | list pods | yes
    {CORE, resources: [pods], verbs: [get, list]} | watch pods | no
    {CORE, resources: [pods], verbs: ['*']} | deletecollection pods | yes
    {CORE, resources: [pods], verbs: [delete]} | deletecollection pods | no
    {apiGroups: [apps], resources: [pods], verbs: [get]} | get pods | no
    {apiGroups: ['*'], resources: [pods], verbs: [get]} | get pods | yes
    {apiGroups: ['*'], resources: [jobs], verbs: [get]} | get jobs.batch | yes
    {apiGroups: [apps, batch], resources: [jobs], verbs: [get]} | get jobs.batch | yes
    {resources: [pods], verbs: [get]} | get pods | no
    {CORE, resources: [pods], verbs: [get]} | get pods/log | no
    {CORE, resources: [pods/log], verbs: [get]} | get pods/log | yes
    {CORE, resources: [pods/log], verbs: [get]} | get pods | no
    {CORE, resources: ['*/log'], verbs: [get]} | get pods/log | yes
    {CORE, resources: ['*/log'], verbs: [get]} | get pods/catalog | no
    {CORE, resources: ['*/log'], verbs: [get]} | get log | no
    {CORE, resources: ['*'], verbs: [get]} | get pods/log | yes
    {CORE, resources: ['pods/*'], verbs: [get]} | get pods/log | no
    {CORE, resources: ['*/*'], verbs: [get]} | get pods/log | no
    {CORE, resources: ['*/*'], verbs: [get]} | get pods | no
    {CORE, resources: ['*/'], verbs: [get]} | get pods | no
    {CORE, resources: ['po*'], verbs: [get]} | get pods | no
    {CORE, resources: [pods], resourceNames: [a], verbs: ['*']} | get pods a | yes
    {CORE, resources: [pods], resourceNames: [a], verbs: ['*']} | get pods b | no
    {CORE, resources: [pods], resourceNames: [a], verbs: ['*']} | create pods | no
    {CORE, resources: [pods], resourceNames: ['*'], verbs: ['*']} | get pods a | no
    {CORE, resources: [pods], resourceNames: [], verbs: ['*']} | get pods a | yes
    {CORE, resources: [pods], verbs: [get]} | get pods a | yes
    {CORE, resources: [pods], verbs: [get]}, {CORE, resources: [secrets], verbs: [list]} | list pods | no
    {apiGroups: '', resources: pods, verbs: get} | get pods | no
";

#[test]
fn rules_match_as_the_server_matches() {
    for line in MATCHES.lines().filter(|it| !it.is_empty()) {
        let parts: Vec<_> = line.split(" | ").collect();
        let [rule, question, answer] = parts[..] else {
            panic!("a line is RULE | QUESTION | ANSWER: {line}");
        };
        let rule = rule.replace("CORE", "apiGroups: ['']");
        let mut question = question.split(' ');
        let verb = question.next().expect("a question begins with a verb");
        let resource = question.next().expect("a verb has an object");
        let (resource, sub) = resource.split_once('/').unwrap_or((resource, ""));
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        let slash = if sub.is_empty() { "" } else { "/" };
        let target = Target::Resource {
            group,
            resource: &format!("{plural}{slash}{sub}"),
            name: question.next(),
            namespace: Some("jobs"),
        };
        let objects = role(&format!("[{rule}]"));
        let may = Rbac::new(&objects).allows(&Request {
            account: DRIVER,
            verb,
            target,
        });
        assert_eq!(may, answer == "yes", "{line}");
    }
}

#[test]
fn urls_are_allowed_on_the_cluster_alone() {
    let objects =
        cluster_role("[{nonResourceURLs: [/metrics, '/logs/*', '/heal*'], verbs: [get]}]");
    let ask = |objects: &[Object], verb, path| {
        let target = Target::Url(path);
        let account = DRIVER;
        Rbac::new(objects).allows(&Request {
            account,
            verb,
            target,
        })
    };
    for (verb, path, expected) in [
        ("get", "/metrics", true),
        ("post", "/metrics", false),
        ("get", "/metrics/cadvisor", false),
        ("get", "/logs/kubelet", true),
        ("get", "/logs/a/b", true),
        ("get", "/logs/", true),
        ("get", "/logs", false),
        ("get", "/healthz", true),
        ("get", "/", false),
    ] {
        assert_eq!(ask(&objects, verb, path), expected, "{verb} {path}");
    }
    let all = cluster_role("[{nonResourceURLs: ['*'], verbs: ['*']}]");
    assert!(ask(&all, "get", "/anything"));
    assert!(!Rbac::new(&all).allows(&get_pods(DRIVER, None)));

    let mut in_jobs = objects.clone();
    in_jobs[1] = self::objects(&binding("jobs", "ClusterRole", "all", ACCOUNT)).remove(0);
    assert!(!ask(&in_jobs, "get", "/metrics"));
}

#[test]
fn an_account_is_all_that_its_token_says() {
    for (subject, driver, namesake, neighbour) in [
        (ACCOUNT, true, false, false),
        // A subject without namespace is of the binding's.
        ("{kind: ServiceAccount, name: driver}", true, false, false),
        (
            "{kind: ServiceAccount, name: driver, namespace: ''}",
            true,
            false,
            false,
        ),
        (
            "{kind: ServiceAccount, name: driver, namespace: elsewhere}",
            false,
            true,
            false,
        ),
        (
            "{kind: User, name: 'system:serviceaccount:jobs:driver'}",
            true,
            false,
            false,
        ),
        ("{kind: User, name: driver}", false, false, false),
        (
            "{kind: User, name: 'system:serviceaccount:jobs'}",
            false,
            false,
            false,
        ),
        (
            "{kind: Group, name: 'system:serviceaccount:jobs:driver'}",
            false,
            false,
            false,
        ),
        (
            "{kind: Group, name: 'system:serviceaccounts'}",
            true,
            true,
            true,
        ),
        (
            "{kind: Group, name: 'system:authenticated'}",
            true,
            true,
            true,
        ),
        (
            "{kind: Group, name: 'system:unauthenticated'}",
            false,
            false,
            false,
        ),
        (
            "{kind: Group, name: 'system:serviceaccounts:jobs'}",
            true,
            false,
            true,
        ),
        (
            "{kind: Group, name: 'system:serviceaccounts:'}",
            false,
            false,
            false,
        ),
        ("{kind: Group, name: jobs}", false, false, false),
        (
            "{kind: User, name: someone}, {kind: User, name: 'system:serviceaccount:jobs:driver'}",
            true,
            false,
            false,
        ),
    ] {
        let mut objects = role(GET_PODS);
        objects[1] = self::objects(&binding("jobs", "Role", "pods", subject)).remove(0);
        let rbac = Rbac::new(&objects);
        let neighbour_account = ServiceAccount {
            namespace: "jobs",
            name: "other",
        };
        for (account, expected) in [
            (DRIVER, driver),
            (NAMESAKE, namesake),
            (neighbour_account, neighbour),
        ] {
            let request = get_pods(account, Some("jobs"));
            assert_eq!(rbac.allows(&request), expected, "{subject}: {account:?}");
            assert_eq!(rbac.is_bound(account), expected, "{subject}: {account:?}");
        }
    }
}

#[test]
fn a_subject_without_namespace_is_nobody_on_the_cluster() {
    let mut objects = cluster_role(GET_PODS);
    let subject = "{kind: ServiceAccount, name: driver}";
    objects[1] = self::objects(&cluster_binding("all", subject)).remove(0);
    assert!(!Rbac::new(&objects).is_bound(DRIVER));
}

#[test]
fn what_the_server_would_not_take_gives_nothing() {
    for (from, to) in [
        // A binding on the cluster cannot reach into a namespace.
        ("kind: RoleBinding", "kind: ClusterRoleBinding"),
        ("kind: Role, name", "kind: Rule, name"),
        (
            "kind: RoleBinding\nmetadata: {name: pods, namespace: jobs}",
            "kind: RoleBinding\nmetadata: {name: pods}",
        ),
        (
            "rbac.authorization.k8s.io/v1\nkind: RoleBinding",
            "example.com/v1\nkind: RoleBinding",
        ),
    ] {
        let binding = binding("jobs", "Role", "pods", ACCOUNT);
        assert!(binding.contains(from), "{from}");
        let mut objects = role(GET_PODS);
        objects[1] = self::objects(&binding.replace(from, to)).remove(0);
        let verdict = Rbac::new(&objects).authorize(&get_pods(DRIVER, Some("jobs")));
        assert!(matches!(verdict, Verdict::Denied), "{to}: {verdict:?}");
    }
}

#[test]
fn a_role_that_nobody_gave_may_allow_anything() {
    for (yaml, elsewhere) in [
        (binding("jobs", "ClusterRole", "edit", ACCOUNT), false),
        (binding("jobs", "Role", "pods", ACCOUNT), false),
        (cluster_binding("cluster-admin", ACCOUNT), true),
    ] {
        let objects = objects(&yaml);
        let rbac = Rbac::new(&objects);
        assert!(rbac.authorize(&get_pods(DRIVER, Some("jobs"))).is_unknown());
        assert!(!rbac.allows(&get_pods(DRIVER, Some("jobs"))));
        let there = rbac.authorize(&get_pods(DRIVER, Some("elsewhere")));
        assert_eq!(there.is_unknown(), elsewhere, "{yaml}");
        let grant = rbac
            .grants(DRIVER)
            .next()
            .expect("the binding gives something");
        let Granted::Unknown(reference) = grant.granted else {
            panic!("{grant:?}");
        };
        assert_eq!(Some(reference), objects[0].node().get("roleRef"));
        assert!(grant.rule().is_none());
    }
}

#[test]
fn a_known_rule_goes_before_an_unknown_role() {
    let mut objects = self::objects(&binding("jobs", "ClusterRole", "edit", ACCOUNT));
    objects.extend(role(GET_PODS));
    let rbac = Rbac::new(&objects);
    let verdict = rbac.authorize(&get_pods(DRIVER, Some("jobs")));
    let Verdict::Allowed(grant) = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(grant.binding, &objects[2]);
}

const AGGREGATING: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [SELECTOR]}
rules: [{apiGroups: [''], resources: [overwritten], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: collected, labels: {team: data, tier: low}}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: no-cluster-role, namespace: jobs, labels: {team: data, tier: low}}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]
";

#[test]
fn a_role_that_aggregates_has_the_rules_of_others() {
    for (selector, selects) in [
        ("{matchLabels: {team: data}}", true),
        ("{matchLabels: {team: data, tier: low}}", true),
        ("{matchLabels: {team: data, tier: high}}", false),
        ("{matchLabels: {owner: x}}", false),
        ("{matchLabels: {owner: null}}", false),
        (
            "{matchLabels: {owner: x}}, {matchLabels: {team: data}}",
            true,
        ),
        ("{}", true),
        (
            "{matchExpressions: [{key: team, operator: In, values: [web, data]}]}",
            true,
        ),
        (
            "{matchExpressions: [{key: team, operator: In, values: [web]}]}",
            false,
        ),
        (
            "{matchExpressions: [{key: owner, operator: In, values: [web]}]}",
            false,
        ),
        (
            "{matchExpressions: [{key: team, operator: NotIn, values: [web]}]}",
            true,
        ),
        (
            "{matchExpressions: [{key: team, operator: NotIn, values: [web, data]}]}",
            false,
        ),
        (
            "{matchExpressions: [{key: owner, operator: NotIn, values: [web]}]}",
            true,
        ),
        ("{matchExpressions: [{key: team, operator: Exists}]}", true),
        (
            "{matchExpressions: [{key: owner, operator: Exists}]}",
            false,
        ),
        (
            "{matchExpressions: [{key: owner, operator: DoesNotExist}]}",
            true,
        ),
        (
            "{matchExpressions: [{key: team, operator: DoesNotExist}]}",
            false,
        ),
        ("{matchExpressions: [{key: team, operator: Like}]}", false),
        (
            "{matchLabels: {team: data}, matchExpressions: [{key: tier, operator: NotIn, values: [low]}]}",
            false,
        ),
    ] {
        let mut objects = objects(&AGGREGATING.replace("SELECTOR", selector));
        objects.extend(self::objects(&cluster_binding("all", ACCOUNT)));
        let rbac = Rbac::new(&objects);
        let verdict = rbac.authorize(&get_pods(DRIVER, Some("jobs")));
        if selects {
            let Verdict::Allowed(grant) = verdict else {
                panic!("{selector}: {verdict:?}");
            };
            // A message has to point to where the rule is written.
            assert_eq!(grant.rule().map(|it| it.role), Some(&objects[1]));
        } else {
            assert!(verdict.is_unknown(), "{selector}: {verdict:?}");
        }
        for resource in ["overwritten", "secrets"] {
            let target = Target::objects("", resource, "jobs");
            let verdict = rbac.authorize(&Request {
                account: DRIVER,
                verb: "get",
                target,
            });
            assert!(verdict.is_unknown(), "{selector}: {resource}: {verdict:?}");
        }
    }
}

#[test]
fn aggregation_goes_through_others_and_ends() {
    let objects = objects(&format!(
        "
{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: all, labels: {{b: x}}}},
 aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{a: x}}}}]}}}}
---
{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: middle, labels: {{a: x}}}},
 aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{b: x}}}}]}}}}
---
{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: plain, labels: {{a: x, b: x}}}},
 rules: [{{apiGroups: [''], resources: [pods], verbs: [get]}}]}}
---
{}",
        cluster_binding("all", ACCOUNT)
    ));
    let rbac = Rbac::new(&objects);
    assert!(rbac.allows(&get_pods(DRIVER, None)));
    let rules = rbac.grants(DRIVER).filter_map(|it| it.rule());
    assert_eq!(rules.count(), 1, "a rule that two ways lead to is one");
}

#[test]
fn grants_say_where_each_rule_is_written_and_holds() {
    let mut objects = role(
        "[{apiGroups: [''], resources: [pods], verbs: [get]}, {apiGroups: [''], resources: [secrets, '*'], verbs: [list]}]",
    );
    let twice = format!("{{kind: Group, name: 'system:authenticated'}}, {ACCOUNT}");
    objects[1] = self::objects(&binding("jobs", "Role", "pods", &twice)).remove(0);
    objects.extend(cluster_role(GET_PODS));
    let rbac = Rbac::new(&objects);
    let grants: Vec<_> = rbac.grants(DRIVER).collect();
    let seen: Vec<_> = grants
        .iter()
        .map(|it| {
            let rule = it.rule().expect("the roles are there");
            (it.binding, it.subject, it.namespace, rule.role, rule.node)
        })
        .collect();
    let subject = |binding: usize| &objects[binding].node().list_at(["subjects"])[0];
    let rule = |role: usize, at: usize| &objects[role].node().list_at(["rules"])[at];
    let of_role = |at| {
        (
            &objects[1],
            subject(1),
            Some("jobs"),
            &objects[0],
            rule(0, at),
        )
    };
    let of_cluster_role = (&objects[3], subject(3), None, &objects[2], rule(2, 0));
    assert_eq!(seen, [of_role(0), of_role(1), of_cluster_role]);

    // A message underlines the item that reaches too far, not the rule around it.
    let wide = grants[1].rule().expect("the roles are there");
    let items: &[Node] = wide.node.list_at(["resources"]);
    assert_eq!(wide.resource("configmaps"), Some(&items[1]));
    assert_eq!(wide.resource("secrets"), Some(&items[0]));
    assert_eq!(wide.verb("get"), None);
}
