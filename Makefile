# make demo   sets up and runs the main job on the real documents in fixtures/
# make test   sets up and passes the tests
# make check  the tests with coverage, types, lint
# make conform  the conformance kit on itself: corpus, faulty implementations, JavaScript
# Needs Python >= 3.11 with pip, and make. Everything else goes into .venv.

PYTHON ?= python3
VENV ?= .venv
PARTS ?=
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SOURCES := $(wildcard merge/*.py merge/*/*.py merge/*/*/*.py canon/*.py crypto/*.py fixtures/*.py fixtures/*/*.py fixtures/*/*/*.py)
PUBLISHED := fixtures/published
CORE_FILES := canon/* crypto/* merge/core/*
comma := ,
CORE := $(subst $() $(),$(comma),$(strip $(CORE_FILES)))

.PHONY: setup demo test check conform types lint coverage mutate bench fixtures lock clean

setup: $(READY)

$(VENV)/.locked: requirements/dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pithmerge needs Python 3.11 or later; name one with make PYTHON=…")'
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

# A strict editable install links every file, so that type checkers see the package as installed.
$(READY): $(VENV)/.locked pyproject.toml $(SOURCES)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--config-settings editable_mode=strict --editable . 2> $(VENV)/install.log \
		|| { cat $(VENV)/install.log; exit 1; }
	@touch $@

demo: $(READY)
	@echo "== The registry's own bundle: every statement in it, checked"
	$(BIN)/pithmerge verify $(PUBLISHED)/bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json
	@echo
	@echo "== Its state, merged anew from its two signed events, is in the bundle byte for byte"
	$(BIN)/pithmerge merge $(PUBLISHED)/bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json -o $(VENV)/state.json
	grep --count --fixed-strings --file=$(VENV)/state.json $(PUBLISHED)/bundle-X5HLR35ABEVRWIQTMZXKSPXDDP.json
	@echo
	@echo "== A state that stands alone: its events rebuilt, merged, and compared with the document"
	$(BIN)/pithmerge events $(PUBLISHED)/state-22M3HBJ4ANVNJTN56RI73FO4HC.json \
		| $(BIN)/pithmerge merge --without-signature-checks - \
		| cmp - $(PUBLISHED)/state-22M3HBJ4ANVNJTN56RI73FO4HC.json
	@echo
	@echo "== All the published documents"
	$(BIN)/pithmerge verify $(PUBLISHED)
	@echo
	@echo "== One paper from two mirrors that were built at different dates: a fork, shown"
	$(BIN)/pithmerge merge --key fixtures/synthetic/keyring.json fixtures/synthetic/bundle-fork.json -o $(VENV)/state.json

# The zoo takes its time; it is part of make conform.
PYTEST := -m pytest -q -n auto --ignore=tests/zoo
JAVASCRIPT := node tests/foreign/js/pithmerge.mjs

test: $(READY)
	$(BIN)/python $(PYTEST)

check: lint types coverage

types: $(READY)
	$(BIN)/python -m mypy

lint: $(READY)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

coverage: $(READY)
	$(BIN)/python $(PYTEST) --cov=pithmerge --cov-branch --cov-report=
	$(BIN)/python -m coverage report --skip-covered
	@echo "== the core: 100 % of its branches"
	$(BIN)/python -m coverage report --include='$(CORE)' --fail-under=100

# Takes most of an hour, so it is no part of check; PARTS="canon crypto" are the quick parts. What
# mutmut says goes into a log.
mutate: $(VENV)/.mutmut
	@rm -rf build/mutation
	$(BIN)/python tests/mutation/stage.py build/mutation $(PARTS)
	@for folder in build/mutation/*/; do \
		echo "mutating $$(basename $$folder)"; \
		(cd $$folder && $(abspath $(BIN))/mutmut run > mutmut.log 2>&1) \
			|| { tail -c 4000 $$folder/mutmut.log; exit 1; }; \
	done
	$(BIN)/python tests/mutation/report.py build/mutation

$(VENV)/.mutmut: requirements/mutation.txt $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

conform: $(READY)
	@echo "== the corpus, against the reference behind its pipe"
	$(BIN)/pithmerge conform run --impl "$(BIN)/python -m pithmerge.conformance.reference"
	@echo "== the zoo: faulty implementations that the kit has to notice"
	$(BIN)/python -m pytest -q -s tests/zoo/test_zoo.py
	@echo "== an implementation in JavaScript, written from SPEC.md alone"
	@if command -v node > /dev/null; then set -ex; \
		$(BIN)/pithmerge conform run --impl "$(JAVASCRIPT)"; \
		$(BIN)/pithmerge conform hunt --impl "$(JAVASCRIPT)" --max-examples 2000 --seed 1 --save $(VENV); \
	else echo "skipped: there is no node on this machine"; fi

bench: $(READY)
	$(BIN)/python -m benchmarks.run

fixtures: $(READY)
	$(BIN)/python -m pithmerge.fixtures.make_synthetic fixtures/synthetic
	$(BIN)/python -m pithmerge.fixtures.conformance.make_corpus fixtures/conformance

# Needs uv. Writes the exact versions and hashes that the checks run with.
lock:
	uv pip compile --quiet pyproject.toml requirements/build.in --extra dev --extra bench \
		--universal --python-version 3.11 --generate-hashes --no-header -o requirements/dev.lock

clean:
	rm -rf $(VENV) build *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
