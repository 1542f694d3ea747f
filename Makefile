# Send to CRM. `make help` lists what there is.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help dev sandbox test fault race browser check generate verify vet lint vuln build fuzz bench

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: ## Run everything for a look around: http://localhost:8080/demo
	@scripts/setup.sh dev
	@$(GO) build -o bin/server ./cmd/server
	@exec bin/server dev $(ARGS)

sandbox: ## Run the simulated Alloy alone
	@$(GO) build -o bin/server ./cmd/server
	@exec bin/server sandbox $(ARGS)

test: ## Run the tests (Postgres comes by itself)
	@scripts/setup.sh test
	$(GO) test ./...

fault: ## Run the fault tests in full: kills, lost answers, outages (hours; they need Linux)
	@scripts/setup.sh test
	$(GO) test -tags fault -timeout 8h -run 'Fault' ./...

race: ## Run the tests with the race detector
	@scripts/setup.sh test
	$(GO) test -race ./...

browser: ## Click through the demo page in headless Chromium, and run the README's tour (needs chromium, curl, jq)
	@scripts/setup.sh test
	$(GO) test -tags browser -count=1 -run 'Browser|Tour' ./cmd/server

check: verify vet lint race test browser ## Everything that CI runs

generate: ## Write the code that comes from openapi.yaml
	$(GO) generate ./internal/api/oapi ./client

verify: ## Fail if generated code, formatting or go.mod are not as they should be
	@git rev-parse --git-dir >/dev/null
	@$(MAKE) --no-print-directory generate
	@test -z "$$(git status --porcelain -- internal/api/oapi client)" || { git status --short -- internal/api/oapi client; echo "generated code differs: commit what make generate wrote"; exit 1; }
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w"; exit 1; }
	$(GO) mod tidy -diff

vet: ## go vet
	$(GO) vet ./...
	$(GO) vet -tags browser ./cmd/server
	$(GO) vet -tags fault ./...

lint: ## golangci-lint, built from tools/lint
	$(GO) tool -modfile=tools/lint/go.mod golangci-lint run

vuln: ## govulncheck (needs its database on the network)
	$(GO) tool -modfile=tools/go.mod govulncheck ./...

build: ## Build bin/server, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "$(LDFLAGS)" -o bin/server ./cmd/server

fuzz: ## Fuzz each target for a minute
	@for package in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
	  for target in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$package/*_test.go | cut -c6-); do \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime 60s ./$$package || exit 1; \
	  done; done

bench: ## Run the benchmarks
	@scripts/setup.sh test
	$(GO) test -run '^$$' -bench . -benchmem ./internal/mapping ./internal/guard ./internal/coalesce ./internal/store
	$(GO) test -run '^$$' -bench . -benchtime 1x ./cmd/server
