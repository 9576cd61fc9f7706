// Package driver calls NVIDIA's driver library, libcuda, which is found at run
// time: nothing is linked, and a program that imports this package starts
// wherever it is. No C compiler and no CUDA toolkit are needed.
//
// Handles of the driver are plain words. A context is current to an operating
// system thread, which goroutines change: calls that need one are made between
// Enter and its result.
package driver
