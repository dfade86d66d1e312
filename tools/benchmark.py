#!/usr/bin/env python3
"""Times `kiln compile ENV` against `helm template` of a chart with the same objects.

Both as whole processes, in turn, so that a machine that slows down slows both. The chart is written
anew from out/ENV: one template an object, each behind a condition and with its labels from a helper,
as charts do it. Needs `helm` on the path; `kustomize` is timed too when it is there.

    tools/benchmark.py [ENV] [RUNS]
"""
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ENVIRONMENT = sys.argv[1] if len(sys.argv) > 1 else "prod"
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
ROOT = pathlib.Path(__file__).resolve().parent.parent
KILN = ROOT / "target" / "dist" / "kiln"

HELPER = """{{- define "platform.labels" -}}
app.kubernetes.io/managed-by: {{ .Values.manager }}
{{- end -}}
"""


def escaped(text):
    """Text that Helm prints as it stands."""
    return text.replace("{{", "{{ \"{{\" }}")


def chart(folder):
    """Writes a chart with the objects of the environment."""
    templates = folder / "templates"
    templates.mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: platform\nversion: 0.0.0\n")
    (folder / "values.yaml").write_text("enabled: true\nmanager: kiln\n")
    (templates / "_helpers.tpl").write_text(HELPER)
    line = "    app.kubernetes.io/managed-by: kiln\n"
    labels = '    {{- include "platform.labels" . | nindent 4 }}\n'
    count = 0
    for file in sorted((ROOT / "out" / ENVIRONMENT).rglob("*.yaml")):
        text = escaped(file.read_text()).replace(line, labels, 1)
        count += 1
        name = f"{count:05}-{file.stem}.yaml"
        (templates / name).write_text("{{- if .Values.enabled }}\n" + text + "{{- end }}\n")
    return count


def kustomization(folder):
    """Writes a kustomization with the objects of the environment."""
    folder.mkdir()
    names = []
    for file in sorted((ROOT / "out" / ENVIRONMENT).rglob("*.yaml")):
        name = f"{len(names):05}.yaml"
        shutil.copy(file, folder / name)
        names.append(name)
    lines = ["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization", "resources:"]
    (folder / "kustomization.yaml").write_text("\n".join(lines + [f"- {it}" for it in names]) + "\n")


def seconds(command, folder):
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        count = chart(temporary / "chart")
        kustomization(temporary / "kustomize")
        project = temporary / "project"
        shutil.copytree(ROOT / "environments", project / "environments")
        compile_from_nothing = [str(KILN), "compile", ENVIRONMENT]
        peers = {"helm template": ["helm", "template", str(temporary / "chart")]}
        if shutil.which("kustomize"):
            peers["kustomize build"] = ["kustomize", "build", str(temporary / "kustomize")]
        ours, theirs = [], {name: [] for name in peers}
        for _ in range(RUNS + 1):
            shutil.rmtree(project / "out", ignore_errors=True)
            ours.append(seconds(compile_from_nothing, project))
            for name, command in peers.items():
                theirs[name].append(seconds(command, temporary))
        # The first run of each warms the caches.
        kiln = statistics.median(ours[1:])
        print(f"{ENVIRONMENT}: {count} objects, {RUNS} runs, medians")
        print(f"kiln compile     {kiln * 1000:7.1f} ms")
        for name, times in theirs.items():
            peer = statistics.median(times[1:])
            print(f"{name:16} {peer * 1000:7.1f} ms   {peer / kiln:.1f} times as long")


if __name__ == "__main__":
    main()
