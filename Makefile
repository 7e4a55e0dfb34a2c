# langsupport: `make demo` and `make test` need Python 3.11-3.13, git and make, nothing else installed by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LANGSUPPORT := $(BIN)/langsupport
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

EMBEDDED_MODELS := qwen2.5-coder-1.5b-translator whisper-base
TEST_MODELS := whisper-tiny-en
TEST_WORKERS ?= 2

.PHONY: help demo serve test check acceptance system-packages format lint types layers catalogues docs audit clean

help: ## say what the targets do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(BIN)/python:
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); sys.exit(None if ok else f"langsupport needs Python 3.11 to 3.13; {sys.executable} is {sys.version.split()[0]}. Name another: make PYTHON=python3.12")'
	@echo "Making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The venv module is missing. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing langsupport and what it needs"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing what the tests need"
	@$(PIP_INSTALL) --editable '.[torch,dev]'
	@touch $@

demo: $(VENV)/.run ## translate a real document into five languages and caption a real recording, into out/
	@$(LANGSUPPORT) models install $(EMBEDDED_MODELS)
	@$(BIN)/python examples/demo.py

serve: $(VENV)/.run ## the web service on http://127.0.0.1:8000
	@$(LANGSUPPORT) models install $(EMBEDDED_MODELS)
	@$(LANGSUPPORT) serve

system-packages:
	@scripts/system-packages

test: system-packages $(VENV)/.dev ## set up what is missing, then the tests
	@$(LANGSUPPORT) models install $(TEST_MODELS)
	@$(BIN)/python -m pytest -m "not acceptance" --numprocesses $(TEST_WORKERS) --dist loadfile --timeout 900 $(PYTEST_ARGS)

acceptance: system-packages $(VENV)/.dev ## the long tests with the embedded models
	@$(LANGSUPPORT) models install $(EMBEDDED_MODELS) $(TEST_MODELS)
	@$(BIN)/python -m pytest -m acceptance $(PYTEST_ARGS)

check: $(VENV)/.dev format lint types layers catalogues docs test ## everything that must hold before a change goes in

format:
	@$(BIN)/ruff format --check src tests benchmarks examples

lint:
	@$(BIN)/ruff check src tests benchmarks examples

types:
	@$(BIN)/mypy
	@if command -v npx >/dev/null; then npx --yes -p typescript@5.9.3 tsc -p src/langsupport/web/static/jsconfig.json; \
	else echo "Node is not installed: the types of the pages' scripts were not checked."; fi

catalogues: ## check that no interface language lags
	@$(BIN)/python -m langsupport.web.pages.catalogue check

layers:
	@$(BIN)/lint-imports

docs:
	@$(BIN)/python -m pytest -q tests/architecture

audit: $(BIN)/python ## look up known vulnerabilities of the pinned versions (asks the package index; needs a network)
	@$(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@$(VENV)/audit/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

clean: ## remove the environment and the demo's results; data and models stay
	rm -rf $(VENV) out
