"""The pod of a notebook as JupyterHub's chart has it made: notebook.py VALUES IMAGE COMMAND…

The pod is KubeSpawner's own; what the chart says of it by default stands here
(jupyterhub/values.yaml and jupyterhub/files/hub/jupyterhub_config.py of zero-to-jupyterhub-k8s).
"""

import json
import sys

import yaml
from kubespawner.objects import make_pod

values, image, *command = sys.argv[1:]
with open(values) as file:
    values = yaml.safe_load(file)
user = values["singleuser"]
spawner = values.get("hub", {}).get("config", {}).get("KubeSpawner", {})
memory = {"guarantee": "1G", "limit": None, **user.get("memory", {})}

pod = make_pod(
    name="jupyter-ada",
    cmd=command,
    port=8888,
    image=image,
    image_pull_policy="IfNotPresent",
    uid=user.get("uid", 1000),
    fs_gid=user.get("fsGid", 100),
    allow_privilege_escalation=user.get("allowPrivilegeEscalation", False),
    container_security_context=spawner.get("container_security_context"),
    pod_security_context=spawner.get("pod_security_context"),
    env=user["extraEnv"],
    volumes=user["storage"]["extraVolumes"],
    volume_mounts=user["storage"]["extraVolumeMounts"],
    labels={
        "app": "jupyterhub",
        "component": "singleuser-server",
        "hub.jupyter.org/username": "ada",
        **user["extraLabels"],
    },
    service_account=user["serviceAccountName"],
    mem_guarantee=memory["guarantee"],
    mem_limit=memory["limit"],
    cpu_guarantee=user.get("cpu", {}).get("guarantee"),
    cpu_limit=user.get("cpu", {}).get("limit"),
    extra_pod_config=user.get("extraPodConfig"),
)


def stated(value):
    """The value without what nobody stated."""
    if isinstance(value, dict):
        return {key: stated(it) for key, it in value.items() if it is not None}
    if isinstance(value, list):
        return [stated(it) for it in value]
    return value


print(json.dumps(stated(pod.to_dict(serialize=True))))
