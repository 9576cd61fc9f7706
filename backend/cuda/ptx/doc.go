// Package ptx writes kernels as PTX text, which the driver compiles for the
// GPU at hand: pointwise programs, reductions of them, and structured kernels.
//
// Text is for PTX 6.0 and sm_50, which every driver since 2017 takes for every
// GPU since Maxwell. Floats are rounded to nearest at each operation, products
// and sums are fused where a program says MulAdd and nowhere else, and denormals
// are kept, so that a pointwise kernel gives the bits of pointwise.EvalFloat32.
//
// A kernel's parameters are one block of 64-bit words, in the order that its
// function documents: a launch passes one pointer whatever the kernel.
package ptx
