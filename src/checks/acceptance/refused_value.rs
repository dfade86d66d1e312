//! Values of the right type that the API server refuses for what stands beside them.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Findings, pages},
    document::{Node, Value},
    platform::{Platform, place},
    values::{TimeZone, check_cron},
};

/// The rule.
pub const CHECK: Check = pages::refused_value(run);

/// What the server refuses: the node to blame, and the server's words about it.
type Refused<'a> = Vec<(&'a Node, String)>;

/// A rule over one part of an object.
type Rule = for<'a> fn(&'a Node, &mut Refused<'a>);

/// The rules over the `spec` of a kind.
const OF_KINDS: &[(&str, &str, Rule)] = &[
    ("apps", "Deployment", deadline),
    ("apps", "Deployment", strategy),
    ("", "Service", traffic_policy),
    ("", "Service", node_ports),
    ("policy", "PodDisruptionBudget", budget),
    ("autoscaling", "HorizontalPodAutoscaler", replicas),
    ("batch", "CronJob", schedule),
    ("batch", "CronJob", time_zone),
    ("batch", "CronJob", restart_of_cron_job),
    ("batch", "Job", restart),
];

/// The rules over the `spec` of a pod.
const OF_PODS: &[Rule] = &[tolerations, spread, names];

/// The rules over a container.
const OF_CONTAINERS: &[Rule] = &[probes, ports, variables];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // A program's pod may be that of a workload, and be checked as such already.
    let mut seen = BTreeSet::new();
    let mut say = |member, what: &str, refused: Refused<'_>| {
        for (node, words) in refused {
            let origins = place(&node.origins, member);
            if seen.insert((origins.first(), words.clone())) {
                let mut finding = CHECK
                    .finds(format!("{what}: {words}"))
                    .at_value(origins, "");
                // The symptom lists what the server says of all of them, and the title says which.
                finding.notes = vec!["the sync fails, with what waits behind it".to_owned()];
                findings.push(member.object.identity(), finding);
            }
        }
    };
    let minor = platform.offers.assumed.kubernetes_minor;
    for member in platform.members() {
        let object = &member.object;
        let identity = object.identity();
        // Of a patch for another tool nobody knows what is not there.
        if object.pod_template().is_some() && !object.is_whole_workload() {
            continue;
        }
        let mut refused = Refused::new();
        removed_version(object.node(), minor, &mut refused);
        if let Some(spec) = object.node().get("spec") {
            for (group, kind, rule) in OF_KINDS {
                if (*group, *kind) == (identity.group.as_str(), identity.kind.as_str()) {
                    rule(spec, &mut refused);
                }
            }
            if SELECTING.contains(&identity.group.as_str()) {
                selectors(spec, false, &mut refused);
            }
        }
        if let Some(spec) = object.pod_template().and_then(|it| it.spec()) {
            pod(spec, &mut refused);
        }
        say(member, &identity.to_string(), refused);
    }
    for it in platform.pods() {
        let mut refused = Refused::new();
        if let Some(spec) = it.spec() {
            pod(spec, &mut refused);
            selectors(spec, false, &mut refused);
        }
        say(it.member, &it.what(), refused);
    }
}

/// API versions that no Kubernetes serves which is still supported, and the minor version that took each away
/// (<https://kubernetes.io/docs/reference/using-api/deprecation-guide/>).
const REMOVED: &[(&str, &[&str], u16, &str)] = &[
    (
        "apps/v1beta1",
        &["Deployment", "StatefulSet"],
        16,
        "apps/v1",
    ),
    (
        "apps/v1beta2",
        &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"],
        16,
        "apps/v1",
    ),
    (
        "extensions/v1beta1",
        &["Deployment", "DaemonSet", "ReplicaSet"],
        16,
        "apps/v1",
    ),
    (
        "extensions/v1beta1",
        &["NetworkPolicy"],
        16,
        "networking.k8s.io/v1",
    ),
    (
        "extensions/v1beta1",
        &["Ingress"],
        22,
        "networking.k8s.io/v1",
    ),
    (
        "networking.k8s.io/v1beta1",
        &["Ingress", "IngressClass"],
        22,
        "networking.k8s.io/v1",
    ),
    (
        "rbac.authorization.k8s.io/v1beta1",
        &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        "apiextensions.k8s.io/v1beta1",
        &["CustomResourceDefinition"],
        22,
        "apiextensions.k8s.io/v1",
    ),
    (
        "scheduling.k8s.io/v1beta1",
        &["PriorityClass"],
        22,
        "scheduling.k8s.io/v1",
    ),
    ("batch/v1beta1", &["CronJob"], 25, "batch/v1"),
    ("policy/v1beta1", &["PodDisruptionBudget"], 25, "policy/v1"),
    (
        "autoscaling/v2beta1",
        &["HorizontalPodAutoscaler"],
        25,
        "autoscaling/v2",
    ),
    (
        "autoscaling/v2beta2",
        &["HorizontalPodAutoscaler"],
        26,
        "autoscaling/v2",
    ),
];

