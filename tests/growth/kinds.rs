//! What an input can have much of.

use std::fmt::Write as _;

use kiln::checks::BASE;

/// Something that an input can have any number of.
pub struct Kind {
    /// What it is.
    pub name: &'static str,
    /// How many of it kiln is given first; then twice, then four times as many.
    pub count: usize,
    /// What kiln is asked to do.
    pub command: &'static [&'static str],
    /// The files of an input with so many.
    pub files: fn(usize) -> Files,
}

/// An input that could take much memory.
pub struct Large {
    /// What it is.
    pub name: &'static str,
    /// The memory that kiln may address, in KiB.
    pub kibibytes: usize,
    /// The files.
    pub files: fn() -> Files,
}

/// Everything that is judged under a limit.
pub const LARGE: &[Large] = &[
    Large {
        name: "memory for outdented lines",
        kibibytes: 200_000,
        files: || outdented(10_000),
    },
    Large {
        name: "memory for a List of 16 MB",
        kibibytes: 2_000_000,
        files: || list(190_000),
    },
];

/// Files by their paths.
pub type Files = Vec<(String, String)>;

const CHECK: &[&str] = &["check"];
const LINT: &[&str] = &["lint", "manifests"];

const fn kind(
    name: &'static str,
    count: usize,
    command: &'static [&'static str],
    files: fn(usize) -> Files,
) -> Kind {
    Kind {
        name,
        count,
        command,
        files,
    }
}

