# The only entry points. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SOURCES := Sources Tests Benchmarks Package.swift
SCRIPTS := $(wildcard scripts/*) .ci/run
RELEASE := -c release --static-swift-stdlib

.PHONY: help setup images build package demo test test-all test-package attacks kill-sweep power-cuts gc-sweep check fmt bench clean

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

package: build ## make a Debian package and an image of slipway itself in .build/packages (needs root)
	@scripts/package

demo: build ## run Examples/build-and-test.yaml on this machine (needs root)
	@scripts/demo

test: images ## build and run all tests (needs root)
	@scripts/setup test
	@echo "== building the tests (debug; 3 to 6 minutes the first time)"
	swift build --build-tests
	@echo "== running the tests (a few minutes)"
	@scripts/run-tests

test-package: package ## install and use the packages on a bare Debian 12 and in podman (needs root)
	@scripts/test-package

test-all: test attacks kill-sweep power-cuts gc-sweep test-package ## all tests, the slow ones too (needs root)

attacks: images ## the whole attack table, in gVisor too (2 to 4 minutes, needs root)
	swift build --build-tests
	SLIPWAY_ATTACKS=all scripts/run-tests --filter Attack

kill-sweep: images ## kill runs at 300 moments and resume them (10 to 15 minutes on 2 cores, needs root)
	swift build --build-tests
	SLIPWAY_KILL_POINTS=$${SLIPWAY_KILL_POINTS:-300} scripts/run-tests --filter KillSweepTests

# 60 cuts of about 3 seconds each, 40 fights of about one.
power-cuts: ## cut the power of homes at 60 moments; fights for runs (5 minutes, needs root)
	SLIPWAY_POWER_CUTS=60 SLIPWAY_FIGHTS=40 scripts/run-tests --filter "PowerCut|Ownership"

gc-sweep: ## gc after 200 runs, half of them killed (2 to 5 minutes, needs root)
	SLIPWAY_GC_RUNS=200 scripts/run-tests --filter GCKillTests

check: ## formatting and shell syntax
	@echo "== checking the format"
	swift format lint --strict --configuration .swift-format -r $(SOURCES)
	@for script in $(SCRIPTS); do bash -n "$$script" || exit 1; done

fmt: ## format the sources
	swift format --in-place --configuration .swift-format -r $(SOURCES)

bench: build ## print figures beside those of the peers, in the same run (needs root)
	@scripts/setup test bench
	@scripts/images busybox
	@echo "== building the benchmarks (release)"
	swift build $(RELEASE) --product slipway-bench
	.build/release/slipway-bench .build/release/slipway Examples/.images/busybox.tar

clean: ## remove what the build made
	rm -rf .build .demo-home
