# canbao: `make` lists the commands. Everything Python lives in .venv; nothing is installed outside of it.

PYTHON  ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN     := .venv/bin
SECONDS ?= 60
SEED    ?= 1
COUNT   ?= 150
ARGS    ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-dev demo check fix servers test proof mutation mutation-sample chaos bench docs lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## Make .venv with what canbao needs to run (exact versions, checked hashes)

install-dev: .venv/.installed-dev ## The same, with what tests and checks need

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "canbao needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

demo: install ## Run a synthetic city through the whole pipeline and watch alerts arrive (ARGS="--persons 600 --once")
	$(BIN)/canbao demo $(ARGS)

check: install-dev ## Format, lint, types, import contracts, unused dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

fix: install-dev ## Format the code and apply the linter's safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

servers: install-dev ## Say which real servers the tests will find here, and download what is missing
	$(BIN)/python -m tests.servers.fetch

test: check servers ## All that this machine can run, in tiers, the first beside the others (ARGS="--tier 1" runs one, ARGS=tests/engine a folder)
	$(BIN)/python -m pytest --durations=10 $(or $(ARGS),--beside)

proof: install-dev servers ## The long forms: full fault grid, outages of minutes, privacy tests at full size (make mutation is the longest, on its own)
	$(BIN)/python -m pytest --proof $(ARGS)

mutation: install-dev ## Change the rules and the person's facts in thousands of small ways and see whether a test notices (hours)
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut export-cicd-stats
	@cat mutants/mutmut-cicd-stats.json

mutation-sample: install-dev ## A random sample of those changes, the same for the same seed (SEED=1 COUNT=150)
	$(BIN)/python -m tests.mutation $(SEED) $(COUNT)

chaos: install-dev servers ## Random kills and stalls of real workers: make chaos SECONDS=600 SEED=7
	$(BIN)/python -m tests.chaos.run $(SECONDS) $(SEED)

bench: install-dev servers ## Benchmarks with their peers, one table
	$(BIN)/python -m bench $(ARGS)

docs: install ## Write docs/reference/*.md anew from the tables
	$(BIN)/canbao docs write

lock: ## Resolve the dependencies of pyproject.toml anew into requirements*.txt (needs a package index)
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet uv
	build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-o requirements.txt pyproject.toml
	build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c requirements.txt --group dev -o requirements-dev.txt pyproject.toml

clean: ## Delete .venv, caches and build results
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants .run
	find . -name __pycache__ -prune -exec rm -rf {} +