/// Everything that is measured.
pub const ALL: &[Kind] = &[
    kind("messages as text", 100, CHECK, faults),
    kind(
        "messages as JSON",
        100,
        &["check", "--format", "json"],
        faults,
    ),
    kind(
        "messages as SARIF",
        100,
        &["check", "--format", "sarif"],
        faults,
    ),
    kind(
        "messages for GitHub",
        100,
        &["check", "--format", "github"],
        faults,
    ),
    kind("messages on one line", 400, CHECK, |n| {
        spec(&format!(
            "x = [{}]",
            each(n, |i| format!("{{ a{i} = 1, a{i} = 2 }}, "))
        ))
    }),
    kind("messages on one line of YAML", 100, LINT, |n| {
        let keys = each(n, |i| format!("a{i}: 1, a{i}: 2, "));
        manifest(format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{{keys}}}}}"
        ))
    }),
    kind("lines that end in CR", 200, LINT, |n| {
        manifest(each(n, |i| format!("a{i}: 1\r")))
    }),
    kind("messages on lines that end in CR", 400, LINT, |n| {
        manifest(format!(
            "apiVersion: v1\rkind: ConfigMap\rmetadata:\r  name: a\rdata:\r{}",
            each(n, |i| format!("  a{i}: x\r  a{i}: y\r"))
        ))
    }),
    kind(
        "documents after a byte order mark",
        100,
        &["lint", "--format", "json", "manifests"],
        |n| {
            manifest(each(n, |_| {
                "\u{feff}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n---\n"
                    .to_owned()
            }))
        },
    ),
    kind("documents that are no YAML", 100, LINT, |n| {
        manifest(each(n, |_| {
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a]\n---\n".to_owned()
        }))
    }),
    kind("outdented lines in brackets", 200, LINT, outdented),
    kind("brackets with outdented lines", 200, LINT, |n| {
        manifest(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nx:\n{}",
            each(n, |i| format!("  y{i}: [\n1]\n"))
        ))
    }),
    kind("documents with outdented lines", 100, LINT, |n| {
        manifest(each(n, |i| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{i}}}\nx:\n  y: [\n1]\n---\n"
            )
        }))
    }),
    kind("items of a List", 50, LINT, list),
    kind("documents", 50, LINT, |n| {
        manifest(each(n, |i| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{i}, namespace: b}}\ndata: {{a: b}}\n---\n"
            )
        }))
    }),
    kind("objects of two platforms", 50, LINT, |n| {
        let text = each(n, |i| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{i}, namespace: b}}\n---\n"
            )
        });
        vec![
            ("manifests/a/a.yaml".into(), text.clone()),
            ("manifests/b/b.yaml".into(), text),
        ]
    }),
    kind("keys that are set twice", 100, LINT, |n| {
        manifest(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{}",
            each(n, |i| format!("  a{i}: x\n  a{i}: y\n"))
        ))
    }),
    kind("lines of properties", 10, LINT, |n| {
        manifest(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  spark-defaults.conf: |\n{}",
            each(n, |i| format!("    spark.x.y{i} z\n"))
        ))
    }),
    kind("init containers with scripts", 50, LINT, |n| {
        manifest(connect_server(
            &each(n, |i| {
                format!(
                    "      - {{name: i{i}, image: a, command: [sh, -c, 'cat a > b; cp b a; echo x > /c{i}; cat $A']}}\n"
                )
            }),
            "",
        ))
    }),
    kind("lines of a script", 100, LINT, |n| {
        script(&each(n, |i| format!("A{i}=b; cp /a{i} /b; cp /b $A{i}; ")))
    }),
    kind("files that a script joins", 100, LINT, |n| {
        script(&format!(
            "{}cat{}",
            each(n, |i| format!("echo x > /a{i}; ")),
            each(n, |i| format!(" /a{i}"))
        ))
    }),
    kind("options of a command", 100, LINT, |n| {
        script(&format!(
            "spark-submit{}",
            each(n, |i| format!(" --conf spark.a{i}=$A{i}"))
        ))
    }),
    kind("volumes and their mounts", 100, LINT, |n| {
        let volumes = each(n, |i| {
            format!("      - {{name: v{i}, configMap: {{name: a}}}}\n")
        });
        let mounts = each(n, |i| {
            format!("        - {{name: v{i}, mountPath: /opt/spark/conf/{i}}}\n")
        });
        manifest(format!(
            "{}        volumeMounts:\n{mounts}",
            connect_server("", &format!("      volumes:\n{volumes}"))
        ))
    }),
    kind("policies and pods", 60, LINT, |n| {
        manifest(each(n, |i| {
            format!("{}---\n{}---\n", pods(i, i), policy(i))
        }))
    }),
    kind("policies and drivers", 10, LINT, |n| {
        manifest(each(n, |i| {
            format!("{}---\n{}---\n{}---\n", driver(i), policy(i), service(i))
        }))
    }),
    kind("roles and drivers", 10, LINT, |n| {
        manifest(each(n, |i| format!("{}---\n{}", driver(i), role(i))))
    }),
    kind("services and pods", 60, LINT, |n| {
        manifest(each(n, |i| {
            format!("{}---\n{}---\n", pods(i, i), service(i))
        }))
    }),
    kind("quotas and pods", 25, LINT, |n| {
        manifest(each(n, |i| {
            format!(
                "{}---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q{i}, namespace: n}}\nspec: {{hard: {{pods: 100000}}}}\n---\n",
                pods(i, i)
            )
        }))
    }),
    kind("lists of unique items", 200, CHECK, |n| {
        let keys = each(n, |i| format!("\"K{i}\", "));
        more(&format!(
            "[secrets.many]\nsource = \"existing\"\nnamespaces = [\"jupyterhub-users\"]\nkeys = [{keys}]\n"
        ))
    }),
    kind("repeated items", 200, CHECK, |n| {
        let keys = each(n, |i| format!("\"K{i}\", "));
        more(&format!(
            "[secrets.many]\nsource = \"existing\"\nnamespaces = [\"jupyterhub-users\"]\nkeys = [{keys}\"K{}\"]\n",
            n - 1
        ))
    }),
    kind("unknown properties", 15, CHECK, |n| {
        more(&format!(
            "[connect.analytics.conf]\n{}",
            each(n, |i| format!("\"spark.sql.shufle{i}.partitons\" = 1\n"))
        ))
    }),
    kind("unknown properties of no version", 50, LINT, |n| {
        manifest(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  spark-defaults.conf: |\n{}",
            each(n, |i| format!("    spark.sql.shufle{i}.partitons 1\n"))
        ))
    }),
    kind("unknown keys", 50, CHECK, |n| {
        spec(&BASE.replace(
            "[connect.analytics]",
            &format!(
                "[connect.analytics]\n{}",
                each(n, |i| format!("imagee{i} = 1\n"))
            ),
        ))
    }),
    kind("servers", 8, CHECK, |n| more(&each(n, server))),
    kind("servers with flows", 8, CHECK, |n| {
        more(&each(n, |i| {
            format!(
                "{}[flows.f{i}]\nfrom = {{ namespace = \"jupyterhub-users\" }}\nto = \"connect.c{i}\"\n",
                server(i)
            )
        }))
    }),
    kind("applications", 10, CHECK, |n| more(&each(n, application))),
    kind("applications of Airflow", 4, CHECK, |n| {
        more(&format!(
            "[airflow]\nnamespace = \"airflow\"\n{}",
            each(n, |i| application(i).replace("git", "airflow"))
        ))
    }),
    kind("marks of Jinja in an argument", 500, CHECK, |n| {
        let arguments = format!("arguments = [\"{}\"]\n", "{{".repeat(n));
        more(&format!(
            "[airflow]\nnamespace = \"airflow\"\n{}{arguments}",
            application(0).replace("git", "airflow")
        ))
    }),
    kind("namespaces", 10, CHECK, |n| {
        more(&each(n, |i| {
            format!("[namespaces.n{i}]\nquota = {{ pods = 10 }}\n")
        }))
    }),
    kind("flows", 30, CHECK, |n| {
        more(&each(n, |i| {
            format!("[flows.f{i}]\nfrom = {{ namespace = \"n{i}\" }}\nto = \"history-server\"\n")
        }))
    }),
    kind("patches", 30, CHECK, |n| {
        let patches = each(n, |i| {
            format!(
                "[patches.p{i}]\ntarget = \"Namespace/n{i}\"\nmerge = {{ metadata = {{ labels = {{ a = \"b\" }} }} }}\n"
            )
        });
        more(&format!(
            "{}{patches}",
            each(n, |i| format!("[namespaces.n{i}]\n"))
        ))
    }),
    kind("patches of nothing", 20, CHECK, |n| {
        more(&each(n, |i| {
            format!(
                "[patches.p{i}]\ntarget = \"Namespace/jupyterhub-user{i}\"\nmerge = {{ a = 1 }}\n"
            )
        }))
    }),
    kind("patches of one object", 20, CHECK, |n| {
        more(&each(n, |i| {
            format!(
                "[patches.p{i}]\ntarget = \"Namespace/operators\"\nmerge = {{ metadata = {{ labels = {{ a{i} = \"b\" }} }} }}\n"
            )
        }))
    }),
    kind("copies of a patch", 50, CHECK, |n| {
        more(&format!(
            "[patches.p]\ntarget = \"Namespace/operators\"\noperations = [\n{}]\n",
            each(n, |i| format!(
                "{{ op = \"copy\", from = \"/metadata/name\", path = \"/metadata/annotations/a{i}\" }},\n"
            ))
        ))
    }),
    kind("operations of a patch", 50, CHECK, |n| {
        more(&format!(
            "[patches.p]\ntarget = \"Namespace/operators\"\noperations = [\n{}]\n",
            each(n, |i| format!(
                "{{ op = \"add\", path = \"/metadata/labels/a{i}\", value = \"b\" }},\n"
            ))
        ))
    }),
    kind("waivers", 50, CHECK, |n| {
        more(&each(n, |i| waiver(i, "jupyterhub-users")))
    }),
    kind("waivers that accept", 5, CHECK, |n| {
        let servers = each(n, |i| {
            format!("{}conf = {{ \"spark.sql.shufle\" = 1 }}\n", server(i))
        });
        let waivers = each(n, |i| {
            format!(
                "[waivers.w{i}]\ncheck = \"unknown-property\"\nobject = \"ConfigMap/jupyterhub-users/spark-connect-c{i}\"\nreason = \"a reason that is long\"\nexpires = 2099-01-01\n"
            )
        });
        more(&format!("{servers}{waivers}"))
    }),
    kind("extra tables", 20, CHECK, |n| {
        let mut files = more(&each(n, |i| {
            format!("[extra.x{i}]\npath = \"extra/{i}-*.yaml\"\n")
        }));
        files.extend((0..n).map(|i| (format!("environments/extra/{i}-a.yaml"), config_map(i))));
        files
    }),
    kind("extra files", 20, CHECK, |n| {
        let mut files = more("[extra.x]\npath = \"extra/*.yaml\"\n");
        files.extend((0..n).map(|i| (format!("environments/extra/{i}-a.yaml"), config_map(i))));
        files
    }),
    kind("extra documents", 20, CHECK, |n| {
        let mut files = more("[extra.x]\npath = \"extra/*.yaml\"\n");
        files.push((
            "environments/extra/a.yaml".into(),
            each(n, |i| format!("{}---\n", config_map(i))),
        ));
        files
    }),
    kind("extra documents, compiled", 20, &["compile"], |n| {
        let mut files = more("[extra.x]\npath = \"extra/*.yaml\"\n");
        files.push((
            "environments/extra/a.yaml".into(),
            each(n, |i| format!("{}---\n", config_map(i))),
        ));
        files
    }),
    kind("extra documents that refer", 20, CHECK, |n| {
        let mut files = more("[extra.x]\npath = \"extra/*.yaml\"\n");
        let text = each(n, |i| {
            format!(
                "{}---\n{}---\n",
                config_map(i),
                pods(i, i)
                    .replace("namespace: n,", "namespace: jupyterhub-users,")
                    .replace(
                        "image: a",
                        &format!("image: a, envFrom: [{{configMapRef: {{name: a{i}}}}}]")
                    )
            )
        });
        files.push(("environments/extra/a.yaml".into(), text));
        files
    }),
    kind("prerequisites", 50, CHECK, |n| {
        more(&format!(
            "[prerequisites]\nobjects = [{}]\n",
            each(n, |i| format!("\"ConfigMap/jupyterhub-users/a{i}\", "))
        ))
    }),
    kind("environments", 1, CHECK, |n| {
        (0..n)
            .map(|i| {
                (
                    format!("environments/e{i}.toml"),
                    BASE.replace("name = \"example\"", &format!("name = \"example-{i}\"")),
                )
            })
            .collect()
    }),
    kind("objects of two environments", 10, CHECK, |n| {
        let text = format!("{BASE}\n{}", each(n, |i| format!("[namespaces.n{i}]\n")));
        vec![
            ("environments/a.toml".into(), text.clone()),
            ("environments/b.toml".into(), text),
        ]
    }),
    kind("lines that are no TOML", 50, CHECK, |n| {
        more(&each(n, |i| format!("a{i} = = 1\n")))
    }),
    kind("comments", 1000, CHECK, |n| {
        more(&each(n, |i| format!("# {i}\n")))
    }),
    kind("credentials: references", 500, LINT, |n| {
        quoted(&"password=$(".repeat(n))
    }),
    kind("credentials: references in references", 500, LINT, |n| {
        quoted(&format!("password={}", "${a:-".repeat(n)))
    }),
    kind("credentials: defaults in defaults", 500, LINT, |n| {
        quoted(&format!("password={}{}", "${a:-".repeat(n), "}".repeat(n)))
    }),
    kind("credentials: elements of XML", 500, LINT, |n| {
        quoted(&"<name>".repeat(n))
    }),
    kind("credentials: sections of XML", 500, LINT, |n| {
        quoted(&"<password><![CDATA[".repeat(n))
    }),
    kind("credentials: marks of templates", 500, LINT, |n| {
        quoted(&"{{".repeat(n))
    }),
    kind(
        "credentials: placeholders that do not end",
        500,
        LINT,
        |n| quoted(&"password=<".repeat(n)),
    ),
    kind("credentials: URLs with ports alone", 500, LINT, |n| {
        quoted(&"://a:".repeat(n))
    }),
    kind("credentials: calls that do not end", 500, LINT, |n| {
        quoted(&"password=f(".repeat(n))
    }),
    kind("credentials: lists that do not end", 500, LINT, |n| {
        quoted(&"\"password\": [\"".repeat(n))
    }),
    kind("credentials: escapes", 500, LINT, |n| {
        quoted(&"\\u0070assword=".repeat(n))
    }),
    kind("credentials: commands", 300, LINT, |n| {
        quoted(&"sshpass -x docker login mc alias set config set ".repeat(n))
    }),
    kind("credentials: names without values", 300, LINT, |n| {
        block(&"password:\n\n".repeat(n))
    }),
    kind("credentials: lines that go on", 300, LINT, |n| {
        block(&"password=\\\n".repeat(n))
    }),
    kind("credentials: questions of YAML", 300, LINT, |n| {
        block(&"? password\n:\n".repeat(n))
    }),
    kind("credentials: words of a sentence", 500, LINT, |n| {
        quoted(&"-password: a b ".repeat(n))
    }),
    kind("a long scalar of YAML", 10_000, LINT, |n| {
        manifest(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {}}}\n",
            "é".repeat(n)
        ))
    }),
    kind("merges", 50, LINT, |n| {
        manifest(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nx: &a {{b: c}}\ny:\n{}",
            each(n, |i| format!("- {{<<: *a, d{i}: e}}\n"))
        ))
    }),
    kind("fixes", 6, &["check", "--fix"], |n| {
        more(&each(n, |i| server(i).replace("namespace", "namspace")))
    }),
];

