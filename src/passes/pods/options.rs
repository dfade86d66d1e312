//! The table `pod`, as Kubernetes and as `JupyterHub` write it.

use crate::{
    components::Offers,
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Map, Node, Origins, Sourced, Value},
    kubernetes::{Memory, SubdomainName, scheduling::ZONE},
    manifests::{
        DnsPolicy, Domain, PodDns, PodOptions, ScratchSource, ScratchVolume, Security, Spread,
        Variable, VariableKey, Volume, VolumeKind,
    },
    values::VariableName,
};

/// What the table `pod` says, to be written into pods of one kind.
pub struct Options<'a> {
    pub table: &'a PodOptions,
    /// The label by which the pods are found.
    pub workload: Option<Node>,
    pub offers: &'a Offers,
}

impl Options<'_> {
    /// Writes it into a pod in Kubernetes' own form; `others` are its containers, where they stand elsewhere.
    pub fn write(&self, pod: &mut Node, others: &[&Node], faults: &mut Diagnostics) {
        let spec = pod.entry_at(&["spec"]);
        self.write_fields(spec);
        let volumes = self.volumes();
        for (volume, _) in &volumes {
            let name = volume.str_at(["name"]).unwrap_or_default();
            let all = [&*spec].into_iter().chain(others.iter().copied());
            if named(all, "volumes", "name", name) {
                faults.push(taken(
                    name,
                    "a volume of kiln's has this name",
                    &volume.origins,
                ));
            } else {
                push(spec, "volumes", volume.clone());
            }
        }
        let variables = self.variables(faults);
        let containers = spec.as_map_mut().and_then(|it| it.get_mut("containers"));
        for container in containers.into_iter().flat_map(Node::children_mut) {
            for (name, variable) in &variables {
                let all = [&*container].into_iter().chain(others.iter().copied());
                if named(all, "env", "name", name) {
                    faults.push(taken(name, "kiln sets it", &variable.origins));
                } else {
                    push(container, "env", variable.clone());
                }
            }
            for (_, mount) in &volumes {
                let path = mount.str_at(["mountPath"]).unwrap_or_default();
                let all = [&*container].into_iter().chain(others.iter().copied());
                if named(all, "volumeMounts", "mountPath", path) {
                    faults.push(taken(path, "kiln mounts something there", &mount.origins));
                } else {
                    push(container, "volumeMounts", mount.clone());
                }
            }
        }
    }

    /// Writes it into the values of `JupyterHub`'s chart
    /// (<https://z2jh.jupyter.org/en/stable/resources/reference.html#singleuser>).
    pub fn write_for_hub(&self, values: &mut Node, faults: &mut Diagnostics) {
        if let Some(security) = &self.table.security {
            let spawner = values.entry_at(&["hub", "config", "KubeSpawner"]);
            if let Some(group) = &security.group {
                spawner.insert("gid", group);
            }
            if !security.supplemental_groups.is_empty() {
                spawner.insert("supplemental_gids", list(&security.supplemental_groups));
            }
        }
        let pod = values.entry_at(&["singleuser"]);
        let mut fields = Node::map();
        self.write_fields(&mut fields);
        if fields.entries().next().is_some() {
            pod.insert("extraPodConfig", fields);
        }
        if let Some(security) = &self.table.security {
            if let Some(user) = &security.user {
                pod.insert("uid", user);
            }
            if let Some(group) = &security.fs_group {
                pod.insert("fsGid", group);
            }
        }
        for (name, variable) in self.variables(faults) {
            let all = pod.entry_at(&["extraEnv"]);
            if all.get(&name).is_some() {
                faults.push(taken(&name, "kiln sets it", &variable.origins));
            } else {
                all.insert(name, variable);
            }
        }
        let storage = pod.entry_at(&["storage"]);
        for (volume, mount) in self.volumes() {
            let name = volume.str_at(["name"]).unwrap_or_default();
            let path = mount.str_at(["mountPath"]).unwrap_or_default();
            if named([&*storage], "extraVolumes", "name", name) {
                faults.push(taken(
                    name,
                    "a volume of kiln's has this name",
                    &volume.origins,
                ));
            } else if named([&*storage], "extraVolumeMounts", "mountPath", path) {
                faults.push(taken(path, "kiln mounts something there", &mount.origins));
            } else {
                push(storage, "extraVolumes", volume);
                push(storage, "extraVolumeMounts", mount);
            }
        }
    }

    /// The fields of the pod itself, which both forms have.
    fn write_fields(&self, spec: &mut Node) {
        if let Some(class) = &self.table.priority_class {
            spec.insert("priorityClassName", class);
        }
        if let Some(class) = &self.table.runtime_class {
            spec.insert("runtimeClassName", class);
        }
        if let Some(spread) = &self.table.spread {
            let constraints = vec![self.constraint(spread)];
            spec.insert("topologySpreadConstraints", constraints);
        }
        let aliases = self.table.host_aliases.iter().map(|(address, names)| {
            let mut alias = Node::map();
            alias.insert("ip", Node::new(address.as_str(), names.origins.clone()));
            alias.insert("hostnames", list(names));
            alias
        });
        let aliases: Vec<_> = aliases.collect();
        if !aliases.is_empty() {
            spec.insert("hostAliases", aliases);
        }
        if let Some(dns) = &self.table.dns {
            write_dns(dns, spec);
        }
    }

    fn constraint(&self, spread: &Spread) -> Node {
        let key = spread.over.map(|it| match it {
            Domain::Zones => ZONE,
            Domain::Hosts => "kubernetes.io/hostname",
        });
        let action = spread.required.map(|it| match it {
            true => "DoNotSchedule",
            false => "ScheduleAnyway",
        });
        let mut labels = Node::map();
        if let Some(workload) = &self.workload {
            labels.insert("kiln/workload", workload.clone());
        }
        let mut selector = Node::map();
        selector.insert("matchLabels", labels);
        let mut constraint = Node::map();
        constraint.insert("maxSkew", &spread.skew);
        constraint.insert("topologyKey", key);
        constraint.insert("whenUnsatisfiable", action);
        constraint.insert("labelSelector", selector);
        // The executors of all applications of a namespace share one label; Spark gives those of each another.
        let by_application = Node::new("spark-app-selector", spread.over.origins.clone());
        constraint.insert("matchLabelKeys", vec![by_application]);
        constraint
    }

    /// The variables with their names, as items of `env`.
    fn variables(&self, faults: &mut Diagnostics) -> Vec<(String, Node)> {
        let variable = |(name, value): (&_, &Sourced<Variable>)| {
            let mut variable = Node::new(Map::new(), value.origins.clone());
            let name: &VariableName = name;
            variable.insert("name", Node::new(name.as_str(), value.origins.clone()));
            match &value.value {
                Variable::Text(text) => {
                    variable.insert("value", Node::new(text, value.origins.clone()));
                }
                Variable::Key(key) => match self.key(key) {
                    Some(source) => variable.insert("valueFrom", source),
                    None => faults.push(of_one_source(name.as_str(), &value.origins)),
                },
            }
            (name.to_string(), variable)
        };
        self.table.env.iter().map(variable).collect()
    }

    /// What a variable comes from; nothing, unless it is a Secret or a `ConfigMap`.
    fn key(&self, source: &VariableKey) -> Option<Node> {
        let (kind, name) = match (&source.secret, &source.config_map) {
            (Some(secret), None) => ("secretKeyRef", self.secret(secret)),
            (None, Some(name)) => ("configMapKeyRef", name.into()),
            _ => return None,
        };
        let mut reference = Node::map();
        reference.insert("name", name);
        reference.insert("key", &source.key);
        let mut node = Node::map();
        node.insert(kind, reference);
        Some(node)
    }

    /// The name of a Secret's object.
    fn secret(&self, name: &Sourced<String>) -> Node {
        let secret = self.offers.secret(name);
        secret.name.clone().with_origin(&name.origins).into()
    }

    /// The volumes, each with how it is mounted.
    fn volumes(&self) -> Vec<(Node, Node)> {
        let volumes = self.table.volumes.iter();
        let volumes =
            volumes.map(|(name, it)| (self.volume(name.as_str(), it), mount(name.as_str(), it)));
        volumes.collect()
    }

    fn volume(&self, name: &str, of: &Sourced<Volume>) -> Node {
        let mut source = Node::map();
        let field = match &of.kind.value {
            VolumeKind::Empty { size } => {
                source.insert("sizeLimit", size);
                "emptyDir"
            }
            VolumeKind::Ephemeral { size, class } => {
                source.insert(
                    "volumeClaimTemplate",
                    claim(size, class.as_ref(), &of.kind.origins),
                );
                "ephemeral"
            }
            VolumeKind::Claim { claim } => {
                source.insert("claimName", claim);
                "persistentVolumeClaim"
            }
            VolumeKind::Secret { secret } => {
                source.insert("secretName", self.secret(secret));
                "secret"
            }
            VolumeKind::ConfigMap { config_map } => {
                source.insert("name", config_map);
                "configMap"
            }
        };
        source.choose(&of.kind.origins);
        let mut volume = Node::new(Map::new(), of.origins.clone());
        volume.insert("name", Node::new(name, of.origins.clone()));
        volume.insert(field, source);
        volume
    }
}

