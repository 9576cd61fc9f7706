#!/usr/bin/env bash
# Checks and times Hekla on this machine's GPUs, what matters most first. Needs a Linux with bash and coreutils: no Go, no network.
#
#   ./run.sh [--device NAME]... [--out DIR] [--budget SECONDS] [--torch-bench FILE] [--again] [--list] [STEP]...
#
# Without --device: the first CUDA and the first Vulkan device that is hardware. Each step runs in a process of its own with a
# limit of its own, so that one that crashes or hangs loses only itself. --budget (570) ends everything in time; called again, this
# goes on where it stopped: what ended is not run again but with --again, or when it is named. STEP is a name of --list, such as
# conformance-cuda, or a pattern of the shell. --torch-bench (or TORCH_BENCH) is PyTorch's side of the timings: a script that takes
# --device and prints a line of JSON a case; torch_bench.py beside this is used too.
#
# Results, in --out (default: results/ beside this, or hekla-results in the folder for temporary files): summary.txt, to read first;
# summary.json; and of each step STEP.jsonl and STEP.log. If the environment has OUT, that folder gets both summaries and
# results.tar.gz, anew after each step; a results.tar.gz beside this is gone on from. The exit status is 1 if a step failed, 3 if
# the budget was too short for all.
set -u
here=$(cd "$(dirname "$0")" && pwd)
began=$SECONDS

devices=() steps=() out="" torch_bench=${TORCH_BENCH:-} budget=570 again="" list=""
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
	--again) again=yes ;;
	--list) list=yes ;;
	--device | --out | --torch-bench | --budget)
		[ $# -ge 2 ] || { echo "run.sh: $1 needs a value" >&2; exit 2; }
		case $1 in
		--device) devices+=("$2") ;;
		--out) out=$2 ;;
		--torch-bench) torch_bench=$2 ;;
		--budget) budget=$2 ;;
		esac
		shift ;;
	-*) echo "run.sh: unknown argument: $1 (see --help)" >&2; exit 2 ;;
	*) steps+=("$1") ;;
	esac
	shift
done
case $budget in '' | *[!0-9]*) echo "run.sh: --budget is $budget, want seconds" >&2; exit 2 ;; esac
[ -n "$torch_bench" ] || [ ! -r "$here/torch_bench.py" ] || torch_bench=$here/torch_bench.py
if [ -z "$out" ]; then
	out=$here/results
	if [ -n "${OUT:-}" ] || ! mkdir -p "$out" 2>/dev/null || [ ! -w "$out" ]; then out=${TMPDIR:-/tmp}/hekla-results; fi
fi
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
if [ -r "$here/results.tar.gz" ] && ! ls "$out"/*.done >/dev/null 2>&1; then tar -xzf "$here/results.tar.gz" -C "$out"; fi
# Each step finds the kernels that those before it had compiled.
export HEKLA_CUDA_CACHE=${HEKLA_CUDA_CACHE:-$out/cache} HEKLA_CACHE=${HEKLA_CACHE:-$out/cache}

# What another version left is put aside.
version=$(cat "$here/VERSION" 2>/dev/null || echo unknown)
if [ "$(cat "$out/VERSION" 2>/dev/null || echo "$version")" != "$version" ]; then
	mkdir -p "$out/old" && mv "$out"/*.done "$out"/*.jsonl "$out"/*.log "$out/old/" 2>/dev/null
fi
echo "$version" >"$out/VERSION"

# The binary with Vulkan needs a C library no older than the one it was built with; the other one has CUDA only.
bench=$here/bench
if ! "$bench" -h >/dev/null 2>"$out/bench.log"; then
	echo "run.sh: $bench does not start (see bench.log): using bench-novulkan, without Vulkan" >&2
	bench=$here/bench-novulkan
	"$bench" -h >/dev/null 2>>"$out/bench.log" || { echo "run.sh: neither binary starts: $(tail -n 1 "$out/bench.log")" >&2; exit 1; }
fi

# quote prints its argument as a JSON string.
quote() {
	printf '"%s"' "$(printf %s "$1" | tr '\n\t\r' '   ' | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

. "$here/vulkan.sh"
. "$here/steps.sh"
. "$here/summary.sh"

look_for_vulkan
timeout 60 "$bench" devices -format json >"$out/devices.jsonl" 2>"$out/devices.log"
if [ ${#devices[@]} -eq 0 ]; then
	for kind in cuda vulkan; do
		d=$(grep -v '"kind":"software"' "$out/devices.jsonl" | sed -n "/\"kind\":/s/.*\"device\":\"\\($kind:[0-9]*\\)\".*/\\1/p" | head -n 1)
		if [ -n "$d" ]; then
			devices+=("$d")
		else
			echo "run.sh: no $kind device: $(grep "\"$kind" "$out/devices.jsonl" | sed -n 's/.*"skipped":"\(.*\)"}.*/\1/p' | head -n 1 | cut -c 1-600)${vulkan_note:+ ($vulkan_note)}" | tee "$out/no-$kind.txt" >&2
		fi
	done
fi
failed=0
[ ${#devices[@]} -gt 0 ] || { echo "run.sh: no GPU found:" >&2; cut -c 1-1500 "$out/devices.jsonl" >&2; failed=1; }
gpus=$(command -v nvidia-smi >/dev/null && timeout 30 nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit --format=csv,noheader 2>/dev/null)
[ -z "$gpus" ] || timeout 30 nvidia-smi -q >"$out/nvidia-smi.txt" 2>&1
find_torch

short="" # steps that the budget was too short for
all_steps
[ -n "$list" ] && exit 0
write_summary
cat "$out/summary.txt"
echo "results: $out"
[ $failed -eq 0 ] || exit 1
[ -z "$short" ] || exit 3