/// A text of a `ConfigMap`, on one line.
fn quoted(text: &str) -> Files {
    manifest(format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: '{text}'}}\n"
    ))
}

/// A text of a `ConfigMap`, with lines of its own.
fn block(text: &str) -> Files {
    let lines = text.lines().map(|it| format!("    {it}\n"));
    manifest(format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  a: |\n{}",
        lines.collect::<String>()
    ))
}

/// Texts, one after the other.
fn each(n: usize, text: impl Fn(usize) -> String) -> String {
    (0..n).fold(String::new(), |mut all, i| {
        let _ = write!(all, "{}", text(i));
        all
    })
}

fn spec(text: &str) -> Files {
    vec![("environments/prod.toml".into(), text.into())]
}

/// A platform without a fault, and more.
fn more(text: &str) -> Files {
    spec(&format!("{BASE}\n{text}"))
}

fn manifest(text: String) -> Files {
    vec![("manifests/a.yaml".into(), text)]
}

fn outdented(n: usize) -> Files {
    let lines = "1,\n".repeat(n);
    manifest(format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nx:\n  y: [\n{lines}]\n"
    ))
}

fn list(n: usize) -> Files {
    let item = |i| {
        format!(
            "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: a{i}, namespace: b}}\n  data: {{a: b}}\n"
        )
    };
    manifest(format!(
        "apiVersion: v1\nkind: List\nitems:\n{}",
        each(n, item)
    ))
}

