#!/usr/bin/env bash
# ptxas.sh [DIR]: unpacks NVIDIA's assembler of CUDA 11.8 and 12.4, with cuobjdump and nvdisasm, below DIR (default:
# hekla/ptxas in the user's cache folder) out of Debian's non-free packages, 90 MB each and under NVIDIA's licence. Nothing is
# installed. The tests then give all kernels to them. amd64. Exit status 75 if the archive cannot be reached.
set -eu

dir=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/hekla/ptxas}
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
	{ echo "ptxas: no apt-get here: install CUDA 11 or newer, or set HEKLA_PTXAS to where ptxas is" >&2; exit 1; }
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep '/debian/*$' | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian}

# fetch SUITE VERSION
fetch() {
	[ -x "$dir/$2/ptxas" ] && return
	local apt=$dir/$2/apt
	rm -rf "${dir:?}/$2" && mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 non-free" >"$apt/sources.list"
	local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$apt/lists"
		-o "Dir::Cache=$apt" -o Acquire::Languages=none -o APT::Sandbox::User=root
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::IndexTargets::deb::CNF::DefaultEnabled=false)
	if ! apt-get "${options[@]}" update || ! (cd "$apt" && apt-get "${options[@]}" download "nvidia-cuda-toolkit/$1"); then
		echo "ptxas: cannot fetch nvidia-cuda-toolkit of $1 from $mirror" >&2
		exit 75
	fi
	dpkg-deb --fsys-tarfile "$apt"/nvidia-cuda-toolkit_*.deb |
		tar -x -C "$dir/$2" --strip-components=3 ./usr/bin/ptxas ./usr/bin/cuobjdump ./usr/bin/nvdisasm
	rm -rf "$apt"
}

fetch bookworm 11.8
fetch trixie 12.4
ls "$dir"/*/ptxas
