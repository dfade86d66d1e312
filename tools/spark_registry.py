#!/usr/bin/env python3
"""Makes schemas/spark from dumps of Spark's own registries of properties.

    python3 tools/spark_registry.py DUMPS schemas/spark

DUMPS holds, for each minor line, what a program read out of the jars of a release (it loads every
class that mentions ConfigBuilder, then reads ConfigEntry.knownConfigs and probes the converters):

- 3.5.min.json, 4.1.min.json: `entries` (key: type, default, since, allowed values), `raw` (keys that
  are read as plain strings), `deprecated`, `removed`, `patterns`;
- 4.0.5.tsv, 4.2.1.tsv, 4.3.0.tsv: key, default, since.

schemas/spark/README.md says what comes out, and what is inferred for the lines without types.
"""

import json
import pathlib
import sys

LINES = ["3.5", "4.0", "4.1", "4.2", "4.3"]
TABLES = {"4.0": "4.0.5.tsv", "4.2": "4.2.1.tsv", "4.3": "4.3.0.tsv"}

# Modules that were on the class path of the full dumps and not of the tables.
NOT_IN_TABLES = ("spark.kafka.", "spark.streaming.", "spark.test", "spark.resources.", "spark.ui.jetty")

# Defaults that a dump takes from the machine it runs on.
RUNTIME = {"spark.driver.host", "spark.sql.warehouse.dir", "spark.sql.session.timeZone"}

# The free-form keys, from the regular expressions of the dumps: a segment between dots is a word,
# words with `|`, `*` for any one or `**` for any number. The line is the first that knows it.
SSL = "spark.ssl.{}enabled|port|keyStore|keyStorePassword|keyPassword|keyStoreType|needClientAuth|trustStore|trustStorePassword|trustStoreType|protocol|enabledAlgorithms"
SSL_4 = "spark.ssl.{}privateKey|privateKeyPassword|openSslEnabled|certChain|trustStoreReloadingEnabled|trustStoreReloadIntervalMs"
IO = "spark.{}rpc|shuffle|files|network|authenticate.io.mode|preferDirectBufs|connectionTimeout|connectionCreationTimeout|backLog|numConnectionsPerPeer|serverThreads|clientThreads|receiveBuffer|sendBuffer|maxRetries|retryWait|lazyFD|enableTcpKeepAlive|enableVerboseMetrics|enableNettyMemoryMetrics|threads|idleTimeout|enableTcpReuseAddr"
VOLUME = "spark.kubernetes.driver|executor.volumes.hostPath|emptyDir|nfs|persistentVolumeClaim.*."
AUTHENTICATE = "oauthToken|oauthTokenFile|caCertFile|clientKeyFile|clientCertFile"
MODULES = "fs|ui|standalone|historyServer|rpc."
PATTERNS = [
    ("spark.hadoop.**", "3.5"),
    ("spark.hive.**", "3.5"),
    ("spark.executorEnv.**", "3.5"),
    ("spark.kubernetes.driverEnv.**", "3.5"),
    ("spark.kubernetes.driver|executor.label|annotation.**", "3.5"),
    ("spark.kubernetes.driver.service.label|annotation.**", "3.5"),
    ("spark.kubernetes.node.selector.**", "3.5"),
    ("spark.kubernetes.driver|executor.node.selector.**", "3.5"),
    ("spark.kubernetes.driver|executor.secrets|secretKeyRef.**", "3.5"),
    (VOLUME + "mount.path|readOnly|subPath", "3.5"),
    (VOLUME + "options.path|claimName|storageClass|sizeLimit|medium|server", "3.5"),
    (VOLUME + "mount.subPathExpr", "4.0"),
    (VOLUME + "options.type", "4.0"),
    (VOLUME + "label|annotation.**", "4.0"),
    ("spark.kubernetes.authenticate.submission|driver|executor." + AUTHENTICATE, "3.5"),
    ("spark.kubernetes.authenticate.driver.mounted." + AUTHENTICATE.removeprefix("oauthToken|"), "3.5"),
    ("spark.kubernetes.authenticate." + AUTHENTICATE, "3.5"),
    ("spark.driver|executor|worker.resource.*.amount|discoveryScript|vendor", "3.5"),
    ("spark.task.resource.*.amount", "3.5"),
    (SSL.format(""), "3.5"),
    (SSL.format(MODULES), "3.5"),
    (SSL_4.format(""), "4.0"),
    (SSL_4.format(MODULES), "4.0"),
    ("spark.metrics.conf.**", "3.5"),
    ("spark.sql.catalog.**", "3.5"),
    ("spark.sql.streaming.stateStore.rocksdb.**", "3.5"),
    (IO.format(""), "3.5"),
    (IO.format("driver|executor."), "3.5"),
    ("spark.driver|executor.rpc.netty.dispatcher.numThreads", "3.5"),
    ("spark.network.crypto.config.**", "3.5"),
    ("spark.io.encryption.commons.config.**", "3.5"),
    ("spark.yarn.appMasterEnv.**", "3.5"),
    ("spark.yarn.am|driver|executor.resource.**", "3.5"),
    ("spark.rpc|shuffle|files|network.sasl.timeout", "3.5"),
    ("spark.kubernetes.scheduler.*.**", "3.5"),
    ("spark.kafka.clusters.*.**", "3.5"),
    ("spark.security.credentials.*.enabled", "3.5"),
    ("spark.shuffle.plugin.__config__.**", "3.5"),
    ("spark.plugins.internal.conf.**", "3.5"),
    ("spark.scheduler.listenerbus.eventqueue.*.capacity", "3.5"),
    ("spark.**.param.**", "3.5"),
]
# How many regular expressions of a dump the list above covers; another number means a new one.
COVERED = {"3.5": 32, "4.1": 34}

