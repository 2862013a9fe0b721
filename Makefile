# Every target says what it does and can be run again; what is up to date stays.
# help lists the targets: the text after ## beside each.

.DEFAULT_GOAL := help
.PHONY: help build install release demo pictures test journeys bench docs schema tables lint clis sandbox kubernetes consumers kubelets

PROVIDER := terraform-provider-ekscompute

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the provider with optimization: target/release/terraform-provider-ekscompute
	@echo "build: compiling $(PROVIDER) with optimization"
	cargo build --locked --release --bin $(PROVIDER)
	@echo "build: target/release/$(PROVIDER) is $$(wc -c < target/release/$(PROVIDER)) bytes"

install: build ## put the provider where terraform init and tofu init find it without configuration
	@tools/install.sh target/release/$(PROVIDER)

# Each step is a command of its own, because the release workflow runs build and verify on each platform.
release: ## build the files of a release for this platform in dist/, and verify them by installing the provider
	@tools/clis/setup.sh terraform-1.15 tofu-1.12
	@python3 tools/release build
	@python3 tools/release sums
	@python3 tools/release verify --terraform .build/clis/terraform-1.15 --tofu .build/clis/tofu-1.12

demo: sandbox ## show five promises of the provider against the sandbox in under a minute, no AWS account needed
	@tools/clis/setup.sh terraform-path
	@echo "demo: compiling $(PROVIDER)"
	cargo build --locked --bin $(PROVIDER)
	@.build/sandbox-venv/bin/python tools/demo target/debug/$(PROVIDER)

pictures: sandbox ## write images/: a recording of the demo, and the architecture from tools/pictures/architecture.toml
	@tools/clis/setup.sh terraform-path
	@echo "pictures: compiling $(PROVIDER)"
	cargo build --locked --bin $(PROVIDER)
	@.build/sandbox-venv/bin/python tools/pictures target/debug/$(PROVIDER)

# Acceptance tests wait for other programs most of their time: twice as many as there are processors run at once.
TEST_THREADS = $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))

test: clis sandbox kubernetes consumers ## run all tests: the sandbox's own, then unit, protocol and acceptance tests
	@# Each program runs even if an earlier one failed, so that one run reports every failure.
	@failed=; \
	echo "test: the sandbox"; \
	sandbox/test.sh -q || failed=yes; \
	echo "test: the provider (the first build takes a few minutes)"; \
	cargo run --quiet --locked --package xtask -- effects --reset || failed=yes; \
	RUST_TEST_THREADS=$(TEST_THREADS) cargo test --locked --workspace --features test_provider --no-fail-fast || failed=yes; \
	cargo run --quiet --locked --package xtask -- effects || failed=yes; \
	test -z "$$failed" || { echo "test: failed" >&2; exit 1; }

# JOURNEYS is their number for each resource, JOURNEYS_CLI that through a real Terraform for all resources together, and
# JOURNEYS_SEED the first seed.
journeys: sandbox kubernetes ## run random journeys of each resource against the stand-ins, and some through Terraform
	@tools/clis/setup.sh terraform-path
	@echo "journeys: $${JOURNEYS:-5000} for each resource, from seed $${JOURNEYS_SEED:-1}"
	JOURNEYS=$${JOURNEYS:-5000} cargo test --locked --features test_provider --lib -- journeys_hold --nocapture
	@echo "journeys: $${JOURNEYS_CLI:-200} through Terraform"
	JOURNEYS_CLI=$${JOURNEYS_CLI:-200} cargo test --locked --features test_provider --test acceptance -- journeys:: --nocapture

# KUBELETS are their minor versions, and CONSUMER_CASES is the number of generated configurations for each.
KUBELETS = 31 32 33 34 35 36 37
kubelets: ## compare the checks of kubelet settings with the kubelet of every Kubernetes version; builds each for minutes
	@tools/consumers/setup.sh $(KUBELETS)
	@echo "kubelets: $${CONSUMER_CASES:-20000} configurations for each minor version"
	CONSUMER_KUBELETS="$(KUBELETS)" CONSUMER_CASES=$${CONSUMER_CASES:-20000} cargo test --locked --features test_provider --test consumers -- kubelet:: --nocapture

bench: build sandbox kubernetes ## measure start, memory, size and AWS calls against their limits; takes some minutes
	@tools/clis/setup.sh terraform-path
	@.build/sandbox-venv/bin/python tools/bench

docs: ## write docs/ from the schemas, examples/ and docs-src/; stale pages fail the tests
	@cargo run --quiet --locked --package xtask -- docs

schema: ## accept a changed schema: write tests/snapshots/schema.json
	@cargo run --quiet --locked --package xtask -- schema

tables: ## write the tables of names that Kubernetes and other projects add to, from the Go module registry
	@tools/tables/tables.sh

lint: ## check format, lints, dependencies, workflows and the registry's rules for docs/
	@echo "lint: format"
	@cargo fmt --all --check
	@echo "lint: clippy"
	@cargo clippy --quiet --locked --workspace --all-targets --features test_provider -- -D warnings
	@echo "lint: dependencies"
	@tools/deny/setup.sh
	@.build/tools/cargo-deny --workspace --locked check --hide-inclusion-graph bans licenses sources
	@echo "lint: workflows"
	@tools/actionlint/setup.sh
	@.build/tools/actionlint
	@echo "lint: docs"
	@tools/tfplugindocs/setup.sh
	@cargo run --quiet --locked --package xtask -- registry

consumers: ## make the programs that read what the provider writes as its readers do: .build/consumers
	@tools/consumers/setup.sh
	@tools/consumers/debian.sh

clis: ## make the Terraform and OpenTofu programs of the acceptance tests: .build/clis
	@tools/clis/setup.sh

sandbox: ## make the Python environment of the AWS stand-in: .build/sandbox-venv
	@sandbox/setup.sh

kubernetes: ## build the API server of the sandbox's clusters: .build/kubernetes
	@sandbox/kubernetes/setup.sh
