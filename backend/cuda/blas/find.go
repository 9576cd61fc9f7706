package blas

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// The names of the library where the loader finds it or a toolkit puts it, the newest first.
func libraryNames() []string {
	if runtime.GOOS == "windows" {
		return []string{"cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"}
	}
	var names []string
	for _, version := range []string{"13", "12", "11"} {
		names = append(names, "libcublas.so."+version, "/usr/local/cuda/lib64/libcublas.so."+version, "/usr/local/cuda/targets/x86_64-linux/lib/libcublas.so."+version)
	}
	return names
}

// wheels returns where Python environments have the library, as NVIDIA's wheels put it, the newest first: that of the
// python3 that comes first in PATH, those that are active, and the system's.
func wheels() []string {
	var roots []string
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := os.Getenv(name); dir != "" {
			roots = append(roots, dir)
		}
	}
	if python, err := exec.LookPath("python3"); err == nil {
		roots = append(roots, filepath.Dir(filepath.Dir(python)))
	}
	roots = append(roots, "/usr/local", "/usr")
	if home, err := os.UserHomeDir(); err == nil {
		roots = append(roots, filepath.Join(home, ".local"))
	}
	var found []string
	for _, root := range roots {
		var here []string
		for _, packages := range []string{"lib/python3*/site-packages", "lib/python3*/dist-packages"} {
			for _, folder := range []string{"nvidia/*/lib/libcublas.so.*", "torch/lib/libcublas.so.*"} {
				l, _ := filepath.Glob(filepath.Join(root, packages, folder)) // the pattern is well formed
				here = append(here, l...)
			}
		}
		slices.SortFunc(here, func(a, b string) int { return strings.Compare(filepath.Ext(b), filepath.Ext(a)) })
		found = append(found, here...)
	}
	return found
}

// preload opens the part of the library that the loader may not find beside it.
func preload(path string) {
	dir, name := filepath.Split(path)
	if version, ok := strings.CutPrefix(name, "libcublas.so."); ok && dir != "" {
		driver.Preload(filepath.Join(dir, "libcublasLt.so."+version))
	}
}
