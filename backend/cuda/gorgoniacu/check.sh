#!/usr/bin/env bash
# Builds, vets and tests gorgoniacu. It needs CUDA's headers: those of the compiler's search path, or else Debian's
# (non-free) packages of CUDA 11.8, fetched once into the user's cache folder and unpacked there, not installed.
# Without a GPU the tests run on the interpreted one, behind a library with the driver's name.
set -eu
cd "$(dirname "$0")"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hekla/cuda-11.8
root=${CUDA_ROOT:-}

if [ -z "$root" ] && ! echo '#include <cuda.h>' | gcc -E -x c - >/dev/null 2>&1; then
	root=$cache/root
	if [ ! -e "$root/usr/include/cuda.h" ]; then
		command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
			{ echo "gorgoniacu: no cuda.h: install CUDA 11 or 12, or set CUDA_ROOT to where usr/include/cuda.h is" >&2; exit 1; }
		echo "gorgoniacu: fetching CUDA 11.8's headers (a package of 740 MiB, under NVIDIA's licence) to $cache" >&2
		mkdir -p "$cache/lists/partial" "$cache/archives/partial" "$root"
		mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep '/debian/*$' | head -n 1)
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm non-free" >"$cache/sources.list"
		apt=(-qq -o Dir::Etc::sourcelist="$cache/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$cache/lists"
			-o Dir::Cache="$cache" -o APT::Sandbox::User=)
		apt-get "${apt[@]}" update
		(cd "$cache" && apt-get "${apt[@]}" download nvidia-cuda-dev)
		dpkg-deb --fsys-tarfile "$cache"/nvidia-cuda-dev_*.deb | tar -x -C "$root" --wildcards './usr/include/*' '*/stubs/libcuda.so'
		rm "$cache"/nvidia-cuda-dev_*.deb
	fi
fi
if [ -n "$root" ]; then
	export CGO_CFLAGS="-I$root/usr/include -O2" CGO_LDFLAGS="-L$root/usr/lib/x86_64-linux-gnu/stubs"
fi

mkdir -p "$cache/fake"
gcc -shared -fPIC -O2 -Wall -Wno-builtin-declaration-mismatch -Wl,-soname,libcuda.so.1 -o "$cache/fake/libcuda.so.1" internal/fakelib/libcuda.c
go vet ./...
# Functions that the library lacks are bound only when called.
go test -ldflags='-extldflags=-Wl,-z,lazy' -c -o "$cache/gorgoniacu.test" .
if [ -e /dev/nvidiactl ]; then
	"$cache/gorgoniacu.test" -test.v
fi
LD_LIBRARY_PATH=$cache/fake "$cache/gorgoniacu.test" -test.v
