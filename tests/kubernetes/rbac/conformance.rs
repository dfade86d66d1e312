//! Compares kiln's verdicts on rights with those of a real API server.
//!
//! `make conformance` runs this; it fails when no API server can be started. The control plane runs the
//! controller that fills aggregating roles, so nothing of theirs is computed here.

use std::{cell::RefCell, collections::BTreeSet};

use fastrand::Rng;
use kiln::kubernetes::{
    Object,
    rbac::{Grant, Rbac, Request, ServiceAccount, Target, Verdict},
};
use serde_json::{Value, json};

use crate::{
    kubernetes::document,
    support::control_plane::{ControlPlane, items},
};

const SEED: u64 = 20;
const GROUP: &str = "rbac.authorization.k8s.io";
const KINDS: &str = "clusterroles,clusterrolebindings,roles,rolebindings";

/// How much is made: the first three in each namespace.
const ROLES: usize = 2;
const BINDINGS: usize = 8;
const ACCOUNTS: usize = 3;
const NAMESPACES: usize = 16;
const CLUSTER_ROLES: usize = 40;
const AGGREGATING: usize = 24;
const CLUSTER_BINDINGS: usize = 14;
const QUESTIONS: usize = 4000;
/// Each of these is a process.
const QUESTIONS_OF_KUBECTL: usize = 40;
/// How often a tenth of the roles is hidden from kiln.
const HIDINGS: usize = 10;

/// What requests are made of. Rules are made of these and of the wildcards.
const VERBS: [&str; 6] = [
    "get",
    "list",
    "watch",
    "create",
    "delete",
    "deletecollection",
];
const GROUPS: [&str; 3] = ["", "apps", "sparkoperator.k8s.io"];
const RESOURCES: [&str; 9] = [
    "pods",
    "pods/log",
    "pods/status",
    "configmaps",
    "deployments",
    "deployments/scale",
    "deployments/status",
    "sparkapplications",
    "sparkapplications/status",
];
const NAMES: [&str; 3] = ["a", "b", "c"];
const PATHS: [&str; 6] = [
    "/metrics",
    "/metrics/cadvisor",
    "/logs",
    "/logs/",
    "/logs/kubelet",
    "/healthcheck",
];

/// What nothing in a request is called, or what is called so by nobody but rules.
const WIDE_RESOURCES: [&str; 7] = ["*", "*/log", "*/status", "*/scale", "pods/*", "*/*", "*/"];
const WIDE_PATHS: [&str; 5] = ["/metrics", "/metrics/*", "/logs*", "/heal*", "/logs/*"];

/// Resources that the server serves, so that kubectl finds them.
const SERVED: [(&str, &str); 4] = [
    ("", "pods"),
    ("", "pods/log"),
    ("", "configmaps"),
    ("apps", "deployments/scale"),
];

/// A request that owns its texts.
#[derive(Debug)]
struct Question {
    namespace: String,
    name: String,
    verb: &'static str,
    about: About,
}

