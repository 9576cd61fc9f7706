#!/usr/bin/env bash
# Usage: build.sh FOLDER. Fills FOLDER with what a GPU machine without Go needs. If TORCH_BENCH names PyTorch's side of
# the timings, it is put there too.
set -eu
to=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
mkdir -p "$to"
# Stripped, and without the paths of this machine. With cgo it has Vulkan; without, it starts on any C library.
CGO_ENABLED=1 go build -trimpath -ldflags='-s -w' -o "$to/bench" ./cmd/bench
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$to/bench-novulkan" ./cmd/bench
install -m 755 "$here/run.sh" "$to/run.sh"
install -m 644 "$here"/{vulkan,steps,summary}.sh "$to/"
# Vulkan's loader, for machines that have a driver and not that.
loader=$(ldconfig -p | sed -n 's/.*libvulkan.so.1 .*=> //p' | head -n 1)
if [ -n "$loader" ]; then mkdir -p "$to/lib" && install -m 644 "$loader" "$to/lib/libvulkan.so.1"; fi
git describe --always --dirty >"$to/VERSION" 2>/dev/null || echo unknown >"$to/VERSION"
[ -z "${TORCH_BENCH:-}" ] || install -m 644 "$TORCH_BENCH" "$to/torch_bench.py"
size=$(du -sm "$to" --exclude=results | cut -f 1)
[ "$size" -le 60 ] || { echo "$to has $size MiB: want at most 60" >&2; exit 1; }
echo "$to: $size MiB. Copy it to the GPU machine and run ./run.sh there; ./run.sh --help says more."
