//go:build linux && !android && (amd64 || arm64)

package driver

import "github.com/ebitengine/purego"

var errPlatform error

// The driver's own places, those of containers and that of WSL. Last comes the toolkit's, for older kernel modules.
var libraryNames = []string{
	"libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1",
	"/usr/lib64/libcuda.so.1", "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "/usr/lib/aarch64-linux-gnu/libcuda.so.1",
	"/run/opengl-driver/lib/libcuda.so.1", "/usr/local/cuda/compat/libcuda.so.1",
}

func open(name string) (Symbols, error) {
	h, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	return library{h, name}, nil
}

func (l library) Symbol(name string) (uintptr, error) { return purego.Dlsym(l.handle, name) }