#[derive(Debug)]
enum About {
    Resource {
        group: &'static str,
        resource: &'static str,
        name: Option<&'static str>,
        namespace: Option<String>,
    },
    Url(&'static str),
}

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn verdicts_on_rights_are_those_of_the_server() {
    let plane = ControlPlane::start();
    let mut random = Rng::with_seed(SEED);
    let built_in = plane.list(KINDS);
    let made = world(&mut random);
    create(&plane, &made);

    let given: Vec<_> = built_in.iter().chain(&made).filter_map(object).collect();
    let rbac = Rbac::new(&given);
    let questions: Vec<_> = (0..QUESTIONS).map(|_| Question::any(&mut random)).collect();
    let answers = ask(&plane, &questions);

    let allowed = answers.iter().filter(|it| **it).count();
    let unknown = |it: &&Question| rbac.authorize(&it.request()).is_unknown();
    let unknown = questions.iter().filter(unknown).count();
    println!("{QUESTIONS} questions, {allowed} allowed, {unknown} unknown");
    // Otherwise the questions would tell nothing apart.
    assert!((QUESTIONS / 10..QUESTIONS / 2).contains(&allowed));
    assert!((1..(QUESTIONS - allowed) / 2).contains(&unknown));

    let mut wrong = Vec::new();
    for (question, answer) in questions.iter().zip(&answers) {
        // All roles were given, so what is unknown is what nobody has written.
        if rbac.allows(&question.request()) != *answer {
            wrong.push(format!("the server says {answer}: {question:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );

    hide_roles(&given, &questions, &answers, &mut random);
    compare_rules(&plane, &rbac, &mut random);
    compare_with_kubectl(&plane, &rbac, &mut random);
    own_rules_of_a_role_that_aggregates(&plane);
}

/// Whoever does not see all roles may say that it does not know, but nothing that is wrong.
fn hide_roles(given: &[Object], questions: &[Question], answers: &[bool], random: &mut Rng) {
    let (mut answered, mut allowed_unseen) = (0, 0);
    for _ in 0..HIDINGS {
        let is_seen = |it: &&Object| !it.identity().kind.ends_with("Role") || random.u8(..10) > 0;
        let rbac = Rbac::new(given.iter().filter(is_seen));
        for (question, answer) in questions.iter().zip(answers) {
            match rbac.authorize(&question.request()) {
                Verdict::Unknown(_) => allowed_unseen += usize::from(*answer),
                verdict => {
                    let is_allowed = matches!(verdict, Verdict::Allowed(_));
                    assert_eq!(is_allowed, *answer, "{question:?}: {verdict:?}");
                    answered += 1;
                }
            }
        }
    }
    println!("with roles hidden, {answered} answered, {allowed_unseen} allowed by hidden roles");
    assert!(answered > HIDINGS * questions.len() / 4);
    assert!(allowed_unseen > HIDINGS * 10);
}

/// All rules that bindings give accounts, in a namespace.
fn compare_rules(plane: &ControlPlane, rbac: &Rbac<'_>, random: &mut Rng) {
    for number in 0..NAMESPACES * ACCOUNTS {
        let own = name_of("n", number / ACCOUNTS);
        let name = name_of("a", number % ACCOUNTS);
        let places = [own.clone(), any_namespace(random)];
        let reviews = places.each_ref().map(|namespace| {
            json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectRulesReview",
                "spec": {"namespace": namespace},
            })
        });
        let account = ServiceAccount {
            namespace: &own,
            name: &name,
        };
        let user = user(account);
        let ask = ["create", "--output=json", "--filename=-", "--as", &user];
        let answers = items(&plane.run(&ask, &list(&reviews)));
        for (namespace, answer) in places.iter().zip(answers) {
            let holds = |it: &Grant<'_>| it.namespace.is_none_or(|it| it == namespace.as_str());
            let rules = rbac
                .grants(account)
                .filter(holds)
                .filter_map(|it| it.rule());
            let ours: BTreeSet<_> = rules
                .map(|it| it.node.to_json())
                .filter(|it| it.get("resources").is_some())
                .map(|it| in_order(&it))
                .collect();
            let theirs = answer["status"]["resourceRules"].as_array();
            let theirs = theirs.into_iter().flatten().map(in_order).collect();
            assert_eq!(ours, theirs, "{user} in {namespace}");
        }
    }
}

/// A rule as a text. The server leaves out lists that are empty.
fn in_order(rule: &Value) -> String {
    ["verbs", "apiGroups", "resources", "resourceNames"]
        .map(|it| rule[it].as_array().cloned().unwrap_or_default())
        .map(|it| Value::from(it).to_string())
        .join(" ")
}

/// What people will type who do not believe it.
fn compare_with_kubectl(plane: &ControlPlane, rbac: &Rbac<'_>, random: &mut Rng) {
    let mut allowed = 0;
    for _ in 0..QUESTIONS_OF_KUBECTL {
        let mut question = Question::any(random);
        if let About::Resource {
            group, resource, ..
        } = &mut question.about
        {
            (*group, *resource) = SERVED[random.usize(..SERVED.len())];
        }
        let mut arguments = vec!["auth", "can-i", question.verb];
        let full_name;
        match &question.about {
            About::Url(path) => arguments.push(path),
            About::Resource {
                group,
                resource,
                name,
                namespace,
            } => {
                let (plural, sub) = resource.split_once('/').unwrap_or((*resource, ""));
                let dot = if group.is_empty() { "" } else { "." };
                let slash = if name.is_some() { "/" } else { "" };
                full_name = format!("{plural}{dot}{group}{slash}{}", name.unwrap_or_default());
                arguments.extend([full_name.as_str(), "--subresource", sub]);
                match namespace {
                    Some(namespace) => arguments.extend(["--namespace", namespace]),
                    None => arguments.push("--all-namespaces"),
                }
            }
        }
        let user = user(question.account());
        arguments.extend(["--as", &user]);
        let output = plane.kubectl(&arguments, "");
        let ours = rbac.allows(&question.request());
        assert_eq!(ours, output.status.success(), "{arguments:?}: {output:?}");
        allowed += usize::from(ours);
    }
    println!("{QUESTIONS_OF_KUBECTL} questions of kubectl, {allowed} allowed");
    assert!((1..QUESTIONS_OF_KUBECTL).contains(&allowed));
}

/// Why the own rules of a role that aggregates are unknown: they last as long as it selects no rule.
fn own_rules_of_a_role_that_aggregates(plane: &ControlPlane) {
    let own = json!([{"apiGroups": [""], "resources": ["own"], "verbs": ["get"]}]);
    let role = |name: &str, selects: &str| {
        let mut role = role("ClusterRole", None, name, &own);
        // Who lacks a label is not excluded by its values.
        let exclusion = json!({"key": "absent", "operator": "NotIn", "values": ["x"]});
        let selector = json!({
            "matchLabels": {"selected-by": selects}, "matchExpressions": [exclusion],
        });
        role["aggregationRule"] = json!({"clusterRoleSelectors": [selector]});
        role
    };
    let mut selected = self::role("ClusterRole", None, "selected", &own);
    selected["metadata"]["labels"] = json!({"selected-by": "over"});
    selected["rules"][0]["resources"] = json!(["others"]);
    let to = json!([account_subject("own", "own")]);
    let objects = [
        selected,
        role("over", "over"),
        role("alone", "alone"),
        binding(Some("over"), "b", "ClusterRole", "over", &to),
        binding(Some("alone"), "b", "ClusterRole", "alone", &to),
    ];
    let namespaces = ["over", "alone"].map(namespace);
    create(plane, &[&namespaces[..], &objects].concat());
    let given: Vec<_> = objects.iter().filter_map(object).collect();
    let rbac = Rbac::new(&given);
    for (namespace, resource, expected) in [
        ("over", "own", false),
        ("over", "others", true),
        ("alone", "own", true),
        ("alone", "others", false),
    ] {
        let question = Question {
            namespace: "own".to_owned(),
            name: "own".to_owned(),
            verb: "get",
            about: About::Resource {
                group: "",
                resource,
                name: None,
                namespace: Some(namespace.to_owned()),
            },
        };
        let answer = ask(plane, std::slice::from_ref(&question));
        assert_eq!(answer, [expected], "{question:?}");
        let verdict = rbac.authorize(&question.request());
        let is_certain = resource == "others" && expected;
        assert_eq!(verdict.is_unknown(), !is_certain, "{question:?}");
    }
}

/// Roles and bindings of all sorts.
fn world(random: &mut Rng) -> Vec<Value> {
    let mut objects: Vec<_> = (0..NAMESPACES)
        .map(|it| namespace(&name_of("n", it)))
        .collect();
    for number in 0..CLUSTER_ROLES {
        let mut rules = rules(random);
        if random.u8(..4) == 0 {
            rules.push(
                json!({"nonResourceURLs": some(random, &WIDE_PATHS, 2), "verbs": verbs(random)}),
            );
        }
        let mut role = role("ClusterRole", None, &name_of("c", number), &rules.into());
        role["metadata"]["labels"] = labels(random, 0);
        objects.push(role);
    }
    for number in 0..AGGREGATING {
        let level = 1 + number % 2;
        let mut role = role("ClusterRole", None, &name_of("g", number), &json!([]));
        role["metadata"]["labels"] = labels(random, level);
        let selectors = (0..random.usize(1..3)).map(|_| selector(random, level));
        let selectors: Vec<_> = selectors.collect();
        role["aggregationRule"] = json!({"clusterRoleSelectors": selectors});
        objects.push(role);
    }
    for number in 0..CLUSTER_BINDINGS {
        let role = any_cluster_role(random);
        let subjects = subjects(random, None);
        let name = name_of("b", number);
        objects.push(binding(None, &name, "ClusterRole", &role, &subjects));
    }
    for namespace in (0..NAMESPACES).map(|it| name_of("n", it)) {
        for number in 0..ROLES {
            let rules = rules(random).into();
            let name = name_of("r", number);
            objects.push(role("Role", Some(&namespace), &name, &rules));
        }
        for number in 0..BINDINGS {
            let (kind, role) = if random.bool() {
                ("ClusterRole", any_cluster_role(random))
            } else {
                // The last is not there.
                ("Role", name_of("r", random.usize(..=ROLES)))
            };
            let subjects = subjects(random, Some(&namespace));
            let name = name_of("b", number);
            objects.push(binding(Some(&namespace), &name, kind, &role, &subjects));
        }
    }
    objects
}

fn rules(random: &mut Rng) -> Vec<Value> {
    let rule = |random: &mut Rng| {
        let groups = match random.u8(..6) {
            0 => vec!["*"],
            _ => some(random, &GROUPS, 2),
        };
        let mut resources = some(random, &RESOURCES, 4);
        if random.bool() {
            resources.push(WIDE_RESOURCES[random.usize(..WIDE_RESOURCES.len())]);
        }
        let mut rule = json!({"apiGroups": groups, "resources": resources, "verbs": verbs(random)});
        match random.u8(..8) {
            0 | 1 => rule["resourceNames"] = some(random, &NAMES, 2).into(),
            2 => rule["resourceNames"] = json!(["*"]),
            3 => rule["resourceNames"] = json!([]),
            _ => {}
        }
        rule
    };
    (0..random.usize(1..3)).map(|_| rule(random)).collect()
}

fn verbs(random: &mut Rng) -> Vec<&'static str> {
    match random.u8(..6) {
        0 => vec!["*"],
        _ => some(random, &VERBS, 4),
    }
}

/// From one to a number of different items.
fn some(random: &mut Rng, all: &[&'static str], most: usize) -> Vec<&'static str> {
    let count = random.usize(1..=most);
    random
        .choose_multiple(all, count)
        .into_iter()
        .copied()
        .collect()
}

fn labels(random: &mut Rng, level: usize) -> Value {
    let shard = name_of("s", random.usize(..8));
    let mut labels = json!({"level": level.to_string(), "shard": shard});
    if random.bool() {
        labels["tier"] = (*random
            .choice(["low", "high"].iter())
            .expect("there are two"))
        .into();
    }
    labels
}

/// A selector of the roles of lower levels: of many that select each other, the controller still wrote
/// some anew after a minute. All ask for a label that built-in roles do not have, because those allow everything.
fn selector(random: &mut Rng, level: usize) -> Value {
    let shard = name_of("s", random.usize(..8));
    let mut selector = json!({"matchLabels": {"shard": shard}});
    let tier = match random.u8(..5) {
        0 => json!({"key": "tier", "operator": "DoesNotExist"}),
        1 => json!({"key": "tier", "operator": "NotIn", "values": ["high"]}),
        2 => json!({"key": "tier", "operator": "Exists"}),
        3 => {
            selector["matchLabels"]["tier"] = "low".into();
            json!({"key": "shard", "operator": "Exists"})
        }
        _ => {
            selector["matchLabels"] = json!({});
            json!({"key": "shard", "operator": "In", "values": [shard, "s0"]})
        }
    };
    let levels: Vec<_> = (0..level).map(|it| it.to_string()).collect();
    let levels = json!({"key": "level", "operator": "In", "values": levels});
    selector["matchExpressions"] = json!([tier, levels]);
    selector
}

/// Subjects of all kinds. Groups of all accounts are rare, or everybody could do everything.
fn subjects(random: &mut Rng, own: Option<&str>) -> Value {
    let subject = |random: &mut Rng| {
        let (namespace, name) = match own {
            Some(own) if random.bool() => (own.to_owned(), name_of("a", random.usize(..ACCOUNTS))),
            _ => any_account(random),
        };
        let user = format!("system:serviceaccount:{namespace}:{name}");
        let (kind, name) = match random.u8(..12) {
            0 if own.is_some() => return json!({"kind": "ServiceAccount", "name": name}),
            1 | 2 => ("User", user),
            3 | 4 => ("Group", format!("system:serviceaccounts:{namespace}")),
            5 => ("User", name),
            6 => ("Group", user),
            7 if random.u8(..4) == 0 && own.is_some() => {
                let all = ["system:serviceaccounts", "system:authenticated"];
                (
                    "Group",
                    (*random.choice(all.iter()).expect("there are two")).to_owned(),
                )
            }
            _ => return account_subject(&namespace, &name),
        };
        json!({"apiGroup": GROUP, "kind": kind, "name": name})
    };
    (0..random.usize(1..4)).map(|_| subject(random)).collect()
}

fn account_subject(namespace: &str, name: &str) -> Value {
    json!({"kind": "ServiceAccount", "namespace": namespace, "name": name})
}

fn name_of(prefix: &str, number: usize) -> String {
    format!("{prefix}{number}")
}

fn any_namespace(random: &mut Rng) -> String {
    name_of("n", random.usize(..NAMESPACES))
}

fn any_account(random: &mut Rng) -> (String, String) {
    let name = name_of("a", random.usize(..ACCOUNTS));
    (any_namespace(random), name)
}

fn any_cluster_role(random: &mut Rng) -> String {
    match random.u8(..12) {
        0 => "not-there".to_owned(),
        1 => "system:node-bootstrapper".to_owned(),
        2..=5 => name_of("g", random.usize(..AGGREGATING)),
        _ => name_of("c", random.usize(..CLUSTER_ROLES)),
    }
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn role(kind: &str, namespace: Option<&str>, name: &str, rules: &Value) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "rules": rules,
    })
}

fn binding(namespace: Option<&str>, name: &str, kind: &str, role: &str, subjects: &Value) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" },
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
        "subjects": subjects,
    })
}

