# Everything that a developer or CI runs. Each target does its own set-up and says what it does; needed are Go, make and a POSIX shell.

SHELL = /bin/sh
export CGO_ENABLED ?= 0

# Stamped here, as Go's own stamp is missing where -buildvcs=false is set or a build runs as another user than the checkout's.
GIT     = git -c safe.directory='*'
COMMIT  = $(shell $(GIT) rev-parse HEAD 2>/dev/null)$(shell test -z "`$(GIT) status --porcelain --untracked-files=no 2>/dev/null`" || echo -dirty)
RELEASE = $(shell $(GIT) describe --tags --exact-match 2>/dev/null || echo development)
LDFLAGS = -s -w -X main.commit=$(COMMIT) -X main.release=$(RELEASE)

LINT     = go tool -modfile=tools/lint/go.mod
GO_FILES = find . -name '*.go' -not -path './.cache/*' -not -path './.git/*'

TIMEOUT  ?= 9m
FUZZTIME ?= 10m
RUNS     ?= 200
CASES    ?= 100000
PROBE    ?= 2.10.3 3.0.6 3.3.1
INSIDE   ?= 2.10.3 3.0.6 3.3.1
RECORDED ?= ../shared/aws-recorded

.DEFAULT_GOAL := help
.PHONY: help build demo demo-airflow test test-race lint fmt bench test-oracle test-policy test-scan test-exchange test-probe test-migrate test-inside test-airflow test-airflow-two test-signatures test-scenes test-crash test-load test-fuzz test-clients test-compare test-recorded compare check models postgres clean

help: ## this list
	@echo "aircon: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

build: ## one static binary, bin/aircon
	@echo "== building bin/aircon"
	@go build -trimpath -ldflags '$(LDFLAGS)' -o bin/aircon ./cmd/aircon
	@bin/aircon version

demo: build postgres ## the whole chain on this machine: local AWS, a real PostgreSQL, one connection
	@echo "== bin/aircon demo"
	@bin/aircon demo

demo-airflow: build postgres ## a DAG that uses the connection, run by real Airflows of two versions (a minute or two at first; needs Python 3.11 and 3.12)
	@for version in 3.3.1 2.10.3; do echo "== bin/aircon demo airflow --airflow $$version"; bin/aircon demo airflow --airflow $$version || exit 1; done

test: check postgres ## what CI runs: formatting, vet, import directions, all tests, two real Airflows (minutes; needs Python 3.11 and 3.12)
	@echo "== go test ./..."
	@go test -timeout $(TIMEOUT) ./...
	@$(MAKE) --no-print-directory test-airflow-two
	@if test -d "$(RECORDED)"; then $(MAKE) --no-print-directory test-compare test-recorded; \
		else $(MAKE) --no-print-directory test-compare && \
		echo "== no answers recorded from AWS in $(RECORDED): local AWS was not held against them"; fi
	@echo "== all tests passed"

test-race: postgres ## the tests under the race detector (needs a C compiler)
	@echo "== go test -race ./..."
	@CGO_ENABLED=1 go test -race -timeout 30m ./...

check: ## formatting, vet, import directions (seconds)
	@echo "== gofmt"
	@found=`$(GO_FILES) -exec gofmt -l {} +`; test -z "$$found" || { echo "not formatted; make fmt mends it:"; echo "$$found"; exit 1; }
	@echo "== go vet ./..."
	@go vet ./...
	@go vet -tags 'airflow crash oracle clients moto' ./...
	@echo "== import directions"
	@go test -count=1 ./internal/layering

lint: ## golangci-lint and gofumpt, at the versions of tools/lint/go.mod (the first run builds them)
	@echo "== golangci-lint"
	@$(LINT) golangci-lint run ./...

fmt: ## format everything
	@$(LINT) golangci-lint fmt ./...

bench: build postgres ## the benchmarks, each against its baseline in the same run
	@scripts/bench.sh

test-oracle: postgres ## CASES random cases against live Airflow of three versions, and its drivers (long; brings Airflow)
	@echo "== $(CASES) random cases against live Airflow"
	@tools/oracle/live.sh -n $(CASES) 2.10.3 3.0.6 3.3.1
	@echo "== random options through psycopg2 and psycopg 3"
	@go test -count=1 -timeout 0 -tags oracle -run AgainstReal -v ./pghook
	@echo "== damaged texts that lint --fix mends, read by live Airflow"
	@go test -count=1 -timeout 0 -tags oracle -run AgainstReal -v ./internal/textfix

test-policy: ## CASES random policies and requests against a second evaluation, with a histogram (a minute)
	@echo "== $(CASES) random policies and requests, decided twice"
	@CASES=$(CASES) go test -count=1 -timeout 0 -run '^TestASecondEvaluationAgrees$$' -v ./policy

test-scan: ## real Airflow of two versions parses and runs 300 generated DAG files each, CPython reads 3,000 programs (minutes; brings Airflow)
	@echo "== DAG files, as real Airflow sees them"
	@tools/scan/live.sh

test-exchange: ## real Airflow of two versions exports 300 connections, and imports ours (minutes; brings Airflow)
	@echo "== files of connections, as real Airflow writes and reads them"
	@go test -count=1 -timeout 0 -tags oracle -run '^TestAgainstRealAirflow$$' -v ./exchange

