# Needs Python 3.11 or newer and make; everything else goes into .venv, pinned by requirements.lock.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install playground demo test bench growth fuzz chaos soak mutants lock generate wheel clean

# The interpreter is looked up on the PATH from before .venv was put on it: .venv must not make itself.
SYSTEM_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

PYTHON ?= $(shell PATH='$(SYSTEM_PATH)' python3.11 -c '' 2>/dev/null </dev/null && echo python3.11 || echo python3)
BASE_PYTHON = $(shell PATH='$(SYSTEM_PATH)' $(PYTHON) -c '$(PRINT_BASE)' 2>/dev/null </dev/null)
PRINT_BASE = import sys; sys.version_info >= (3, 11) and print(sys._base_executable)
PEERS := tests/benchmarks/peers
CLIENTS := tests/clients
PAGES := src/phaseboard/web/static/index.html
PAGE_SOURCES = $(wildcard playground/*.html playground/*.ts playground/*.json) \
    $(shell find playground/src playground/examples -type f -not -name schema.d.ts)
PIP = .venv/bin/python -m pip --quiet --no-input --disable-pip-version-check

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: .venv/ready ## Set up .venv (done by the other targets when needed)

# Without the marker a .venv is half made, or not ours, and is made anew; with it, it is brought up to date.
.venv/ready: pyproject.toml requirements.lock
	@base='$(BASE_PYTHON)'; \
	if [ -z "$$base" ]; then \
	    echo "Phaseboard needs Python 3.11 or newer; '$(PYTHON)' is missing or older." >&2; \
	    echo "Name another one: make PYTHON=/path/to/python3.11 install" >&2; \
	    exit 1; \
	fi; \
	if [ -e $@ ]; then \
	    echo "Bringing .venv up to date ..."; rm $@; \
	else \
	    echo "Setting up .venv (about a minute) ..."; "$$base" -m venv --clear .venv; \
	fi
	@echo "Installing the pinned packages ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@echo "Installing Phaseboard from this checkout ..."
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

playground: $(PAGES) ## Build the pages of the playground (done by the other targets when needed)

$(PAGES): playground/node_modules/.package-lock.json schema.graphql $(PAGE_SOURCES)
	@echo "Building the playground ..."
	@cd playground && npm run --silent build -- --logLevel warn

demo: .venv/ready $(PAGES) ## Run Phaseboard with simulated releases
	@.venv/bin/phaseboard demo

test: .venv/ready $(CLIENTS)/node_modules/.package-lock.json $(PAGES) ## Check style, types and layers, then run the tests (what CI runs)
	@echo "Checking style (ruff check) ..."
	@.venv/bin/ruff check --quiet src tests playground/examples
	@echo "Checking format (ruff format --check) ..."
	@.venv/bin/ruff format --quiet --check src tests playground/examples
	@echo "Checking types (mypy) ..."
	@.venv/bin/mypy
	@echo "Checking layers (lint-imports) ..."
	@.venv/bin/lint-imports --no-logo
	@echo "Checking the playground (prettier, tsc, vitest) ..."
	@cd playground && npm run --silent check && npm run --silent test
	@echo "Running the tests (pytest) ..."
	@.venv/bin/python -m pytest -n 3

bench: .venv/ready $(PEERS)/node_modules/.package-lock.json ## Measure the targets (BENCH="--quick fanout" for less)
	@.venv/bin/python -m tests.benchmarks $(BENCH)

growth: .venv/ready ## Measure what grows with the number of releases and of watchers
	@.venv/bin/python -m tests.deployment.growth

fuzz: .venv/ready ## Throw 100,000 requests and 10,000 frames at a server (SEED=2 for others)
	@FUZZ=$(or $(FUZZ),1) .venv/bin/python -m pytest tests/fuzz

chaos: .venv/ready ## Kill, crash, race and simulate at length (CHAOS=0.1 for a tenth, ONLY=kills, SEED=1 to repeat)
	@.venv/bin/python -m tests.reliability chaos $(if $(ONLY),-k "$(ONLY)")

soak: .venv/ready ## Run a server under load with restarts (SOAK_MINUTES=480; 5)
	@.venv/bin/python -m tests.reliability soak

mutants: .venv/ready ## Put faults into copies of the code, which the tests have to notice (MUTANTS=all)
	@.venv/bin/python -m tests.reliability mutants

# The playground's, what the benchmarks compare with, and the public clients of the tests. Node is the one in .venv.
%/node_modules/.package-lock.json: %/package.json %/package-lock.json %/.npmrc | .venv/ready
	@echo "Installing the packages of $* ..."
	@cd $* && npm ci --silent
	@touch $@

# Any .venv will do here: an up-to-date one may need the very lock that is to be written.
.venv/bin/pip-compile:
	@$(MAKE) --no-print-directory install

# Indexes that this machine adds stay out, so that every hash is one that others can download.
lock: .venv/bin/pip-compile ## Pin the dependencies of pyproject.toml in requirements.lock
	@echo "Pinning the dependencies (about half a minute) ..."
	@env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock" \
	    .venv/bin/pip-compile -q --generate-hashes --extra dev --no-emit-find-links --no-emit-index-url \
	    --no-emit-options --no-emit-trusted-host --allow-unsafe --strip-extras \
	    --output-file requirements.lock pyproject.toml

# By way of a second file: a failing command must not leave an empty schema behind.
generate: .venv/ready ## Write schema.graphql, and what the README shows of code and benchmarks
	@echo "Writing schema.graphql ..."
	@.venv/bin/phaseboard schema > .venv/schema.graphql
	@mv .venv/schema.graphql schema.graphql
	@echo "Writing what is generated in the README ..."
	@.venv/bin/python -m tests.generate

wheel: .venv/ready $(PAGES) ## Build the wheel and the source archive into dist
	@echo "Building into dist ..."
	@.venv/bin/python -m build --no-isolation

clean: ## Remove .venv, caches and build output
	@echo "Removing .venv, caches and build output ..."
	@rm -rf .venv build dist $(dir $(PAGES)) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
