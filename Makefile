# Everything a newcomer types. Needs Python 3.11 and make; brings uv and the dependencies itself.
SHELL := /bin/sh
PYTHON := .venv/bin/python
INTERPRETER := $(shell command -v python3.11 || command -v python3)
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .uv/bin/uv)
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/django.po)
MESSAGES := $(CATALOGUES:.po=.mo)
SOURCES := config observers results aggregation tallies accounts stations audit verifier witness tests $(wildcard bench) manage.py
export UV_LINK_MODE ?= copy
# Ten seconds once: each of the system's processes starts in half the time, wherever Python writes no bytecode itself.
export UV_COMPILE_BYTECODE ?= 1

.PHONY: demo test check fix bench .venv
.DEFAULT_GOAL := demo

.venv: .venv/installed

.venv/installed: uv.lock pyproject.toml
	@if ! $(UV) --version >/dev/null 2>&1; then $(INTERPRETER) -m venv .uv && .uv/bin/python -m pip install --quiet uv; fi
	$(UV) sync --frozen
	@touch $@

$(MESSAGES): %.mo: %.po | .venv/installed
	@$(PYTHON) manage.py compile_messages

# The whole system on this machine, and the night played through it. ARGS="--once --fraction 0.1" and the like.
demo: .venv/installed $(MESSAGES)
	$(PYTHON) manage.py demo $(ARGS)

# On real servers, both cores. ARGS="tests/tallies -k correction" narrows it.
test: .venv/installed $(MESSAGES)
	$(PYTHON) -m pytest -n 2 $(ARGS)

# Changes nothing: says what is not in order.
check: .venv/installed $(MESSAGES)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy $(SOURCES)
	.venv/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check_translations

fix: .venv/installed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	$(PYTHON) manage.py check_translations --update

bench: .venv/installed $(MESSAGES)
	$(PYTHON) -m bench $(ARGS)
