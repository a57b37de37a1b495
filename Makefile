# The verbs of the project. What is up to date is not made again: stamps inside .venv and
# node_modules remember it.

.DEFAULT_GOAL := help
.PHONY: help install up test lint format bench fuzz screenshots replay requirements clean
.PHONY: development installed browser style types before before-up

PYTHON ?= python3.11
PORT ?= 8000
DAYS ?= 182
DEMANDS ?= 18000
UV ?= uv
BIN := .venv/bin
TOGETHER := $(MAKE) --no-print-directory --output-sync=target --jobs=4
PIP := $(BIN)/python -m pip --disable-pip-version-check
VENDOR := src/minsheng/doors/static/vendor
FONTS := src/minsheng/bulletins/fonts

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

install: before ## set up: .venv, the package, page assets
	@$(TOGETHER) installed

up: before-up install ## start everything at http://127.0.0.1:8000 (PORT=8123 for another port)
	@exec $(BIN)/minsheng up --port $(PORT)

# CI=1: why a test failed is told in full in the last lines, and the examples that Hypothesis makes
# are the same for the same commit. tests/conftest.py says which files go first.
test: before ## everything that CI runs
	@$(TOGETHER) installed .venv/.developed browser
	@$(TOGETHER) style types
	CI=1 $(BIN)/pytest -n logical --dist loadfile --no-loadscope-reorder -q --tb=short

lint: development ## style, types, and that imports only go down
	@$(TOGETHER) style types

format: development ## put the sources in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## measure what docs/benchmarks.md promises
	$(BIN)/python -m benchmarks

replay: install ## compute the five published bulletins again, cell by cell
	@for folder in cities/*/replays/*/; do \
		name=$$(echo $$folder | cut -d/ -f2)-$$(basename $$folder); \
		$(BIN)/minsheng replay $$name --differing || exit 1; \
	done

screenshots: development browser ## take pictures of every page (DAYS=30 DEMANDS=2000 for a shorter life)
	MINSHENG_HOME=$${MINSHENG_HOME:-var/screenshots} $(BIN)/python scripts/screenshots.py \
		--days $(DAYS) --demands $(DEMANDS)

fuzz: development ## fuzz the API from its document at length
	FUZZ_EXAMPLES=300 $(BIN)/pytest tests/api/test_fuzz.py -q

requirements: ## pin what pyproject.toml asks for (needs uv)
	$(UV) pip compile -q --no-header --python-version 3.11 --generate-hashes \
		--extra build pyproject.toml -o requirements.txt
	$(UV) pip compile -q --no-header --python-version 3.11 --generate-hashes \
		--extra build --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## remove what `make install` made; the data folder stays
	rm -rf .venv node_modules $(VENDOR) $(FONTS) .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# What the verbs above are made of.

development: before
	@$(TOGETHER) installed .venv/.developed

installed: .venv/.installed node_modules/.installed $(FONTS)/.installed

browser:
	@scripts/browser.sh

style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types:
	$(BIN)/mypy

before:
	@scripts/before.sh $(PYTHON)

before-up:
	@scripts/before.sh $(PYTHON) $(PORT)

.venv/.made:
	$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.installed: .venv/.made requirements.txt pyproject.toml
	$(PIP) install -q --require-hashes -r requirements.txt
	$(PIP) install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/.developed: .venv/.installed requirements-dev.txt
	$(PIP) install -q --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json scripts/vendor.mjs
	npm ci --silent --ignore-scripts --no-audit --no-fund
	node scripts/vendor.mjs
	@touch $@

$(FONTS)/.installed: node_modules/.installed .venv/.installed scripts/fonts.py
	$(BIN)/python scripts/fonts.py $(FONTS)
	@touch $@
