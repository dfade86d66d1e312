"""Packs images that share a layer: archive.py FILE BASE NAME=ENTRYPOINT=LAYER,…  …

The file is an OCI image layout, as `ctr images import` reads it.
"""

import hashlib
import io
import json
import os
import sys
import tarfile

CONFIG = {
    "Env": [
        "PATH=/usr/bin:/bin",
        "SPARK_HOME=/opt/spark",
        "JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64",
    ],
    "User": "185",
    "WorkingDir": "/opt/spark/work-dir",
}
MEDIA_TYPE = "application/vnd.oci.image."


def digest(stream):
    found = hashlib.sha256()
    while chunk := stream.read(1 << 20):
        found.update(chunk)
    return "sha256:" + found.hexdigest()


class Layout:
    def __init__(self, archive):
        self.archive = archive
        self.layers = {}

    def add(self, name, content):
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        self.archive.addfile(entry, io.BytesIO(content))

    def blob(self, kind, content):
        """Adds a document, and returns what refers to it."""
        content = json.dumps(content).encode()
        name = digest(io.BytesIO(content))
        self.add("blobs/" + name.replace(":", "/"), content)
        return {"mediaType": MEDIA_TYPE + kind, "digest": name, "size": len(content)}

    def layer(self, path):
        if path not in self.layers:
            with open(path, "rb") as stream:
                name = digest(stream)
            self.archive.add(path, "blobs/" + name.replace(":", "/"))
            kind = MEDIA_TYPE + "layer.v1.tar"
            self.layers[path] = {"mediaType": kind, "digest": name, "size": os.path.getsize(path)}
        return self.layers[path]

    def image(self, name, entrypoint, paths):
        layers = [self.layer(path) for path in paths]
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": [entrypoint], **CONFIG},
            "rootfs": {"type": "layers", "diff_ids": [it["digest"] for it in layers]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MEDIA_TYPE + "manifest.v1+json",
            "config": self.blob("config.v1+json", config),
            "layers": layers,
        }
        name = {"annotations": {"io.containerd.image.name": name}}
        return self.blob("manifest.v1+json", manifest) | name


def main(file, base, *images):
    with tarfile.open(file + ".partial", "w") as archive:
        layout = Layout(archive)
        manifests = []
        for image in images:
            name, entrypoint, layers = image.split("=")
            manifests.append(layout.image(name, entrypoint, [base, *layers.split(",")]))
        index = {"schemaVersion": 2, "manifests": manifests}
        layout.add("index.json", json.dumps(index).encode())
        layout.add("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
    os.rename(file + ".partial", file)


main(*sys.argv[1:])
