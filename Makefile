# Everything from one word: `make run`, `make test`, `make check`. `make help` lists the rest.
# PYTHON=python3.12 chooses the interpreter; ARGS="..." goes to the program behind the target.

.DEFAULT_GOAL := help
VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check
# The first interpreter that is new enough; looked for only when the environment is made.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
ARGS ?=

.PHONY: help run demo test torture web-test check format bench screenshots model clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.ready model ## set up what is missing and open Roundtable on the local model (or the demo)
	@$(BIN)/roundtable --local $(ARGS)

demo: $(VENV)/.ready ## open Roundtable on the demo: no model, no network
	@$(BIN)/roundtable --demo $(ARGS)

test: $(VENV)/.ready-dev model ## run the whole test suite
	@$(BIN)/python -m pytest -n 3 $(ARGS)

torture: $(VENV)/.ready-dev ## every fault at every place: half an hour
	@ROUNDTABLE_TORTURE=full $(BIN)/python -m pytest -n 2 --timeout 3000 tests/stress $(ARGS)

web-test: $(VENV)/.ready-dev ## the app in a real Chromium, and its picture
	@$(BIN)/python -m pytest tests/web tests/web/in_chromium.py $(ARGS)

check: $(VENV)/.ready-dev ## formatting, lint, types, and which room may import which
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/.ready-dev ## format the code and apply the lint's safe fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-dev ## measure start-up, streaming and drawing
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(VENV)/.ready-dev ## take the pictures in screenshots/ again, on the demo
	@$(BIN)/python -m tests.docs.screenshots $(ARGS)

# Never stops the target that asked: without the model Roundtable opens on the demo.
model: $(VENV)/.ready ## fetch the local model (98 MB), once
	@$(BIN)/python -m roundtable_tui.llm.local.fetch --if-it-can-run || true

clean: ## remove the environment and everything that is made again
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
