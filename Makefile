# What people type. `make run` serves with demo data, `make test` checks everything, `make clean` forgets the data.
.DELETE_ON_ERROR:
.PHONY: run test format lint types contracts tests soak bench clean lock help
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
DATA ?= .estafet
LOGS ?= .estafet/logs
HOUSES ?= .estafet/houses
RESULTS ?= .estafet/benchmarks.json
ENTRIES ?= 100000
RUNS ?= 5
CASES ?= 100000
ROUNDS ?= 5
SECONDS ?= 4
SCALES ?= 10000 100000 1000000
VERIFIED ?= 1000000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/'

$(VENV)/ready-run: requirements/build.txt requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Estafet needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(PIP) --require-hashes --requirement requirements/build.txt --requirement requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-test: requirements/test.txt $(VENV)/ready-run
	@echo "Installing the locked tools of the test run ..."
	@$(PIP) --require-hashes --requirement requirements/test.txt
	@touch $@

run: $(VENV)/ready-run ## the service with demo data on http://localhost:8000 (PORT=, DATA=)
	@exec $(BIN)/estafet serve --demo --port $(PORT) --data '$(DATA)'

test: format lint types contracts tests ## every check: format, lint, types, import contracts, tests

format: $(VENV)/ready-test
	$(BIN)/ruff format --check .
lint: $(VENV)/ready-test
	$(BIN)/ruff check .
types: $(VENV)/ready-test
	$(BIN)/mypy
contracts: $(VENV)/ready-test
	$(BIN)/lint-imports
tests: $(VENV)/ready-test
	$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term

soak: $(VENV)/ready-test ## the long forms of the property tests
	ESTAFET_SOAK=1 $(BIN)/pytest -n 2 --dist loadfile

BENCH := $(BIN)/python -m benchmarks.
bench: $(VENV)/ready-test ## measure everything (CASES=, ROUNDS=, SECONDS=, SCALES=, VERIFIED=, ENTRIES=, RUNS=)
	$(BENCH)races '$(HOUSES)' --cases $(CASES) --rounds $(ROUNDS) --seconds $(SECONDS) --results '$(RESULTS)'
	$(BENCH)acts '$(HOUSES)' --cases $(CASES) --rounds $(ROUNDS) --results '$(RESULTS)'
	$(BENCH)journals --rounds $(ROUNDS) --results '$(RESULTS)'
	$(BENCH)verifying '$(LOGS)' --entries $(VERIFIED) --rounds $(ROUNDS) --results '$(RESULTS)'
	$(BENCH)buffers '$(HOUSES)' --scales $(SCALES) --results '$(RESULTS)'
	$(BENCH)profiles '$(HOUSES)' --cases $(CASES) --results '$(RESULTS)'
	$(BENCH)auditing '$(LOGS)' --entries $(ENTRIES) --runs $(RUNS)
	$(BENCH)summaries '$(LOGS)' --entries $(ENTRIES) --runs $(RUNS)
	$(BENCH)pages '$(RESULTS)' docs/benchmarks.md

LOCK := pip-compile --quiet --upgrade --generate-hashes --no-strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header
lock: ## lock the dependencies anew (needs pip-tools)
	echo 'setuptools>=77' | $(LOCK) --no-annotate --output-file requirements/build.txt -
	$(LOCK) --extra dev --output-file requirements/test.txt pyproject.toml
	$(LOCK) --constraint requirements/test.txt --output-file requirements/run.txt pyproject.toml # what runs is what was tested

clean: ## forget the demo's data
	@if test -e '$(DATA)' && ! test -f '$(DATA)/demo/MADE-BY-DEMO'; then echo "$(DATA) holds data that no demo made; it stays" >&2; exit 1; fi
	rm -rf -- '$(DATA)'
