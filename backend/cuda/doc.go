// Package cuda is the backend for NVIDIA GPUs. Importing it registers the
// driver "cuda"; the library libcuda is looked for when devices are listed or
// opened, and where it is missing that says so and nothing else happens.
//
// Kernels are PTX written by package ptx as they are needed and compiled by the
// driver, which keeps its own cache on disk. A call for which there is no
// kernel is backend.ErrUnsupported, with the reason.
package cuda
