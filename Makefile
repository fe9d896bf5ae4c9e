# `make help` lists the targets. Every target installs what it needs (scripts/deps.sh; root or sudo, once).
# Variables: JOBS, ASAN_TARGETS, ASAN_TESTS, TSAN_TESTS, COVERAGE_TARGETS, COVERAGE_TESTS, COVERAGE_WITHOUT, FUZZ_SECONDS, SOAK_MINUTES, MUTANTS, SEEDS, FLEET_SEEDS, LOG.
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
SOAK_MINUTES ?= 10
MUTANTS ?= 200
SEEDS ?= 20
FLEET_SEEDS ?= 1000
LOG ?= samples/audit.log
ASAN_TARGETS ?= all
ASAN_TESTS ?= unit|golden|_asan
TSAN_TESTS ?= _threads
COVERAGE_TARGETS ?= all
COVERAGE_TESTS ?= unit|golden|fault_asan|e2e_asan
COVERAGE_WITHOUT ?= ^$$

# What is built from nothing is compiled a folder at a time, which takes half as long. Who changes code wants
# `cmake --preset release -DREDSHANK_UNITY=OFF` once: then a change compiles its own file only.
configure = cmake --preset release $(if $(wildcard build/release/build.ninja),,-DREDSHANK_UNITY=ON)
# Mistakes are planted in single files.
configure_by_file = cmake --preset release -DREDSHANK_UNITY=OFF -DREDSHANK_TESTS=ON
build = cmake --build --preset $(1) -j $(JOBS)
tests = ctest --test-dir build/$(1) -j $(JOBS) --output-on-failure

.DEFAULT_GOAL := all
.PHONY: all help deps run test golden screenshots bench instructions eval mutants adversary envelopes planted cases fuzz soak soak-topics format lint floors asan tsan coverage deb dist clean

all: ## build the release binary, build/release/redshank
	@scripts/deps.sh build
	@test -f build/release/build.ninja || $(configure) -DREDSHANK_TESTS=OFF
	$(call build,release) --target redshank

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install the Debian packages for everything below
	@scripts/deps.sh build test ci

run: all ## run the daemon on the shipped sample log (state in ./run, stop with Ctrl-C)
	@scripts/run_sample.sh build/release/redshank

test: ## build and run every test
	@scripts/deps.sh build test
	$(configure) -DREDSHANK_TESTS=ON
	$(call build,release)
	$(call tests,release)

golden: ## write tests/golden anew from what the detectors say now; then read the diff
	@scripts/deps.sh build test
	@$(MAKE) --no-print-directory all
	REDSHANK=build/release/redshank python3 tests/golden/sample_test.py --update

screenshots: ## the pictures of docs/pages anew, from the sample log in a Chromium without a window (apt-get install chromium)
	@$(MAKE) --no-print-directory all
	mkdir -p docs/pages
	REDSHANK=build/release/redshank python3 tests/e2e/browser_test.py --screenshots docs/pages

bench: export REDSHANK_GOALS = build/goals.jsonl
bench: ## events per second of LOG (the sample) beside a bare JSON reader, wc, grep and jq; time to the alert at three rates and beside tail, jq and curl; cost of an idle daemon; events of topics beside those of files; time from POST to answer of the webhook source; time of a scrape beside slow and hostile clients; at the end the goals and what was reached
	@scripts/deps.sh build test
	$(configure) -DREDSHANK_TESTS=ON
	$(call build,release) --target redshank bare_reader topic_server
	rm -f $(REDSHANK_GOALS)
	python3 tests/bench/throughput.py build/release/redshank build/release/tests/bare_reader $(LOG)
	REDSHANK=build/release/redshank python3 tests/bench/topics.py build/release/tests/topic_server $(LOG)
	python3 tests/bench/flatness.py build/release/redshank
	python3 tests/bench/curves.py build/release/redshank build/curves.svg
	REDSHANK=build/release/redshank python3 tests/bench/delivery_latency.py
	REDSHANK=build/release/redshank python3 tests/bench/webhook_latency.py
	REDSHANK=build/release/redshank python3 tests/bench/scrapes.py
	REDSHANK=build/release/redshank python3 tests/bench/idle.py
	python3 tests/bench/reached.py build/release/redshank build/release/tests/bare_reader
	python3 tests/bench/goals.py $(REDSHANK_GOALS) build/goals.md

instructions: ## instructions per event by stage, under callgrind, beside those that are kept in tests/bench
	@scripts/deps.sh build test bench
	@$(MAKE) --no-print-directory all
	python3 tests/bench/instructions.py build/release/redshank --stages

eval: ## how good unusual_access and crd_health are: invented lives and streams, recordings where present, everyday happenings
	@scripts/deps.sh build test
	$(configure) -DREDSHANK_TESTS=ON
	$(call build,release) --target redshank eval_access eval_crd
	build/release/tests/eval_access
	build/release/tests/eval_crd
	REDSHANK=build/release/redshank python3 tests/eval/ordinary/ordinary.py

