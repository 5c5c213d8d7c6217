# make demo: mattes the demo shot into build/demo. make test: every check, pytest's summary last.
# Each makes the virtual environment that it needs from a bare Python 3.11.
PYTHON ?= python3
VENV := build/venv
BIN := $(VENV)/bin
TORCH := torch==2.14.1 torchvision==0.29.1

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

$(VENV)/.demo: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --editable '.[dev,training,farm]'
	touch $@
