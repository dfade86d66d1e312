#!/usr/bin/env python3
"""Writes a file of schemas/custom-resources/ from custom resource definitions: their structure, no prose.

usage: for file in *.yaml; do kubectl create --dry-run=client --validate=false -o json -f "$file"; done \\
         | tools/custom-resource-schema.py > schemas/custom-resources/GROUP.json

The format is described in schemas/README.md. Structures that occur more than once are written once.
"""
import json
import sys

# A structure shorter than this costs no more than a reference to it.
WORTH_SHARING = 120

# What a definition leaves open although its controller reads it as a type that is known: a slip there
# passes the server, and the controller drops it in silence. The controller completes these templates.
READ_BY_CONTROLLER = {"template": {"partial": "#core.v1.PodTemplateSpec"}}


def compact(schema, name=""):
    """A schema of a definition as a type of the format; `name` is that of its field."""
    if schema.get("x-kubernetes-int-or-string"):
        return "quantity" if "pattern" in schema else "int-or-string"
    if "enum" in schema:
        return {"enum": sorted(schema["enum"])}
    kind = schema.get("type")
    is_open = schema.get("x-kubernetes-preserve-unknown-fields", False)
    if "properties" in schema:
        fields = {name: compact(field, name) for name, field in sorted(schema["properties"].items())}
        # The server fills in a default before it looks for what is missing.
        required = [name for name in sorted(schema.get("required", [])) if "default" not in schema["properties"][name]]
        return {"fields": fields} | ({"required": required} if required else {}) | ({"open": True} if is_open else {})
    if kind == "array":
        items = compact(schema["items"])
        keys = {"map": schema.get("x-kubernetes-list-map-keys"), "set": []}.get(schema.get("x-kubernetes-list-type"))
        if keys is None:
            return [items]
        fields = schema["items"].get("properties", {})
        defaults = {key: fields[key]["default"] for key in keys if "default" in fields[key]}
        return {"list": items, "keys": [f"{key}={defaults[key]}" if key in defaults else key for key in keys]}
    if kind == "object":
        if is_open and name in READ_BY_CONTROLLER:
            return READ_BY_CONTROLLER[name]
        values = schema.get("additionalProperties")
        return {"map": compact(values) if isinstance(values, dict) else "any"}
    if kind == "string":
        return "bytes" if schema.get("format") == "byte" else "string"
    if kind == "integer":
        scalar = "int32" if schema.get("format") == "int32" else "int64"
        bounds = {name: schema[name] for name in ("minimum", "maximum") if name in schema}
        return {"is": scalar} | bounds if bounds else scalar
    return kind or "any"


def children(node):
    """The types inside a type, each with what it is called there and a function that replaces it."""
    if isinstance(node, list):
        yield "items", node[0], lambda new: node.__setitem__(0, new)
    elif isinstance(node, dict):
        for name in list(node.get("fields", {})):
            yield name, node["fields"][name], lambda new, name=name: node["fields"].__setitem__(name, new)
        for name in ("map", "list"):
            if name in node:
                yield name, node[name], lambda new, name=name: node.__setitem__(name, new)


def written(node):
    return json.dumps(node, separators=(",", ":"))


def count(node):
    text = written(node)
    counts[text] = counts.get(text, 0) + 1
    if counts[text] == 1:
        for _, child, _ in children(node):
            count(child)


def share(node, name):
    """Replaces what occurs more than once inside a type, and the type itself, by references."""
    text = written(node)
    if text in shared:
        return "#" + shared[text]
    if len(text) >= WORTH_SHARING and counts[text] > 1:
        number = sum(1 for other in shared.values() if other.split("-")[0] == name)
        shared[text] = f"{name}-{number + 1}" if number else name
    for inner, child, replace in children(node):
        replace(share(child, name if inner in ("items", "map", "list") else inner))
    if text not in shared:
        return node
    out[shared[text]] = node
    return "#" + shared[text]


decoder, text, kinds = json.JSONDecoder(), sys.stdin.read().strip(), {}
while text:
    definition, end = decoder.raw_decode(text)
    text = text[end:].strip()
    spec = definition["spec"]
    for version in spec["versions"]:
        schema = compact(version["schema"]["openAPIV3Schema"])
        schema["fields"] |= {"apiVersion": "string", "kind": "string", "metadata": "#meta.v1.ObjectMeta"}
        if "status" in schema["fields"]:
            schema["fields"]["status"] = "any"
        name = f"{spec['names']['kind']}.{spec['group']}/{version['name']}"
        kinds[name] = {"scope": spec["scope"].lower()} | schema

out, shared, counts = {}, {}, {}
for schema in kinds.values():
    count(schema)
for name in sorted(kinds):
    for field, child in kinds[name]["fields"].items():
        kinds[name]["fields"][field] = share(child, field)
out |= kinds
lines = (f"{json.dumps(name)}:{written(out[name])}" for name in sorted(out))
print("{\n" + ",\n".join(lines) + "\n}")
