# The few words a contributor types; CI types the same.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-fast test-heavy lint clean

$(BIN)/dbadvisor: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

demo: $(BIN)/dbadvisor   ## seed a scenario on an embedded PostgreSQL and run the main job on it
	$(BIN)/dbadvisor demo

lint: $(BIN)/dbadvisor
	$(BIN)/ruff format --check dbadvisor tests benchmarks
	$(BIN)/ruff check dbadvisor tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint               ## everything that CI asks of a commit
	$(BIN)/pytest -n 2 -m 'not heavy'

test-fast: $(BIN)/dbadvisor   ## no server, some seconds
	$(BIN)/pytest -m 'not live and not scenario and not heavy'

test-heavy: $(BIN)/dbadvisor  ## the long ones too
	$(BIN)/pytest -n 2

clean:
	rm -rf $(VENV) dist
