# Two commands for a newcomer: `make run` and `make test`. The rest is for those who change kiln.

CARGO ?= cargo
KILN = $(CARGO) run --quiet --release --

.PHONY: run test check conformance generate bless bench

# Builds kiln, compiles every environment, and says what to do next.
run:
	@$(KILN) compile

# Needs no network beyond crates, and no cluster.
test:
	$(CARGO) test --quiet

# What continuous integration asks of the code itself.
check:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --quiet -- -D warnings
	$(CARGO) deny --all-features check

# Against a real control plane (KUBEBUILDER_ASSETS, or ../shared/envtest) and real Spark (installed once,
# into target/spark-lab). A suite that cannot run fails.
conformance:
	$(CARGO) test -- --ignored --test-threads=1

# Everything that is generated from the code; a test fails when it is stale.
generate:
	$(KILN) schema --write
	$(KILN) compile
	KILN_BLESS=1 $(CARGO) test --quiet --test catalogue

# Rewrites the expected output of the golden cases, for review.
bless:
	KILN_BLESS=1 $(CARGO) test --quiet

# `kiln compile prod` against `helm template` of a chart with the same objects; needs helm.
bench:
	$(CARGO) build --release --quiet
	tools/benchmark.py prod
