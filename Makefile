# make train: a fresh machine with Python 3.11 to 3.13 and make needs nothing else.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup train test lint bench reliability reproduce docs site clean

setup: .venv/.done

.venv/.done: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraints constraints.txt --editable '.[dev]'
	touch $@

train: setup
	$(BIN)/nnzoo train

test: setup
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

bench: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt --editable '.[dev,bench]'
	$(BIN)/python benchmarks/run.py

reliability: setup
	$(BIN)/python -W ignore benchmarks/reliability.py

reproduce: setup
	$(BIN)/nnzoo reproduce all
	$(BIN)/nnzoo report

docs: setup
	$(BIN)/nnzoo report
	$(BIN)/python -m nnzoo.experiments.catalogue

site: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache
