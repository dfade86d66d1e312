#!/usr/bin/env python3
"""Writes schemas/kubernetes.json from a running API server: every kind it stores, without prose.

usage: kubectl get --raw /openapi/v2 | tools/kubernetes-schema.py > schemas/kubernetes.json

The format is described in schemas/README.md. A served document holds facts that its prose does not
change: names, types, which fields are required, enumerations, and keys of lists. Nothing else is kept.
"""
import json
import re
import sys

# Definitions whose Go type reads its JSON itself, so that the document says too little or the wrong thing.
READ_BY_CODE = {
    "api.resource.Quantity": "quantity",
    "util.intstr.IntOrString": "int-or-string",
    "apiextensions.v1.JSONSchemaPropsOrArray": "#apiextensions.v1.JSONSchemaProps",
    "apiextensions.v1.JSONSchemaPropsOrBool": {"or-boolean": "#apiextensions.v1.JSONSchemaProps"},
    # Managers of fields are the server's own notes: nobody writes them.
    "meta.v1.ManagedFieldsEntry": "any",
}

# Fields that the document calls required although the server takes an object without them, because the
# zero value of their Go type is valid. Found by tests/kubernetes/conformance.rs.
NOT_REQUIRED = {
    "apiextensions.v1.CustomResourceDefinitionVersion": ["served"],
    "batch.v1.PodFailurePolicy": ["rules"],
    "core.v1.HTTPHeader": ["value"],
    "core.v1.LimitRangeSpec": ["limits"],
    "core.v1.PreferredSchedulingTerm": ["preference"],
    "core.v1.SleepAction": ["seconds"],
    "core.v1.Sysctl": ["value"],
    "discovery.v1.EndpointSlice": ["endpoints"],
    "networking.v1.NetworkPolicySpec": ["podSelector"],
    "rbac.v1.RoleRef": ["apiGroup"],
    "scheduling.v1.PriorityClass": ["value"],
}

# Fields without which the server refuses every object, although the document calls them optional.
# Found by tests/kubernetes/conformance.rs.
ALSO_REQUIRED = {
    "admissionregistration.v1.RuleWithOperations": ["apiGroups", "apiVersions", "operations", "resources"],
    "apiextensions.v1.CustomResourceDefinitionVersion": ["schema"],
    "apiextensions.v1.CustomResourceValidation": ["openAPIV3Schema"],
    "apps.v1.DaemonSet": ["spec"],
    "apps.v1.Deployment": ["spec"],
    "apps.v1.ReplicaSet": ["spec"],
    "apps.v1.ReplicaSetSpec": ["template"],
    "apps.v1.StatefulSet": ["spec"],
    "autoscaling.v1.HorizontalPodAutoscaler": ["spec"],
    "autoscaling.v2.HorizontalPodAutoscaler": ["spec"],
    "batch.v1.CronJob": ["spec"],
    "batch.v1.Job": ["spec"],
    "batch.v1.JobTemplateSpec": ["spec"],
    "core.v1.ConfigMapEnvSource": ["name"],
    "core.v1.ConfigMapKeySelector": ["name"],
    "core.v1.ConfigMapProjection": ["name"],
    "core.v1.ConfigMapVolumeSource": ["name"],
    "core.v1.Container": ["image"],
    "core.v1.EphemeralVolumeSource": ["volumeClaimTemplate"],
    "core.v1.ExecAction": ["command"],
    "core.v1.PersistentVolume": ["spec"],
    "core.v1.PersistentVolumeClaim": ["spec"],
    "core.v1.PersistentVolumeClaimSpec": ["accessModes", "resources"],
    "core.v1.PersistentVolumeSpec": ["accessModes", "capacity"],
    "core.v1.Pod": ["spec"],
    "core.v1.PodDNSConfigOption": ["name"],
    "core.v1.PodTemplateSpec": ["spec"],
    "core.v1.SecretEnvSource": ["name"],
    "core.v1.SecretKeySelector": ["name"],
    "core.v1.SecretProjection": ["name"],
    "core.v1.SecretVolumeSource": ["secretName"],
    "core.v1.Service": ["spec"],
    "core.v1.VolumeResourceRequirements": ["requests"],
    "networking.v1.IngressClass": ["spec"],
    "networking.v1.IngressClassSpec": ["controller"],
    "networking.v1.IngressServiceBackend": ["port"],
    "rbac.v1.AggregationRule": ["clusterRoleSelectors"],
}

