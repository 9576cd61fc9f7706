// Package ptxsim runs PTX, the assembly language of NVIDIA GPUs, on the CPU, so
// that kernels can be tested where no GPU is. It is functional, not timed: the
// threads of a block run instruction by instruction side by side, blocks one
// after another.
//
// It is stricter than hardware. Opcodes and modifiers it does not know are
// errors at load time. Accesses outside an allocation or not aligned, races in
// shared memory, and barriers that not all threads of a block reach stop the
// launch with a Fault that names kernel, block, thread and line. Fresh memory
// is filled with a pattern that reads as NaN.
package ptxsim
