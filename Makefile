# Socio. `make start` starts the app, `make test` runs everything that CI runs; both work from nothing and again.
# Nothing here touches the system's Python: all packages live in .venv.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# A stamp's name holds its requirements' checksum, so that changed requirements are installed anew.
checksum = $(shell cat $(1) | cksum | tr ' ' '-')
RUN := $(VENV)/run-$(call checksum,requirements.txt)
DEV := $(VENV)/dev-$(call checksum,requirements.txt requirements-dev.txt)
# Tests in parallel, a file at a time; `make pytest PYTEST_ARGS="-k pot"` for some of them.
PYTEST_ARGS ?= -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help start test lint types layers pytest browser java words pins benchmark evidence clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

start: $(RUN) ## start the app on http://127.0.0.1:8501, this computer only
	$(BIN)/streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT)

test: $(DEV) browser java lint types layers pytest ## install what the tests need and run everything that CI runs

lint: $(DEV) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV) ## types
	$(BIN)/mypy

layers: $(DEV) ## which module may import which
	$(BIN)/lint-imports --no-logo

pytest: $(DEV) ## the tests alone
	$(BIN)/python -m pytest $(PYTEST_ARGS)

browser: ## see that there is a browser for the tests; on Debian and Ubuntu install it
	@sh .ci/browser

java: ## see that there is a Java for the tests of PySpark; on Debian and Ubuntu install it
	@sh .ci/java

words: $(DEV) ## bring the texts of the code into the Swedish catalogue
	@mkdir -p build
	$(BIN)/pybabel --quiet extract --keyword words --no-location --no-wrap --sort-output --project socio \
		--output build/socio.pot $(wildcard socio pages app.py)
	$(BIN)/pybabel --quiet update --locale sv --domain socio --input-file build/socio.pot --output-dir socio/locale \
		--no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

pins: ## pin the packages anew after a change in pyproject.toml
	$(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

COMPILE := CUSTOM_COMPILE_COMMAND="make pins" build/pins/bin/pip-compile --quiet --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

benchmark: $(DEV) browser ## measure speed against rivals in the same run
	$(BIN)/python -m benchmarks.run

evidence: $(DEV) browser ## make the pictures and tables in docs/evidence anew
	$(BIN)/python -m benchmarks.evidence

clean: ## remove what was installed and made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(RUN): | $(BIN)/python
	$(PIP) --requirement requirements.txt
	@rm -f $(VENV)/run-* && touch $@

$(DEV): $(RUN)
	$(PIP) --requirement requirements-dev.txt
	@rm -f $(VENV)/dev-* && touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Socio needs Python 3.11 or later; $(PYTHON) is older or not there." \
			"Name another with: make start PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python lacks the module venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
