//go:build (linux && (amd64 || arm64)) || (windows && amd64)

// Package fakecuda is an NVIDIA driver library without a GPU: C entry points,
// made of callbacks, over the interpreter of package ptxsim. Tests hand it to
// backend/cuda in place of the real library; nothing else can select it.
//
// Callbacks are never given back to the system, so there is one set in a
// process, which serves the Machine that was installed last.
package fakecuda
