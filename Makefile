# make explore   JupyterLab with the map app open          make app     the map app as a page of its own (Voila)
# make test      the whole test suite                      make lint    style, types, import order
# make docs      the documentation as a site in site/, which opens without a server
# make clean     caches and build leftovers (not .venv)
#
# Each needs nothing beforehand but Python 3.11 or newer, and sets up .venv by itself. Variables:
#   PYTHON=python3.12     the Python that .venv is made from      PORT=8899    the server's port (8888, or the next free one)
#   IP=0.0.0.0            the address that is listened on: needed to reach it from outside a container
#   FILES=my-files        the folder that the files of `make app` are kept in, and nowhere else
# On Linux torch comes with CUDA, some gigabytes. Without a GPU, this saves the download:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make explore

RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
                      $$p -c '$(RECENT)' 2> /dev/null && echo $$p && break; done)
PORT ?= 8888
IP ?= 127.0.0.1
FILES ?= $(CURDIR)/app-files

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check
TORCH := $(shell grep '^torch==' constraints.txt)
# Each process gets the tests of whole files: a browser's server, or a trained model, is made once a file. There is one more than
# there are processors, as tests in the browser wait for it half of their time, as far as there is memory: some 3 GiB each.
PROCESSES = $(shell $(BIN)/python -c 'import psutil as p; print(max(1, min(p.cpu_count() + 1, (p.virtual_memory().total >> 30) // 3)))')
# Tests start some hundred processes, of which each would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE
PYTEST_ARGS ?= --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

# A copied or moved .venv points to where it was made, with its scripts and with the spexlab that it imports: it is made anew.
MADE_AT := $(shell sed -n 's/^command = .* -m venv //p' .venv/pyvenv.cfg 2> /dev/null)
ifneq ($(MADE_AT),)
ifneq ($(MADE_AT),$(CURDIR)/.venv)
$(info .venv was made at $(MADE_AT); making it anew here ...)
REMOVED := $(shell rm -rf .venv)
endif
endif

.PHONY: explore app test lint docs clean
.DELETE_ON_ERROR:

explore: .venv/.explore
	@echo "Starting JupyterLab (Control-C stops it). If no browser opens, open the address below yourself, token and all."
	@JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" $(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --ServerApp.ip=$(IP) \
	    --ServerApp.port=$(PORT) $(if $(filter file,$(origin PORT)),,--ServerApp.port_retries=0)

app: .venv/.app
	@echo "Starting Voila (Control-C stops it). If no browser opens, open the address below yourself, token and all."
	@mkdir -p "$(FILES)" && files="$$(cd "$(FILES)" && pwd)" \
	    && echo "What people save in the app goes to $$files, and nowhere else." \
	    && SPEXLAB_FILES="$$files" JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" JUPYTER_PATH="$(CURDIR)/.jupyter/share" \
	    $(BIN)/voila notebooks/00_app.ipynb \
	    --Voila.ip=$(IP) --Voila.port=$(PORT) $(if $(filter file,$(origin PORT)),,--Voila.port_retries=0)

test: .venv/.test lint
	@$(BIN)/python scripts/browser.py
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify notebooks/*.ipynb

# The theme would print that its successor is in the making, on every build.
docs: .venv/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir site
	@echo "The documentation is in $(CURDIR)/site/index.html"

clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist site *.egg-info
	find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

# A stamp stands for what is installed; it ages when the pins or the dependencies change.
.venv/.explore .venv/.app .venv/.test .venv/.docs: .venv/.%: .venv/.torch constraints.txt pyproject.toml
	@echo "Installing spexlab[$*] and what it needs (a minute or two the first time) ..."
	@$(PIP) --quiet --editable ".[$*]" --constraint constraints.txt
	@touch $@

# torch for CUDA brings the Triton that it needs. Where there is none, tests run the kernels in its interpreter.
.venv/.test: .venv/.triton
.venv/.triton: .venv/.torch
	@[ "$$(uname -sm)" != "Linux x86_64" ] || $(BIN)/python -c 'import triton' 2> /dev/null || $(PIP) --quiet triton==3.9.0 \
	    || echo "Triton could not be installed: the tests of its kernels will be skipped."
	@touch $@

# torch first and alone: its builds differ by platform, and no other request may choose one.
.venv/.torch: constraints.txt | .venv/bin/python
	@echo "Installing $(TORCH) ..."
	@$(PIP) --quiet "$(TORCH)"
	@touch $@

.venv/bin/python:
	@$(or $(PYTHON),false) -c '$(RECENT)' 2> /dev/null || { \
	    echo "error: spexlab needs Python 3.11 or newer; point to one, for example: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
