#!/usr/bin/env python3
"""Makes schemas/spark from what `dump` read out of the releases of Spark.

    tools/spark-registry/merge.py FOLDER schemas/spark 3.5.9 4.0.5 4.1.4 4.2.1 4.3.0

FOLDER holds VERSION.json for each of them, from the oldest line to the newest.
schemas/spark/README.md says what comes out.
"""

import hashlib
import json
import pathlib
import re
import sys

# Defaults that a dump takes from the machine it runs on.
RUNTIME = {
    "spark.driver.host": "<address of the host>",
    "spark.sql.warehouse.dir": "<working directory>/spark-warehouse",
    "spark.sql.session.timeZone": "<time zone of the JVM>",
}

# Properties that Spark reads as plain texts, without an entry; many texts in its classes look like
# properties and are none, so these were picked by hand. A line has those that its classes name. The type
# is that of the call that reads it, `any` when not given.
PLAIN = """
    spark.app.name
    spark.checkpoint.checkpointAllMarkedAncestors
    spark.cloneBasedClosureCleaner.enabled
    spark.connect.grpc.debug.enabled
    spark.connect.remote
    spark.default.parallelism int
    spark.driver.defaultJavaOptions
    spark.driver.libraryPath
    spark.executor.defaultJavaOptions
    spark.executor.uri
    spark.files.fetchTimeout
    spark.files.io.threads
    spark.files.overwrite boolean
    spark.files.useFetchCache boolean
    spark.graphx.pregel.checkpointInterval
    spark.hadoop.cloneConf boolean
    spark.hadoop.validateOutputSpecs boolean
    spark.home
    spark.io.mode.default
    spark.job.description
    spark.local.connect
    spark.local.dir
    spark.logConf boolean
    spark.logLineage
    spark.logging.exceptionPrintInterval
    spark.master
    spark.mesos.driverEnv.OMP_NUM_THREADS
    spark.network.auth.rpcTimeout
    spark.network.crypto.authEngineVersion
    spark.network.crypto.cipher
    spark.network.io.preferDirectBufs
    spark.network.sasl.maxEncryptedBlockSize
    spark.network.sasl.serverAlwaysEncrypt
    spark.network.sharedByteBufAllocators.enabled
    spark.network.ssl.maxEncryptedBlockSize
    spark.port.maxRetries int
    spark.python.profile
    spark.python.profile.dump
    spark.python.profile.memory
    spark.python.worker.memory
    spark.r.driver.command
    spark.r.shell.command
    spark.r.sql.derby.temp.dir
    spark.remote
    spark.resultGetter.threads
    spark.scheduler.pool
    spark.shuffle.maxChunksBeingTransferred
    spark.shuffle.push.server.ioExceptionsThresholdDuringMerge
    spark.shuffle.push.server.mergedIndexCacheSize
    spark.shuffle.push.server.mergedShuffleCleaner.shutdown.timeout
    spark.shuffle.push.server.mergedShuffleFileManagerImpl
    spark.shuffle.push.server.minChunkSizeInMergedShuffleFile
    spark.shuffle.sasl.enableRetries
    spark.shuffle.server.chunkFetchHandlerThreadsPercent
    spark.shuffle.server.finalizeShuffleMergeThreadsPercent
    spark.shuffle.service.index.cache.size
    spark.shuffle.service.verifyBlockPathsAtRead
    spark.shuffle.spill
    spark.sparkr.use.daemon
    spark.sql.join.forceApplyShuffledHashJoin
    spark.sql.sources.schema.num
    spark.sql.streaming.checkpointFileManagerClass
    spark.ssl.useNodeLocalConf
    spark.stage.maxConsecutiveAttempts
    spark.starvation.timeout
    spark.streaming.blockQueueSize
    spark.streaming.checkpoint.directory
    spark.streaming.clock
    spark.streaming.fileStream.minRememberDuration
    spark.streaming.receiver.blockStoreTimeout
    spark.streaming.receiverRestartDelay
    spark.streaming.stopSparkContextByDefault
    spark.ui.jettyStopTimeout
    spark.ui.proxyBase
    spark.yarn.appMasterEnv.OMP_NUM_THREADS
    spark.yarn.isHadoopProvided
    spark.yarn.launchContainers
"""

