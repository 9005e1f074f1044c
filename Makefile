# make setup: the environment in .venv; make run: the main job; make test: the tests; make lint: the linters.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test lint format wheel bench clean

setup: .venv/.ready

# bytecode is compiled here, once: without it every start of the program takes twice as long
.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Evenkeel needs Python >= 3.11, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	-$(BIN)/python -m compileall -q -j 0 .venv/lib evenkeel flows tasks > /dev/null 2>&1
	touch $@

run: setup
	$(BIN)/evenkeel run configs/quickstart.yaml

test: setup
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: setup
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

wheel: setup
	$(BIN)/python -m build --wheel

bench: setup
	$(BIN)/python benchmarks/nine_strategies.py

clean:
	rm -rf .venv dist build
