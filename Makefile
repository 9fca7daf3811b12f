# Everything starts here: `make` installs into .venv, `make help` lists the rest. GNU make 3.81 (macOS) is enough.

.DEFAULT_GOAL := install
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
CANDIDATES := $(or $(PYTHON),python3.12 python3.11 python3)

# Says "fits", or what the interpreter lacks. It has to run to say so: a pyenv shim stands there and fails when called.
# Bytewax has wheels for CPython up to 3.12, on Linux for glibc only, and on x86_64 for glibc 2.31 or newer.
define JUDGE
import importlib.util, platform, sys
version, (libc, libc_version) = sys.version_info[:2], platform.libc_ver()
libc_number = tuple(int(part) for part in libc_version.split(".")[:2] if part.isdigit())
if version not in ((3, 11), (3, 12)) or platform.python_implementation() != "CPython":
    print("is", platform.python_implementation(), platform.python_version())
elif sys.platform not in ("linux", "darwin") or (sys.platform == "linux" and libc != "glibc"):
    print("runs on", sys.platform, "without glibc; Linux with glibc or macOS is needed")
elif sys.platform == "linux" and platform.machine() == "x86_64" and libc_number < (2, 31):
    print("has glibc", libc_version + "; 2.31 or newer is needed")
elif importlib.util.find_spec("ensurepip") is None:
    print("cannot make environments; on Debian and Ubuntu: apt-get install python%d.%d-venv" % version)
else:
    print("fits")
endef
export JUDGE

# Tests start Python hundreds of times: modules are compiled once, whatever the shell that make runs in says.
export PYTHONDONTWRITEBYTECODE :=

# pip compiles nothing (each module is compiled when first imported), which saves a third of the time to install. It is
# not the one that came with Python: an older one takes longer to look at the files of all versions than to install one.
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --no-compile
PIP_LOCKED := $(PIP_INSTALL) --require-hashes --only-binary :all:

# setuptools says of every editable installation, in ten lines, that a folder of the same name would go before the package.
EDITABLE := PYTHONWARNINGS="ignore:Editable installation"

UV_COMPILE = $(or $(UV),$(BIN)/uv) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

