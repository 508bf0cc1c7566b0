# `make run`, `make test`, `make check`; `make help` lists all targets.
# PYTHON=python3.12 chooses the interpreter; ARGS="..." is passed to the program behind the target.

.DEFAULT_GOAL := help
VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check
# The first interpreter that is new enough; used only to create the environment.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
ARGS ?=
# What `make coverage` runs: all tests but those that drive whole processes.
COVERED := tests --ignore tests/stress --ignore tests/e2e --ignore tests/web --ignore tests/docs --ignore tests/architecture
# What `make resolve` resolves beside the package itself: all extras but the local model, which has few wheels.
EXTRAS := cluster images maths mcp pdf pg proxy python web

.PHONY: help run demo test torture web-test clients check coverage resolve format bench screenshots model clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.ready model ## install what is missing and open the app on the built-in model (or the demo)
	@$(BIN)/roundtable --local $(ARGS)

demo: $(VENV)/.ready ## open the app on the demo: no model, no network
	@$(BIN)/roundtable --demo $(ARGS)

test: $(VENV)/.ready-dev model ## run all tests
	@$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

torture: $(VENV)/.ready-dev ## all stress and property tests in full: a quarter of an hour
	@ROUNDTABLE_TORTURE=full $(BIN)/python -m pytest -n 2 --timeout 3000 -m "torture or hypothesis" $(ARGS)

web-test: $(VENV)/.ready-dev ## test the app in Chromium and take its screenshot
	@$(BIN)/python -m pytest tests/web tests/web/in_chromium.py $(ARGS)

clients: $(VENV)/.ready-dev ## use the proxy with programs of others, installed from the registries
	@$(BIN)/python -m tests.clients $(ARGS)

check: $(VENV)/.ready-dev ## formatting, lint, spelling, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/typos
	@$(BIN)/mypy
	@$(BIN)/mypy --python-version 3.14
	@$(BIN)/mypy --platform darwin
	@$(BIN)/mypy --config-file tests/mypy.ini tests
	@$(BIN)/python -m pytest -n 0 tests/docs/strict_types.py
	@$(BIN)/lint-imports --no-logo

coverage: $(VENV)/.ready-dev ## line coverage of the package, with a floor
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered $(COVERED) $(ARGS)

# Without the package index this is not run, and says so; anything else that is wrong is an error.
resolve: $(VENV)/.ready-dev ## check that the dependencies can be resolved for Python 3.11 to 3.14
	@for version in 3.11 3.12 3.13 3.14; do \
	    errors=$$($(BIN)/uv pip compile -q --python-version $$version --only-binary :all: --constraint constraints.txt \
	        $(patsubst %,--extra %,$(EXTRAS)) pyproject.toml 2>&1 >/dev/null) && { \
	        echo "Python $$version: resolved"; continue; }; \
	    case "$$errors" in \
	        *"Failed to fetch"* | *"client error"*) \
	            echo "NOT RUN: make resolve, which needs the package index, and that cannot be reached."; exit 0 ;; \
	    esac; \
	    echo "Python $$version: $$errors"; exit 1; done

format: $(VENV)/.ready-dev ## format the code and apply the lint's safe fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-dev ## measure start-up, streaming and drawing
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(VENV)/.ready-dev ## take the pictures in screenshots/ again, on the demo
	@$(BIN)/python -m tests.docs.screenshots $(ARGS)

# Never fails: without the model the app opens on the demo.
model: $(VENV)/.ready ## download the built-in model (98 MB), once
	@$(BIN)/python -m roundtable_tui.llm.local.fetch --if-it-can-run || true

clean: ## remove the environment and all generated files
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@echo "Making the environment $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

# $(1): what pip installs. xllamacpp has wheels for most machines only; without it the rest still works.
define install
@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
@echo "Installing Roundtable into $(VENV) ..."
@$(PIP) install -qq --constraint constraints.txt --editable '$(1)'
@$(PIP) install -qq --constraint constraints.txt --only-binary :all: xllamacpp 2>/dev/null \
    || echo "xllamacpp, which runs the local model, could not be installed: Roundtable will open on the demo."
endef

$(VENV)/.ready: pyproject.toml constraints.txt | $(BIN)/python
	$(call install,.)
	@touch $@

$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(call install,.[dev])
	@touch $(VENV)/.ready $@