test-probe: postgres ## aircon probe in real Airflow (PROBE="2.10.3 …" for other versions): what is well, and what Airflow swallows (a minute or two; brings Airflow)
	@echo "== aircon probe in real Airflow"
	@pythons=; for v in $(PROBE); do python=`tools/oracle/airflow/install.sh $$v` || exit 1; pythons="$$pythons $$v=$$python"; done; \
		PROBE_PYTHONS="$$pythons" go test -count=1 -timeout 20m -tags oracle -run '^TestProbeAgainstReal$$' -v ./cmd/aircon

test-migrate: postgres ## metastores of 500 connections that real Airflow of two versions has filled, on SQLite and PostgreSQL, moved to local AWS; kill -9 at 50 points each (minutes; brings Airflow)
	@echo "== metastores of real Airflow"
	@go test -count=1 -timeout 0 -tags oracle -run '^TestMigrateOfRealAirflow$$' -v ./cmd/aircon
	@echo "== kill -9, 50 times each"
	@RUNS=50 go test -count=1 -timeout 0 -tags crash -run '^TestCrashApply$$/^migrate' -v ./cmd/aircon

test-airflow-two: postgres ## the chain of docs/airflow-versions.md in real Airflows of two versions (a minute or two; brings Airflow)
	@echo "== real Airflows of 2.10.3 and 3.3.1"
	@AIRFLOW_VERSIONS="2.10.3 3.3.1" go test -count=1 -timeout 20m -tags airflow -run '^TestAirflowVersions$$' -v ./cmd/aircon

test-airflow: build postgres ## real Airflows of all versions (AIRFLOW_VERSIONS="2.10.3 3.3.1" for some): the chain of docs/airflow-versions.md, precedence of options, kill -9, aircon test (long; needs Python 3.11 and 3.12)
	@echo "== real Airflows"
	@go test -count=1 -timeout 0 -tags airflow -run '^TestReal' ./internal/airflow
	@RUNS=20 go test -count=1 -timeout 0 -tags airflow -run '^TestAirflow' -v ./cmd/aircon

test-inside: postgres ## aircon doctor --inside, by workers of real Airflow of three versions (INSIDE="2.10.3 …" for others; minutes; brings Airflow)
	@echo "== what workers of real Airflow see"
	@INSIDE_AIRFLOW="$(INSIDE)" go test -count=1 -timeout 20m -tags oracle -run '^TestInsideAgainstReal$$' -v ./cmd/aircon

test-signatures: ## CASES requests signed by the SDK, and each with a byte changed in each of its parts (a minute)
	@echo "== $(CASES) signed requests, and each changed"
	@CASES=$(CASES) go test -count=1 -timeout 0 -run '^TestEveryByteCounts$$' -v ./internal/sigv4

test-scenes: postgres ## 200 healthy setups, and 300 with two or three faults, each examined by doctor (a minute or two)
	@echo "== doctor on random setups"
	@SCENES=100 go test -count=1 -timeout 0 -run '^(TestHealthyScenes|TestCombinations)$$' ./cmd/aircon

test-crash: build postgres ## kill -9 at random points, RUNS times (long)
	@echo "== kill -9, $(RUNS) times each"
	@RUNS=$(RUNS) go test -count=1 -timeout 0 -tags crash -run '^TestCrash' -v ./...

test-load: ## bodies of 24 MiB, 10,000 idle connections, 1,000 clients at once (seconds)
	@echo "== load on local AWS"
	@LOAD=full go test -count=1 -run '^TestLoad' -v ./localaws

test-fuzz: ## every fuzz target for FUZZTIME (long)
	@scripts/fuzz.sh $(FUZZTIME)

test-clients: build postgres ## real clients against local AWS: boto3, AWS CLI, three SDKs, Terraform, Airflow (minutes)
	@vars=`scripts/clients.sh` && eval "$$vars" && echo "== clients of $$AIRCON_CLIENTS$${without:+, without $$without}" && \
		AIRCON_CLIENTS="$$AIRCON_CLIENTS" go test -count=1 -timeout 20m -tags clients -run '^TestClients' -skip "$${without:-^$$}" -v ./cmd/aircon

test-compare: build ## local AWS against what AWS answers, row by row as docs/compare.md has them (seconds; brings boto3 at first)
	@echo "== what AWS answers"
	@python=`scripts/python.sh tools/replay/requirements.txt` && $$python -m unittest discover -s tools/replay -p "*_test.py" && \
		$$python tools/replay/compare.py --aircon bin/aircon

compare: build ## moto asked the same, and docs/compare.md written anew (brings moto)
	@python=`scripts/python.sh tools/replay/moto.txt` && $$python tools/replay/compare.py --moto --aircon bin/aircon --write

test-recorded: build ## answers recorded from AWS, which lie in the directory RECORDED, replayed through boto3 (seconds); make test does it where they are
	@echo "== answers recorded from AWS in $(RECORDED)"
	@test -d "$(RECORDED)" || { echo "there is no such directory: make test-recorded RECORDED=DIRECTORY"; exit 2; }
	@python=`scripts/python.sh tools/replay/requirements.txt` && $$python tools/replay/replay.py --aircon bin/aircon "$(RECORDED)"

models: ## the tables of AWS's models, managed policies and Airflow's operators, from packages that pip brings at the versions that tools/ pins
	@go run ./tools/awsmodel
	@go run ./tools/managedpolicies
	@go run ./tools/operators

postgres: ## bring a PostgreSQL server for this user, where the machine has none
	@echo "== PostgreSQL: `scripts/postgres.sh`"

clean: ## remove what make made here
	@rm -rf bin .cache
