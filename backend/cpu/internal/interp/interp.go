// Package interp runs pointwise programs on the CPU: block by block, each
// instruction as one call that works on whole blocks, which stay in the
// first-level cache. Nothing is decided per element.
//
// A block holds blockSize elements of every live register. Operands that lie
// as the program reads and writes them are used in place; others are gathered
// or scattered with conversion, a block at a time, so that no strided or
// broadcast operand is ever materialised.
package interp

import (
	"sync"
	"unsafe"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// blockSize is 512: a register of float32 is 2 KiB then, so that a dozen of
// them fit the first-level cache, and a call of some 5 ns is small beside the
// 20 to 30 ns of its work.
const blockSize = 512

// A class is how a register holds a kind.
type class uint8

const (
	f32 class = iota
	f64
	i32
	i64
	u32
	mask // uint32, all ones where the Bool holds
	classes
)

func (c class) size() int {
	if c == f64 || c == i64 {
		return 8
	}
	return 4
}

// A prim runs an instruction on n elements. Operands that an instruction does
// not have are nil. dst may be one of the operands.
type prim func(dst, a, b, c unsafe.Pointer, n int)

// A step is an instruction with its places: indices into worker.at.
type step struct {
	f          prim
	d, a, b, c uint16
	isCopy     bool
	// A step without f skips the next count steps if skip holds of mask a.
	skip  func(mask unsafe.Pointer, n int) bool
	count int
}

type steps []step

// A Kernel is a compiled Spec. It may be run by many goroutines at once.
type Kernel struct {
	ins, outs []port
	steps     steps
	// constant steps depend on constants and uniforms only.
	constant []step
	fills    []fill // of constants
	uniforms []fill // A is the number of the uniform
	places   int    // of worker.at
	slots    []int  // the places that are blocks of a worker's memory
	width    int    // bytes of an element of such a block
	index    [2]int // places of OpIndex and OpIndexHigh, or -1
	cost     float64
	flat     bool // see Flat
	bare     bool // flat, and no step needs memory beside the operands
	workers  sync.Pool
}

// A port is an input or output.
type port struct {
	dtype  dtype.DType
	class  class // of the register that holds elements of dtype
	place  int
	direct bool // memory and register have one format
	used   bool
	buffer int // place that points to the block's own memory
}

type fill struct {
	class class
	place int
	value float64
}

// An Operand is an input or output: the elements View describes, of the memory
// Mem. Its type is that of the Spec.
type Operand struct {
	Mem []byte
	shape.View
}

// Compile prepares a spec. It panics if the program has a Bitcast and Float is
// float64.
func Compile(s pointwise.Spec) *Kernel {
	l := &lowering{spec: s, k: &Kernel{}}
	l.classes = [...]class{pointwise.Float: f32, pointwise.Int: i32, pointwise.Bool: mask, pointwise.Bits: u32}
	if s.Int64() {
		l.classes[pointwise.Int] = i64
	}
	l.program = s.Program
	if s.Float64() {
		l.classes[pointwise.Float] = f64
	} else {
		l.program = pointwise.Expand(s.Program, functions...)
	}
	l.run()
	return l.k
}

// natural returns the register class that elements of d are loaded to, exactly.
func (l *lowering) natural(d dtype.DType) class {
	switch {
	case d == dtype.Bool:
		return mask
	case d.IsInt():
		return l.classes[pointwise.Int]
	}
	return l.classes[pointwise.Float]
}

// direct reports whether elements of d in memory are a register as they are.
func direct(d dtype.DType, c class) bool {
	switch d {
	case dtype.Float32:
		return c == f32
	case dtype.Float64:
		return c == f64
	case dtype.Int32:
		return c == i32
	case dtype.Int64:
		return c == i64
	}
	return false
}
