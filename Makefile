# make demo, make test: the two commands of the README. Everything lives in .venv; nothing outside it is touched.

SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test install check bench model lock samples docs fuzz clean reproduce notebooks

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .venv/demo.stamp  ## set up and classify the sample audit log
	$(BIN)/ttpline classify samples/audit.log --to table

test: .venv/dev.stamp  ## set up and run every test that needs no accelerator
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

install: .venv/all.stamp  ## only the environment, all extras

check: .venv/dev.stamp  ## linters, types, import rules, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry src

bench: .venv/dev.stamp  ## benchmarks as same-run ratios, to benchmarks/results/*.json
	$(BIN)/python -m benchmarks

model: .venv/dev.stamp  ## rebuild the built-in model from ../shared/data
	$(BIN)/python scripts/build_model.py

reproduce: .venv/all.stamp  ## the published study again: on its table where that is, else on the commands that are here
	$(BIN)/python scripts/reproduce.py $(ARGS)

notebooks: .venv/dev.stamp  ## run notebooks/ in place
	$(BIN)/python scripts/build_notebooks.py

samples: .venv/dev.stamp  ## rebuild samples/ from its scenario
	$(BIN)/python scripts/build_samples.py

docs: .venv/dev.stamp  ## refresh generated documentation
	$(BIN)/python scripts/build_docs.py
	$(BIN)/python scripts/build_figures.py
	$(BIN)/python scripts/build_picture.py

lock: .venv/dev.stamp  ## write requirements/*.txt anew from pyproject.toml
	$(BIN)/python scripts/lock.py

fuzz: .venv/dev.stamp  ## fuzz every log reader for a minute; what breaks one stays in tests/cases/fuzz
	$(BIN)/python scripts/fuzz_readers.py --seconds 60

clean:  ## remove the environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One environment, three sizes; each stamp depends on the lock it was made from.
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "ttpline needs Python 3.11, 3.12 or 3.13; make PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv .venv || { echo "no venv module: on Debian, apt install python3-venv" >&2; rm -rf .venv; exit 2; }

define install_locked
	$(PIP) install --require-hashes --only-binary :all: --requirement requirements/$(1).txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
endef

# The CPU build of torch, where a folder of wheels has it; nothing is downloaded for it.
define install_torch
	$(PIP) install --no-index --no-deps --require-hashes --requirement requirements/torch-cpu.txt 2>/dev/null \
		|| echo "no CPU build of torch at hand: 'train lstm' needs pip install 'ttpline[deep]', its tests are skipped"
endef

.venv/demo.stamp: requirements/demo.txt pyproject.toml | .venv/bin/python
	$(call install_locked,demo)

.venv/all.stamp: requirements/all.txt pyproject.toml | .venv/bin/python
	$(call install_torch)
	$(call install_locked,all)
	@touch .venv/demo.stamp

.venv/dev.stamp: requirements/dev.txt pyproject.toml | .venv/bin/python
	$(call install_torch)
	$(call install_locked,dev)
	@touch .venv/demo.stamp .venv/all.stamp