fn removed_version<'a>(object: &'a Node, minor: Option<u16>, refused: &mut Refused<'a>) {
    let (Some((node, version)), Some(kind)) = (text(object, "apiVersion"), object.str_at(["kind"]))
    else {
        return;
    };
    let row = REMOVED
        .iter()
        .find(|(removed, kinds, ..)| *removed == version && kinds.contains(&kind))
        // An old cluster may still serve it.
        .filter(|(.., since, _)| minor.is_none_or(|it| it >= *since));
    if let Some((_, _, since, instead)) = row {
        let words = format!(
            "no matches for kind \"{kind}\" in version \"{version}\", since Kubernetes 1.{since}; there is \
             `{instead}`"
        );
        refused.push((node, words));
    }
}

/// The groups whose kinds have selectors that the server itself reads.
const SELECTING: [&str; 5] = ["", "apps", "batch", "policy", "networking.k8s.io"];

fn pod<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    for rule in OF_PODS {
        rule(spec, refused);
    }
    let lists = ["initContainers", "containers"].map(|it| spec.list_at([it]));
    for container in lists.into_iter().flatten() {
        for rule in OF_CONTAINERS {
            rule(container, refused);
        }
    }
}

/// A field that is there; `null` is none.
fn set<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|it| it.value != Value::Null)
}

/// A text that is there, and is not a placeholder of another tool.
fn text<'a>(node: &'a Node, key: &str) -> Option<(&'a Node, &'a str)> {
    let field = node.get(key)?;
    let text = field.as_str()?;
    (!text.contains(['$', '{', '<'])).then_some((field, text))
}

fn integer<'a>(node: &'a Node, key: &str) -> Option<(&'a Node, i64)> {
    let field = node.get(key)?;
    Some((field, field.as_integer()?))
}

fn deadline<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    /// What the server fills in.
    const DEFAULT: i64 = 600;
    let deadline = integer(spec, "progressDeadlineSeconds");
    let ready = integer(spec, "minReadySeconds");
    let seconds = deadline.map_or(DEFAULT, |(_, it)| it);
    let least = ready.map_or(0, |(_, it)| it);
    if seconds <= least
        && let Some((node, _)) = deadline.or(ready)
    {
        let words = format!(
            "`progressDeadlineSeconds` is {seconds} and must be greater than minReadySeconds, {least}"
        );
        refused.push((node, words));
    }
}

fn strategy<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    let Some(strategy) = spec.get("strategy") else {
        return;
    };
    let Some(rolling) = set(strategy, "rollingUpdate") else {
        return;
    };
    let kind = strategy.str_at(["type"]).unwrap_or("RollingUpdate");
    if kind == "Recreate" {
        let words = "`rollingUpdate` may not be specified when strategy 'type' is 'Recreate'";
        refused.push((rolling, words.to_owned()));
    }
    // What is not there is a quarter.
    let is_zero = |key| {
        let node = rolling.get(key)?;
        let is = node.as_integer() == Some(0) || node.as_str() == Some("0%");
        is.then_some(node)
    };
    if kind == "RollingUpdate"
        && let (Some(_), Some(node)) = (is_zero("maxSurge"), is_zero("maxUnavailable"))
    {
        let words = "`maxUnavailable` may not be 0 when 'maxSurge' is 0";
        refused.push((node, words.to_owned()));
    }
}