/// The claim of a volume that goes with its pod.
fn claim(size: &Sourced<Memory>, class: Option<&Sourced<SubdomainName>>, by: &Origins) -> Node {
    let mut claim = Node::map();
    let spec = claim.entry_at(&["spec"]);
    spec.insert("accessModes", vec![Node::new("ReadWriteOnce", by.clone())]);
    if let Some(class) = class {
        spec.insert("storageClassName", class);
    }
    spec.entry_at(&["resources", "requests"])
        .insert("storage", size);
    claim
}

fn mount(name: &str, of: &Sourced<Volume>) -> Node {
    let mut mount = Node::new(Map::new(), of.origins.clone());
    mount.insert("name", Node::new(name, of.origins.clone()));
    mount.insert("mountPath", &of.path);
    if let Some(path) = &of.sub_path {
        mount.insert("subPath", path);
    }
    if *of.read_only {
        mount.insert("readOnly", &of.read_only);
    }
    mount
}

fn write_dns(dns: &PodDns, spec: &mut Node) {
    spec.insert(
        "dnsPolicy",
        dns.policy.map(|it| match it {
            DnsPolicy::ClusterFirst => "ClusterFirst",
            DnsPolicy::Default => "Default",
            DnsPolicy::None => "None",
        }),
    );
    let mut config = Node::map();
    if !dns.nameservers.is_empty() {
        config.insert("nameservers", list(&dns.nameservers));
    }
    if !dns.searches.is_empty() {
        config.insert("searches", list(&dns.searches));
    }
    if let Some(ndots) = &dns.ndots {
        let mut option = Node::map();
        option.insert("name", Node::new("ndots", ndots.origins.clone()));
        option.insert("value", ndots.text());
        config.insert("options", vec![option]);
    }
    if config.entries().next().is_some() {
        spec.insert("dnsConfig", config);
    }
}

