#!/usr/bin/env bash
# Makes sure that what `make` needs is there, and the packages named as arguments. On Debian and
# Ubuntu missing ones are installed, with a message; elsewhere this says what to install.
set -eu

need_go=1.26
have_go=$(go version 2>/dev/null | sed -n 's/^go version go\([0-9]*\.[0-9]*\).*/\1/p' || true)
if [ -z "$have_go" ] || [ "$(printf '%s\n' "$need_go" "$have_go" | sort -V | head -n 1)" != "$need_go" ]; then
	echo "setup: Go $need_go or newer is needed, found: ${have_go:-none}. Install it from the Go project's download page." >&2
	exit 1
fi

# A C compiler is needed by the race detector and by Vulkan; the library builds without. Mesa's
# software driver lets the Vulkan tests run on any machine, and Khronos' validator reads what is
# compiled for it.
missing=("$@")
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
if command -v apt-get >/dev/null; then
	ldconfig -p | grep -q libvulkan.so.1 || missing+=(libvulkan1)
	ls /usr/share/vulkan/icd.d/lvp_icd*.json >/dev/null 2>&1 || missing+=(mesa-vulkan-drivers)
	command -v spirv-val >/dev/null || missing+=(spirv-tools)
	for package in "$@"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
fi
[ "${#missing[@]}" -eq 0 ] && exit 0
if command -v apt-get >/dev/null; then
	sudo=""
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	echo "setup: installing ${missing[*]}" >&2
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
	echo "setup: please install with your package manager: ${missing[*]}" >&2
	exit 1
fi
