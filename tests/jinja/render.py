"""Renders a template as Airflow does, with each of some values, and reads the result.

Input: {"template": text, "values": [text, ...]}. Output: the documents as Python reads them.
"""

import json
import sys

import yaml
from jinja2.nativetypes import NativeEnvironment
from jinja2.sandbox import SandboxedEnvironment
from jinja2 import StrictUndefined


class Native(NativeEnvironment, SandboxedEnvironment):
    """What Airflow renders with when a DAG says `render_template_as_native_obj`."""


given = json.load(sys.stdin)
read = []
for value in given["values"]:
    names = {
        "ds": value,
        "ds_nodash": value,
        "params": {"x": value, "y": True},
        "dag_run": {"conf": {"day": value}},
    }
    for environment in [SandboxedEnvironment, Native]:
        template = environment(undefined=StrictUndefined).from_string(given["template"])
        read.append(yaml.safe_load(template.render(names)))
json.dump(read, sys.stdout)
