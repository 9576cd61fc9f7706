#!/usr/bin/env bash
# unstable.sh DIR [TESTS]: runs tests of the Vulkan backend, those of cooperative
# matrices if not told, on Mesa of Debian's unstable, the only driver for processors
# that has them. A whole system of 900 MB is unpacked into DIR, which takes root.
set -eu

dir=$1 tests=${2:-TestCooperative}
[ "$(id -u)" = 0 ] || { echo "unstable: want root, to unpack a system and go into it" >&2; exit 1; }
if [ ! -e "$dir/done" ]; then
	archive=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed -n 's#^[^\#]*[ =]\([a-z]*://[^ ]*/debian/*\)\( .*\)*$#\1#p' | head -n 1)
	rm -rf "$dir" && mkdir -p "$dir"
	debootstrap --variant=minbase --include=mesa-vulkan-drivers,libvulkan1 sid "$dir" "$archive" >"$dir.log" || { tail -n 5 "$dir.log" >&2; exit 1; }
	touch "$dir/done"
fi
go test -c -o "$dir/tmp/vulkan.test" ./backend/vulkan
chroot "$dir" env HOME=/tmp VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json sh -c "cd /tmp && ./vulkan.test -test.v -test.timeout 60m -test.run '$tests'" | grep -v '^=== '
