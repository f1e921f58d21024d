# Two commands do everything on a fresh machine: `make app` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Processes of pytest; auto is one for each core.
WORKERS ?= auto
CHROMIUM := /usr/bin/chromium
# The modules that numba compiles.
COMPILED := $(wildcard geo/search/*.py geo/isochrones/*.py geo/network/*.py)
NGINX := /usr/sbin/nginx
CJK_FONT := /usr/share/fonts/truetype/wqy/wqy-microhei.ttc

.PHONY: install app lint test soak system lock

install: $(VENV)/.prepared

# What runs: the lock without test tools. The project itself comes in place, without resolving again.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Compiles the engine and reads the sample's roads, so that the first map comes within seconds.
$(VENV)/.prepared: $(VENV)/.installed $(COMPILED)
	$(BIN)/quarterhour prepare
	touch $@

# What develops: the same versions, and the test tools.
$(VENV)/.developed: requirements-dev.lock $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

app: install
	$(BIN)/quarterhour app

# Chromium and a Chinese font for the browser tests, nginx for those of the server; only root can install them.
system:
	@if [ "$$(id -u)" = 0 ] && { [ ! -x $(CHROMIUM) ] || [ ! -e $(CJK_FONT) ] || [ ! -x $(NGINX) ]; }; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends chromium fonts-wqy-microhei nginx-light >/dev/null; \
	fi

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.developed system
	# Beside the linters the engine is compiled, once: test processes would each compile it.
	$(MAKE) --no-print-directory -j2 lint $(VENV)/.prepared
	# A file of tests stays in one process, since its tests share what they set up. The files begin
	# in the order of tests/conftest.py; xdist would begin with those of most tests.
	$(BIN)/pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Long robustness runs, outside CI, and the random studies of the daily tests in their full number.
soak: $(VENV)/.developed
	$(BIN)/pytest -m soak tests/soak
	QUARTERHOUR_SCOPE=300 QUARTERHOUR_ASSIGNED=300 QUARTERHOUR_CHOICE=300 QUARTERHOUR_CAPACITY=300 \
		$(BIN)/pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile \
		tests/geo/rules/test_scope.py tests/geo/rules/test_assigned.py \
		tests/geo/rules/test_choice.py tests/geo/coverage/figures/test_capacity.py

# Needs uv. The locks name no registry host. What runs is locked to the versions that are tested.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --extra dev \
		--python-version 3.11 pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --extra install \
		--python-version 3.11 --constraint requirements-dev.lock pyproject.toml -o requirements.lock
