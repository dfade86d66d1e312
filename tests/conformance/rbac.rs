//! What every service account may do, as the API server itself answers.
//!
//! `rbac/ENVIRONMENT.txt` are the tables for people to review; `KILN_BLESS=1 make conformance` writes
//! them. What must hold whatever a table says stands here.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use serde_json::{Value, json};

use crate::{
    conformance::platform::{self, Platform, text_at},
    support::control_plane::{ControlPlane, items},
};

/// What real Spark calls as a driver, from its start to its end, with the properties that kiln sets.
/// The test of Spark compares this with the audit log.
pub const DRIVER: &str = "
    configmaps: create deletecollection
    pods: create delete deletecollection get list watch
";

/// What a driver calls that the operator submits: it also deletes the Service that was made for it.
/// Only the sender of an application could set the property that says otherwise.
const SUBMITTED_DRIVER: &str = "
    configmaps: create deletecollection
    pods: create delete deletecollection get list watch
    services: deletecollection
";

/// What upstream allows the operator and kiln does not, and why.
const LEFT_OUT: [(&str, &str); 1] = [(
    "ingresses.extensions",
    "no API server serves this group since Kubernetes 1.22",
)];

/// What nobody may do without a line in [`GIVEN`].
const PROBES: &str = "
    *.*: *
    clusterrolebindings.rbac.authorization.k8s.io: create update
    clusterroles.rbac.authorization.k8s.io: bind create escalate update
    customresourcedefinitions.apiextensions.k8s.io: create delete update
    groups: impersonate
    mutatingwebhookconfigurations.admissionregistration.k8s.io: create delete update
    namespaces: create delete update
    networkpolicies.networking.k8s.io: create delete update
    nodes/proxy: create get
    pods/attach: create
    pods/ephemeralcontainers: patch update
    pods/exec: create
    pods/portforward: create
    resourcequotas: create delete update
    rolebindings.rbac.authorization.k8s.io: create update
    roles.rbac.authorization.k8s.io: bind create escalate update
    secrets: create delete get list patch update watch
    serviceaccounts: create impersonate update
    serviceaccounts/token: create
    users: impersonate
";

/// Probes that are answered with yes, and why.
const GIVEN: [(&str, &str, &str); 1] = [(
    "spark-operator-webhook",
    "secrets: create",
    "it makes its own certificate, and a right to create cannot name what is created",
)];

/// A namespace without bindings: what is allowed there is allowed everywhere.
const ELSEWHERE: &str = "elsewhere";

const HEAD: &str = "\
# What `kubectl auth can-i` answers for every service account of this environment.
# What is allowed in one namespace is denied in all others and on the cluster, unless it says so.
# Written by `KILN_BLESS=1 make conformance`.

to all, in every namespace and on the cluster
  no, but for what a `yes` below says";

/// Verbs by resource. A resource is `PLURAL.GROUP/SUBRESOURCE named NAME`, as far as it has them.
type Grants = BTreeMap<String, BTreeSet<String>>;

/// What an account may do, by namespace. [`ELSEWHERE`] stands for all and for the cluster.
type Table = BTreeMap<String, Grants>;

/// A service account.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    namespace: String,
    name: String,
}

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn accounts_may_do_what_their_tables_say_and_nothing_else() {
    let plane = ControlPlane::start();
    for platform in Platform::all() {
        let objects = platform.objects();
        let namespaces = objects
            .iter()
            .map(|it| it["metadata"]["namespace"].as_str());
        let namespaces = namespaces.flatten().chain([ELSEWHERE]);
        let namespaces: BTreeSet<_> = namespaces.map(str::to_owned).collect();
        let bound = bind(&plane, &platform.name, &objects, &namespaces);

        let nobody = Account::new(ELSEWHERE, "nobody");
        let of_everybody = rules(&plane, &nobody, &namespaces).remove(ELSEWHERE);
        let mut page = vec![HEAD.to_owned()];
        write_grants(&mut page, &grants(PROBES));
        for account in accounts(&objects) {
            let mut table = rules(&plane, &account, &namespaces);
            for grants in table.values_mut() {
                subtract(grants, of_everybody.as_ref().expect("it was asked for"));
            }
            let everywhere = table[ELSEWHERE].clone();
            for (_, grants) in table.iter_mut().filter(|(name, _)| *name != ELSEWHERE) {
                subtract(grants, &everywhere);
            }
            table.retain(|_, grants| !grants.is_empty());
            check_answers(&plane, &account, &namespaces, &table);
            if let Some(expected) = expected(&platform, &objects, &account) {
                let (is, should_be) = (lines(&table), lines(&expected));
                let too_much: Vec<_> = is.difference(&should_be).collect();
                let too_little: Vec<_> = should_be.difference(&is).collect();
                assert!(
                    is == should_be,
                    "{account:?} of {}: too much {too_much:#?}, too little {too_little:#?}",
                    platform.name
                );
            }
            write_account(&mut page, &account, &table);
        }
        compare(&platform.name, &(page.join("\n") + "\n"));
        // The next environment makes objects of the same names.
        plane.run(&["delete", "--filename=-"], &list(&bound));
    }
}