fn traffic_policy<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    let is_inside = matches!(spec.str_at(["type"]), None | Some("ClusterIP"))
        && spec.list_at(["externalIPs"]).is_empty();
    if is_inside
        && let Some((node, policy)) = text(spec, "externalTrafficPolicy")
        && !policy.is_empty()
    {
        let words = "`externalTrafficPolicy` may only be set for externally-accessible services";
        refused.push((node, words.to_owned()));
    }
}

/// The range is that of `--service-node-port-range`, which hardly anybody changes.
fn node_ports<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    for port in spec.list_at(["ports"]) {
        // For zero the server chooses one.
        if let Some((node, number)) = integer(port, "nodePort")
            && number != 0
            && !(30000..=32767).contains(&number)
        {
            let words = format!(
                "`nodePort`: {number}: provided port is not in the valid range. The range of valid ports is \
                 30000-32767"
            );
            refused.push((node, words));
        }
    }
}

fn budget<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    if let (Some(_), Some(node)) = (set(spec, "minAvailable"), set(spec, "maxUnavailable")) {
        let words = "minAvailable and maxUnavailable cannot be both set";
        refused.push((node, words.to_owned()));
    }
}

fn replicas<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    let least = integer(spec, "minReplicas").map_or(1, |(_, it)| it);
    if let Some((node, most)) = integer(spec, "maxReplicas")
        && most < least
    {
        let words = format!(
            "`maxReplicas` is {most} and must be greater than or equal to 'minReplicas', {least}"
        );
        refused.push((node, words));
    }
}

fn schedule<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    let Some((node, text)) = text(spec, "schedule") else {
        return;
    };
    if text.contains("TZ=") {
        let words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        refused.push((node, words.to_owned()));
    } else if let Err(why) = check_cron(text) {
        refused.push((node, format!("`schedule` is refused: {why}")));
    }
}

fn time_zone<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    if let Some((node, text)) = text(spec, "timeZone")
        && let Err(why) = text.parse::<TimeZone>()
    {
        refused.push((node, format!("unknown time zone: {why}")));
    }
}

fn restart_of_cron_job<'a>(spec: &'a Node, refused: &mut Refused<'a>) {
    if let Some(job) = spec.at(["jobTemplate", "spec"]) {
        restart(job, refused);
    }
}

/// What the server fills in is `Always`, which a `Job` cannot be.
fn restart<'a>(job: &'a Node, refused: &mut Refused<'a>) {
    let Some(pod) = job.at(["template", "spec"]) else {
        return;
    };
    let policy = set(pod, "restartPolicy");
    if !matches!(policy.and_then(Node::as_str), Some("OnFailure" | "Never")) {
        let words = "`restartPolicy`: Required value: valid values: \"OnFailure\", \"Never\"";
        refused.push((policy.unwrap_or(pod), words.to_owned()));
    }
}

fn tolerations<'a>(pod: &'a Node, refused: &mut Refused<'a>) {
    for toleration in pod.list_at(["tolerations"]) {
        let operator = toleration.str_at(["operator"]);
        let value = text(toleration, "value").filter(|(_, it)| !it.is_empty());
        if operator == Some("Exists")
            && let Some((node, _)) = value
        {
            let words = "the toleration's value must be empty when 'operator' is 'Exists'";
            refused.push((node, words.to_owned()));
        }
        if toleration.str_at(["key"]).unwrap_or_default().is_empty() && operator != Some("Exists") {
            let words = "the toleration's operator must be Exists when 'key' is empty";
            refused.push((toleration, words.to_owned()));
        }
    }
}

fn spread<'a>(pod: &'a Node, refused: &mut Refused<'a>) {
    for constraint in pod.list_at(["topologySpreadConstraints"]) {
        if let Some((node, ..=0)) = integer(constraint, "maxSkew") {
            refused.push((node, "`maxSkew` must be greater than zero".to_owned()));
        }
    }
}

