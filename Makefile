# Gridward: make run, make test. `make help` lists the rest.
SHELL := /bin/bash
export GOFLAGS ?= -trimpath
DIR ?= .gridward
WEB_SOURCES := $(shell find web/src web/index.html web/vite.config.ts web/tsconfig.json web/package.json -type f 2>/dev/null)

.PHONY: help run test bench lint fmt deps deps-test web build clean

help: ## Show what there is.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: deps web build ## Install what is missing, build, make the demo district and serve it on 127.0.0.1:8080.
	./bin/gridward serve --demo

test: deps-test web ## Install what is missing and run every test.
	go vet ./...
	go tool staticcheck ./...
	go test -race -shuffle=on ./geo ./geo/ewkb ./grids ./internal/postgres ./internal/httpapi ./tiles
	go test -race -short -shuffle=on ./grids/coverage ./grids/coverage/policy ./grids/coverage/track
	go test -shuffle=on $$(go list ./... | grep -vE '^gridward/(geo|geo/ewkb|grids|internal/postgres|internal/httpapi|tiles)$$')
	go test ./geo/planar -run Redraws -rapid.checks=10000
	cd web && npm run --silent check && npm run --silent test
	$(MAKE) --no-print-directory e2e

.PHONY: e2e
e2e: web build ## Drive the console in Chromium against the program itself.
	./web/e2e/run.sh

bench: deps ## Run the benchmarks; each prints its own figures.
	go test -run '^$$' -bench . -benchtime 2s ./geo/... ./grids/... ./tiles/...

.PHONY: bench-tiles
bench-tiles: deps web build ## Measure tiles on a demo district of their own, beside ST_AsMVT.
	GRIDWARD_DIR=$(DIR)-bench ./bin/gridward bench-tiles --table docs/bench-tiles.md

lint: ## go vet, staticcheck, the console's checks.
	go vet ./...
	go tool staticcheck ./...
	cd web && npm run --silent check

fmt: ## Format everything.
	gofmt -w $$(git ls-files '*.go')

deps: ## Install PostgreSQL with PostGIS, and a C compiler for H3, if they are missing (Debian packages).
	@scripts/deps.sh gcc=/usr/bin/gcc libc6-dev=/usr/include/stdio.h postgresql-15-postgis-3=/usr/lib/postgresql/15/lib/postgis-3.so

deps-test: deps ## ... and what only the tests need: Chromium, fonts, GDAL.
	@scripts/deps.sh chromium=/usr/bin/chromium fonts-noto-cjk=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc gdal-bin=/usr/bin/ogrinfo

web: web/dist/.built ## Build the console if its sources changed.

web/node_modules/.installed: web/package-lock.json
	@echo "console: installing npm packages"
	cd web && npm ci --no-audit --no-fund --silent
	@touch $@

web/dist/.built: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

build: ## Build bin/gridward.
	go build -o bin/gridward ./cmd/gridward

clean: ## Remove what was built (the data in .gridward stays).
	rm -rf bin web/dist/assets web/dist/.built web/node_modules
