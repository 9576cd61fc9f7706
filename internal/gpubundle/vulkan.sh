# Read by run.sh: finds Vulkan's loader and NVIDIA's driver where they are not in the usual places.

# look_for_vulkan sets the environment of the loader, and vulkan_note to what was found.
look_for_vulkan() {
	local dir file lib
	vulkan_note=""
	if ! { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -q libvulkan.so.1; then
		if [ -e "$here/lib/libvulkan.so.1" ]; then
			export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
			vulkan_note="the loader is the one beside run.sh"
		else
			vulkan_note="no libvulkan.so.1: Vulkan's loader is not installed"
			return
		fi
	fi
	[ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || return
	for dir in /usr/share /etc /usr/local/share "${XDG_DATA_HOME:-$HOME/.local/share}"; do
		ls "$dir"/vulkan/icd.d/*nvidia* >/dev/null 2>&1 && return # where the loader looks
	done
	for dir in /usr/local/nvidia/share /usr/local/nvidia /opt/nvidia/share /usr/lib/x86_64-linux-gnu/nvidia /run/opengl-driver/share; do
		for file in "$dir"/vulkan/icd.d/*nvidia*.json; do
			[ -r "$file" ] || continue
			use_icd "$file" && vulkan_note="$vulkan_note driver by $file" && return
		done
	done
	# A driver without the file that tells the loader of it.
	for lib in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
		for dir in /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib/x86_64-linux-gnu/nvidia /usr/lib/wsl/lib; do
			[ -e "$dir/$lib" ] || continue
			printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "$dir/$lib" >"$out/icd-$lib.json"
			use_icd "$out/icd-$lib.json" && vulkan_note="$vulkan_note driver $dir/$lib, which no ICD file names" && return
		done
	done
	vulkan_note="$vulkan_note no NVIDIA driver for Vulkan found"
}

# use_icd FILE makes the loader use a driver, if it then finds a GPU.
use_icd() {
	if VK_DRIVER_FILES=$1 VK_ICD_FILENAMES=$1 timeout 60 "$bench" devices -format json 2>>"$out/devices.log" | grep -v '"kind":"software"' | grep -q '"device":"vulkan:[0-9]*","kind"'; then
		export VK_DRIVER_FILES=$1 VK_ICD_FILENAMES=$1
		return 0
	fi
	return 1
}
