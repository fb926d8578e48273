# The words to know; `make` alone explains them. With another Python: make run PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
EMBEDDED := $(BIN)/python -m embedded
INSTALL := $(PYTHON) -m embedded.install
CHOSEN := $(if $(filter file,$(origin PYTHON)),,--this-python)

.DEFAULT_GOAL := help
.PHONY: help run stop test check checks bench reset
.SILENT:

help:
	echo "make run      start everything: database, Redis, web, worker, clock; prints the address"
	echo "make stop     end what make run started (Ctrl-C there does the same)"
	echo "make test     run the tests on servers of their own; ARGS=... goes to pytest"
	echo "make check    look for mistakes: format, lint, types, imports, migrations, settings"
	echo "make bench    measure; ONLY=prefix measures a part"
	echo "make reset    delete all data of make run, after asking"

run:
	$(INSTALL) run $(CHOSEN)
	$(EMBEDDED) run

stop reset:
	if [ -x $(BIN)/python ]; then $(EMBEDDED) $@; else echo "There is nothing to $@."; fi

test:
	$(INSTALL) dev $(CHOSEN)
	$(EMBEDDED) test -- python -m pytest $(ARGS)

bench:
	$(INSTALL) dev $(CHOSEN)
	$(EMBEDDED) test --durable -- python -m benchmarks

check:
	$(INSTALL) dev $(CHOSEN)
	$(EMBEDDED) test -- $(MAKE) --no-print-directory checks

# The parts of `check`, with a database at hand.
checks:
	echo "format";     python -m ruff format --quiet --check .
	echo "lint";       python -m ruff check --quiet .
	echo "types";      python -m mypy --no-error-summary .
	echo "imports";    lint-imports --no-logo
	echo "migrations"; python manage.py makemigrations --check --dry-run
	echo "settings";   python manage.py check
