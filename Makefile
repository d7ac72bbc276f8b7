# Every target sets up what it needs by itself; `make help` lists them.

PYTHON ?= python3
KILLS ?= 300
ACCELERATOR ?= $(if $(shell command -v nvidia-smi),cuda,cpu)

UV_VERSION := 0.13.9
# Read for the weights that it carries, never imported: what it asks for besides has to be compiled, or is long gone.
WEIGHTS := resemblyzer==0.1.4
READY := .venv/ready-$(ACCELERATOR)

.PHONY: help rebuild-dataset check test test-slow soak benchmark lock
.SILENT:

help: ## List the targets
	sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

rebuild-dataset: $(READY) ## Rebuild and publish the dataset; CONFIG=settings.toml VERSION=1.2.0 ARGS="--dry-run"
	.venv/bin/curation rebuild $(if $(CONFIG),--config '$(CONFIG)') $(if $(VERSION),--version '$(VERSION)') $(ARGS)

check: $(READY) ## Check style, types and structure; changes nothing
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest -q tests/test_structure.py

test: $(READY) ## Run the quick tests; ARGS="tests/test_settings.py"
	.venv/bin/pytest -q --numprocesses=auto --dist=loadfile --no-loadscope-reorder $(ARGS)

test-slow: $(READY) ## Run the tests that take ten seconds or more each
	.venv/bin/pytest -q --numprocesses=auto --dist=load -m slow $(ARGS)

soak: $(READY) ## Run the long tests; KILLS=300 is how often a rebuild is killed
	CURATION_SOAK_KILLS='$(KILLS)' .venv/bin/pytest -q -m soak --timeout=0 $(ARGS)

benchmark: $(READY) ## Measure speed and memory beside their floor
	.venv/bin/python tests/benchmark.py $(ARGS)

lock: $(READY) ## Pin the newest versions that pyproject.toml allows, in constraints.txt
	.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra demonstration --extra dev --no-annotate \
		--custom-compile-command 'make lock' --output-file constraints.txt pyproject.toml

# Set-up ends by making the stamp, so an environment without it was left half made, or was made for
# another accelerator, and is made anew.
ifeq ($(ACCELERATOR),cuda)
PINS := -c constraints.txt
else ifeq ($(ACCELERATOR),cpu)
# uv reads none of pip's settings, so the places where pip finds wheels, if it has any, are handed to it.
PLACES := $${PIP_FIND_LINKS:-$$(.venv/bin/python -m pip config get global.find-links 2>/dev/null || \
	echo https://download.pytorch.org/whl/cpu/torch/)}
# An override does not lift a constraint, so the packages that constraints-cpu.txt names leave the list.
PINS := -c .venv/constraints.txt --overrides constraints-cpu.txt \
	$$(printf -- '--find-links %s ' $(PLACES))
else
$(error ACCELERATOR is '$(ACCELERATOR)'; it must be cpu or cuda)
endif

$(READY): pyproject.toml constraints.txt constraints-cpu.txt Makefile
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo 'set-up: $(PYTHON) must be Python 3.11 to 3.13; name one with PYTHON=python3.12' >&2; exit 1; }
	echo 'set-up: installing pinned packages for $(ACCELERATOR) in .venv; the first time takes minutes' >&2
	test -e $@ || $(PYTHON) -m venv --clear .venv
	rm -f .venv/ready-*
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	grep -vE "^($$(sed -nE 's/^([a-z]+)( |==).*/\1/p' constraints-cpu.txt | sort -u | paste -sd '|' -))==" constraints.txt \
		> .venv/constraints.txt
	.venv/bin/uv pip install --python .venv --quiet --compile-bytecode \
		--build-constraints constraints.txt $(PINS) --editable '.[demonstration,dev]'
	.venv/bin/uv pip install --python .venv --quiet --no-deps $(WEIGHTS)
	$(if $(filter cpu,$(ACCELERATOR)),rm -f .venv/lib/python3.*/site-packages/torchaudio/lib/*.so)
	touch $@
