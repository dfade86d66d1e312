//! What checks say about the API server, said by the API server itself: it refuses what a check finds,
//! in the words of the check's page, and takes it once it is fixed.

use kiln::checks;

use crate::support::control_plane::{ControlPlane, text};

/// Something that the API server refuses.
struct Case {
    /// The check's name; its symptom holds the words to expect.
    check: &'static str,
    /// What has to be there before.
    before: &'static str,
    /// What is refused.
    refused: &'static str,
    /// The same, fixed.
    taken: &'static str,
    /// How it is sent.
    verb: &'static [&'static str],
}

const CREATE: &[&str] = &["create", "--validate=strict"];
const APPLY: &[&str] = &["apply", "--server-side", "--validate=strict"];

const CASES: &[Case] = &[
    Case {
        check: "quota-needs-limit",
        before: "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {limits.cpu: 8}}}",
        refused: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a}]}}",
        taken: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a, resources: {limits: {cpu: 1}}}]}}",
        verb: CREATE,
    },
    Case {
        check: "executors-exceed-quota",
        before: "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {requests.cpu: 3}}}",
        refused: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 4}}}]}}",
        taken: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 3}}}]}}",
        verb: CREATE,
    },
    Case {
        check: "request-exceeds-limit",
        before: "",
        refused: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 4}, limits: {cpu: 2}}}]}}",
        taken: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 2}, limits: {cpu: 2}}}]}}",
        verb: CREATE,
    },
    Case {
        check: "outside-limit-range",
        before: "{apiVersion: v1, kind: LimitRange, metadata: {name: r}, spec: {limits: [{type: Container, max: {memory: 8Gi}}]}}",
        refused: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a, resources: {limits: {memory: 16Gi}}}]}}",
        taken: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a, resources: {limits: {memory: 8Gi}}}]}}",
        verb: CREATE,
    },
    Case {
        check: "objects-exceed-quota",
        before: "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {services: \"0\"}}}",
        refused: "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}]}}",
        taken: "{apiVersion: v1, kind: ConfigMap, metadata: {name: s}}",
        verb: CREATE,
    },
    Case {
        check: "pod-security",
        before: "",
        refused: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: a}]}}",
        taken: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, image: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}",
        verb: CREATE,
    },
    Case {
        check: "container-field-in-pod",
        before: "",
        refused: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, allowPrivilegeEscalation: false}, containers: [{name: a, image: a, securityContext: {capabilities: {drop: [ALL]}}}]}}",
        taken: "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, image: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}",
        // As the operator's controller sends it: what is unknown is dropped, not refused.
        verb: &["create", "--validate=ignore"],
    },
    Case {
        check: "live-field",
        before: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}",
        refused: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, resourceVersion: \"1\"}, data: {a: c}}",
        taken: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: c}}",
        verb: &["replace", "--validate=strict"],
    },
    Case {
        check: "live-field",
        before: "",
        refused: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, managedFields: [{manager: a, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {}}]}, data: {a: c}}",
        taken: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: c}}",
        verb: APPLY,
    },
    Case {
        check: "immutable-job",
        before: "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: \"a:1\"}]}}}}",
        refused: "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: \"a:2\"}]}}}}",
        taken: "{apiVersion: batch/v1, kind: Job, metadata: {name: j-2}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: \"a:2\"}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "selector-mismatch",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a, tier: b}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a, tier: b}}, template: {metadata: {labels: {app: a, tier: b}}, spec: {containers: [{name: a, image: a}]}}}}",
        verb: CREATE,
    },
    Case {
        check: "volume-missing",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, volumeMounts: [{name: b, mountPath: /b}]}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, volumeMounts: [{name: b, mountPath: /b}]}], volumes: [{name: b, emptyDir: {}}]}}}}",
        verb: CREATE,
    },
    Case {
        check: "nameless-reference",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, env: [{name: K, valueFrom: {secretKeyRef: {name: \"\", key: k}}}]}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, env: [{name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}}}}",
        verb: CREATE,
    },
    Case {
        check: "resource-name",
        before: "",
        refused: "{apiVersion: v1, kind: Service, metadata: {name: 9-to-5-server}, spec: {ports: [{port: 15002}]}}",
        taken: "{apiVersion: v1, kind: Service, metadata: {name: nine-to-five-server}, spec: {ports: [{port: 15002}]}}",
        verb: CREATE,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {tolerations: [{key: a, operator: Exists, value: b}], containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {tolerations: [{key: a, operator: Exists, value: ''}], containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, livenessProbe: {tcpSocket: {port: 1}, successThreshold: 2}}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, livenessProbe: {tcpSocket: {port: 1}, successThreshold: 0}}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In}]}]}}}, containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}}}, containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists, values: [b]}]}]}}}, containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}, containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: [\"1\", \"2\"]}]}]}}}, containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: [\"1\"]}]}]}}}, containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {topologySpreadConstraints: [{maxSkew: 0, topologyKey: a, whenUnsatisfiable: DoNotSchedule}], containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule}], containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {minReadySeconds: 600, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {minReadySeconds: 599, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {strategy: {type: Recreate, rollingUpdate: {}}, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {strategy: {type: Recreate}, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {strategy: {rollingUpdate: {maxSurge: 0}}, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {externalTrafficPolicy: Local, ports: [{port: 80}]}}",
        taken: "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {externalIPs: [192.0.2.1], externalTrafficPolicy: Local, ports: [{port: 80}]}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p}, spec: {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {a: b}}}}",
        taken: "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p}, spec: {minAvailable: 1, selector: {matchLabels: {a: b}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {minReplicas: 3, maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}}",
        taken: "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {minReplicas: 3, maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: \"a b c\", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}",
        taken: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: \"0 0 31 2 *\", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: \"@daily\", timeZone: Mars/Base, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}",
        taken: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: \"@daily\", timeZone: Europe/Berlin, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: \"@daily\", jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: a}]}}}}}}",
        taken: "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: \"@daily\", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, ports: [{name: a, containerPort: 0}]}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, ports: [{name: a, containerPort: 1}]}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, ports: [{containerPort: 70000}]}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, ports: [{containerPort: 65535}]}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, ports: [{containerPort: 1, name: abcdefghijklmnop}]}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, ports: [{containerPort: 1, name: abcdefghijklmno}]}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {initContainers: [{name: a, image: a}], containers: [{name: a, image: a}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {initContainers: [{name: b, image: a}], containers: [{name: a, image: a}]}}}}",
        verb: APPLY,
    },
    Case {
        check: "refused-value",
        before: "",
        refused: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, env: [{name: A, value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}}}}",
        taken: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a, env: [{name: A, value: '', valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}}}}",
        verb: APPLY,
    },
];

