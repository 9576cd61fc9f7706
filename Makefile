# make bench   list devices and train a small CNN on each
# make test    everything a change must pass
# make check   the quick part of it: format, vet, staticcheck, cross builds, generated files
# Each target installs what it needs on Debian and Ubuntu.

.PHONY: all setup bench test check lint cross unit tiers race test-torch-interop models test-kill drivers test-drivers test-vulkan-limits test-vulkan-unstable test-vulkan-validation stress-vulkan fuzz conformance support mutate assemble gpu-bundle gorgoniacu test-report generate clean
SHELL := /bin/bash

all: test

setup:
	@scripts/setup.sh

bench: setup
	go run ./cmd/bench

test: setup check unit tiers race drivers
	@echo "all checks passed"

check: lint cross

lint: .bin/staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi
	go vet ./...
	.bin/staticcheck ./...

# Staticcheck lives in a module of its own, so that users of Hekla never see it.
.bin/staticcheck: internal/tools/go.mod
	go build -C internal/tools -o ../../.bin/staticcheck honnef.co/go/tools/cmd/staticcheck

# No compiler, driver or header is needed to build, on any of these.
cross:
	CGO_ENABLED=0 go build ./...
	CGO_ENABLED=0 GOARCH=arm64 go vet ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go vet ./...
	CGO_ENABLED=0 GOOS=windows go vet ./...

# testsum prints failures, then what was skipped and why, then the counts. On the GPU
# backends the conformance suite is half of its cases here, the other half the next day.
unit:
	set -o pipefail; HEKLA_ROTATE=$$(( $$(date +%s) / 86400 )) go test -json -timeout 30m ./... | go run ./internal/testsum

# The suite once more on each slower instruction tier the CPU device knows. The tier is
# read too early for the go command to see it: without -count=1 a cached run would do.
tiers:
	for tier in avx2 portable; do \
		echo "tier $$tier"; \
		HEKLA_CPU=$$tier go test -count=1 ./backend/cpu/... ./conformance || exit 1; \
	done

race:
	go test -race -short -timeout 20m ./backend ./backend/cpu/... ./tensor ./autograd ./data

# PyTorch and NumPy read the files that checkpoint writes, and the other way round.
TORCH_PYTHON ?= /usr/bin/python3
test-torch-interop:
	@$(TORCH_PYTHON) -c 'import torch, numpy' 2>/dev/null || scripts/setup.sh python3-torch python3-numpy
	HEKLA_TORCH=$(TORCH_PYTHON) go test -count=1 -v -run TestTorchInterop ./checkpoint

# The largest recorded image models, 3 GB of memory and some minutes.
models:
	HEKLA_ALL_MODELS=1 go test -count=1 -timeout 30m -run TestGolden -v ./vision/models | grep -v RUN

# The kernels for arm64, on an emulator of that processor: slow, so not part of test.
test-arm64:
	@command -v qemu-aarch64 >/dev/null || scripts/setup.sh qemu-user
	GOARCH=arm64 CGO_ENABLED=0 go test -short -timeout 60m -exec qemu-aarch64 ./backend/cpu/internal/isa ./backend/cpu/internal/gemm ./backend/cpu/internal/conv ./backend/cpu/internal/vec

# Kills a training run at 200 random moments; each time it goes on as if it had not been.
KILLS ?= 200
test-kill:
	HEKLA_KILLS=$(KILLS) go test -count=1 -v -run '^TestKill$$' ./train

VULKAN := ./backend/vulkan
SUMMARY := go run ./internal/testsum

# The Vulkan tests on Mesa of Debian's backports and on SwiftShader, which are
# unpacked into a cache folder and not installed. A part of them: SHORT= runs all
# tests, CASES=. all cases.
CASES ?=
SHORT ?= -short
DRIVERS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/hekla/drivers
test-drivers: setup
	@set -o pipefail; list=$$(scripts/drivers.sh $(DRIVERS)) || exit 1; echo "$$list" | while read -r name icd; do \
		echo "driver $$name"; \
		VK_DRIVER_FILES=$$icd VK_ICD_FILENAMES=$$icd HEKLA_CASES='$(CASES)' go test -count=1 -json $(SHORT) -timeout 60m $(VULKAN) | $(SUMMARY) || exit 1; \
	done

