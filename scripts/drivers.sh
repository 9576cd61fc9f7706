#!/usr/bin/env bash
# drivers.sh DIR: unpacks two more software drivers of Vulkan below DIR, without
# installing anything: Mesa of Debian's backports, and SwiftShader, which comes
# with chromium-common. Prints a line for each: its name and its ICD file.
# Debian 12 on amd64; takes some seconds, and nothing when DIR has them. Exit status
# 75 if the archive cannot be reached.
set -eu

dir=$(mkdir -p "$1" && cd "$1" && pwd)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# archive NAME: the address that apt's sources have for the archive of that name.
archive() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed -n "s#^[^\#]*[ =]\([a-z]*://[^ ]*/$1/*\)\( .*\)*\$#\1#p" | head -n 1
}

# fetch NAME SUITE ARCHIVE PACKAGE: unpacks a package into DIR/NAME.
fetch() {
	local name=$1 suite=$2 archive=$3 package=$4
	[ -e "$dir/$name/done" ] && return
	local apt="$dir/$name/apt"
	rm -rf "${dir:?}/$name" && mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	echo "deb [signed-by=$keyring] $archive $suite main" >"$apt/sources.list"
	local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o Acquire::Languages=none -o APT::Sandbox::User=root
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::IndexTargets::deb::CNF::DefaultEnabled=false)
	if ! apt-get "${options[@]}" update || ! (cd "$apt" && apt-get "${options[@]}" download "$package/$suite"); then
		echo "drivers: cannot fetch $package of $suite from ${archive:-an archive, of which apt does not know}" >&2
		exit 75
	fi
	dpkg-deb -x "$apt/$package"_*.deb "$dir/$name"
	basename "$apt/$package"_*.deb | cut -d_ -f2 >"$dir/$name/version"
	rm -rf "$apt"
	touch "$dir/$name/done"
}

# icd NAME LIBRARY: writes the file that tells the loader of a driver.
icd() {
	local lib
	lib=$(find "$dir/$1" -name "$2" | head -n 1)
	[ -n "$lib" ] || { echo "drivers: no $2 in the package for $1" >&2; exit 1; }
	printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "$lib" >"$dir/$1/icd.json"
	echo "$1-$(cat "$dir/$1/version") $dir/$1/icd.json"
}

fetch mesa bookworm-backports "$(archive debian)" mesa-vulkan-drivers
icd mesa libvulkan_lvp.so
fetch swiftshader bookworm-security "$(archive debian-security)" chromium-common
icd swiftshader libvk_swiftshader.so
