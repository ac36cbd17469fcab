# What can be done with this program? `make` alone lists every word.
# Every word needs a Python of 3.11 or later and nothing else; what it installs goes into .venv/ alone.

PYTHON ?= $(shell for one in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$one; break; }; done)
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --require-hashes
PYTEST := $(BIN)/python -m pytest
SERVERS := $(BIN)/python -m tests.servers
UV := $(or $(shell command -v uv),uv)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run demo test unit integration services e2e lint types arch check migrations format messages \
	bench torture lock ci clean

help: ## list every word
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run honours PORT=… (8000), HOST=… (127.0.0.1), DEMO=0 (start empty) and FIRM_HOME=… (var/)."

# --- the environment ------------------------------------------------------------------------------------------------

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found on the PATH." >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)…"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "The venv module of Python is needed (Debian: python3-venv)." >&2; exit 1; }

# What the program needs to run; `make setup` installs it together with the tools, so it is not installed twice.
.venv/.runs: requirements.lock | .venv/bin/python
	@echo "Installing what the program needs (about a minute)…"
	$(PIP_INSTALL) -r requirements.lock
	@touch $@

.venv/.builds: requirements-dev.lock requirements.lock | .venv/bin/python
	@echo "Installing the program's needs and the developers' tools (a minute or two)…"
	$(PIP_INSTALL) -r requirements-dev.lock
	@touch .venv/.runs $@

setup: .venv/.builds ## make .venv/ with everything a developer needs, and nothing else

# --- running it -----------------------------------------------------------------------------------------------------

run: export DEMO := $(or $(DEMO),1)
run: .venv/.runs ## start everything on this machine: web, workers and clock; Ctrl-C stops all of it
	@exec $(BIN)/python -m firm.runner --host "$(HOST)" --port "$(PORT)" --die-with-parent

demo: .venv/.runs ## fill the demo firm without starting anything
	@exec env DEMO=1 $(BIN)/python -m firm.runner --prepare-only

# --- tests ----------------------------------------------------------------------------------------------------------

test: unit integration services e2e ## every test: SQLite, PostgreSQL, Redis, real processes, a browser

unit: setup ## pure rules and the conventions of the code
	$(PYTEST) -n 2 tests/unit tests/conventions

integration: setup ## verbs, pages, commands; on SQLite, then on PostgreSQL with Redis
	$(PYTEST) -n 2 tests/integration
	$(SERVERS) --postgres --redis -- $(PYTEST) -n 2 tests/integration

services: setup ## real processes and real servers
	$(PYTEST) -n 2 tests/services

e2e: setup ## stories in a real browser
	$(PYTEST) -n 2 tests/e2e

torture: setup ## a thousand killed workers; takes long
	KILLS=1000 $(PYTEST) -m torture tests/services

bench: setup ## measure the promises of speed, as ratios
	@set -e; for file in $$(grep -l "__main__" benchmarks/*.py); do \
		name=$$(basename $$file .py); echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

# --- judges ---------------------------------------------------------------------------------------------------------

lint: setup ## style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

arch: setup ## which room may import which
	$(BIN)/lint-imports

check: setup ## Django's checks as in production, and that unsafe settings are refused
	$(PYTEST) -q -n 2 tests/conventions/test_safe_settings.py

migrations: setup ## that no migration is missing
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && FIRM_HOME="$$home" $(BIN)/python manage.py makemigrations --check --dry-run

ci: lint types arch check migrations test ## all of it, in order

# --- habits ---------------------------------------------------------------------------------------------------------

format: setup ## mend style where a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: setup ## rebuild the Spanish of the theme
	$(BIN)/python locale/build.py

lock: ## write the lock files anew (needs uv)
	@command -v $(UV) >/dev/null || { echo "uv is needed to write the lock files: pip install uv" >&2; exit 1; }
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 \
		--extra postgres --extra hsm --extra mail-provider pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 \
		--extra postgres --group dev pyproject.toml -o requirements-dev.lock

clean: ## forget caches; .venv/ and var/ stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache test-results htmlcov .coverage
	find . -path ./.venv -prune -o -name __pycache__ -type d -print | xargs rm -rf