# Read by PySpark alone, so in no class.
PYTHON = ("spark.python.profile", "spark.python.worker.memory")

# Modules that may be missing in a dump, by the start of their keys.
MODULES_OF_KEYS = {"spark.kafka.": "spark-sql-kafka-0-10"}

# The free-form keys, as Spark's sources and documentation have them: a segment between dots is a word,
# words with `|`, `*` for any one or `**` for any number. The line is the first that knows it.
SSL = "spark.ssl.{}enabled|port|keyStore|keyStorePassword|keyPassword|keyStoreType|needClientAuth|trustStore|trustStorePassword|trustStoreType|protocol|enabledAlgorithms"
SSL_4 = "spark.ssl.{}privateKey|privateKeyPassword|openSslEnabled|certChain|trustStoreReloadingEnabled|trustStoreReloadIntervalMs"
IO = "spark.{}rpc|shuffle|files|network|authenticate.io.mode|preferDirectBufs|connectionTimeout|connectionCreationTimeout|backLog|numConnectionsPerPeer|serverThreads|clientThreads|receiveBuffer|sendBuffer|maxRetries|retryWait|lazyFD|enableTcpKeepAlive|enableVerboseMetrics|enableNettyMemoryMetrics|threads|idleTimeout|enableTcpReuseAddr"
VOLUME = "spark.kubernetes.driver|executor.volumes.hostPath|emptyDir|nfs|persistentVolumeClaim.*."
AUTHENTICATE = "oauthToken|oauthTokenFile|caCertFile|clientKeyFile|clientCertFile"
MODULES = "fs|ui|standalone|historyServer."
PATTERNS = [
    ("spark.hadoop.**", "3.5"),
    ("spark.hadoop.fs.s3a.create.header.**", "4.0"),
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
    (SSL.format("rpc."), "4.0"),
    (SSL_4.format("rpc."), "4.0"),
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
    # Of the modules for streams of Kafka and Kinesis, which the distribution lacks.
    ("spark.streaming.kafka.maxRatePerPartition|minRatePerPartition|allowNonConsecutiveOffsets", "3.5"),
    ("spark.streaming.kafka.consumer.poll.ms", "3.5"),
    ("spark.streaming.kafka.consumer.cache.enabled|initialCapacity|maxCapacity|loadFactor", "3.5"),
    ("spark.streaming.kinesis.retry.waitTime|maxAttempts", "3.5"),
]
# Namespaces of other projects, whose keys Spark passes on. Celeborn's keys are known, but not of all its
# versions, so others are not wrong.
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


def words_of(text):
    """Spark's words on one line of ASCII."""
    return re.sub(r"\s+", " ", text or "").replace("\u2019", "'").strip()


def kind_of(entry):
    """The type column of an entry."""
    kind = entry["type"]
    if kind == "enum":
        case = "enum-any-case" if entry["any case"] else "enum"
        return f"{case}:{'|'.join(entry['allowed'])}"
    if kind in ("string", "checked", "list"):
        return "any"
    odd = entry.get("odd", [])
    if len(odd) > 2 or not {"least", "most"} & entry.keys():
        return kind  # The check is no range.
    opening = "(" if entry.get("least excluded") else "["
    closing = ")" if entry.get("most excluded") else "]"
    limits = f"{opening}{entry.get('least', '')},{entry.get('most', '')}{closing}"
    return kind + limits + "".join(f"!{value}" for value in odd)


def replacement_in(words, key, keys):
    """The property that Spark's words recommend instead of another."""
    named = (name.rstrip(".") for name in re.findall(r"spark\.[A-Za-z0-9_.]+", words))
    return next((name for name in named if name != key and name in keys), "")


