# make demo   sets up and runs the main job on the real documents in fixtures/
# make quick  the core's tests, for who changes a rule
# make test   sets up and passes the tests
# make check  the tests with coverage, types, lint
# make site   the documents as a site, in build/site/html; make release  the distributions, in dist/
# make conform  the conformance kit on itself: corpus, faulty implementations, JavaScript
# Needs Python >= 3.11 with pip, and make. Everything else goes into .venv.
#
# Nothing that installs resolves: what goes in is in a lock, whole and by hash, and comes as wheels,
# for building one from source would resolve as well. tests/setup looks at every such line.

PYTHON ?= python3
VENV ?= .venv
PARTS ?=
PYTHONS ?=
BIN := $(VENV)/bin
# A lock of pip itself, to set up with another one than Python brings along.
PIP_LOCK ?=
# What the package runs with; with what its checks need on top; with mutmut, or playwright, on top.
READY := $(VENV)/.ready
CHECKS := $(VENV)/.checks
MUTMUT := $(VENV)/.mutmut
BROWSER := $(VENV)/.browser
FOREIGN := build/mutation-foreign
STRYKER := $(FOREIGN)/tool/.ready
SITE := $(VENV)/.site
RELEASE := $(VENV)/.release
SOURCES := $(wildcard $(foreach depth,*.py */*.py */*/*.py,$(addsuffix /$(depth),merge canon crypto fixtures)))
QUICK := tests/canon tests/crypto $(filter-out %/test_laws.py %/test_agreement.py %/test_strategies.py,$(wildcard tests/core/test_*.py))
PUBLISHED := fixtures/published
CORE_FILES := canon/* crypto/* merge/core/*
comma := ,
CORE := $(subst $() $(),$(comma),$(strip $(CORE_FILES)))

# pip says on its standard output what is missing.
LACKS_NOTHING = $(BIN)/python -m pip check > $(VENV)/check.log || { cat $(VENV)/check.log; exit 1; }

.PHONY: setup setup-mutation setup-mutation-foreign setup-browser demo site release quick test check conform types lint coverage mutate mutate-foreign bench fixtures lock clean

setup: $(CHECKS)

setup-mutation: $(MUTMUT)

# What writes the mutants of the JavaScript implementation. Needs node and npm.
setup-mutation-foreign: $(STRYKER)

# What drives a browser, for the tests of pages; the browser itself is the machine's.
setup-browser: $(BROWSER)

$(VENV)/.locked: requirements/run.lock $(PIP_LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pithmerge needs Python 3.11 or later; name one with make PYTHON=…")'
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
ifneq ($(PIP_LOCK),)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r $(PIP_LOCK)
endif
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements/run.lock
	@touch $@

# A strict editable install links every file, so that type checkers see the package as installed.
$(READY): $(VENV)/.locked pyproject.toml $(SOURCES)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--config-settings editable_mode=strict --editable . 2> $(VENV)/install.log \
		|| { cat $(VENV)/install.log; exit 1; }
	@$(LACKS_NOTHING)
	@touch $@

# Into the same place: one package installed once, and it is tried with the very files that it runs with.
$(VENV)/.checks-locked: requirements/check.lock $(VENV)/.locked
	@echo "adding what the checks need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements/check.lock
	@touch $@

$(CHECKS): $(VENV)/.checks-locked $(READY)
	@$(LACKS_NOTHING)
	@touch $@

$(MUTMUT): requirements/mutation.lock $(CHECKS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements/mutation.lock
	@$(LACKS_NOTHING)
	@touch $@

$(BROWSER): requirements/browser.lock $(CHECKS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements/browser.lock
	@$(LACKS_NOTHING)
	@touch $@

$(SITE): requirements/site.lock $(CHECKS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements/site.lock
	@$(LACKS_NOTHING)
	@touch $@

$(RELEASE): requirements/release.lock $(CHECKS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r requirements/release.lock
	@$(LACKS_NOTHING)
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
	$(BIN)/pithmerge verify $(PUBLISHED)/*.json
	@echo
	@echo "== One paper from two mirrors that were built at different dates: a fork, shown"
	$(BIN)/pithmerge merge --key fixtures/synthetic/keyring.json fixtures/synthetic/bundle-fork.json -o $(VENV)/state.json
	@echo
	@echo "== The fork, proven to whoever has the signer's key"
	$(BIN)/pithmerge evidence --key fixtures/synthetic/keyring.json fixtures/synthetic/bundle-fork.json -o $(VENV)/evidence.json
	$(BIN)/pithmerge verify --key fixtures/synthetic/keyring.json $(VENV)/evidence.json

# The zoo takes its time; it is part of make conform. Who is done takes tests from the end of another's
# list, so that tests of one module, and what is set up for them, mostly stay in one process.
PYTEST := -m pytest -q -n auto --dist worksteal --ignore=tests/zoo
JAVASCRIPT := node merge/web/pithmerge.mjs

quick: $(CHECKS)
	$(BIN)/python $(PYTEST) $(QUICK)

test: $(CHECKS)
	$(BIN)/python $(PYTEST)

check: lint types coverage

types: $(CHECKS)
	$(BIN)/python -m mypy

lint: $(CHECKS)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

coverage: $(CHECKS)
	$(BIN)/python $(PYTEST) --cov=pithmerge --cov-branch --cov-report=
	$(BIN)/python -m coverage report --skip-covered
	@echo "== the core: 100 % of its branches"
	$(BIN)/python -m coverage report --include='$(CORE)' --fail-under=100

# Takes most of an hour, so it is no part of check; PARTS="canon crypto" are the quick parts. What
# mutmut says goes into a log.
mutate: $(MUTMUT)
	@rm -rf build/mutation
	$(BIN)/python tests/mutation/stage.py build/mutation $(PARTS)
	@for folder in build/mutation/*/; do \
		echo "mutating $$(basename $$folder)"; \
		(cd $$folder && $(abspath $(BIN))/mutmut run > mutmut.log 2>&1) \
			|| { tail -c 4000 $$folder/mutmut.log; exit 1; }; \
	done
	$(BIN)/python tests/mutation/report.py build/mutation

# In a folder of its own, by a lock with hashes; nothing that it brings is run but by node instrument.mjs.
$(STRYKER): $(wildcard tests/mutation/foreign/*.json)
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Takes hours, so it is no part of check either; PARTS="order.mjs state.mjs" are these modules alone.
mutate-foreign: $(CHECKS) $(STRYKER)
	@rm -rf $(FOREIGN)/web
	@cp tests/mutation/foreign/*.mjs $(FOREIGN)/tool
	node $(FOREIGN)/tool/instrument.mjs merge/web $(FOREIGN)/web
	$(BIN)/python -m tests.mutation.foreign $(FOREIGN) $(PARTS)

conform: $(CHECKS)
	@echo "== the corpus, against the reference behind its pipe"
	$(BIN)/pithmerge conform run --impl "$(BIN)/python -m pithmerge.conformance.reference"
	@echo "== the executable specification, against the same"
	$(BIN)/pithmerge conform run --impl pithmerge.spec
	@echo "== the zoo: faulty implementations that the kit has to notice"
	$(BIN)/python -m pytest -q -s tests/zoo/test_zoo.py
	@echo "== an implementation in JavaScript, written from SPEC.md alone"
	@if command -v node > /dev/null; then set -ex; \
		$(BIN)/pithmerge conform run --impl "$(JAVASCRIPT)"; \
		$(BIN)/pithmerge conform hunt --impl "$(JAVASCRIPT)" --max-examples 2000 --seed 1 --save $(VENV); \
	else echo "skipped: there is no node on this machine"; test -z "$$PITHMERGE_ALL_TOOLS"; fi
	@echo "== the same in a browser's own engine"
	@if test -e $(BROWSER); then set -ex; \
		$(BIN)/pithmerge conform run --impl "$(BIN)/python -m tests.web.engine"; \
		$(BIN)/pithmerge conform hunt --impl "$(BIN)/python -m tests.web.engine" --max-examples 300 --seed 2; \
	else echo "skipped: make setup-browser"; test -z "$$PITHMERGE_ALL_TOOLS"; fi

# Every command in it is run, and every notebook: what has rotted ends it.
site: $(SITE)
	$(BIN)/python -m docs.site.build build/site

# What is committed, built twice to the same bytes, checked, and tried by each Python that there is
# (PYTHONS="/opt/python3.14/bin/python" are more of them); nothing is uploaded.
release: $(RELEASE)
	$(BIN)/python .ci/release.py dist $(PYTHONS)

bench: $(CHECKS)
	$(BIN)/python -m benchmarks.run

fixtures: $(CHECKS)
	$(BIN)/python -m fixtures.generators.make_synthetic fixtures/synthetic
	$(BIN)/python -m fixtures.generators.conformance.make_corpus fixtures/conformance

# Needs uv. Writes the locks anew, for all Pythons and platforms: with what pyproject.toml and *.in
# have changed, or with the newest of everything (UPGRADE=--upgrade). The smaller lock binds the larger.
UPGRADE ?=
COMPILE := uv pip compile --quiet --no-header --universal --python-version 3.11 --no-build --generate-hashes
lock:
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in -o requirements/run.lock
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in --extra dev --extra bench \
		-c requirements/run.lock -o requirements/check.lock
	$(COMPILE) $(UPGRADE) requirements/mutation.in -c requirements/check.lock -o requirements/mutation.lock
	$(COMPILE) $(UPGRADE) requirements/browser.in -c requirements/check.lock -o requirements/browser.lock
	$(COMPILE) $(UPGRADE) requirements/site.in -c requirements/check.lock -o requirements/site.lock
	$(COMPILE) $(UPGRADE) requirements/release.in -c requirements/check.lock -o requirements/release.lock

clean:
	rm -rf $(VENV) build *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
