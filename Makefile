# The only entry points. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SOURCES := Sources Tests Benchmarks Package.swift
SCRIPTS := $(wildcard scripts/*) .ci/run
RELEASE := -c release --static-swift-stdlib

.PHONY: help setup images build demo test test-all check fmt bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: ## install what building and running need (quick when nothing is missing)
	@scripts/setup build run images

images: setup ## make the base images and the source of the example
	@scripts/images
	@scripts/example-source

build: setup ## build the command line for this machine
	@echo "== building slipway (release; 4 to 10 minutes the first time)"
	swift build $(RELEASE) --product slipway

demo: build ## run Examples/build-and-test.yaml on this machine (needs root)
	@scripts/demo

test: images ## build and run all tests (needs root)
	@scripts/setup test
	@echo "== building the tests (debug; 3 to 6 minutes the first time)"
	swift build --build-tests
	@echo "== running the tests (a few minutes)"
	swift test --skip-build

test-all: test ## all tests, and the slow form of one: gc after 200 runs, half of them killed (2 to 5 minutes)
	SLIPWAY_GC_RUNS=200 swift test --skip-build --filter GCKillTests

check: ## formatting and shell syntax
	@echo "== checking the format"
	swift format lint --strict --configuration .swift-format -r $(SOURCES)
	@for script in $(SCRIPTS); do bash -n "$$script" || exit 1; done

fmt: ## format the sources
	swift format --in-place --configuration .swift-format -r $(SOURCES)

bench: build ## print figures beside those of the peers, in the same run (needs root)
	@scripts/setup test
	@scripts/images busybox
	@echo "== building the benchmarks (release)"
	swift build $(RELEASE) --product slipway-bench
	.build/release/slipway-bench .build/release/slipway Examples/.images/busybox.tar

clean: ## remove what the build made
	rm -rf .build .demo-home