def rows_of(dump):
    """The columns after the lines, by key: status, type, since, default, words, advice."""
    rows = {}
    for key, entry in dump["entries"].items():
        if "<" in key:
            continue  # Celeborn's way to write a pattern.
        default = RUNTIME.get(key, entry["default"])
        kind = kind_of(entry)
        if key.startswith("spark.celeborn.") and kind.startswith("bytes"):
            kind = "any"  # Celeborn knows more units than Spark, such as `Mi`.
        rows[key] = ["-", kind, entry["since"] or "-", default, words_of(entry.get("words")), ""]
    for key, *kind in (line.split() for line in PLAIN.split("\n") if line):
        if key in dump["plain"] or key.startswith(PYTHON):
            rows.setdefault(key, ["-", *(kind or ["any"]), "-", None, "", ""])
    for key, default in dump["s3a"].items():
        kind = "boolean" if default in ("true", "false") else "any"
        default = default and re.sub(r"\s+", "", default)  # Some are lists with line breaks.
        rows[f"spark.hadoop.{key}"] = ["-", kind, "-", default, "", ""]

    for key, note in dump["removed"].items():
        rows.setdefault(key, [f"removed {note['since']}", "any", "-", None, "", words_of(note["words"])])
    old = {name: (None, key, "") for key, entry in dump["entries"].items() for name in entry["alternatives"]}
    for key, note in dump["deprecated"].items():
        words = words_of(note["words"])
        old[key] = (note["since"], note["replacement"] or replacement_in(words, key, rows), words)
    for key, (since, replacement, words) in old.items():
        row = rows.setdefault(key, ["-", "any", "-", None, "", ""])
        # An old name that is an entry itself is another property; a removed one stays removed.
        if row[0] == "-" and (since or row[1:] == ["any", "-", None, "", ""]):
            row[0] = f"deprecated {since or '-'} {replacement}".strip()
            row[5] = words
    return rows


def main(dumps, out, versions):
    dumps = [json.loads((dumps / f"{version}.json").read_text()) for version in versions]
    for version, dump in zip(versions, dumps):
        assert not dump["failed"], f"{version}: {dump['failed']}"
    every = [rows_of(dump) for dump in dumps]
    full = every[[version.startswith("4.1.") for version in versions].index(True)]
    for rows, dump in zip(every, dumps):
        for start, module in MODULES_OF_KEYS.items():
            if not any(jar.startswith(module) for jar in dump["jars"]):
                rows.update({key: row for key, row in full.items() if key.startswith(start)})
        # Celeborn's versions are not those of Spark: one client serves for all lines.
        rows.update({key: row for key, row in every[0].items() if key.startswith("spark.celeborn.")})

    lines = [version.rpartition(".")[0] for version in versions]
    written = []
    for key in sorted(set().union(*every)):
        spans = []  # of lines that follow each other and say the same
        for at, rows in enumerate(every):
            row = rows.get(key)
            if row and spans and spans[-1][1] == at - 1 and spans[-1][2] == row:
                spans[-1][1] = at
            elif row:
                spans.append([at, at, row])
        for first, last, (status, kind, since, default, words, advice) in spans:
            default = '""' if default == "" else default or ""
            columns = [key, f"{lines[first]}-{lines[last]}", status, kind, since, default, words, advice]
            assert all(column.isascii() and not set(column) & set("\t\n\r") for column in columns), columns
            written.append("\t".join(columns).rstrip("\t"))
    patterns = [f"{pattern}\t{line}" for pattern, line in PATTERNS]
    patterns += [f"{pattern}\t3.5\t{owner}" for pattern, owner in THIRD_PARTY]

    files = {"properties.tsv": written, "patterns.tsv": patterns}
    for name, rows in files.items():
        (out / name).write_text("\n".join(rows) + "\n")
    # What the tables were made of, so that a test notices when they should be made again.
    tools = pathlib.Path(__file__).parent
    origin = [f"{line} spark {version}" for line, version in zip(lines, versions)]
    for line, dump in zip(lines, dumps):
        modules = (jar for jar in dump["jars"] if not jar.endswith(f"-{versions[lines.index(line)]}.jar"))
        origin += [f"{line} {jar.removesuffix('.jar')}" for jar in modules]
    hashed = [out / name for name in files] + [tools / name for name in ("Registry.java", "merge.py")]
    origin += [f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}" for path in hashed]
    (out / "origin.txt").write_text("\n".join(origin) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:])
