# make demo: mattes the demo shot into build/demo. make test: every check, pytest's summary last.
# Each makes the virtual environment that it needs from a bare Python 3.11.
PYTHON ?= python3
VENV := build/venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

export QT_QPA_PLATFORM ?= offscreen

.PHONY: demo test lint

demo: $(VENV)/.demo
	$(BIN)/python -m stfam.plugin.demo --out build/demo

test: $(VENV)/.test lint
	$(BIN)/python -m pytest -q

lint: $(VENV)/.test build/typing/stfam
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

build/typing/stfam:
	mkdir -p build/typing
	ln -sfn ../.. build/typing/stfam

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: setup.cfg pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.demo
	$(PIP) --editable '.[dev,training,farm]'
	touch $@
