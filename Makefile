# The commands of the book; `make help` lists them.
VENV := .venv/bin
UV = $(shell command -v uv || echo .venv/uv/bin/uv)
# What JAX compiles once, no process and no other clone need compile again. What it makes is for the
# kind of processor, so each has a folder of its own. The folder may be deleted at any time.
CACHES := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/geometry-of-optimizer-dynamics
PROCESSOR := $(shell (uname -m; grep -m 1 -E '^(flags|Features)' /proc/cpuinfo) 2>/dev/null | cksum | cut -d ' ' -f 1)
export JAX_COMPILATION_CACHE_DIR ?= $(CACHES)/jax-$(PROCESSOR)
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS ?= 0
# Every process imports JAX, and compiling its sources takes seconds: where Python may not write what
# it compiles beside them, it writes it here.
ifdef PYTHONDONTWRITEBYTECODE
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.venv/pycache
endif
.DEFAULT_GOAL := help
.PHONY: help setup book pdf serve test check bench lint javascript notebooks references address links lab binder audit vendor clean

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## make .venv from uv.lock (the other commands do it when needed)
	@sh tools/setup.sh

book: setup ## build the site into _build/html
	@$(VENV)/python tools/book.py

pdf: book ## print the whole book into _build/book.pdf
	@sh tools/browser.sh
	@$(VENV)/python tools/pdf.py

serve: book ## build the site and serve it on http://localhost:8000
	@echo "The book is at http://localhost:8000 (Ctrl-C ends it)"
	@$(VENV)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

test: setup ## check everything: what CI runs
	@$(VENV)/python tools/test.py

check: setup ## lint and the fast tests: for every save
	@$(VENV)/python tools/test.py check

bench: setup ## measure the book beside other packages (on an idle machine; 10 minutes, the network)
	@UV_PROJECT_ENVIRONMENT=_build/bench $(UV) sync --frozen --quiet --group bench \
	  --python $(VENV)/python || echo "bench: PyTorch cannot be installed"
	@if [ -x _build/bench/bin/python ]; then _build/bench/bin/python benchmarks/table.py; \
	else $(VENV)/python benchmarks/table.py; fi

lint: setup ## check style and the notebooks' normal form only
	@$(VENV)/python tools/test.py lint

javascript: setup ## format the figures' JavaScript and bundle it into the file that pages load
	@$(VENV)/python tools/javascript.py

notebooks: setup ## run all notebooks and write them in normal form
	@$(VENV)/python tools/notebooks.py

references: book ## write into the notebooks' references the words that JupyterLab shows
	@$(VENV)/python tools/references.py

address: setup ## write the repository's address, set in _config.yml, wherever it is needed
	@$(VENV)/python tools/address.py

links: book ## check that the links to other sites lead somewhere (needs the network)
	@$(VENV)/jupyter-book build . --builder linkcheck

lab: setup ## run all notebooks in JupyterLab, in a browser, and list time and memory
	@sh tools/browser.sh
	@$(VENV)/python tools/lab.py

binder: setup ## take Binder's steps in a fresh environment, all notebooks (needs Python 3.12, the network)
	@$(VENV)/python tools/binder.py

audit: setup ## look up the locked packages among known vulnerabilities (needs the network)
	@$(VENV)/python tools/audit.py

vendor: setup ## rebuild the vendored scripts from npm (needs the network)
	@$(VENV)/python tools/vendor.py

clean: ## remove what was built; .venv stays
	rm -rf _build