# Keys of lists that the server fills in before it compares the items.
DEFAULT_KEYS = {"protocol": "TCP"}


def short(name):
    """`io.k8s.api.core.v1.PodSpec` as `core.v1.PodSpec`: the last three parts are unique."""
    return ".".join(name.split(".")[-3:])


def compact(schema, owner):
    """A schema of the document as a type of the format."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if short(name) in READ_BY_CODE:
            return READ_BY_CODE[short(name)]
        if "properties" in definitions[name]:
            return "#" + short(name)
        return compact(definitions[name], short(name))
    kind = schema.get("type")
    if "properties" in schema:
        fields = {name: compact(field, owner) for name, field in sorted(schema["properties"].items())}
        required = set(schema.get("required", [])) - set(NOT_REQUIRED.get(owner, [])) | set(ALSO_REQUIRED.get(owner, []))
        return {"fields": fields} | ({"required": sorted(required)} if required else {})
    if "enum" in schema:
        return {"enum": sorted(schema["enum"])}
    if kind == "array":
        items = compact(schema["items"], owner)
        keys = {"map": schema.get("x-kubernetes-list-map-keys"), "set": []}.get(schema.get("x-kubernetes-list-type"))
        if keys is None:
            return [items]
        return {"list": items, "keys": [f"{key}={DEFAULT_KEYS[key]}" if key in DEFAULT_KEYS else key for key in keys]}
    if kind == "object":
        return {"map": compact(schema["additionalProperties"], owner)} if "additionalProperties" in schema else {"map": "any"}
    if kind == "string":
        return "bytes" if schema.get("format") == "byte" else "string"
    if kind == "integer":
        return "int32" if schema.get("format") == "int32" else "int64"
    return kind or "any"


def references(compacted):
    if isinstance(compacted, str):
        if compacted.startswith("#"):
            yield compacted[1:]
    elif isinstance(compacted, list):
        yield from references(compacted[0])
    elif "fields" in compacted:
        for field in compacted["fields"].values():
            yield from references(field)
    elif "enum" not in compacted:
        yield from references(compacted.get("map") or compacted.get("list") or compacted["or-boolean"])


def stored_kinds():
    """Group, version and kind of everything that can be put at a path of its own, with its scope."""
    for path, item in sorted(document["paths"].items()):
        if re.fullmatch(r"/apis?/.*/\{name\}", path) and "put" in item:
            kind = item["put"]["x-kubernetes-group-version-kind"]
            scope = "namespaced" if "/namespaces/{namespace}/" in path else "cluster"
            yield kind["group"], kind["version"], kind["kind"], scope


document = json.load(sys.stdin)
definitions = document["definitions"]
named = {
    (kind["group"], kind["version"], kind["kind"]): name
    for name, definition in definitions.items()
    for kind in definition.get("x-kubernetes-group-version-kind", [])
}
long_names = {short(name): name for name in definitions}
out, wanted = {}, []
for group, version, kind, scope in stored_kinds():
    name = named[group, version, kind]
    schema = compact(definitions[name], short(name))
    if "status" in schema["fields"]:
        # The server ignores a status that is applied with its object.
        schema["fields"]["status"] = "any"
    out[f"{kind}.{group}/{version}" if group else f"{kind}/{version}"] = {"scope": scope} | schema
    wanted += references(schema)
while wanted:
    name = wanted.pop()
    if name not in out:
        out[name] = compact(definitions[long_names[name]], name)
        wanted += references(out[name])

for owner, names in ALSO_REQUIRED.items():
    fields = compact(definitions[long_names[owner]], owner)["fields"]
    assert set(names) <= set(fields), f"{owner} has not all of {names}"

lines = (f"{json.dumps(name)}:{json.dumps(out[name], separators=(',', ':'))}" for name in sorted(out))
print("{\n" + ",\n".join(lines) + "\n}")
