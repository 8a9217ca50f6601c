# Everything runs in .venv, which is made from requirements.lock; nothing is needed but Python 3.11 to 3.13 and make.

VENV := .venv
BIN := $(VENV)/bin
# Which Python makes .venv: PYTHON=/path/to/python names one; else the first of these that is of a version that fits.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11)
VERSION_FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
# Set where the machine's own settings of these tools would change what the project does.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test lint lint-python lint-sql soak parity bench docs examples clean

help:
	@echo "make demo    set up, start the sandbox, load, build, test, write back, and show what came of it"
	@echo "make setup   make .venv from requirements.lock; nothing where it is there and current"
	@echo "make test    linters and all tests, as CI runs them"
	@echo "make soak    kills, faults, a webhook under attack, random histories: each ends as without; SOAK_SECONDS bounds it"
	@echo "make parity  DuckDB and a stand-in for Snowflake side by side at 100,000 touches, every cell compared; sqlfluff for Snowflake"
	@echo "make lint    the linters alone"
	@echo "make bench   what loading and building cost, as ratios; about an hour"
	@echo "make docs    the docs as a site in site/: how-to pages, and every model, column and macro"
	@echo "make examples check the schedules in examples/; Airflow and Dagster in environments of their own"
	@echo "make clean   remove what builds and tests leave; .venv and the warehouse stay"

setup: $(VENV)/.current

# pip stops on a requirement with an extra under --require-hashes unless it is told to leave dependencies alone; the
# lock names every one of them anyway.
$(VENV)/.current: requirements.lock pyproject.toml
	@chosen=; \
	for python in $(PYTHONS); do \
		if "$$python" -c "$(VERSION_FITS)" >/dev/null 2>&1; then chosen=$$python; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
		echo "No Python 3.11, 3.12 or 3.13 found (looked for: $(PYTHONS))." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
		exit 1; \
	fi; \
	if [ -x $(BIN)/python ] && $(BIN)/python -c "$(VERSION_FITS)" >/dev/null 2>&1; then \
		echo "Bringing $(VENV) up to date with requirements.lock"; \
	else \
		echo "Setting up $(VENV) with $$("$$chosen" --version) (one to three minutes)"; \
		"$$chosen" -m venv --clear $(VENV); \
	fi
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/attribution demo

lint: lint-python lint-sql

lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-sql: setup
	@mkdir -p target
	ATTRIBUTION_TARGET=duckdb ATTRIBUTION_DUCKDB_PATH=$(CURDIR)/target/lint.duckdb \
		$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar $(wildcard models tests analyses)

# Modules are handed out in the order that tests/conftest.py gives them.
test: lint
	$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder

# About two hours; SOAK_SECONDS bounds it as a whole, SOAK="--share 0.1" makes it short. What differs is printed, and the
# seed with which it can be had again.
soak: setup
	@$(BIN)/python tests/soak/soak.py $(SOAK)

# Some twenty minutes. PARITY="--touches 2000 --scale 0.02" makes it short.
parity: setup
	@$(BIN)/python -W ignore tests/snowflake/parity.py $(PARITY)

# Outside `make test`: it takes an hour or so. BENCH="--touches 1000000 --large 0 --runs 1" makes it short.
bench: setup
	$(BIN)/python -m bench.run $(BENCH)

# Types and row counts of columns come from the warehouse where there is one; all else is there without.
SITE := site
DBT_DOCS := target/docs
WAREHOUSE := $(or $(ATTRIBUTION_DUCKDB_PATH),warehouse.duckdb)
HAS_WAREHOUSE := $(or $(filter snowflake,$(ATTRIBUTION_TARGET)),$(wildcard $(WAREHOUSE)))

docs: setup
	@mkdir -p $(DBT_DOCS)
	@$(if $(HAS_WAREHOUSE),,ATTRIBUTION_DUCKDB_PATH=$(abspath $(DBT_DOCS))/none.duckdb) \
		$(BIN)/dbt --quiet docs generate --static $(if $(HAS_WAREHOUSE),,--empty-catalog) \
		--target-path $(abspath $(DBT_DOCS)) --vars '{sources: [genesys, salesforce, files, webhook]}'
	@DBT_DOCS=$(abspath $(DBT_DOCS))/static_index.html \
		$(BIN)/mkdocs build --quiet --strict --site-dir $(abspath $(SITE))
	@echo "Open $(SITE)/index.html in a browser; it needs no server and no network."

# Outside `make test`: it installs Airflow and Dagster, some 700 MB, into .venv-examples.
examples: setup
	@$(BIN)/python examples/check.py

clean:
	rm -rf .venv-examples site target logs dbt_packages build .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