/// The texts in backticks of a symptom, each as the parts between its ellipses.
fn quotations(symptom: &str) -> Vec<Vec<&str>> {
    let quoted = symptom.split('`').skip(1).step_by(2);
    quoted
        .map(|text| {
            text.split('…')
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .collect()
        })
        .collect()
}

/// YAML in braces, which kubectl would take for JSON.
fn yaml(text: &str) -> String {
    format!("---\n{text}\n")
}

/// Whether a text holds all parts, one behind the other.
fn holds(mut text: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| match text.find(part) {
        Some(at) => {
            text = &text[at + part.len()..];
            true
        }
        None => false,
    })
}

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn the_server_refuses_what_checks_find_in_the_words_of_their_pages() {
    let plane = ControlPlane::start();
    for (number, case) in CASES.iter().enumerate() {
        let check = checks::all().find(|it| it.code.name == case.check);
        let check = check.expect("the case names a check");
        let namespace = format!("case-{number}");
        let level = if case.check.contains("pod") {
            "restricted"
        } else {
            "privileged"
        };
        let labels = format!("pod-security.kubernetes.io/enforce: {level}");
        plane.run(
            &["create", "--filename=-"],
            &yaml(&format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}, labels: {{{labels}}}}}}}")),
        );
        plane.wait_for("the namespace's ServiceAccount", |plane| {
            let account = [
                "get",
                "serviceaccount",
                "default",
                "--namespace",
                &namespace,
            ];
            plane.kubectl(&account, "").status.success()
        });
        let to = ["--namespace", &namespace, "--filename=-"];
        if !case.before.is_empty() {
            plane.run(&[APPLY, &to].concat(), &yaml(case.before));
        }
        if case.before.contains("ResourceQuota") {
            plane.wait_for("the status of the quota", |plane| {
                let quotas = plane.get(&["resourcequotas", "--namespace", &namespace]);
                quotas.iter().all(|it| it["status"]["hard"].is_object())
            });
        }
        let refused = plane.kubectl(&[case.verb, &to].concat(), &yaml(case.refused));
        let said = text(&refused.stderr);
        assert!(
            !refused.status.success(),
            "{}: taken: {}",
            case.check,
            case.refused
        );
        let quotations = quotations(check.symptom);
        let page = check.symptom;
        assert!(
            quotations.iter().any(|parts| holds(&said, parts)),
            "{}: the server says\n{said}\nand the page\n{page}",
            case.check
        );
        plane.run(&[case.verb, &to].concat(), &yaml(case.taken));
    }
    println!("{} refusals", CASES.len());
}
