# The few words a contributor types; CI types the same.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-fast test-heavy lint fidelity pictures clean

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

fidelity: $(BIN)/dbadvisor     ## is the shadow exact? every version of PostgreSQL that is installed, against HypoPG and the truth
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[benchmark]'
	$(BIN)/python benchmarks/shadow_whatif.py
	$(BIN)/python benchmarks/shadow_fidelity.py

clean:
	rm -rf $(VENV) dist

pictures: $(BIN)/dbadvisor    ## the README's pictures and the notebook's report, from the demo (the page's needs chromium)
	$(BIN)/dbadvisor demo --out advice > /dev/null
	cp advice/report.json notebooks/example_report.json
	$(BIN)/python -c "from dataclasses import replace; from dbadvisor import load_report; from dbadvisor.reporter.terminal import svg; \
	r = load_report('advice/report.json'); print(svg(replace(r, recommendations=r.recommendations[:3], findings=())))" > docs/report.svg
	chromium --headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars \
	  --window-size=1240,1750 --screenshot=docs/report.png advice/report.html