# The drivers come from Debian 12's archive: without it the tests are skipped.
drivers: setup
	@if ! grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then \
		echo "skipped: the Vulkan tests on two other drivers, which need Debian 12 (make test-drivers)"; \
	elif scripts/drivers.sh $(DRIVERS) >/dev/null || [ $$? != 75 ]; then \
		$(MAKE) --no-print-directory test-drivers; \
	else \
		echo "skipped: the Vulkan tests on two other drivers, whose archive cannot be reached (make test-drivers)"; \
	fi

# Cooperative matrices, on the only driver for processors that has them: Mesa of
# Debian's unstable, in a system of its own. Takes root.
test-vulkan-unstable:
	@command -v debootstrap >/dev/null || scripts/setup.sh debootstrap
	scripts/unstable.sh $(DRIVERS)/unstable $(TESTS)

# On a device that pretends to be about the smallest that Vulkan allows.
test-vulkan-limits: setup
	set -o pipefail; HEKLA_VULKAN_LIMITS=small HEKLA_CASES='$(CASES)' go test -count=1 -json -timeout 60m $(VULKAN) | $(SUMMARY)

# With Khronos' validation layer, which must have nothing to say.
test-vulkan-validation:
	@scripts/setup.sh vulkan-validationlayers
	set -o pipefail; HEKLA_VULKAN_LAYER=VK_LAYER_KHRONOS_validation HEKLA_VULKAN_CHECKS=sync HEKLA_CASES='$(CASES)' \
		go test -count=1 -json -timeout 60m $(VULKAN) | $(SUMMARY)

# What tests do shortly, for long: 12,000 training steps, a minute of 16
# goroutines under the race detector, 600 openings, 50 steps of each model of bench
# beside the CPU's.
stress-vulkan: setup
	HEKLA_STRESS=1 go test -count=1 -v -timeout 60m -run 'Flat|Reopen' $(VULKAN)
	HEKLA_STRESS=1 go test -race -count=1 -v -timeout 60m -run 'Collect' $(VULKAN)
	HEKLA_STRESS=1 go test -count=1 -v -timeout 60m -run 'TrainOnVulkan' ./cmd/bench

# Ten seconds for each fuzz target; longer with FUZZTIME=5m.
FUZZTIME ?= 10s
fuzz:
	@for f in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f); do \
			echo "$$(dirname $$f) $$name"; go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) $$(dirname $$f) || exit 1; \
		done; \
	done

# The conformance suite: every case on every device, on Vulkan with tiny limits too, and
# the sizes beyond 4 GiB. An hour or two on two cores.
conformance:
	HEKLA_DRAW=0/1 HEKLA_LARGE=9 go test -count=1 -timeout 10h -v -run '^Test(CPU|Conformance|Limits|Large)$$' ./conformance ./backend/cuda ./backend/vulkan

# docs/support.md from runs of all cases on all devices: a quarter of an hour on two cores.
support:
	rm -rf .bin/reports && mkdir -p .bin/reports
	HEKLA_REPORTS=$(CURDIR)/.bin/reports HEKLA_DRAW=0/1 go test -count=1 -timeout 3h -run '^Test(CPU|Conformance)$$' ./conformance ./backend/cuda ./backend/vulkan
	go run ./internal/support .bin/reports/cpu-0.json .bin/reports/cuda-0.json $$(ls .bin/reports/vulkan-*.json)

# Breaks some 110 things one at a time, each in a copy, and shows that a test notices.
mutate:
	go run ./internal/mutate

# All kernels that the conformance suite asks for, 11,700, given to NVIDIA's assembler of CUDA 11.8 and 12.4 for four
# generations of GPUs: an hour or more on two cores. The assembler is fetched (non-free, 180 MB).
assemble: setup
	scripts/ptxas.sh
	HEKLA_ASSEMBLE=all go test -count=1 -v -timeout 3h -run '^TestAssembles?$$' ./backend/cuda ./backend/cuda/kernels ./backend/cuda/ptx

# A folder to copy to a GPU machine without Go; run.sh in it checks and times its GPUs, what matters most first.
# TORCH_BENCH=FILE puts PyTorch's side of the timings there too.
gpu-bundle: setup
	internal/gpubundle/build.sh .bin/gpu-bundle

# The CUDA backend by way of gorgonia.org/cu: needs CUDA's headers, which it fetches if need be.
gorgoniacu: setup
	backend/cuda/gorgoniacu/check.sh

# The page of bench report in a real browser, at the widths of a desk and of a phone.
test-report:
	@command -v chromium >/dev/null || scripts/setup.sh chromium
	go test -count=1 -run TestReportInBrowser ./cmd/bench

generate:
	go generate ./...

clean:
	rm -rf .bin
