# make = set up and run; make help lists the rest.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.installed
RAW := data/raw
PEERS := .venv-bench
CLUSTER := .venv-cluster
MUTANTS := .venv-mutants
# As many processes as cores, each with one thread and a file of tests at a time (their runs are made once a file).
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder
BENCH ?= --keep
SECONDS ?= 3600
PYTHONS ?= $(foreach v,3.11 3.12 3.13,$(shell command -v python$v))

.PHONY: results setup setup-cluster test test-all test-coverage test-faults test-fuzz test-machines test-mutants test-cluster check format bench bench-engine bench-load seal new bundle lock audit clean help
.DEFAULT_GOAL := results

results: setup  ## set up if need be, then run the whole workflow (the default)
	@$(VENV)/bin/snakemake

setup: $(READY)  ## make .venv from the hash-pinned requirements.lock

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.11 to 3.13 is needed; found: $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN) -c "import sysconfig; from pathlib import Path; \
		Path(sysconfig.get_path('purelib'), 'repool.pth').write_text(str(Path('workflow/scripts').resolve()))"
	@touch $@

test: setup  ## the tests (under 4 minutes)
	@$(PYTEST)

test-all: test  ## the tests, slow ones included
	@$(PYTEST) -m slow

test-coverage: setup  ## which lines and branches of the library all tests reach (at least 95 in 100)
	@$(RUN) -m coverage erase
	@$(subst $(RUN) -m pytest,$(RUN) -m coverage run -m pytest,$(PYTEST)) -m "not cluster"
	@$(RUN) -m coverage combine --quiet
	@$(RUN) -m coverage report

test-faults: setup  ## kill runs at 200 moments each and finish them, byte for byte (hours; docs/reliability.md)
	@$(RUN) tests/faults/killing.py
	@test ! -d ../shared/cochrane || $(RUN) tests/faults/killing.py --reviews 40 ../shared/cochrane/data-rows

test-fuzz: setup  ## fuzz every reader for an hour, or SECONDS=... (docs/reliability.md)
	@$(RUN) tests/fuzz/run.py --seconds $(SECONDS)

test-machines: setup  ## the same bytes from the other Pythons here, under other settings (docs/reliability.md)
	@$(RUN) tests/faults/machines.py $(PYTHONS)

test-mutants: $(MUTANTS)/.installed  ## change the engine in thousands of small ways; do the tests notice? (hours; docs/reliability.md)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(MUTANTS)/bin/python tests/mutants/mutants.py

test-cluster: setup-cluster  ## the same workflow on a real Slurm on this machine, byte for byte (docs/cluster.md)
	@$(RUN) -m pytest -m cluster tests/cluster

setup-cluster: $(CLUSTER)/.installed  ## what a Slurm cluster needs beyond setup, in .venv-cluster

# The packages of .venv and, apart, what would make every local start of Snakemake slower or what few need.
$(CLUSTER)/.installed $(MUTANTS)/.installed: .venv-%/.installed: requirements-%.lock $(READY)
	@$(RUN) -m venv --clear .venv-$*
	@.venv-$*/bin/python -c "import sys, sysconfig; from pathlib import Path; \
		Path(sysconfig.get_path('purelib'), 'repool.pth').write_text(f'import site; site.addsitedir({sys.argv[1]!r})')" \
		"$$($(RUN) -c "import sysconfig; print(sysconfig.get_path('purelib'))")"
	@.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-$*.lock
	@sed "1s|.*|#!$(CURDIR)/.venv-$*/bin/python|" $(VENV)/bin/snakemake > .venv-$*/bin/snakemake
	@chmod +x .venv-$*/bin/snakemake
	@touch $@

check: setup  ## lint, format and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/snakefmt --check Snakefile workflow/rules
	$(VENV)/bin/mypy

format: setup  ## format Python and Snakemake files
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	$(VENV)/bin/snakefmt Snakefile workflow/rules

bench: setup  ## measure: what a run costs against a one-job Snakemake workflow
	@$(RUN) bench/workflow.py

bench-engine: setup $(PEERS)/.installed  ## measure: the engine against its peers; BENCH=--quick for a look
	@$(RUN) bench/engine.py --peers $(PEERS)/bin/python $(BENCH)

bench-load: setup  ## measure: reviews far larger than any real one, step by step (hours)
	@$(RUN) bench/load.py

$(PEERS)/.installed: bench/peers.txt
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers.txt && touch $@ || \
		echo "PyMARE could not be installed and is left out"

new: setup  ## start a review: make new REVIEW=my-review
	@test -n "$(REVIEW)" || { echo "Say which: make new REVIEW=my-review"; exit 1; }
	@case "$(REVIEW)" in (*[!a-zA-Z0-9._-]*|[._-]*) echo "A name has letters, digits, . _ and -"; exit 1;; esac
	@test ! -e "$(RAW)/$(REVIEW)" || { echo "$(RAW)/$(REVIEW) is there already"; exit 1; }
	@cp -R docs/template "$(RAW)/$(REVIEW)"
	@$(RUN) workflow/scripts/seal.py "$(RAW)/$(REVIEW)"
	@echo "Fill in the files of $(RAW)/$(REVIEW), then: make seal REVIEW=$(REVIEW) && make"

seal: setup  ## seal a review's evidence on purpose: make seal REVIEW=my-review
	@test -n "$(REVIEW)" || { echo "Say which: make seal REVIEW=my-review"; exit 1; }
	@$(RUN) workflow/scripts/seal.py "$(RAW)/$(REVIEW)"

bundle: setup  ## pack a review's results to hand on: make bundle REVIEW=my-review
	@test -n "$(REVIEW)" || { echo "Say which: make bundle REVIEW=my-review"; exit 1; }
	@$(RUN) workflow/scripts/bundle.py "$(REVIEW)" results "$(RAW)"

lock:  ## renew requirements.lock for Python 3.11 to 3.13 on Linux and macOS
	@$(PYTHON) -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet uv
	@.venv-lock/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--upgrade --generate-hashes --no-annotate --no-header --quiet --output-file requirements.lock
	@for apart in cluster mutants; do \
		.venv-lock/bin/uv pip compile requirements-$$apart.txt --constraints requirements.lock --universal --python-version 3.11 \
		--upgrade --generate-hashes --no-annotate --no-header --quiet --output-file requirements-$$apart.lock || exit 1; done
	@rm -r .venv-lock

audit:  ## ask the public advisory database about every pinned package (needs the network; docs/dependencies.md)
	@$(PYTHON) -m venv --clear .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@.venv-audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
		-r requirements.lock -r requirements-cluster.lock -r requirements-mutants.lock || \
		{ echo "A package is vulnerable, or the database was not reached: see above"; exit 1; }
	@rm -r .venv-audit

clean:  ## remove results and what Snakemake remembers of them
	@find results -mindepth 1 ! -name README.md -delete
	@rm -rf .snakemake

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-13s %s\n", $$1, $$2}'