/// Names that two containers of a pod share. Within one list the structure is at fault.
fn names<'a>(pod: &'a Node, refused: &mut Refused<'a>) {
    let names = |list| {
        let containers = pod.list_at([list]).iter();
        containers.filter_map(|it| it.get("name"))
    };
    let main: BTreeSet<_> = names("containers").filter_map(Node::as_str).collect();
    for node in names("initContainers") {
        if let Some(name) = node.as_str().filter(|it| main.contains(it)) {
            let words = format!("`{name}` is an init container and a container: Duplicate value");
            refused.push((node, words));
        }
    }
}

fn probes<'a>(container: &'a Node, refused: &mut Refused<'a>) {
    for probe in ["livenessProbe", "startupProbe"] {
        let threshold = container
            .get(probe)
            .and_then(|it| integer(it, "successThreshold"));
        // For zero the server fills in 1.
        if let Some((node, number)) = threshold
            && !matches!(number, 0 | 1)
        {
            let words = format!("`successThreshold` of a `{probe}` is {number} and must be 1");
            refused.push((node, words));
        }
    }
}

fn ports<'a>(container: &'a Node, refused: &mut Refused<'a>) {
    for port in container.list_at(["ports"]) {
        // That one is missing the structure says.
        match integer(port, "containerPort") {
            Some((node, 0)) => {
                refused.push((node, "`containerPort`: Required value".to_owned()));
            }
            Some((node, number)) if !(1..=65535).contains(&number) => {
                let words = "`containerPort` must be between 1 and 65535, inclusive";
                refused.push((node, words.to_owned()));
            }
            _ => {}
        }
        if let Some((node, name)) = text(port, "name")
            && let Some(words) = refused_port_name(name)
        {
            refused.push((node, format!("`{name}` as the name of a port {words}")));
        }
    }
}

/// What the server says of the name of a port, which is a service name of IANA.
fn refused_port_name(name: &str) -> Option<&'static str> {
    let known = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    if name.len() > 15 {
        Some("must be no more than 15 characters")
    } else if !name.bytes().all(known) {
        Some("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    } else if !name.is_empty() && !name.bytes().any(|it| it.is_ascii_lowercase()) {
        Some("must contain at least one letter (a-z)")
    } else {
        None
    }
}

fn variables<'a>(container: &'a Node, refused: &mut Refused<'a>) {
    for variable in container.list_at(["env"]) {
        let value = variable.str_at(["value"]).unwrap_or_default();
        if !value.is_empty()
            && let Some(node) = set(variable, "valueFrom")
        {
            let words = "`valueFrom` may not be specified when 'value' is not empty";
            refused.push((node, words.to_owned()));
        }
    }
}

/// What `matchExpressions` demand, wherever they stand. Only those of nodes compare numbers.
fn selectors<'a>(node: &'a Node, is_of_nodes: bool, refused: &mut Refused<'a>) {
    for (key, child) in node.entries() {
        let is_of_nodes = is_of_nodes || key == "nodeAffinity";
        if key == "matchExpressions" {
            for requirement in child.items() {
                expression(requirement, is_of_nodes, refused);
            }
        } else {
            selectors(child, is_of_nodes, refused);
        }
    }
    for item in node.items() {
        selectors(item, is_of_nodes, refused);
    }
}

fn expression<'a>(requirement: &'a Node, is_of_nodes: bool, refused: &mut Refused<'a>) {
    let Some((operator, word)) = text(requirement, "operator") else {
        return;
    };
    let values = requirement.list_at(["values"]);
    let place = requirement.get("values").unwrap_or(operator);
    let found = match (word, values.len()) {
        ("In" | "NotIn", 0) => (
            place,
            "`values` must be specified when 'operator' is 'In' or 'NotIn'",
        ),
        ("Exists" | "DoesNotExist", 1..) => (
            place,
            "`values` may not be specified when 'operator' is 'Exists' or 'DoesNotExist'",
        ),
        ("Gt" | "Lt", count) if is_of_nodes && count != 1 => (
            place,
            "`values` must be specified single value when 'operator' is 'Lt' or 'Gt'",
        ),
        ("In" | "NotIn" | "Exists" | "DoesNotExist", _) => return,
        ("Gt" | "Lt", _) if is_of_nodes => return,
        _ => (operator, "`operator` is not a valid selector operator"),
    };
    refused.push((found.0, found.1.to_owned()));
}
