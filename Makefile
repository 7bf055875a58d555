# Everything is made from here; `make help` lists the targets.
SHELL := /bin/bash
GO    ?= go

.DEFAULT_GOAL := help
.PHONY: help packages packages-test models console build demo test unit e2e race lint fuzz bench soak doctor clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

packages: ## install what building and the demo need (Debian/Ubuntu), else print the line
	@deploy/packages.sh run

packages-test: packages
	@deploy/packages.sh test

models: packages ## fetch the embedded models into models/cache (pinned, checked)
	@models/fetch.sh

CONSOLE_SRC := $(shell find web/console/src web/console/public -type f 2>/dev/null) $(wildcard web/console/*.json web/console/*.ts web/console/*.html web/console/*.mjs)

web/console/node_modules/.installed: web/console/package-lock.json
	@cd web/console && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.installed

web/console/dist/index.html: web/console/node_modules/.installed $(CONSOLE_SRC)
	@cd web/console && npm run --silent build

console: packages web/console/dist/index.html ## build the console

build: console ## build bin/sidetone
	@$(GO) build -o bin/sidetone ./cmd/sidetone

demo: models build ## a real coached call on loopback, about a minute; leaves demo-out/
	@bin/sidetone demo

test: packages-test models build ## run all tests
	@$(MAKE) --no-print-directory lint unit e2e

unit:
	@cd web/console && npm test --silent
	@$(GO) test $$($(GO) list ./... | grep -v /cmd/)

e2e: ## the tests with real phones, a browser and real calls, one after the other
	@$(GO) test -p 1 -timeout 20m ./cmd/...

race: models build ## the concurrent rooms under the race detector
	@$(GO) test -race ./call/... ./media/... ./sip/... ./gateway/... ./store/... ./web/ ./models/worker/...

lint: ## formatting and vet
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	@$(GO) vet ./...

fuzz: ## each fuzz target for 20 s
	@for t in $$(git grep -l 'func Fuzz' -- '*_test.go'); do \
	  for f in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\).*/\1/p' $$t); do \
	    echo "$$f ($$(dirname $$t))"; $(GO) test -run xxx -fuzz "^$$f$$" -fuzztime 20s ./$$(dirname $$t) || exit 1; \
	  done; done

bench: models build ## the measured figures of the README
	@bin/sidetone bench relay
	@$(GO) test -run xxx -bench . -benchmem ./media/... ./coach/... | grep -E 'Benchmark|^ok'

soak: models build ## a 10-minute call; nothing may leak
	@SIDETONE_SOAK=10m $(GO) test -count=1 -timeout 20m -run TestSoak -v ./cmd/sidetone

doctor: build ## what is installed and what is missing
	@bin/sidetone doctor

clean: ## remove what was built (not the models)
	@rm -rf bin demo-out web/console/dist web/console/node_modules