/// Makes the objects that allow something, and waits until the server heeds them.
fn bind(
    plane: &ControlPlane,
    environment: &str,
    objects: &[Value],
    namespaces: &BTreeSet<String>,
) -> Vec<Value> {
    let namespaces = namespaces
        .iter()
        .map(|it| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": it}}));
    platform::apply(plane, &namespaces.collect::<Vec<_>>());
    let is_bound = |it: &&Value| {
        let kind = it["kind"].as_str().unwrap_or_default();
        ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"].contains(&kind)
    };
    let mut bound: Vec<_> = objects.iter().filter(is_bound).cloned().collect();
    // The server learns of objects of a kind in their order, so it knows all when it knows these.
    let api_version = "rbac.authorization.k8s.io/v1";
    for (kind, namespace) in [("Role", Some(ELSEWHERE)), ("ClusterRole", None)] {
        let metadata = json!({"name": environment, "namespace": namespace});
        let sentinel = format!("{}-sentinel", kind.to_lowercase());
        let role =
            json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": environment});
        bound.extend([
            json!({
                "apiVersion": api_version, "kind": kind, "metadata": metadata,
                "rules": [{"apiGroups": [""], "resources": [sentinel], "verbs": ["get"]}],
            }),
            json!({
                "apiVersion": api_version, "kind": format!("{kind}Binding"), "metadata": metadata,
                "roleRef": role,
                "subjects": [{"kind": "User", "apiGroup": role["apiGroup"], "name": environment}],
            }),
        ]);
    }
    platform::apply(plane, &bound);
    plane.wait_for("what the objects allow", |plane| {
        ["role-sentinel", "clusterrole-sentinel"]
            .iter()
            .all(|resource| {
                let ask = ["auth", "can-i", "get", resource, "--as", environment];
                let there = ["--namespace", ELSEWHERE];
                plane
                    .kubectl(&[&ask[..], &there].concat(), "")
                    .status
                    .success()
            })
    });
    bound
}

/// The accounts that an environment makes, and those of others that it binds.
fn accounts(objects: &[Value]) -> BTreeSet<Account> {
    let made = objects.iter().filter(|it| it["kind"] == "ServiceAccount");
    let made = made.map(|it| &it["metadata"]);
    let bound = objects
        .iter()
        .filter_map(|it| it["subjects"].as_array())
        .flatten();
    made.chain(bound)
        .map(|it| Account::new(&text_at(it, "/namespace"), &text_at(it, "/name")))
        .collect()
}

/// What the server says that an account may do in each namespace.
fn rules(plane: &ControlPlane, account: &Account, namespaces: &BTreeSet<String>) -> Table {
    let reviews: Vec<_> = namespaces
        .iter()
        .map(|namespace| {
            json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectRulesReview",
                "spec": {"namespace": namespace},
            })
        })
        .collect();
    let user = account.user();
    let ask = [
        "create",
        "--validate=false",
        "--output=json",
        "--filename=-",
        "--as",
        &user,
    ];
    let answers = items(&plane.run(&ask, &list(&reviews)));
    let tables = namespaces.iter().zip(answers).map(|(namespace, answer)| {
        assert_eq!(answer["status"]["incomplete"], false, "{answer}");
        let mut grants = Grants::new();
        let rules = answer["status"]["resourceRules"].as_array();
        for rule in rules.expect("the answer has rules") {
            for (resource, verb) in expand(rule) {
                grants.entry(resource).or_default().insert(verb);
            }
        }
        (namespace.clone(), grants)
    });
    tables.collect()
}