fn object(value: &Value) -> Option<Object> {
    let is_rbac = value["kind"] != "Namespace";
    is_rbac.then(|| Object::new(document(&value.to_string())).expect("it is an object"))
}

/// Makes objects, and waits until controller and authorizer have heeded them.
fn create(plane: &ControlPlane, objects: &[Value]) {
    plane.run(&["create", "--filename=-"], &list(objects));
    // They change nothing any more when nothing has changed for a while.
    let before = RefCell::new(Vec::new());
    plane.wait_for("peace among roles", |plane| {
        let now = plane.get(&["clusterroles"]);
        let same = *before.borrow() == [now.clone(), now.clone(), now.clone()];
        let mut before = before.borrow_mut();
        before.push(now);
        if before.len() > 3 {
            before.remove(0);
        }
        same
    });
    // The server learns of objects of a kind in their order, so it knows all when it knows these.
    let name = format!("last-of-{}", objects.len());
    let last = [("ClusterRole", None), ("Role", Some("default"))];
    let last = last.map(|(kind, namespace)| {
        let resource = format!("last-{}", kind.to_lowercase());
        let rules = json!([{"apiGroups": [""], "resources": [resource], "verbs": ["get"]}]);
        let to = json!([account_subject("default", &name)]);
        [
            role(kind, namespace, &name, &rules),
            binding(namespace, &name, kind, &name, &to),
        ]
    });
    plane.run(&["create", "--filename=-"], &list(last.as_flattened()));
    let user = user(ServiceAccount {
        namespace: "default",
        name: &name,
    });
    plane.wait_for("what the objects allow", |plane| {
        ["last-clusterrole", "last-role"].iter().all(|resource| {
            let ask = ["auth", "can-i", "get", resource, "--as", &user];
            plane.kubectl(&ask, "").status.success()
        })
    });
}

