//! What can become of an object or a platform: every rule of a review, in one place.

use serde::{Serialize, Serializer};

/// A consequence of a change.
#[derive(Debug)]
pub struct Rule {
    /// Its name, as `--fail-on` takes it.
    pub name: &'static str,
    /// How much somebody should think about it.
    pub risk: Risk,
    /// What a summary says when it applies once.
    pub one: &'static str,
    /// The same for several times, with `{}` for the number.
    pub many: &'static str,
    /// Why it is so, with where that is written or was seen.
    pub reason: &'static str,
}

/// How much somebody should think about a consequence before merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Work or data is lost, rights grow, or nothing happens that was meant to.
    High,
    /// Something is away for a while, goes, or asks for a hand.
    Some,
    /// As every day.
    None,
}

macro_rules! rules {
    ($($name:ident = $text:literal, $risk:ident, $one:literal, $many:literal, $reason:literal;)*) => {
        $(
            #[doc = $reason]
            pub const $name: &Rule = &Rule {
                name: $text,
                risk: Risk::$risk,
                one: $one,
                many: $many,
                reason: $reason,
            };
        )*

        /// All rules, the worst first.
        pub const ALL: &[&Rule] = &[$($name),*];
    };
}

rules! {
    STORAGE_LOST = "storage-lost", High,
        "1 object goes with the data in it", "{} objects go with the data in them",
        "An engine prunes what is no longer in the tree, unless its annotations forbid it; a claim, a volume or a namespace takes its data along.";
    KILLED = "killed", High,
        "1 job is killed", "{} jobs are killed",
        "The Spark operator invalidates an application whose spec changes, but for `suspend` and `timeToLiveSeconds`: it deletes the driver and submits again (`internal/controller/sparkapplication/event_filter.go`). An application that is deleted takes its driver along.";
    SESSIONS_ENDED = "sessions-ended", High,
        "1 Spark server ends its sessions", "{} Spark servers end their sessions",
        "A Connect server is a driver: with its pod go its sessions, their temporary views and cached data, and its executors.";
    REFUSED = "refused", High,
        "1 object is refused by the API server", "{} objects are refused by the API server",
        "Some fields cannot change once the object exists; the engine stops at the API server's error.";
    IGNORED = "ignored", High,
        "1 object is changed in vain", "{} objects are changed in vain",
        "The operator builds the pod of a `SparkConnect` once, and a `StatefulSet` or `DaemonSet` with `OnDelete` keeps its pods: the engine says `Synced`, and the old configuration runs on.";
    ACCESS_WIDENED = "access-widened", High,
        "access grows in 1 place", "access grows in {} places",
        "Evaluated over all roles and bindings, all network policies, and the levels of Pod Security, before and after: not the text of the rules.";
    HANDED_OVER = "handed-over", High,
        "the engine changes", "the engine changes for {} objects",
        "An engine that no longer finds its objects prunes them while the other one applies them. The old one has to let go first.";
    UNKNOWN = "unknown", High,
        "what happens in 1 environment is not known", "what happens in {} environments is not known",
        "The spec of before does not compile, and nothing was committed of it.";
    OUT_DIFFERS = "out-differs", High,
        "1 committed tree is not what the spec compiles to", "{} committed trees are not what the spec compiles to",
        "An engine applies what lies in `out`, and everything that is told here is about the spec.";
    MOVED = "moved", Some,
        "1 object moves between environments", "{} objects move between environments",
        "An engine marks what it applies as its own, and prunes what it no longer finds and still bears its mark: the object stays if the environment that gains it is applied before the one that loses it.";
    DELETED = "deleted", Some,
        "1 object is deleted", "{} objects are deleted",
        "An engine prunes what is no longer in the tree.";
    KEPT = "kept", Some,
        "1 object is left behind", "{} objects are left behind",
        "Its annotations keep every engine from deleting it (`Prune=false` for Argo CD, `prune: disabled` for Flux), or nothing on the cluster deletes such a thing.";
    UNPROTECTED = "protection-lifted", Some,
        "1 object loses its protection", "{} objects lose their protection",
        "`destroy` takes away the annotations that keep engines from deleting what holds data; the next change may delete it.";
    RENAMED = "renamed", Some,
        "1 object is deleted and made under another name", "{} objects are deleted and made under other names",
        "A name cannot change: the object is deleted, and another one is made. Who asks for the old name finds nothing.";
    REMADE = "remade", Some,
        "1 object is deleted and made anew", "{} objects are deleted and made anew",
        "A Job cannot change, so its name follows its content, or its annotations have the engine replace it.";
    UNREACHABLE = "unreachable", Some,
        "1 service does not answer for a while", "{} services do not answer for a while",
        "With `Recreate`, or one pod of a StatefulSet, the old pod stops before the new one starts.";
    STALE = "stale", Some,
        "1 object is not read again", "{} objects are not read again",
        "A pod reads a `ConfigMap` when it starts; what nothing rolls goes on with the old content.";
    DEFINITION_CHANGED = "definition-changed", Some,
        "1 definition of resources changes", "{} definitions of resources change",
        "A custom resource definition is for the whole cluster, and for resources that others made, too.";
    TIGHTENED = "tightened", Some,
        "1 namespace refuses more pods", "{} namespaces refuse more pods",
        "Pod Security looks at pods when they are made: those that run go on, and the next ones may be refused.";
    ACCESS_GRANTED = "access-granted", Some,
        "1 new pod or account gets access", "{} new pods or accounts get access",
        "Evaluated like `access-widened`: an account that was not there may do something in a namespace, and nothing that leads further than a driver of Spark needs, such as reading secrets or making workloads; a pod that was not there is reached by others, or reaches addresses.";
    NEEDED = "prerequisite-needed", Some,
        "1 prerequisite is new", "{} prerequisites are new",
        "What the spec refers to and kiln does not make.";
    ROLLS = "rolls", None,
        "1 workload rolls", "{} workloads roll",
        "The template of the pods changed, or the checksum of what they read.";
    NEXT_RUN = "next-run", None,
        "1 job is another from its next run on", "{} jobs are others from their next run on",
        "A schedule and a DAG read what they submit anew for each run; a run that has begun goes on as it was.";
    SCALED = "scaled", None,
        "1 workload has another number of pods", "{} workloads have another number of pods",
        "Pods come and go without a change of those that stay.";
    CAPACITY = "capacity", None,
        "1 namespace asks for another share of the cluster", "{} namespaces ask for another share of the cluster",
        "The requests of all pods: those that always run, and all that may run at once.";
    ACCESS_NARROWED = "access-narrowed", None,
        "access shrinks in 1 place", "access shrinks in {} places",
        "Evaluated like `access-widened`.";
    CREATED = "created", None,
        "1 object is created", "{} objects are created",
        "It is not on the cluster, as far as kiln made it.";
    UPDATED = "updated", None,
        "1 object is updated in place", "{} objects are updated in place",
        "The API server takes the change, and no pod restarts for it.";
    NOT_NEEDED = "prerequisite-dropped", None,
        "1 prerequisite is no longer needed", "{} prerequisites are no longer needed",
        "What the spec no longer refers to.";
}

impl Rule {
    /// The rule in a summary, such as `2 workloads roll`.
    #[must_use]
    pub fn count(&self, number: usize) -> String {
        match number {
            1 => self.one.to_owned(),
            _ => self.many.replace("{}", &number.to_string()),
        }
    }

    /// The position in [`ALL`]: the worst first.
    #[must_use]
    pub fn rank(&self) -> usize {
        ALL.iter()
            .position(|it| it.name == self.name)
            .unwrap_or(ALL.len())
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Rule {}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}
