# make demo   analyse the example lift and say where its report is
# make test   the test suite              make lint   style, types, import rules
# make check  lint, and the tests of what has changed     make real   tests on all real clips
# make docs   the documentation           make clean  what can be made again
# make audit  the pins against published advisories
# make serve  the web app                 make screenshots  a picture of each of its pages
# make architecture  docs/architecture.md from the imports      make release  cut a version

# python3 where that is 3.11 or 3.12, else one of those where it is installed.
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null \
	&& { echo "$$p"; exit; }; done; echo python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q -c constraints.txt
EXAMPLE := examples/top_tuck_and_wink.mp4
RESULTS := backline_results

.PHONY: help demo serve screenshots test real check lint style types imports docs architecture \
	audit release clean

help:
	@sed -n 's/^# //p' Makefile | head -7

demo: .venv/.core
	$(BIN)/backline analyze $(EXAMPLE) --out $(RESULTS)
	@echo "Open this page in a browser: $(RESULTS)/$(basename $(notdir $(EXAMPLE)))/report.html"
	@echo "Your own lift, in a browser: make serve"

serve: .venv/.core
	$(PIP) -e '.[web]'
	$(BIN)/backline serve

screenshots: .venv/.dev
	$(BIN)/python tools/screenshots.py

# Files of tests go to one process a core; each works on one thread, so that they share the cores.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q --durations=20
PARALLEL := -n logical --maxprocesses=4 --no-loadscope-reorder

test: .venv/.dev
	$(PYTEST) $(PARALLEL) -m "not real"

real: .venv/.dev
	BACKLINE_REQUIRE_SHARED=1 $(PYTEST) $(PARALLEL) -m real

check: .venv/.dev lint
	@changed=$$($(BIN)/python tools/changed_tests.py) && \
	if [ -n "$$changed" ]; then $(PYTEST) -m "not real" $$changed; else echo "no test of what has changed"; fi

lint: style types imports

style: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy --strict src

imports: .venv/.dev
	$(BIN)/lint-imports

# --strict, since a package that the database does not know would be passed over in silence.
audit:
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip --disable-pip-version-check install -q pip-audit
	.venv/audit/bin/pip-audit --strict -s osv -r constraints.txt --no-deps --disable-pip

docs: .venv/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir site

architecture: .venv/.dev
	$(BIN)/python tools/architecture.py

# VERSION=X.Y.Z names the version, DRY_RUN=1 only says what would be done.
release: .venv/.dev
	$(BIN)/python tools/release.py $(if $(VERSION),--version $(VERSION)) $(if $(DRY_RUN),--dry-run)

.venv/.made:
	@$(PYTHON) tools/preflight.py
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.core: .venv/.made pyproject.toml constraints.txt
	@$(BIN)/python tools/preflight.py
	$(PIP) -e .
	@touch $@

.venv/.dev: .venv/.made pyproject.toml constraints.txt
	@$(BIN)/python tools/preflight.py
	$(PIP) -e '.[cluster,dev,phantom]'
	@touch .venv/.core $@

clean:
	rm -rf .venv site build dist $(RESULTS) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
