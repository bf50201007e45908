# From a bare checkout with python3 (3.11 or newer) and make: everything else is installed into .venv.
PYTHON ?= python3
PY = .venv/bin/python
PIP = $(PY) -m pip --disable-pip-version-check --quiet
RUN_AS = CONNECT_ENV=development

.PHONY: run demo test quick browser typescript check schema_linters bench chaos upgrade year fuzz interleavings judges lock clean
.DEFAULT_GOAL := run

run: .venv/installed
	@$(RUN_AS) exec $(PY) -m config.stack run

demo: .venv/installed
	@$(RUN_AS) exec $(PY) -m config.stack demo

test: .venv/installed browser typescript
	$(RUN_AS) $(PY) -m pytest

# Without browsers, killed processes, races and sweeps.
quick: .venv/installed
	$(RUN_AS) $(PY) -m pytest -m "not slow"

# The browser tests need a Chromium, which comes from the system: a container's root gets it, others are told.
browser:
	@command -v chromium google-chrome > /dev/null || test -n "$$CHROMIUM" || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    echo "Installing Chromium for the browser tests (once)"; \
	    { apt-get -qq update && apt-get -qq install --no-install-recommends -y chromium; } > /dev/null 2>&1; \
	  fi; command -v chromium > /dev/null || echo "No Chromium: install it, or the browser tests are skipped"; }

# The TypeScript client's test needs Node.js, which comes from the system as well.
typescript:
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory tests/typescript/node_modules; \
	  else echo "No Node.js: install it, or the TypeScript client's test is skipped"; fi

tests/typescript/node_modules: tests/typescript/package-lock.json
	@npm ci --prefix tests/typescript --ignore-scripts --silent && touch $@

check: .venv/installed schema_linters
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(RUN_AS) $(PY) manage.py makemigrations --check --dry-run
	$(RUN_AS) $(PY) manage.py spectacular --validate --fail-on-warn --file /dev/null
	env $$($(PY) config/fresh_env.py | grep -E '^[A-Z]') $(PY) manage.py check --deploy --fail-level WARNING
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	.venv/bin/hadolint Dockerfile
	@if command -v promtool > /dev/null; then promtool check rules ops/prometheus/alerts.yaml && promtool test rules ops/prometheus/alerts_test.yaml; \
	  else echo "No promtool (Debian: prometheus): the alerts are not tried"; fi

# The linters that API people use, over the schema as it is served; they need Node.js.
schema_linters: .venv/installed
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory tests/linters/node_modules && \
	  $(RUN_AS) $(PY) manage.py spectacular --file tests/linters/schema.yaml && cd tests/linters && \
	  REDOCLY_TELEMETRY=off npx redocly lint schema.yaml && npx spectral lint --fail-severity warn schema.yaml; \
	  else echo "No Node.js: the schema is not linted"; fi

tests/linters/node_modules: tests/linters/package-lock.json
	@npm ci --prefix tests/linters --ignore-scripts --silent && touch $@

bench: .venv/bench
	$(RUN_AS) $(PY) -m benchmarks $(TABLES)

# Faults under load, on servers of its own: make chaos FAULTS="--faults 50 --accounts 20000 --seed 1"
chaos: .venv/installed
	$(RUN_AS) $(PY) -m benchmarks.chaos $(FAULTS)

# The last release and this version under calls, side by side and back: make upgrade UPGRADE="--networks 1000000"
upgrade: .venv/installed
	$(RUN_AS) $(PY) -m benchmarks.upgrade $(UPGRADE)

# Connections of a year on a virtual clock, on servers of their own: make year YEAR="--accounts 2000 --days 365 --seed 1"
year: .venv/installed
	$(RUN_AS) $(PY) -m benchmarks.year $(YEAR)

# The schema against the service, 200,000 requests: make fuzz CASES=100 for less, so many for each call and test.
CASES ?= 1810
fuzz: .venv/installed
	$(RUN_AS) FUZZ_CASES=$(CASES) $(PY) -m pytest tests/contract/test_schema_fuzz.py --timeout 0

# Suspending, proving, claiming, connecting, erasing and more at the same moment: make interleavings RUNS=100 SEED=1
RUNS ?= 2000
interleavings: .venv/installed
	$(RUN_AS) INTERLEAVINGS=$(RUNS) INTERLEAVING_SEED=$(SEED) $(PY) -m pytest tests/service/test_interleavings.py -n 0 -s

# Real SDKs do our adapters' jobs against the sandbox: do both read and send the same? They live in .venv-judges.
judges: .venv/installed .venv-judges/installed judges/node/node_modules
	$(RUN_AS) $(PY) -m judges
	@$(RUN_AS) $(PY) manage.py provider_docs > docs/providers.md

.venv-judges/installed: requirements/judges.txt
	@$(PYTHON) -m venv .venv-judges
	@.venv-judges/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: -r $<
	@touch $@

judges/node/node_modules: judges/node/package-lock.json
	@command -v npm > /dev/null || { echo "make judges needs Node.js for one of its judges"; exit 1; }
	@npm ci --prefix judges/node --ignore-scripts --silent && touch $@

.venv/bench: .venv/installed requirements/bench.txt
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/bench.txt
	@touch $@

# New lock files, with hashes and without an index address.
lock: .venv/installed
	.venv/bin/uv pip compile pyproject.toml $(LOCK) -o requirements/production.txt
	.venv/bin/uv pip compile pyproject.toml --group dev $(LOCK) -c requirements/production.txt -o requirements/dev.txt
	.venv/bin/uv pip compile pyproject.toml --group bench $(LOCK) -c requirements/dev.txt -o requirements/bench.txt
	.venv/bin/uv pip compile --group judges $(LOCK) -o requirements/judges.txt
LOCK = --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

.venv/installed: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@echo "Installing into .venv (once, a minute or so)"
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch $@

clean:
	rm -rf .venv .venv-judges .data tests/typescript/node_modules tests/linters/node_modules judges/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
