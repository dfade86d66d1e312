//! Pod Security Standards: what the levels `baseline` and `restricted` refuse.
//!
//! After <https://kubernetes.io/docs/concepts/security/pod-security-standards/>, for Linux pods.

use std::fmt;

use crate::document::{Node, Value};

/// How much a namespace lets its pods do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodSecurity {
    /// Anything.
    Privileged,
    /// Nothing that is known to lead out of a container.
    Baseline,
    /// Nothing that a program without rights does not need.
    Restricted,
}

impl PodSecurity {
    /// The level of a label's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }
}

impl fmt::Display for PodSecurity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        })
    }
}

/// A reason for which a pod is refused.
#[derive(Clone, Debug)]
pub struct Violation<'a> {
    /// What is wrong, as the end of a sentence about the pod.
    pub what: String,
    /// The value that is wrong, or what lacks one.
    pub node: &'a Node,
}

/// The capabilities that `baseline` lets a container add.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The kernel settings that `baseline` lets a pod change.
const SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
];

/// The volumes that `restricted` lets a pod have.
const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Why a level refuses a pod, given its specification; nothing when it is admitted.
#[must_use]
pub fn violations(level: PodSecurity, spec: &Node) -> Vec<Violation<'_>> {
    let mut found = Vec::new();
    if level >= PodSecurity::Baseline {
        baseline(spec, &mut found);
    }
    if level >= PodSecurity::Restricted {
        restricted(spec, &mut found);
    }
    found
}

/// The containers of all kinds, with what they are called in messages.
fn containers(spec: &Node) -> impl Iterator<Item = (String, &Node)> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|field| spec.list_at([field]))
        .map(|node| {
            let name = node.str_at(["name"]).unwrap_or_default();
            (format!("the container `{name}`"), node)
        })
}

fn context<'a>(node: &'a Node, field: &str) -> Option<&'a Node> {
    node.at(["securityContext", field])
}

fn is_true(node: Option<&Node>) -> bool {
    node.and_then(Node::as_bool) == Some(true)
}

fn baseline<'a>(spec: &'a Node, found: &mut Vec<Violation<'a>>) {
    let mut add = |what: String, node: &'a Node| found.push(Violation { what, node });
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some(node) = spec.get(field).filter(|it| is_true(Some(it))) {
            add(format!("has `{field}`"), node);
        }
    }
    for volume in spec.list_at(["volumes"]) {
        if let Some(node) = volume.get("hostPath") {
            add("mounts a folder of its node".to_owned(), node);
        }
    }
    for sysctl in spec.list_at(["securityContext", "sysctls"]) {
        let name = sysctl.str_at(["name"]).unwrap_or_default();
        if !SYSCTLS.contains(&name) {
            add(format!("changes `{name}` of its kernel"), sysctl);
        }
    }
    let pod = [("the pod".to_owned(), spec)];
    for (name, node) in pod.into_iter().chain(containers(spec)) {
        let profile = context(node, "seccompProfile").and_then(|it| it.get("type"));
        if let Some(kind) = profile.filter(|it| it.as_str() == Some("Unconfined")) {
            add(format!("runs {name} without a seccomp profile"), kind);
        }
        let host = context(node, "windowsOptions").and_then(|it| it.get("hostProcess"));
        if let Some(host) = host.filter(|it| is_true(Some(it))) {
            add(format!("runs {name} as a process of its node"), host);
        }
        let options = context(node, "seLinuxOptions");
        let kind = options.and_then(|it| it.get("type"));
        let known = [
            "",
            "container_t",
            "container_init_t",
            "container_kvm_t",
            "container_engine_t",
        ];
        if let Some(kind) = kind.filter(|it| !known.contains(&it.as_str().unwrap_or_default())) {
            add(format!("sets the SELinux type of {name}"), kind);
        }
        for field in ["user", "role"] {
            let set = options.and_then(|it| it.get(field));
            if let Some(set) = set.filter(|it| it.as_str() != Some("")) {
                add(format!("sets the SELinux {field} of {name}"), set);
            }
        }
        let armour = context(node, "appArmorProfile").and_then(|it| it.get("type"));
        if let Some(armour) = armour.filter(|it| it.as_str() == Some("Unconfined")) {
            add(format!("runs {name} without an AppArmor profile"), armour);
        }
    }
    for (name, node) in containers(spec) {
        if let Some(node) = context(node, "privileged").filter(|it| is_true(Some(it))) {
            add(format!("runs {name} privileged"), node);
        }
        for capability in node.list_at(["securityContext", "capabilities", "add"]) {
            if !CAPABILITIES.contains(&capability.as_str().unwrap_or_default()) {
                add(format!("adds a capability to {name}"), capability);
            }
        }
        for port in node.list_at(["ports"]) {
            let host = port.get("hostPort");
            if let Some(host) = host.filter(|it| it.as_integer() != Some(0)) {
                add(format!("opens a port of its node for {name}"), host);
            }
        }
        let mount = context(node, "procMount");
        if let Some(mount) = mount.filter(|it| it.as_str() != Some("Default")) {
            add(format!("unmasks `/proc` for {name}"), mount);
        }
    }
}

