# make demo: mattes the demo shot into build/demo. make test: every check, pytest's summary last.
# make extension: the Blender extension in build/, checked by Blender's own validator.
# Each makes the virtual environment that it needs from a bare Python 3.11.
PYTHON ?= python3
VENV := build/venv
BIN := $(VENV)/bin
BPY ?= 5.0.1
BLENDER_VENV := build/venv-bpy$(if $(filter-out 5.0.1,$(BPY)),-$(BPY))
BLENDER_EXT = $(wildcard $(BLENDER_VENV)/lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Files of tests in two processes; not those of few tests last, as it would be otherwise: they are the long ones.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder

export QT_QPA_PLATFORM ?= offscreen

.PHONY: demo test test-blender lint extension

demo: $(VENV)/.demo
	$(BIN)/python -m stfam.plugin.demo --out build/demo

test: $(VENV)/.test lint test-blender
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE)

# In the real Blender, whose environment is apart; the worker runs in ours. `BPY=4.2.23` tests in that one.
test-blender: $(VENV)/.test $(BLENDER_VENV)/.done build/typing/stfam
	STFAM_ENV="$(CURDIR)/$(VENV)" PYTHONPATH=build/typing $(BLENDER_VENV)/bin/python -m pytest -q \
	    $(SIDE_BY_SIDE) -o filterwarnings=error tests/plugin/blender_host

extension: $(VENV)/.demo $(BLENDER_VENV)/.done
	rm -rf build/extension build/stfam-[0-9]*.zip
	$(BIN)/python -m stfam.plugin.installing.blender_extension build/extension
	$(BLENDER_VENV)/bin/python $(BLENDER_EXT) build --valid-tags "" --source-dir build/extension --output-dir build
	$(BLENDER_VENV)/bin/python $(BLENDER_EXT) validate --valid-tags "" build/stfam-[0-9]*.zip

lint: $(VENV)/.test build/typing/stfam
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

build/typing/stfam:
	mkdir -p build/typing
	ln -sfn ../.. build/typing/stfam

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(BLENDER_VENV)/.done: tests/plugin/blender_host/requirements.txt
	$(PYTHON) -m venv $(BLENDER_VENV)
	$(BLENDER_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $< bpy==$(BPY)
	touch $@

$(VENV)/.demo: setup.cfg pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.demo
	$(PIP) --editable '.[dev,training,farm]'
	touch $@
