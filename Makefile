# Two commands do everything on a fresh machine: `make app` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM := /usr/bin/chromium
CJK_FONT := /usr/share/fonts/truetype/wqy/wqy-microhei.ttc

.PHONY: install app test soak system lock

install: $(VENV)/.installed

# The lock file is what is installed; the project itself comes in place, without resolving again.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

app: install
	$(BIN)/quarterhour app

# Chromium and a Chinese font for the browser tests; only root can install them.
system:
	@if [ "$$(id -u)" = 0 ] && { [ ! -x $(CHROMIUM) ] || [ ! -e $(CJK_FONT) ]; }; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends chromium fonts-wqy-microhei >/dev/null; \
	fi

test: install system
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	# A file of tests stays in one process, since its tests share what they set up.
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

# Long robustness runs, outside CI.
soak: install
	$(BIN)/pytest -m soak tests/soak

# Needs uv. The lock names no registry host.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --extra dev \
		--python-version 3.11 pyproject.toml -o requirements.lock