fn restricted<'a>(spec: &'a Node, found: &mut Vec<Violation<'a>>) {
    let mut add = |what: String, node: &'a Node| found.push(Violation { what, node });
    for volume in spec.list_at(["volumes"]) {
        for (kind, node) in volume.entries() {
            let is_source = kind != "name" && !matches!(node.value, Value::Null);
            // A folder of the node is refused by `baseline` already.
            if is_source && kind != "hostPath" && !VOLUMES.contains(&kind.as_str()) {
                add(format!("has a volume of the kind `{kind}`"), node);
            }
        }
    }
    let inherits = |field: &str| context(spec, field);
    if let Some(user) = inherits("runAsUser").filter(|it| it.as_integer() == Some(0)) {
        add("runs as root".to_owned(), user);
    }
    let kind = |profile: Option<&'a Node>| profile.and_then(|it| it.get("type"));
    let confined = |kind: &Node| matches!(kind.as_str(), Some("RuntimeDefault" | "Localhost"));
    for (name, node) in containers(spec) {
        let at = node.get("securityContext").unwrap_or(node);
        let escalation = context(node, "allowPrivilegeEscalation");
        if escalation.and_then(Node::as_bool) != Some(false) {
            let what = format!("does not set `allowPrivilegeEscalation: false` for {name}");
            add(what, escalation.unwrap_or(at));
        }
        let dropped = node.list_at(["securityContext", "capabilities", "drop"]);
        if !dropped.iter().any(|it| it.as_str() == Some("ALL")) {
            let capabilities = context(node, "capabilities");
            add(
                format!("does not drop `ALL` capabilities of {name}"),
                capabilities.unwrap_or(at),
            );
        }
        for capability in node.list_at(["securityContext", "capabilities", "add"]) {
            let name_of = capability.as_str().unwrap_or_default();
            if CAPABILITIES.contains(&name_of) && name_of != "NET_BIND_SERVICE" {
                add(
                    format!("adds the capability `{name_of}` to {name}"),
                    capability,
                );
            }
        }
        let non_root = context(node, "runAsNonRoot").or(inherits("runAsNonRoot"));
        if !is_true(non_root) {
            let what = format!("does not set `runAsNonRoot: true` for {name}");
            add(what, non_root.unwrap_or(at));
        }
        if let Some(user) = context(node, "runAsUser").filter(|it| it.as_integer() == Some(0)) {
            add(format!("runs {name} as root"), user);
        }
        let own = kind(context(node, "seccompProfile"));
        let profile = own.or(kind(inherits("seccompProfile")));
        match profile {
            Some(profile) if confined(profile) || profile.as_str() == Some("Unconfined") => {}
            other => add(
                format!("does not set `seccompProfile.type: RuntimeDefault` for {name}"),
                other.unwrap_or(at),
            ),
        }
    }
}