/// The server's answers.
fn ask(plane: &ControlPlane, questions: &[Question]) -> Vec<bool> {
    let reviews: Vec<_> = questions.iter().map(Question::review).collect();
    let ask = [
        "create",
        "--validate=false",
        "--output=json",
        "--filename=-",
    ];
    let answers = items(&plane.run(&ask, &list(&reviews)));
    assert_eq!(answers.len(), questions.len(), "one answer for each");
    let answers = answers.iter().map(|it| it["status"]["allowed"] == true);
    answers.collect()
}

fn user(account: ServiceAccount<'_>) -> String {
    format!(
        "system:serviceaccount:{}:{}",
        account.namespace, account.name
    )
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

impl Question {
    fn any(random: &mut Rng) -> Self {
        let (namespace, name) = any_account(random);
        let verb = *random.choice(VERBS.iter()).expect("there are verbs");
        let about = if random.u8(..12) == 0 {
            About::Url(random.choice(PATHS.iter()).expect("there are paths"))
        } else {
            let place = match random.u8(..6) {
                0 => None,
                1 | 2 => Some(any_namespace(random)),
                _ => Some(namespace.clone()),
            };
            About::Resource {
                group: random.choice(GROUPS.iter()).expect("there are groups"),
                resource: random
                    .choice(RESOURCES.iter())
                    .expect("there are resources"),
                name: random
                    .choice(NAMES.iter())
                    .copied()
                    .filter(|_| random.bool()),
                namespace: place,
            }
        };
        Self {
            namespace,
            name,
            verb,
            about,
        }
    }

    fn account(&self) -> ServiceAccount<'_> {
        ServiceAccount {
            namespace: &self.namespace,
            name: &self.name,
        }
    }

    fn request(&self) -> Request<'_> {
        let target = match &self.about {
            About::Url(path) => Target::Url(path),
            About::Resource {
                group,
                resource,
                name,
                namespace,
            } => Target::Resource {
                group,
                resource,
                name: *name,
                namespace: namespace.as_deref(),
            },
        };
        Request {
            account: self.account(),
            verb: self.verb,
            target,
        }
    }

    /// The question as the server takes it, with the groups that it reads in an account's token.
    fn review(&self) -> Value {
        let mut spec = json!({
            "user": user(self.account()),
            "groups": [
                "system:serviceaccounts",
                format!("system:serviceaccounts:{}", self.namespace),
                "system:authenticated",
            ],
        });
        match &self.about {
            About::Url(path) => {
                spec["nonResourceAttributes"] = json!({"path": path, "verb": self.verb});
            }
            About::Resource {
                group,
                resource,
                name,
                namespace,
            } => {
                let (plural, sub) = resource.split_once('/').unwrap_or((*resource, ""));
                spec["resourceAttributes"] = json!({
                    "namespace": namespace, "verb": self.verb, "group": group,
                    "resource": plural, "subresource": sub, "name": name,
                });
            }
        }
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": spec,
        })
    }
}
