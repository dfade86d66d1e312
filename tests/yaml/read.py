"""Reads YAML documents as scripts do. Standard input is a JSON list of documents; standard output a
JSON list that says for each how PyYAML reads it: {"value": ...} or {"error": "..."}."""

import json
import sys

import yaml


def read(document):
    try:
        return {"value": as_json(yaml.safe_load(document))}
    except yaml.YAMLError as error:
        return {"error": str(error)}


def as_json(value):
    """The value with what JSON has no form for, such as a date or a key `true`, shown as Python."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else repr(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value if value is None or isinstance(value, (str, bool, int, float)) else repr(value)


json.dump([read(document) for document in json.load(sys.stdin)], sys.stdout)
