//go:build (linux && !android && (amd64 || arm64)) || (windows && (amd64 || arm64))

package driver

import "github.com/ebitengine/purego"

// call calls a C function that returns a CUresult.
func call(fn uintptr, args []uintptr) Result {
	r, _, _ := purego.SyscallN(fn, args...)
	return Result(uint32(r))
}