/// Writes a volume that Spark takes for its local folders, by its name.
pub fn write_scratch(scratch: &ScratchVolume, spec: &mut Node) {
    let by = &scratch.source.origins;
    let size = scratch.size.clone().chosen_by(by);
    let mut source = Node::map();
    let field = match &scratch.source.value {
        ScratchSource::Disk => {
            source.insert("sizeLimit", size);
            "emptyDir"
        }
        ScratchSource::Memory => {
            source.insert("medium", Node::new("Memory", by.clone()));
            source.insert("sizeLimit", size);
            "emptyDir"
        }
        ScratchSource::Ephemeral(class) => {
            source.insert("volumeClaimTemplate", claim(&size, Some(class), by));
            "ephemeral"
        }
        ScratchSource::Host(folder) => {
            source.insert("path", folder.clone().chosen_by(by));
            source.insert("type", Node::new("Directory", by.clone()));
            "hostPath"
        }
    };
    let made = size_origins(scratch);
    let mut volume = Node::map();
    volume.insert("name", Node::new(SCRATCH, made.clone()));
    volume.insert(field, source);
    push(spec, "volumes", volume);
    let containers = spec.as_map_mut().and_then(|it| it.get_mut("containers"));
    for container in containers.into_iter().flat_map(Node::children_mut) {
        let mut mount = Node::map();
        mount.insert("name", Node::new(SCRATCH, made.clone()));
        mount.insert("mountPath", Node::new(scratch.path, made.clone()));
        push(container, "volumeMounts", mount);
    }
}

/// The name by which Spark knows a volume for its local folders (`LocalDirsFeatureStep`).
const SCRATCH: &str = "spark-local-dir-1";

/// What has the volume there at all.
fn size_origins(scratch: &ScratchVolume) -> Origins {
    scratch
        .source
        .origins
        .clone()
        .chosen_by(&scratch.size.origins)
}

/// Writes as whom containers run over what kiln says of it.
pub fn secure(security: &Security, pod: &mut Node) {
    for (field, value) in [
        ("runAsUser", &security.user),
        ("runAsGroup", &security.group),
        ("fsGroup", &security.fs_group),
    ] {
        if let Some(value) = value {
            pod.insert(field, value);
        }
    }
    if !security.supplemental_groups.is_empty() {
        pod.insert("supplementalGroups", list(&security.supplemental_groups));
    }
}

/// The same for one container.
pub fn secure_container(security: &Security, container: &mut Node) {
    if let Some(writable) = &security.writable_root {
        container.insert("readOnlyRootFilesystem", writable.map(|it| !it));
    }
}

fn list<T: Clone + Into<Value>>(values: &[Sourced<T>]) -> Vec<Node> {
    values.iter().map(Node::from).collect()
}

/// Whether a list of one of the nodes has an item of this name.
fn named<'n>(nodes: impl IntoIterator<Item = &'n Node>, list: &str, key: &str, name: &str) -> bool {
    let mut items = nodes.into_iter().flat_map(|it| it.list_at([list]));
    items.any(|it| it.str_at([key]) == Some(name))
}

/// Adds an item to a list, which may not be there yet.
fn push(node: &mut Node, list: &str, item: Node) {
    let mut items = node.list_at([list]).to_vec();
    items.push(item);
    node.insert(list, items);
}

fn taken(what: &str, by: &str, origins: &Origins) -> Diagnostic {
    Diagnostic::error(codes::CONFLICT, format!("`{what}` is there already"))
        .at_key(origins, by)
        .hint("take another one")
}

fn of_one_source(name: &str, origins: &Origins) -> Diagnostic {
    let title = format!("`{name}` comes from a Secret or from a ConfigMap");
    Diagnostic::error(codes::MISSING_KEY, title)
        .at_key(origins, "")
        .hint("state one of `secret` and `config-map`, beside `key`")
}
