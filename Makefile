.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/ready
RECIPES := linters airflow dagster
SARIF_SCHEMA := @microsoft/jest-sarif@1.0.0-beta.0

.PHONY: help setup demo test test-stories test-large test-crash test-histories test-schedules test-corpus test-spark test-recipes bench bench-small bench-delivery bench-lint bench-values check format snapshots clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv and install zdpipe with its tools

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup data/customer_360.duckdb ## send 2,000 sample customers to the embedded simulator
	$(BIN)/zdpipe run queries/zendesk_users.sql

data/customer_360.duckdb: | setup
	$(BIN)/zdpipe sample --rows 2000

test: setup ## run the tests
	$(BIN)/pytest -n auto --dist worksteal -m "not large and not alone and not crash and not histories and not schedules and not corpus and not spark and not recipes and not stories"
	$(BIN)/pytest -m "alone and not stories"

test-stories: setup ## go long ways through the command, with everything that goes wrong on them
	$(BIN)/pytest -n auto --dist worksteal -m "stories and not alone"
	$(BIN)/pytest -m "stories and alone"

test-large: setup ## run the tests of a million rows and more
	$(BIN)/pytest -m large

test-crash: setup ## kill processes and damage disks, many times
	$(BIN)/pytest -n 2 -m crash

test-histories: setup ## let data, runs and other people go on at random, and crontabs for a year
	$(BIN)/pytest -n auto --dist worksteal -m histories

test-schedules: setup ## run hundreds of fault schedules against the simulator
	$(BIN)/pytest -n auto --dist worksteal -m schedules

test-corpus: setup $(VENV)/corpus/ready ## lint the SQL of other projects' tests, in all dialects
	$(BIN)/pytest -n auto --dist worksteal -m corpus

$(VENV)/corpus/ready: tests/corpus/sources.txt tests/corpus/engines.txt | setup
	rm -rf $(@D)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest $(@D)/sources --requirement tests/corpus/sources.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(@D)/engines --requirement tests/corpus/engines.txt
	npm pack --silent --pack-destination $(@D) $(SARIF_SCHEMA)
	@touch $@

test-spark: setup ## run queries on a Spark server of this machine and on DuckDB, and compare
	@java -version >/dev/null 2>&1 || { echo "test-spark needs Java 17 or later, and there is none here."; exit 1; }
	@$(MAKE) --no-print-directory $(VENV)/spark/ready
	$(BIN)/pytest -m spark

$(VENV)/spark/ready: tests/spark/pyspark.txt | setup
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

test-recipes: setup $(RECIPES:%=$(VENV)/recipes/%/ready) ## run the recipes with what they are for, and lint them
	$(BIN)/pytest -n 2 --dist loadfile -m recipes

$(VENV)/recipes/%/ready: tests/recipes/%.txt | setup
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

bench: setup $(VENV)/rivals/ready ## measure zdpipe beside DuckDB alone and its rivals, 10 thousand to 10 million rows
	$(BIN)/python -m tests.bench.growth $(SIZES)

$(VENV)/rivals/ready: tests/bench/rivals.txt | setup
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

bench-small: setup ## fail where planning got slower or larger beside DuckDB alone
	$(BIN)/python -m tests.bench.growth.small $(RECORD)

bench-delivery: setup ## measure the pace of sending, quiet and in trouble
	$(BIN)/python -m tests.bench.delivery

bench-lint: setup $(VENV)/sqlfluff/ready ## measure the linter beside sqlfluff
	$(BIN)/python -m tests.bench.lint

bench-values: setup ## measure how fast values are normalized and validated
	$(BIN)/python -m tests.bench.values

$(VENV)/sqlfluff/ready: tests/bench/sqlfluff.txt | setup
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

check: setup ## lint, types and import floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

snapshots: setup ## rewrite the expected outputs after a wanted change
	$(BIN)/pytest -n auto --dist worksteal -m "not large and not alone and not crash and not histories and not schedules and not corpus and not spark and not recipes" --snapshot-update

clean: ## remove what make made, the demo's data and memory included
	rm -rf $(VENV) data .zdpipe .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