/// Every resource and verb of a rule.
fn expand(rule: &Value) -> Vec<(String, String)> {
    let texts = |key: &str| -> Vec<String> {
        let texts = rule[key].as_array().into_iter().flatten();
        texts
            .map(|it| it.as_str().expect("a text").to_owned())
            .collect()
    };
    let names = match texts("resourceNames") {
        names if names.is_empty() => vec![String::new()],
        names => names.iter().map(|it| format!(" named {it}")).collect(),
    };
    let mut all = Vec::new();
    for group in texts("apiGroups") {
        for resource in texts("resources") {
            let (plural, sub) = match resource.split_once('/') {
                Some((plural, sub)) => (plural, format!("/{sub}")),
                None => (resource.as_str(), String::new()),
            };
            let dot = if group.is_empty() { "" } else { "." };
            for name in &names {
                for verb in texts("verbs") {
                    all.push((format!("{plural}{dot}{group}{sub}{name}"), verb));
                }
            }
        }
    }
    all
}

/// Asks for everything that an account may do somewhere, and for what nobody may do, in every place;
/// the answers must be what its table says.
fn check_answers(
    plane: &ControlPlane,
    account: &Account,
    namespaces: &BTreeSet<String>,
    table: &Table,
) {
    let probes = grants(PROBES);
    let mut asked = probes.clone();
    for (resource, verbs) in table.values().flatten() {
        let known = asked.entry(resource.clone()).or_default();
        known.extend(verbs.iter().cloned());
    }
    let mut questions = Vec::new();
    for place in namespaces.iter().map(String::as_str).chain([""]) {
        for (resource, verbs) in &asked {
            questions.extend(
                verbs
                    .iter()
                    .map(|verb| (place, resource.as_str(), verb.as_str())),
            );
        }
    }
    let reviews: Vec<_> = questions.iter().map(|it| account.review(it)).collect();
    let ask = [
        "create",
        "--validate=false",
        "--output=json",
        "--filename=-",
    ];
    let answers = items(&plane.run(&ask, &list(&reviews)));
    assert_eq!(
        answers.len(),
        questions.len(),
        "one answer for each question"
    );

    for ((place, resource, verb), answer) in questions.into_iter().zip(answers) {
        let says = |place: &str| {
            let verbs = table.get(place).and_then(|grants| grants.get(resource));
            verbs.is_some_and(|verbs| verbs.contains(verb))
        };
        let may = answer["status"]["allowed"] == true;
        assert_eq!(
            may,
            says(place) || says(ELSEWHERE),
            "{account:?} {verb} {resource} in `{place}`: {}",
            answer["status"]
        );
        let is_probe = probes
            .get(resource)
            .is_some_and(|verbs| verbs.contains(verb));
        let line = format!("{resource}: {verb}");
        let is_given = GIVEN
            .iter()
            .any(|(to, what, _)| *to == account.name && *what == line);
        assert!(
            !may || !is_probe || is_given,
            "{account:?} may {verb} {resource} in `{place}`"
        );
    }
}

/// What an account must be allowed, where somebody else than kiln can say it.
fn expected(platform: &Platform, objects: &[Value], account: &Account) -> Option<Table> {
    let app = objects
        .iter()
        .filter(|it| it["kind"] == "ServiceAccount")
        .find(|it| Account::of(it) == *account)
        .and_then(|it| it["metadata"]["labels"]["app.kubernetes.io/name"].as_str())?;
    let of_driver = |rules| Table::from([(account.namespace.clone(), grants(rules))]);
    match app {
        "spark-operator" => Some(upstream(platform, account)),
        "spark-connect" | "spark-notebook" | "spark-application"
            if account.name.ends_with("-executors") || has_no_token(objects, account) =>
        {
            Some(Table::new())
        }
        "spark-connect" | "spark-notebook" => Some(of_driver(DRIVER)),
        "spark-application" => Some(of_driver(SUBMITTED_DRIVER)),
        _ => None,
    }
}

/// Whether all pods that run as an account come without its token, so that no right would be used.
fn has_no_token(objects: &[Value], account: &Account) -> bool {
    let mut pods = objects
        .iter()
        .filter(|it| it["metadata"]["namespace"] == account.namespace.as_str())
        .map(|it| &it["spec"]["template"]["spec"])
        .filter(|it| it["serviceAccountName"] == account.name.as_str())
        .peekable();
    pods.peek().is_some() && pods.all(|it| it["automountServiceAccountToken"] == false)
}

