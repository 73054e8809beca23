# fervid: `make demo` shows what it does, `make test` checks it. Both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types check bench clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/python samples/render.py demo --clip faces
	$(BIN)/fervid annotate demo/faces.mp4 -o demo/ --csv --overwrite
	$(BIN)/fervid timeline demo/faces.mp4 -o demo/ --overwrite
	@echo
	@echo "The annotated video is demo/faces.annotated.mp4; its timeline, demo/faces.csv, begins:"
	@head -n 4 demo/faces.csv | cut -c 1-100

test: $(VENV)/.installed
	$(BIN)/python -m pytest

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

check: test lint types

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/throughput.py

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
