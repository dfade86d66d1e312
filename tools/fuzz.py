#!/usr/bin/env python3
"""Runs the fuzz targets, each for some seconds, and says how often they ran: `tools/fuzz.py SECONDS [TARGET...]`.

They start from what the tests hold, and from what earlier runs found (`fuzz/corpus`). Fails when a target does.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ = ROOT / "fuzz"
# Sanitizers need a nightly compiler, and kiln has no unsafe code. `-a` is for overflows, and the units of code
# for all processors at once.
CARGO_FUZZ = ["--fuzz-dir", str(FUZZ), "--sanitizer", "none", "-a", "--codegen-units", "16"]
LIMITS = ["-timeout=10", "-rss_limit_mb=1024"]
# In bytes: a lock is that long when it is empty.
LENGTHS = {"lock": 32768}


def texts(*patterns):
    """The files of the repository that match, none twice."""
    found = {path.read_bytes() for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(found)


def blocks(manifests):
    """The literal blocks in YAML: scripts, and the files in ConfigMaps."""
    block = re.compile(rb"^( *)[^\n]*[:-] \|[-+]?\n((?:\1 +[^\n]*\n|\n)+)", re.MULTILINE)
    found = (it[1] for text in manifests for it in block.findall(text))
    return sorted({textwrap.dedent(it.decode(errors="replace")).encode() for it in found})


def seeds():
    manifests = texts("tests/lint/**/*.yaml", "tests/cases/*/environments/**/*.yaml", "tests/cases/*/out/**/*.yaml")
    return {
        "spec": texts("environments/*.toml", "tests/cases/*/environments/*.toml"),
        "manifest": manifests,
        "lock": texts("out/**/kiln.lock"),
        "properties": blocks(manifests),
        "shell": blocks(manifests),
        # Its inputs are no texts.
        "selectors": [],
    }


def prepare(target, seeds):
    """The folder of the seeds, and the words in them as a dictionary."""
    folder = FUZZ / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    words = collections.Counter()
    for number, text in enumerate(seeds):
        (folder / str(number)).write_bytes(text)
        words.update(set(re.findall(rb"[A-Za-z][\w./:-]{2,40}", text)))
    dictionary = folder.with_suffix(".dict")
    dictionary.write_text("".join(f'"{word.decode()}"\n' for word, _ in words.most_common(500)))
    return folder, dictionary


def run(target, seeds, seconds):
    """How often a target ran, and what it said when it failed."""
    folder, dictionary = prepare(target, seeds)
    corpus = FUZZ / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    command = ["cargo", "fuzz", "run", *CARGO_FUZZ, target, corpus, folder, "--", *LIMITS]
    command += [f"-max_len={LENGTHS.get(target, 16384)}", f"-max_total_time={seconds}", "-print_final_stats=1"]
    # libFuzzer refuses an empty one.
    command += [f"-dict={dictionary}"] if seeds else []
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    said = ran.stderr.decode(errors="replace")
    count = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    return int(count[1]) if count else 0, said if ran.returncode else ""


def main():
    seconds, *chosen = sys.argv[1:]
    known = seeds()
    subprocess.run(["cargo", "fuzz", "build", *CARGO_FUZZ], cwd=ROOT, check=True)
    total, failed = 0, False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {target: pool.submit(run, target, known[target], seconds) for target in chosen or known}
        for target, it in runs.items():
            count, failure = it.result()
            total += count
            failed |= bool(failure)
            print(f"{target:10} {count:12,} executions, {count // int(seconds):8,} a second", flush=True)
            print("\n".join(failure.splitlines()[-60:]), end="\n" if failure else "")
    print(f"{'all':10} {total:12,} executions")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
