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
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    # Lists of old versions' managers: no one writes them by hand, and no part of an object's meaning.
    "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry": "any",
}

# Fields that the document calls required although the server takes an object without them, because the
# zero value of their Go type is valid: an empty selector selects every pod.
NOT_REQUIRED = {
    ("io.k8s.api.networking.v1.NetworkPolicySpec", "podSelector"),
}


def short(name):
    """`io.k8s.api.core.v1.PodSpec` as `core.v1.PodSpec`: the last three parts are unique."""
    return ".".join(name.split(".")[-3:])


def compact(schema, owner):
    """A schema of the document as a type of the format."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name in READ_BY_CODE:
            return READ_BY_CODE[name]
        definition = definitions[name]
        if is_simple(definition):
            return compact(definition, name)
        return "#" + short(name)
    kind = schema.get("type")
    if "properties" in schema:
        fields = {name: compact(field, owner) for name, field in sorted(schema["properties"].items())}
        required = [name for name in schema.get("required", []) if (owner, name) not in NOT_REQUIRED]
        return {"fields": fields} | ({"required": sorted(required)} if required else {})
    if "enum" in schema:
        return {"enum": sorted(schema["enum"])}
    if kind == "array":
        items = compact(schema["items"], owner)
        if schema.get("x-kubernetes-list-type") == "map":
            return {"list": items, "keys": schema["x-kubernetes-list-map-keys"]}
        return [items]
    if kind == "object":
        return {"map": compact(schema["additionalProperties"], owner)} if "additionalProperties" in schema else {"map": "any"}
    if kind == "string":
        return "bytes" if schema.get("format") == "byte" else "string"
    if kind == "integer":
        return "int32" if schema.get("format") == "int32" else "int64"
    return kind or "any"


def is_simple(definition):
    return "properties" not in definition


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
        yield from references(compacted.get("map") or compacted["list"])


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
    schema = compact(definitions[name], name)
    if "status" in schema["fields"]:
        # The server ignores a status that is applied with its object.
        schema["fields"]["status"] = "any"
    out[f"{kind}.{group}/{version}" if group else f"{kind}/{version}"] = {"scope": scope} | schema
    wanted += references(schema)
while wanted:
    name = wanted.pop()
    if name not in out:
        out[name] = compact(definitions[long_names[name]], long_names[name])
        wanted += references(out[name])

lines = (f"{json.dumps(name)}:{json.dumps(out[name], separators=(',', ':'))}" for name in sorted(out))
print("{\n" + ",\n".join(lines) + "\n}")
