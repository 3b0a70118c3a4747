# Two commands do everything on a bare machine with Python 3.11 or later: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# A third of the time of the linter goes to the collection of its own short life's garbage; what it starts itself to work
# in parallel would collect it all the same.
SQLFLUFF := $(BIN)/python -c 'import gc; gc.disable(); from sqlfluff.cli.commands import cli; cli()'

# Compiled modules halve the start of dbt, Dagster and Great Expectations.
unexport PYTHONDONTWRITEBYTECODE
export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := yes
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.DEFAULT_GOAL := help
.PHONY: help run test lint format ui bench lineage lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(READY) ## set up, write the demo town's exports the first time, and publish
	@test -n "$(BEFFROI_LANDING)" || test -d "$${BEFFROI_HOME:-data}/landing/finance_pes" || $(BIN)/beffroi demo
	$(BIN)/beffroi run

test: $(READY) lint ## set up, lint and run all tests
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

lint: $(READY) ## ruff and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find dbt_project/models dbt_project/tests -name '*.sql' | sort | \
		xargs -P 2 -n 60 $(SQLFLUFF) lint --processes 1 --disable-progress-bar

format: $(READY) ## rewrite Python and SQL in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project/models dbt_project/tests

ui: $(READY) ## serve the front page and the Dagster UI, and run its sensors and its schedule
	$(BIN)/beffroi ui

bench: $(READY) ## speed and memory beside plain scripts
	$(BIN)/python -m benchmarks

lineage: $(READY) ## work out the column lineage again after a change of the SQL (some minutes)
	rm -rf $(VENV)/lineage dbt_project/lineage.json
	BEFFROI_HOME=$(VENV)/lineage $(BIN)/beffroi demo --inhabitants 300 --years 1
	BEFFROI_HOME=$(VENV)/lineage $(BIN)/beffroi run
	cp $(VENV)/lineage/dbt/lineage.json dbt_project/lineage.json

lock: $(READY) ## resolve requirements.lock again from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --universal \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock

# The lock holds versions and hashes and no address: pip takes them from the index that the machine is set to use.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Beffroi needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean: ## remove the environment and all state under data/
	rm -rf $(VENV) data