mutants: ## make MUTANTS (200) small mistakes in the production code, one at a time: does a test fail?
	@scripts/deps.sh build test
	$(configure_by_file)
	$(call build,release)
	python3 scripts/mutants.py build/release --count $(MUTANTS)

adversary: ## the longest delay of a lone critical finding behind 1,000 random patterns of noise, in a time that costs none
	@scripts/deps.sh build test
	$(configure) -DREDSHANK_TESTS=ON
	$(call build,release) --target test_delivery
	REDSHANK_PATTERNS=1000 build/release/tests/test_delivery --gtest_filter='LoneCritical.*'

envelopes: ## every recording of CORPUS (../shared/corpus) in every envelope: are the findings the same?
	@scripts/deps.sh build
	$(configure)
	$(call build,release) --target redshank
	REDSHANK=$(CURDIR)/build/release/redshank tests/e2e/envelopes_recordings.py $(or $(CORPUS),../shared/corpus)

planted: ## plant known bugs, one at a time: in how many of SEEDS (20) does the simulation find it?
	@scripts/deps.sh build test
	$(configure_by_file)
	$(call build,release) --target simulation
	python3 tests/simulation/planted.py build/release --seeds $(SEEDS)

cases: all ## run the cases of ../shared/cases, where present, against the release binary
	scripts/cases.sh build/release/redshank

fuzz: ## run each fuzzer for FUZZ_SECONDS (60)
	@scripts/deps.sh build test ci
	cmake --preset fuzz
	$(call build,fuzz) --target fuzzers
	scripts/fuzz.sh build/fuzz $(FUZZ_SECONDS)

soak: ## for SOAK_MINUTES (10) each: the daemon on a growing, rotating log; random sequences of what can happen to a log, and to the whole daemon
	@scripts/deps.sh build test
	$(configure) -DREDSHANK_TESTS=ON
	$(call build,release) --target redshank test_file_source test_language simulation
	REDSHANK=$(CURDIR)/build/release/redshank python3 tests/e2e/soak.py $(SOAK_MINUTES)
	REDSHANK_MODEL_MINUTES=$(SOAK_MINUTES) build/release/tests/test_file_source --gtest_filter='Model.*'
	REDSHANK_MUTATED_EVENTS=1000000 build/release/tests/test_language --gtest_filter='Language.OfMutatedEvents'
	build/release/tests/simulation --minutes $(SOAK_MINUTES)

soak-topics: ## FLEET_SEEDS (1000) each: 1, 2 and 8 workers that read topics, with kills and faults: is what they find what `replay` finds?
	@scripts/deps.sh build test
	$(configure) -DREDSHANK_TESTS=ON
	$(call build,release) --target test_kafka
	REDSHANK_SEEDS=$(FLEET_SEEDS) build/release/tests/test_kafka --gtest_filter='KafkaExactness.*'

format: ## clang-format every source in place
	@scripts/deps.sh ci
	scripts/sources.sh | xargs clang-format-14 -i

lint: ## clang-tidy over the production sources with the analysis of locks, and the floors
	@scripts/deps.sh build ci
	cmake --preset lint
	scripts/lint.sh build/lint
	@$(MAKE) --no-print-directory floors

floors: ## check that no file includes a floor above its own, and that every test is in a list
	python3 scripts/check_floors.py

asan: ## unit and golden tests, and the fault and e2e tests that fit, with address and undefined-behaviour sanitizers
	@scripts/deps.sh build test
	cmake --preset asan
	$(call build,asan) --target $(ASAN_TARGETS)
	$(call tests,asan) -L '$(ASAN_TESTS)'

tsan: ## the tests that have several threads (delivery, http, metrics, pipeline, parse pool), with the thread sanitizer
	@scripts/deps.sh build test
	cmake --preset tsan
	$(call build,tsan) --target sanitized_threads
	$(call tests,tsan) -L '$(TSAN_TESTS)'

coverage: ## share of the production lines that the tests run, by floor; each file in build/coverage/lines.txt
	@scripts/deps.sh build test coverage
	cmake --preset coverage
	$(call build,coverage) --target $(COVERAGE_TARGETS)
	$(call tests,coverage) -L '$(COVERAGE_TESTS)' -E '$(COVERAGE_WITHOUT)'
	scripts/coverage.sh build/coverage

deb: ## build the Debian package, build/release/redshank_VERSION_ARCH.deb
	@scripts/deps.sh build ci
	@$(MAKE) --no-print-directory all
	cd build/release && cpack -G DEB

dist: ## the release for any Linux on x86-64 and arm64: static binary as tar.zst, .deb and OCI image, symbols, SBOM, in build/dist/out
	@scripts/deps.sh build ci dist
	JOBS=$(JOBS) scripts/dist/dist.sh

clean: ## remove everything that was built, and the sample's state
	rm -rf build run
