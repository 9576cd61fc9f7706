// Package cpu is the device made of this machine's processors: pure Go with
// assembly for the innermost loops. It needs nothing but the program itself and
// runs every op of the table: elementwise ones block by block, those that
// matter by kernels of their own, the rest by their reference.
//
// Run computes before it returns, on all the processors that Go may use.
// Results depend neither on their number nor on timing.
//
// Importing the package registers the driver "cpu".
package cpu