fn faults(n: usize) -> Files {
    spec(&each(n, |i| format!("[connect.c{i}]\nnamespace = 1\n")))
}

fn config_map(i: usize) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{i}, namespace: jupyterhub-users}}\ndata: {{a: b}}\n"
    )
}

fn server(i: usize) -> String {
    format!("[connect.c{i}]\nnamespace = \"jupyterhub-users\"\nimage = \"spark\"\n")
}

fn application(i: usize) -> String {
    format!(
        "[applications.a{i}]\nnamespace = \"jupyterhub-users\"\ntrigger = \"git\"\ntype = \"python\"\nimage = \"spark\"\nmain-file = \"s3a://warehouse/a.py\"\n"
    )
}

fn waiver(i: usize, namespace: &str) -> String {
    format!(
        "[waivers.w{i}]\ncheck = \"limits-removed\"\nobject = \"Deployment/{namespace}/a{i}\"\nreason = \"a reason that is long\"\nexpires = 2099-01-01\n"
    )
}

fn pods(i: usize, label: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{i}, namespace: n, labels: {{a: b}}}}\nspec:\n  selector: {{matchLabels: {{a: l{label}}}}}\n  template:\n    metadata: {{labels: {{a: l{label}}}}}\n    spec: {{containers: [{{name: c, image: a, command: [sh, -c, 'curl sc://v{i}:15002'], resources: {{limits: {{memory: 1Gi, cpu: 1}}}}}}]}}\n"
    )
}