/// What the operator's own chart would allow, without what is left out.
fn upstream(platform: &Platform, account: &Account) -> Table {
    let operator = platform.operator();
    let text = match operator.version.to_string().as_str() {
        "2.4.0" => include_str!("rbac/spark-operator-2.4.0.upstream"),
        version => panic!("rbac/ has no rules of upstream at {version}"),
    };
    let mut lines = text
        .lines()
        .skip_while(|line| *line != account.name)
        .skip(1);
    let mut table = Table::new();
    let mut places: Vec<String> = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        match line.strip_prefix("  ").expect("the file is indented") {
            "everywhere" => places = vec![ELSEWHERE.to_owned()],
            "in OPERATOR" => places = vec![operator.namespace.value.clone()],
            "in JOBS" => {
                let jobs = operator.job_namespaces.iter();
                places = jobs.map(|it| it.value.clone()).collect();
            }
            line => {
                let mut line = grants(line);
                line.retain(|resource, _| !LEFT_OUT.iter().any(|(it, _)| it == resource));
                for place in &places {
                    table.entry(place.clone()).or_default().extend(line.clone());
                }
            }
        }
    }
    table
}

/// Compares a page with the one that was reviewed.
fn compare(environment: &str, page: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/rbac");
    let path = folder.join(format!("{environment}.txt"));
    if env::var_os("KILN_BLESS").is_some() {
        fs::write(&path, page).expect("the table can be written");
    }
    let reviewed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == reviewed,
        "{} is not what the server says; KILN_BLESS=1 writes it, for review:\n{page}",
        path.display()
    );
}

fn write_account(page: &mut Vec<String>, account: &Account, table: &Table) {
    page.push(format!("\n{}/{}", account.namespace, account.name));
    if table.is_empty() {
        page.push("  nothing".to_owned());
    }
    for (namespace, grants) in table {
        page.push(match namespace.as_str() {
            ELSEWHERE => "  yes, in every namespace and on the cluster".to_owned(),
            namespace => format!("  yes, in {namespace}"),
        });
        write_grants(page, grants);
    }
}

fn write_grants(page: &mut Vec<String>, grants: &Grants) {
    page.extend(grants.iter().map(|(resource, verbs)| {
        let verbs: Vec<_> = verbs.iter().map(String::as_str).collect();
        format!("    {resource}: {}", verbs.join(" "))
    }));
}

impl Account {
    fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    fn of(object: &Value) -> Self {
        Self::new(
            &text_at(object, "/metadata/namespace"),
            &text_at(object, "/metadata/name"),
        )
    }

    fn user(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }

    /// The question whether the account may do something in a namespace, or on the cluster.
    fn review(&self, (place, resource, verb): &(&str, &str, &str)) -> Value {
        let (resource, name) = resource.split_once(" named ").unwrap_or((resource, ""));
        let (resource, sub) = resource.split_once('/').unwrap_or((resource, ""));
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": self.user(),
                "groups": [
                    "system:serviceaccounts",
                    format!("system:serviceaccounts:{}", self.namespace),
                    "system:authenticated",
                ],
                "resourceAttributes": {
                    "namespace": place, "verb": verb, "group": group, "resource": plural,
                    "subresource": sub, "name": name,
                },
            },
        })
    }
}

/// Reads `RESOURCE: VERB…` lines.
pub fn grants(text: &str) -> Grants {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.map(|line| {
        let (resource, verbs) = line.split_once(": ").expect("`RESOURCE: VERB…`");
        (
            resource.to_owned(),
            verbs.split(' ').map(str::to_owned).collect(),
        )
    });
    lines.collect()
}

fn subtract(grants: &mut Grants, others: &Grants) {
    for (resource, verbs) in others {
        if let Some(left) = grants.get_mut(resource) {
            left.retain(|verb| !verbs.contains(verb));
        }
    }
    grants.retain(|_, verbs| !verbs.is_empty());
}

/// A table, one verb a line.
fn lines(table: &Table) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (place, grants) in table {
        for (resource, verbs) in grants {
            lines.extend(
                verbs
                    .iter()
                    .map(|verb| format!("{verb} {resource} in {place}")),
            );
        }
    }
    lines
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}
