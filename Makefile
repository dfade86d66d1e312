# Two commands for a newcomer: `make run` and `make test`. The rest is for those who change kiln.

CARGO ?= cargo
KILN = $(CARGO) run --quiet --

.PHONY: run test check fuzz growth conformance node environments generate spark-registry bless bench

# Builds kiln, compiles every environment, and says what to do next. It shares what it builds with the tests:
# optimized, it would take three times as long to build, and compiling a spec takes no second in either.
run:
	@$(KILN) compile

# Needs no network beyond crates, and no cluster.
test:
	$(CARGO) test --quiet

# What continuous integration asks of the code itself.
check:
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	$(CARGO) deny --all-features check

# Random inputs against the parsers and the checks, each target for some seconds, as many at once as there are
# processors; needs cargo-fuzz. `make fuzz FUZZ_SECONDS=7200` is a long run. What it finds lies in fuzz/artifacts.
FUZZ_SECONDS ?= 10
fuzz:
	tools/fuzz.py $(FUZZ_SECONDS)

# Against a real control plane (KUBEBUILDER_ASSETS, or ../shared/envtest), real Spark (installed once,
# into target/spark-lab), and a real node (KILN_NODE, or ../shared/node; it needs root, and one runs at a
# time): an hour. A suite that cannot run fails, and the others run all the same. KILN_ALL=1 takes every case
# of the longest ones: two hours.
conformance:
	$(CARGO) test --no-fail-fast -- --ignored --test-threads=1 $(foreach part,dev:: staging:: prod:: $(LONG),--skip $(part))

LONG = $(if $(KILN_ALL),,$(addprefix lab::,a_newer_operator what_checks_call_blocked changes_roll_their_pods) \
	catalogs::tables_are_written)

# How cost grows with the input; needs valgrind.
growth:
	KILN_ALL=1 $(CARGO) test --test growth -- --ignored

# The part of it that runs on the node.
node:
	$(CARGO) test --test node -- --ignored --test-threads=1 lab::

# The environments of this repository, each on a node of its own: a quarter of an hour.
environments:
	$(CARGO) test --test node -- --ignored --skip lab::

# Everything that is generated from the code; a test fails when it is stale.
generate:
	$(KILN) schema --write
	$(KILN) compile
	KILN_BLESS=1 $(CARGO) test --quiet --test suite -- catalogue:: architecture:: graph:: review::the_page

# Spark's properties, out of the releases themselves: some 400 MB each, from PyPI and Maven Central.
SPARK_RELEASES = 3.5.9 4.0.5 4.1.4 4.2.1 4.3.0
spark-registry:
	for release in $(SPARK_RELEASES); do tools/spark-registry/dump $$release target/spark-registry || exit; done
	tools/spark-registry/merge.py target/spark-registry schemas/spark $(SPARK_RELEASES)

# Rewrites the expected output of the golden cases, for review.
bless:
	KILN_BLESS=1 $(CARGO) test --quiet

# `kiln compile prod` against `helm template` of a chart with the same objects; needs helm.
bench:
	$(CARGO) build --profile dist --quiet
	tools/benchmark.py prod
