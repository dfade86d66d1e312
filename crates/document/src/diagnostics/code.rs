//! The codes of everything but the catalogue of checks, by stage. A code is never reused.

/// A rule's stable name, for people and for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Such as `E0201`.
    pub number: &'static str,
    /// Such as `unknown-key`.
    pub name: &'static str,
    /// What the rule protects from and what to do, for `kiln explain`.
    pub page: &'static str,
}

macro_rules! define {
    ($($constant:ident = $number:literal $name:literal: $page:literal;)*) => {
        /// The codes by name.
        pub mod codes {
            use super::Code;
            $(
                #[doc = $page]
                pub const $constant: Code = Code { number: $number, name: $name, page: $page };
            )*
        }

        /// All codes in order.
        pub const ALL: &[Code] = &[$(codes::$constant),*];
    };
}

define! {
    UNREADABLE = "E0101" "unreadable-file": "A file that the spec needs cannot be read: it is missing, is not UTF-8 text, is larger than 16 MiB, or the system refuses it. Nothing is written until every input can be read.";
    TOML = "E0102" "toml-syntax": "The file is not TOML. The parser goes on after an error, so that one run shows all of them.";
    OUTSIDE = "E0103" "path-outside-repository": "A path of the spec leaves the repository, by `..`, by an absolute path or by a symbolic link. What is compiled must be what is reviewed, so every input lies in the repository.";
    EXTENDS = "E0104" "extends-cycle": "Specs extend each other in a circle, so none of them is the base; or more than 32 in a row.";
    REMOVE = "E0105" "remove-absent": "`remove` names a key that the spec does not inherit. Either it was renamed in the base, and something stays that should go, or the line is left over.";
    ENVIRONMENT = "E0106" "unknown-environment": "There is no spec of that name under `environments/`. A file that starts with `_` is shared by others and is not an environment.";
    UNKNOWN_KEY = "E0201" "unknown-key": "The key is not part of the spec, so it would be ignored in silence. Keys of Spark belong into `conf`.";
    MISSING_KEY = "E0202" "missing-key": "The table lacks a key that has no default, because no default would be right for everybody.";
    WRONG_TYPE = "E0203" "wrong-type": "The value has another type than the key holds.";
    BAD_VALUE = "E0204" "bad-value": "The value has the right type but is none of those that the key takes.";
    UNKNOWN_NAME = "E0205" "unknown-name": "The value names an entry of another table of the spec, and there is none of that name.";
    CONFLICT = "E0206" "conflicting-keys": "Two keys of the spec contradict each other, or one needs another that is missing.";
    COMPUTED_PROPERTY = "E0207" "computed-property": "The property is computed from other keys of the spec. Set in `conf` it would contradict the objects around it (a port the Service does not have, memory the limit does not allow), so the key to use is named instead.";
    TEMPLATE_AS_TEXT = "W0208" "template-as-text": "Airflow fills expressions of Jinja into an application's arguments, `{{ ds }}`. Statements of Jinja, an expression without an end, and what stands in any other key are not filled in: kiln writes them so that they reach the job as they stand.";
    UNKNOWN_CONTROLLER = "W0209" "unknown-controller": "A route leads to a Connect server through the controller of an Ingress class that kiln does not know. Clients of Spark Connect speak gRPC, which most controllers hand on as HTTP/1.1, so that every call fails, unless an annotation of theirs says otherwise. Write theirs in the route's `annotations`; for the class `nginx` kiln does.";
    MISSING_OFFER = "E0301" "missing-offer": "A component needs something that no other component of the spec offers, such as an object store for its event logs.";
    DUPLICATE_OBJECT = "E0302" "duplicate-object": "Two parts of the spec make an object of the same group, kind, namespace and name. A cluster can hold only one of them, and two engines would fight over it.";
    DANGLING = "E0303" "dangling-reference": "An object refers to another that neither the spec makes nor the list of prerequisites names. On the cluster its pods would wait for ever (`CreateContainerConfigError`, `FailedMount`) or be refused.";
    CYCLE = "E0304" "dependency-cycle": "Objects need each other in a circle, so no order of applying them works.";
    LAYER = "E0305" "forward-reference": "An object needs another that is applied in a later layer, so the first sync of a new cluster would fail or wait for ever.";
    MOVED_LAYER = "E0306" "moved-layer": "An object that is already compiled would move to another layer. Flux would delete it in one Kustomization and recreate it in another.";
    UNPROTECTED = "E0307" "needs-destroy": "The spec no longer makes an object that holds data or that others live in: a namespace, a custom resource definition, or anything with a volume. Removing it deletes what is inside, so the spec has to say `destroy`.";
    IMMUTABLE = "E0715" "immutable-field": "A field would change that an object keeps for as long as it exists: the claim templates and the selector of a StatefulSet, the selector of a Deployment, the template of a Job, the role of a binding, the data of what says `immutable`. What is compiled so far is what the cluster has, and it would refuse the change. Everything behind the object in the sync would wait.";
    HANDED_OVER = "W0309" "handed-over": "An object that kiln made is declared as one that exists (`create = false`, `custom-resource-definitions = \"existing\"`, `[prerequisites]`). It leaves the compiled tree and stays on the cluster: the annotations that kiln gave it keep both engines from pruning it. Said once, by the compile that lets it go.";
    LEFT_BEHIND = "W0310" "left-behind": "An object leaves the spec and stays on the cluster, running where it runs: it lies in a namespace, or is of a cluster-wide kind, of which the spec has nothing any more, so that Argo CD's project does not allow it. Argo CD leaves what its project does not allow out of what it compares, and so neither prunes nor shows it. Said once, by the compile that lets it go.";
    OTHER_CLUSTER = "E0308" "shared-identity": "Two environments on one cluster (one `cluster.name`) make the same object, so their engines would overwrite each other for ever.";
    NAME = "E0401" "invalid-name": "A name that Kubernetes would refuse: too long, or not of the letters that its kind allows.";
    OBJECT_SCHEMA = "E0402" "invalid-object": "A field that Kubernetes does not know, or with a value of the wrong type. The API server would refuse it, or drop it in silence.";
    MANIFEST = "E0403" "invalid-manifest": "A raw manifest is not YAML that every reader reads alike, or holds something that is not a Kubernetes object.";
    PATCH = "E0404" "patch-matches-nothing": "A patch names an object or a path that does not exist, or a test that fails. Left alone it would silently stop working when something is renamed.";
    NO_EFFECT = "W0410" "setting-without-effect": "A key of the spec that nothing in the output depends on: it belongs to an engine, a source, a kind or a trigger that the spec does not choose, or to a table that is missing. Somebody wrote it for a purpose that it does not serve. What a file says that others extend is judged in none of them.";
    DEFINITION = "E0405" "definition-changed": "The file with the custom resource definitions is not the one whose SHA-256 the spec states.";
    EXPIRED_WAIVER = "E0407" "expired-waiver": "A waiver's last day is past. What it covers is due: fix it, or state a later day and why.";
    USELESS_WAIVER = "W0408" "useless-waiver": "A waiver covers nothing: the check finds no fault with the object, or the object is gone. Left alone it would cover the next fault unseen.";
    UNEXPLAINED_WAIVER = "W0412" "unexplained-waiver": "A comment accepts a finding (`# kiln: allow E0601 because …`) and does not say why, or names no check. It covers nothing until it does: whoever comes next has to know whether the reason still holds.";
    OUTPUT = "E0501" "unwritable-output": "The output cannot be written. The tree on disk is the one from before.";
    FOREIGN_FILE = "E0502" "foreign-file": "A file lies in the output that kiln did not write. It is kept, but an engine that syncs the folder may apply it or fail on it.";
    EDITED = "E0503" "edited-output": "A compiled file was changed by hand. The change would be lost with the next compile: put it into the spec, into `extra` or into `patches`.";
    STALE = "E0504" "stale-output": "The committed output is not what the spec compiles to. Run `kiln compile` and commit the result.";
    ORPHAN = "E0505" "output-without-spec": "There is compiled output of an environment that has no spec any more. `kiln compile --remove ENV` removes it.";
    CORRUPT = "E0506" "digest-mismatch": "A file is not the one whose digest the lock holds.";
}
