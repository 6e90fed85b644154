# Two commands are the whole set-up: `make demo` and `make test`. Everything else is for working on stillreel.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q -q --constraint constraints.txt
MADE_FROM := pyproject.toml constraints.txt

.PHONY: demo stop test check format mutants constraints clean

demo: .venv/.demo-ready  ## a shot from prompt to archived clip, with nothing but this machine
	@$(BIN)/python -m deployments.demo

stop:  ## ends what `DEMO_KEEP=1 make demo` left running
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m deployments.demo --stop; fi

test: check  ## style, types and every test, two at a time; ARGS='-k name' picks some
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/.test-ready  ## style and types alone
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy -p stillreel -p tasks -p flows -p deployments -p benchmarks

format: .venv/.test-ready  ## what the formatter and the linter can mend themselves
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

mutants: .venv/.test-ready  ## each safety mechanism switched off: do its tests notice? ARGS='lease' picks some
	@$(BIN)/python -m tests.mutants $(ARGS)

constraints:  ## the newest versions that pyproject.toml allows, written to constraints.txt
	@rm -rf .demo/constraints && mkdir -p .demo && $(PYTHON) -m venv .demo/constraints
	@.demo/constraints/bin/python -m pip --disable-pip-version-check install -q -q '.[test]'
	@grep '^#' constraints.txt > .demo/constraints.txt
	@.demo/constraints/bin/python -m pip freeze --exclude stillreel >> .demo/constraints.txt
	@mv .demo/constraints.txt constraints.txt && rm -rf .demo/constraints

clean: stop  ## everything that make has made, the demo's archive included
	@rm -rf .venv .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "stillreel needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "This Python can't make virtual environments; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

# Installing again where all is there takes seconds; a changed pyproject.toml or pin asks for it.
.venv/.demo-ready: $(MADE_FROM) | $(BIN)/python
	@echo "Setting up .venv; the first time takes a minute or two."
	@$(PIP) --editable .
	@touch $@

.venv/.test-ready: $(MADE_FROM) | $(BIN)/python
	@echo "Setting up .venv with what the tests need; the first time takes a minute or two."
	@$(PIP) --editable '.[test]'
	@touch .venv/.demo-ready $@
