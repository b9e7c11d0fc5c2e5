# The only entry points. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SOURCES := Sources Tests Package.swift

.PHONY: help setup build test test-all check fmt clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: ## install what the build needs (quick when nothing is missing)
	@scripts/setup

build: setup ## build the command line for this machine
	@echo "== building slipway (release; about 10 minutes the first time)"
	swift build -c release --product slipway --static-swift-stdlib

test: setup ## build and run all tests
	@echo "== building the tests (debug; about 5 minutes the first time)"
	swift build --build-tests
	@echo "== running the tests"
	swift test --skip-build

test-all: test ## all tests; there are no separate slow suites yet

check: setup ## formatting and shell syntax
	@echo "== checking the format"
	swift format lint --strict --configuration .swift-format -r $(SOURCES)
	bash -n scripts/setup .ci/run

fmt: ## format the sources
	swift format --in-place --configuration .swift-format -r $(SOURCES)

clean: ## remove what the build made
	rm -rf .build
