# Every target says what it does and can be run again; what is up to date stays.
# help lists the targets: the text after ## beside each.

.DEFAULT_GOAL := help
.PHONY: help build clis sandbox

PROVIDER := terraform-provider-ekscompute

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the provider as it is released: target/release/terraform-provider-ekscompute
	@echo "build: compiling $(PROVIDER) with optimisation"
	cargo build --locked --release --bin $(PROVIDER)
	@echo "build: target/release/$(PROVIDER) is $$(wc -c < target/release/$(PROVIDER)) bytes"

clis: ## make the Terraform and OpenTofu programs of the acceptance tests: .build/clis
	@tools/clis/setup.sh

sandbox: ## make the Python environment of the AWS stand-in: .build/sandbox-venv
	@sandbox/setup.sh
