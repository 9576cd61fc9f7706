// Package gorgoniacu makes backend/cuda call the driver by way of
// gorgonia.org/cu:
//
//	import _ "github.com/hekla-ml/hekla/backend/cuda/gorgoniacu"
//
// It is a module of its own, because it needs what the rest of Hekla does
// without: cgo, the headers of CUDA (11 or 12) to build, and to start a program
// an NVIDIA driver with a GPU; without one gorgonia.org/cu ends the process
// before main. docs/adr/0003 has the reasons.
package gorgoniacu
