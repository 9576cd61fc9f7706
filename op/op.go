// Package op is the table of operations: for each, its shape and type rule, its
// float64 reference, its gradient and samples to test it by. Backends make ops
// fast; what an op means is written here and nowhere else. Package tensor,
// conformance, bench and the documentation enumerate this table.
package op

import (
	"sort"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// A Meta is what is known of a value before it is computed.
type Meta struct {
	Shape []int
	DType dtype.DType
}

// A Value is an operand in the hands of a gradient or a decomposition: a
// tensor, a node of a captured graph, or an Array of the reference.
type Value interface {
	Shape() []int
	DType() dtype.DType
}

// An Op is one row of the table. Exactly one of View, Lower, Ref and Decompose
// says what it computes (an op with Ref may have Decompose too, as another way).
type Op struct {
	Name    string // lower case, unique
	Doc     string // one sentence that continues the name: "returns ..."
	Outputs int    // number of outputs; 0 means 1

	// Infer returns the type of each output, or an error that wraps ErrShape,
	// ErrDType or ErrAttr. Attrs is the op's own attribute type, or nil.
	Infer func(in []Meta, attrs any) ([]Meta, error)

	// View is set for movement ops: the output shares its input's memory.
	View func(v shape.View, attrs any) (shape.View, error)

	// Lower is set for elementwise ops: the function to run on each element
	// and its scalar arguments.
	Lower func(in []Meta, attrs any) (*Fn, []float64)

	// Ref computes the outputs in float64, plainly: the oracle.
	Ref func(in []*Array, attrs any) []*Array

	// Decompose computes the outputs from other ops: the meaning of an op
	// without Ref, and the way to run on devices without a kernel. An op with
	// Decompose and no gradient of its own is recorded as what it decomposes
	// into.
	Decompose func(b Builder, in []Value, attrs any) []Value

	// Grad returns the gradient for each input (nil: none), built from
	// differentiable ops. It may read the values of the inputs and outputs
	// named by SaveIn and SaveOut only; of others just shape and type.
	// Elementwise ops leave it nil: their gradient is derived from Lower.
	Grad            func(b Builder, c *GradContext) []Value
	SaveIn, SaveOut Mask
	// Save returns SaveIn and SaveOut where they depend on the attributes.
	Save func(attrs any, inputs int) (ins, outs Mask)

	// Samples returns inputs that exercise the op, seeded by the generator.
	Samples func(r *Rand) []Sample
	// Errors returns inputs the op must refuse.
	Errors func() []ErrorSample

	row *row // of the elementwise table
}

// A Mask is a set of input or output numbers.
type Mask uint64

// Nth returns the mask of the given numbers.
func Nth(numbers ...int) Mask {
	var m Mask
	for _, n := range numbers {
		m |= 1 << n
	}
	return m
}

// Has reports whether number i is in m.
func (m Mask) Has(i int) bool { return m>>i&1 != 0 }

// NumOutputs returns the number of outputs.
func (o *Op) NumOutputs() int { return max(o.Outputs, 1) }

// Differentiable reports whether o has a gradient.
func (o *Op) Differentiable() bool { return o.Grad != nil || o.Lower != nil || o.View != nil }

// A GradContext is what a gradient rule works from.
type GradContext struct {
	Op      *Op
	Attrs   any
	In, Out []Value
	G       []Value // cotangent of each output, nil where none arrived
	Needs   Mask    // inputs whose gradient is wanted

	metas []Meta // scratch
}

var table = map[string]*Op{}

func register(o *Op) *Op {
	if table[o.Name] != nil {
		panic("op: two ops are named " + o.Name)
	}
	table[o.Name] = o
	return o
}

// All returns every op, sorted by name.
func All() []*Op {
	all := make([]*Op, 0, len(table))
	for _, o := range table {
		all = append(all, o)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// Lookup returns the op with the given name, or nil.
func Lookup(name string) *Op { return table[name] }