/// A Connect server with what runs before it and what more its pod has. Its container comes last.
fn connect_server(init: &str, more: &str) -> String {
    let init = if init.is_empty() {
        String::new()
    } else {
        format!("      initContainers:\n{init}")
    };
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d, namespace: n}}\nspec:\n  selector: {{matchLabels: {{a: l}}}}\n  template:\n    metadata: {{labels: {{a: l}}}}\n    spec:\n{init}{more}      containers:\n      - name: c\n        image: apache/spark:4.1.4\n        command: [/opt/spark/bin/spark-submit, --class, org.apache.spark.sql.connect.service.SparkConnectServer]\n"
    )
}

/// A container that runs Spark after a script.
fn script(text: &str) -> Files {
    let server = connect_server("", "");
    let (before, _) = server
        .split_once("        command:")
        .expect("it has a command");
    manifest(format!(
        "{before}        command: [sh, -c, '{text}; spark-submit a.jar']\n"
    ))
}

fn driver(i: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{i}, namespace: n}}\nspec:\n  selector: {{matchLabels: {{a: l{i}}}}}\n  template:\n    metadata: {{labels: {{a: l{i}}}}}\n    spec:\n      serviceAccountName: s{i}\n      containers:\n      - name: c\n        image: apache/spark:4.1.4\n        command: [/opt/spark/bin/spark-submit, --master, 'k8s://https://kubernetes.default.svc', --conf, spark.driver.host=v{i}, --conf, spark.driver.port=7078, --conf, spark.kubernetes.namespace=n, --class, A, local:///a.jar]\n"
    )
}

fn policy(i: usize) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{i}, namespace: n}}\nspec: {{podSelector: {{matchLabels: {{a: l{i}}}}}, policyTypes: [Ingress, Egress], ingress: [{{from: [{{podSelector: {{matchLabels: {{a: l{i}}}}}}}]}}], egress: [{{}}]}}\n"
    )
}

fn service(i: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: v{i}, namespace: n}}\nspec: {{selector: {{a: l{i}}}, ports: [{{port: 15002, name: a}}, {{port: 7078, name: b}}]}}\n"
    )
}

fn role(i: usize) -> String {
    format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: s{i}, namespace: n}}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r{i}, namespace: n}}\nrules: [{{apiGroups: [''], resources: [pods, services, configmaps, persistentvolumeclaims], verbs: ['*']}}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: b{i}, namespace: n}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r{i}}}\nsubjects: [{{kind: ServiceAccount, name: s{i}, namespace: n}}]\n---\n"
    )
}