# An environment is bound to its folder and its interpreter: when either has gone, it is made anew.
ifneq ($(shell $(PY) -c '' 2>/dev/null && cat $(VENV)/locked 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/locked
endif

# What runs state/ and dataflows/: their own tests, and those that run them as commands do.
COVERAGE_TESTS := tests/state tests/dataflows tests/reports tests/e2e

.PHONY: help install lint format test test-properties test-without-kernels test-apache test-chaos test-web test-prometheus \
	coverage demo bench bench-latency bench-crash bench-cost bench-store bench-http bench-intake bench-questions bench-live \
	bench-page simulate-alerts screenshots lock clean

help: ## List what there is to make.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/installed ## Make .venv from the lock; the command is .venv/bin/lasttouch. The default.

$(VENV)/locked: requirements-pip.lock requirements.lock
	@found=; reason=; managed=; \
	if [ -z "$(PYTHON)" ]; then managed=$$(uv python find --no-project 3.12 2>/dev/null) || managed=; fi; \
	for candidate in $(CANDIDATES) $$managed; do \
		said=$$("$$candidate" -c "$$JUDGE" 2>/dev/null) || continue; \
		if [ "$$said" = fits ]; then found=$$candidate; break; fi; \
		reason=$${reason:-$$candidate $$said}; \
	done; \
	if [ -z "$$found" ]; then \
		reason=$${reason:-"none of these runs: $(CANDIDATES)"}; \
		if command -v uv >/dev/null; then get="uv python install 3.12"; \
		elif command -v brew >/dev/null; then get="brew install python@3.12"; \
		elif command -v dnf >/dev/null; then get="dnf install python3.12"; \
		elif command -v apt-get >/dev/null; then get="apt-get install python3.12-venv, or python3.11-venv"; \
		else get="install uv, then: uv python install 3.12"; fi; \
		echo "lasttouch needs CPython 3.11 or 3.12; $$reason; get one: $$get; then make again" \
			"(or make PYTHON=/path/to/python3.12)" >&2; \
		exit 1; \
	fi; \
	echo "installing into $(VENV) with $$("$$found" --version) (once; a minute)"; \
	"$$found" -m venv --clear $(VENV)
	@$(PIP_LOCKED) -r requirements-pip.lock
	@$(PIP_LOCKED) -r requirements.lock
	@printf '%s\n' "$(CURDIR)" > $@

# Kernels are compiled on one core, while what only development needs is installed on another.
$(VENV)/installed: $(VENV)/locked requirements-dev.lock pyproject.toml $(wildcard kernels/*.py)
	@$(PY) -m kernels & compiling=$$!; \
	$(PIP_LOCKED) -r requirements-dev.lock && $(EDITABLE) $(PIP_INSTALL) --no-deps --no-build-isolation --editable .; \
	installed=$$?; wait $$compiling && exit $$installed
	@touch $@

lint: install ## Ruff and mypy over everything.
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: install ## Let ruff format and mend what it can.
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

test: lint ## Lint, then every test but the browser's; one of them: make test TEST_ARGS="tests/state -k refund".
	$(PY) -m pytest -n 4 --dist loadfile $(TEST_ARGS)

test-properties: install ## Every property on all its examples, of which make test tries a quarter.
	LASTTOUCH_TEST_EXAMPLES=1 $(PY) -m pytest -n 2 -m "hypothesis and not browser and not prometheus and not chaos" $(TEST_ARGS)

test-without-kernels: install ## The core, the stages and whole runs again, with every event decoded and kept by Python.
	LASTTOUCH_KERNELS=off $(PY) -m pytest -n 4 --dist loadfile tests/state tests/dataflows tests/connectors/decoding \
		tests/e2e $(TEST_ARGS)

test-apache: install ## The broker's tests again, against a real Apache Kafka (needs Java 17 and Maven).
	LASTTOUCH_TEST_KAFKA=apache $(PY) -m pytest -n 2 --dist loadfile -m "kafka and not chaos and not prometheus" $(TEST_ARGS)

test-prometheus: install ## Rules, alerts and dashboards with Debian's prometheus and prometheus-alertmanager (minutes).
	$(PY) -m pytest -m prometheus tests/config/prometheus tests/e2e/test_alerts.py $(TEST_ARGS)

test-chaos: install ## Two workers and every fault, on a real Kafka and Valkey; prints its seed (needs Java 17 and Maven).
	$(PY) -m pytest -s -m chaos tests/chaos $(TEST_ARGS)

test-web: install ## The page in a real browser (chromium, which root gets by apt), its own modules with node.
	@command -v chromium > /dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null || \
		apt-get install -y -qq --no-install-recommends chromium > /dev/null
	$(PY) -m pytest -m "browser or not browser" tests/web $(TEST_ARGS)

coverage: install ## Branches of state/ and dataflows/ that tests run; fails below 95 % of either.
	rm -rf .cache/coverage
	mkdir -p .cache/coverage
	$(PY) -m coverage run -m pytest -n 4 --dist loadfile $(COVERAGE_TESTS) $(TEST_ARGS)
	$(PY) -m coverage combine --quiet
	rm -f .cache/coverage/data.* # of processes whose disk was made full: the report would try to read it again
	$(PY) -m coverage report --include="state/*" --fail-under=95
	$(PY) -m coverage report --include="dataflows/*" --fail-under=95

demo: install ## A generated shop, live on this machine: make demo DEMO_ARGS="--seconds 20".
	@$(BIN)/lasttouch demo $(DEMO_ARGS)

bench: install ## Throughput beside a plain Python loop; with PEERS=folder beside other programs too.
	@$(PY) -m benchmarks.throughput $(BENCH_ARGS)

bench-latency: install ## How soon an event that is produced to Kafka shows in Redis.
	@$(PY) -m benchmarks.latency $(BENCH_ARGS)

bench-crash: install ## How soon after kill -9 counters go on in Redis, and all is caught up.
	@$(PY) -m benchmarks.crash $(BENCH_ARGS)

bench-store: install ## How large the recovery store is beside the state in it, minute by minute of an hour.
	@$(PY) -m benchmarks.store_size $(BENCH_ARGS)

bench-http: install ## How fast reports are read over HTTP while the stream runs.
	@$(PY) -m benchmarks.http_reads $(BENCH_ARGS)

bench-intake: install ## How many events come in over HTTP.
	@$(PY) -m benchmarks.intake $(BENCH_ARGS)

bench-questions: install ## What questions cost the stream, and how soon they are answered.
	@$(PY) -m benchmarks.questions $(BENCH_ARGS)

bench-live: install ## What a thousand readers of /v1/live cost.
	@$(PY) -m benchmarks.live_readers $(BENCH_ARGS)

bench-cost: install ## What an event costs as contacts, campaigns and hot keys grow; draws docs/img/cost.svg.
	@$(PY) -m benchmarks.cost_curves $(BENCH_ARGS)

bench-page: install ## How heavy the page is, and how soon its first number is there (needs chromium).
	@$(PY) -m benchmarks.page $(BENCH_ARGS)

screenshots: install ## The pictures of the page in docs/img (needs chromium and the font Inter).
	@$(PY) -m tests.web.screenshots docs/img

simulate-alerts: install ## Shops of 50 seeds through the alerts on money: false and missed alarms, as docs/alerts.md has them.
	@$(PY) -m benchmarks.alert_simulation $(BENCH_ARGS)

lock: $(if $(UV),,install) ## Write the locks anew from pyproject.toml; newest versions: make lock LOCK_ARGS=--upgrade.
	$(UV_COMPILE) --group install $(LOCK_ARGS) --output-file requirements-pip.lock
	$(UV_COMPILE) pyproject.toml --group build $(LOCK_ARGS) --output-file requirements.lock
	$(UV_COMPILE) pyproject.toml --group build --group dev --all-extras --constraints requirements.lock $(LOCK_ARGS) \
		--output-file requirements-dev.lock

clean: ## Remove the environment and everything that is made from the sources.
	rm -rf $(VENV) build dist *.egg-info .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
