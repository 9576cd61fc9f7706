#!/usr/bin/env bash
# Checks and times Hekla on this machine's GPUs. Needs a Linux with bash and coreutils: no Go, no network.
#
#   ./run.sh [--device NAME]... [--out DIR] [--torch-bench FILE] [--conform-run REGEXP] [--op-run REGEXP]
#            [--op-time DURATION] [--step-limit SECONDS] [--skip STEP]...
#
# Without --device: every CUDA and Vulkan device that is hardware. Each step (conform, op, train, torch) runs in a
# process of its own, so that one that crashes or hangs loses only itself. --torch-bench (or TORCH_BENCH) is PyTorch's
# side of the timings: a script that takes --device and prints a line of JSON a case; torch_bench.py beside this is used too.
#
# Results, in --out (default: results/ and the time): summary.json, the machine and how each step ended; devices.jsonl;
# and of each step STEP-DEVICE.jsonl and STEP-DEVICE.log. The exit status is 1 if a step failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)

devices=() skip=" " out="" torch_bench=${TORCH_BENCH:-} conform_run="" op_run="" op_time=1s limit=3600
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
	--device | --out | --torch-bench | --conform-run | --op-run | --op-time | --step-limit | --skip)
		[ $# -ge 2 ] || { echo "run.sh: $1 needs a value" >&2; exit 2; } ;;
	*) echo "run.sh: unknown argument: $1 (see --help)" >&2; exit 2 ;;
	esac
	case $1 in
	--device) devices+=("$2") ;;
	--out) out=$2 ;;
	--torch-bench) torch_bench=$2 ;;
	--conform-run) conform_run=$2 ;;
	--op-run) op_run=$2 ;;
	--op-time) op_time=$2 ;;
	--step-limit) limit=$2 ;;
	--skip) skip="$skip$2 " ;;
	esac
	shift 2
done
[ -n "$torch_bench" ] || [ ! -r "$here/torch_bench.py" ] || torch_bench=$here/torch_bench.py
[ -n "$out" ] || out=$here/results/$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$out" || exit 2

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

steps="" failed=0
# step NAME DEVICE COMMAND... runs a command within the time limit and notes how it ended.
step() {
	local name=$1 device=$2 file start status what
	shift 2
	case $skip in *" $name "*) return ;; esac
	file=$name-$(printf %s "$device" | tr -c 'A-Za-z0-9\n' -)
	echo "$name on $device"
	start=$(date +%s.%N)
	timeout --kill-after=10 "$limit" "$@" >"$out/$file.jsonl" 2>"$out/$file.log"
	status=$?
	case $status in
	0) what=ok ;;
	124 | 137) what="over the limit of $limit s" ;;
	*) what="failed: $(tail -n 1 "$out/$file.log")" ;;
	esac
	[ $status -eq 0 ] || failed=1
	echo "  $what"
	steps="$steps${steps:+,}
    {\"step\": $(quote "$name"), \"device\": $(quote "$device"), \"status\": $status, \"outcome\": $(quote "$what"),
     \"seconds\": $(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }'), \"file\": $(quote "$file.jsonl")}"
}

"$bench" devices -format json >"$out/devices.jsonl" 2>"$out/devices.log"
if [ ${#devices[@]} -eq 0 ]; then
	while IFS= read -r d; do devices+=("$d"); done < <(
		grep -v '"kind":"software"' "$out/devices.jsonl" | sed -n '/"kind":/s/.*"device":"\(cuda:[0-9]*\|vulkan:[0-9]*\)".*/\1/p')
fi
[ ${#devices[@]} -gt 0 ] || { echo "run.sh: no GPU found:" >&2; cat "$out/devices.jsonl" >&2; failed=1; }

for d in ${devices[@]+"${devices[@]}"}; do
	step conform "$d" "$bench" conform -device "$d" -format json -run "$conform_run"
	step op "$d" "$bench" op -device "$d" -format json -run "$op_run" -time "$op_time"
	step train "$d" "$bench" train -device "$d" -format json -model cnn
done

torch=none
if [ -z "$torch_bench" ]; then
	echo "no PyTorch side: give it with --torch-bench"
elif [ ! -r "$torch_bench" ]; then
	echo "run.sh: cannot read $torch_bench" >&2
	failed=1
else
	for python in ${PYTHON:-python3 /usr/bin/python3}; do
		torch=$("$python" -c 'import torch; print(torch.__version__, "cuda" if torch.cuda.is_available() else "cpu")' 2>"$out/torch.log") && break
		torch=none
	done
	case $torch in
	none) echo "no PyTorch side: python3 has no torch" ;;
	*) step torch "${torch##* }" "$python" "$torch_bench" --device "${torch##* }" --only "$op_run" --seconds "${op_time%s}" ;;
	esac
fi

gpus=$(command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit --format=csv,noheader 2>/dev/null)
cat >"$out/summary.json" <<END
{
  "version": $(quote "$(cat "$here/VERSION" 2>/dev/null)"), "binary": $(quote "$(basename "$bench")"),
  "time": $(quote "$(date -u +%Y-%m-%dT%H:%M:%SZ)"), "kernel": $(quote "$(uname -srm)"),
  "cpu": $(quote "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"), "cores": $(nproc),
  "nvidia_smi": $(quote "$gpus"), "torch": $(quote "$torch"),
  "steps": [$steps
  ],
  "ok": $([ $failed -eq 0 ] && echo true || echo false)
}
END
echo "results: $out"
exit $failed