# Namespaces of other projects, whose keys Spark passes on.
THIRD_PARTY = [
    ("spark.celeborn.**", "Apache Celeborn"),
    ("spark.rapids.**", "NVIDIA RAPIDS"),
    ("spark.gluten.**", "Apache Gluten"),
    ("spark.comet.**", "Apache DataFusion Comet"),
    ("spark.databricks|delta.**", "Delta Lake"),
    ("spark.openlineage.**", "OpenLineage"),
    ("spark.uniffle|rss.**", "Apache Uniffle"),
    ("spark.kyuubi.**", "Apache Kyuubi"),
    ("spark.sql.iceberg|delta|hudi.**", "a table format"),
    ("spark.es|cassandra|mongodb|hoodie|kudu|jdbc.**", "a connector"),
]


def version(text):
    """The line of a version such as 4.1.0, for comparison."""
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())


def entry(kind, since, default):
    """A row without its key and lines: status, type, since, default (None when unset)."""
    return ("-", kind, since or "-", default)


def kind_of(row):
    """The type column of an entry of a full dump."""
    kind, _, _, allowed = row
    return "enum:" + "|".join(sorted(allowed)) if kind == "enum" else kind


def between(old, new):
    """The type in a line between two others: all values that either allows."""
    if old and new and old.startswith("enum:") and new.startswith("enum:"):
        return "enum:" + "|".join(sorted(set(old[5:].split("|")) | set(new[5:].split("|"))))
    return new or old or "any"


def main(dumps, out):
    full = {line: json.loads((dumps / f"{line}.min.json").read_text()) for line in ("3.5", "4.1")}
    for line, count in COVERED.items():
        assert len(full[line]["patterns"]) == count, f"the patterns of {line} changed"
    types = {line: {key: kind_of(row) for key, row in dump["entries"].items()} for line, dump in full.items()}

    rows = {line: {} for line in LINES}
    for line, dump in full.items():
        for key, (_, default, since, _) in dump["entries"].items():
            rows[line][key] = entry(types[line][key], since, default)
    for line, name in TABLES.items():
        text = (dumps / name).read_text().splitlines()[1:]
        for key, default, since, _ in (row.split("\t") for row in text):
            known = types["4.1"].get(key)
            kind = between(types["3.5"].get(key), known) if line == "4.0" else known or "any"
            if line != "4.0" and kind.startswith("enum:"):
                kind = "any"  # Later releases may allow more.
            if default == "<undefined>" or default.startswith("<value of ") or key in RUNTIME:
                default = full["4.1"]["entries"].get(key, [None, None])[1] if key in RUNTIME else None
            rows[line][key] = entry(kind, since, default)
        for key, (_, default, since, _) in full["4.1"]["entries"].items():
            if key.startswith(NOT_IN_TABLES) and version(since) <= version(line):
                rows[line].setdefault(key, entry(types["4.1"][key], since, default))

    for line in LINES:
        sources = {"3.5": ["3.5"], "4.0": ["3.5", "4.1"]}.get(line, ["4.1"])
        dumps_of_line = [full[source] for source in sources]
        for dump in dumps_of_line:
            for key in dump["raw"]:
                rows[line].setdefault(key, ("-", "any", "-", None))
            for key, since in dump["removed"].items():
                if version(since) <= version(line):
                    rows[line].setdefault(key, (f"removed {since}", "any", "-", None))
        for dump in dumps_of_line:
            for key, note in dump["deprecated"].items():
                # An old name of another key has no version: it is one where it is no entry any more.
                since = note.get("since", "-")
                row = rows[line].get(key)
                old = row is None if since == "-" else version(since) <= version(line)
                if old and not (row and row[0].startswith("removed")):
                    status = f"deprecated {since} {note.get('replacement', '')}".strip()
                    rows[line][key] = (status, *(row or entry("any", "-", None))[1:])

    written = []
    for key in sorted(set().union(*rows.values())):
        spans = []  # of lines that follow each other and say the same
        for at, line in enumerate(LINES):
            row = rows[line].get(key)
            if row and spans and spans[-1][1] == at - 1 and spans[-1][2] == row:
                spans[-1][1] = at
            elif row:
                spans.append([at, at, row])
        for first, last, (status, kind, since, default) in spans:
            columns = [key, f"{LINES[first]}-{LINES[last]}", status, kind, since]
            columns += ['""' if default == "" else default] if default is not None else []
            assert all(column.isascii() and not set(column) & set("\t\n\r") for column in columns), key
            written.append("\t".join(columns))
    (out / "properties.tsv").write_text("\n".join(written) + "\n")

    patterns = [f"{pattern}\t{line}" for pattern, line in PATTERNS]
    patterns += [f"{pattern}\t3.5\t{owner}" for pattern, owner in THIRD_PARTY]
    (out / "patterns.tsv").write_text("\n".join(patterns) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
