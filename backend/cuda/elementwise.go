package cuda

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/backend/cuda/ptx"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// elementwise computes a call that applies a function to each element.
func (d *device) elementwise(c *backend.Call) error {
	n := c.Out[0].Numel()
	if n == 0 {
		return nil
	}
	if len(c.In)+len(c.Out) > len(callKey{}.types) {
		return unsupported("%d operands", len(c.In)+len(c.Out))
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	key, rank, wide := d.lay(c, s, n)
	fn, ok := d.find(key)
	if !ok {
		var err error
		if fn, err = d.newPointwise(c, key, rank, wide); err != nil {
			return err
		}
	}
	w := append(s.words[:0], uint64(n))
	for k := range s.nest.operands {
		w = append(w, address(operand(c, k)))
	}
	w = uniforms(w, c.Fn, c.Uniforms, hasType(c, dtype.Float64))
	if rank > 0 {
		w = s.nest.words(w)
	}
	s.words = w
	return d.launchOver(c, fn, n, w)
}

// lay finds the loops over a call's n elements, and which kernel runs them.
func (d *device) lay(c *backend.Call, s *scratch, n int) (key callKey, rank int, wide bool) {
	s.nest.reset(len(c.In) + len(c.Out))
	full := c.Out[0].Shape
	for axis, size := range full {
		s.nest.push(size, func(k int) int {
			v := operand(c, k)
			return v.Strides[axis] * v.DType.Size()
		})
	}
	rank = s.nest.rank()
	if dense(c, &s.nest) {
		rank = 0
	}
	wide = n > math.MaxInt32
	key = callKey{kind: "pointwise", fn: c.Fn, shape: uint64(rank) << 1}
	if wide {
		key.shape |= 1
	}
	for k := range s.nest.operands {
		key.types[k] = operand(c, k).DType
	}
	return key, rank, wide
}

// newPointwise makes the kernel of a call, apart from elementwise so that calls
// whose kernel is there allocate nothing for it.
func (d *device) newPointwise(c *backend.Call, key callKey, rank int, wide bool) (driver.Function, error) {
	spec := specOf(c.Fn, c.In, c.Out)
	text := func() string { return fmt.Sprint("pointwise ", spec.Key(), key.shape) }
	return d.kernel(key, text, func() (*ptx.Kernel, error) {
		if err := ptx.Supported(spec); err != nil {
			return nil, unsupported("%v", err)
		}
		k := ptx.Pointwise(spec, rank, wide)
		if k.Words > maxWords {
			return nil, unsupported("%d words of parameters", k.Words)
		}
		return k, nil
	})
}

// launchOver runs a kernel with a thread for each of n elements.
func (d *device) launchOver(c *backend.Call, fn driver.Function, n int, words []uint64) error {
	threads := min(ptx.Threads, (n+31)/32*32)
	blocks := (n + threads - 1) / threads
	if blocks > math.MaxInt32 {
		return unsupported("%d elements", n)
	}
	return d.launch(c, fn, [3]uint32{uint32(blocks), 1, 1}, threads, words)
}

// operand returns operand k of a call, inputs first.
func operand(c *backend.Call, k int) *backend.View {
	if k < len(c.In) {
		return &c.In[k]
	}
	return &c.Out[k-len(c.In)]
}

// dense reports whether every operand is a run of elements without gaps.
func dense(c *backend.Call, n *nest) bool {
	if n.rank() > 1 {
		return false
	}
	for k := range n.operands {
		if n.rank() == 1 && n.strides[k][0] != operand(c, k).DType.Size() {
			return false
		}
	}
	return true
}

func hasType(c *backend.Call, t dtype.DType) bool {
	for k := range len(c.In) + len(c.Out) {
		if operand(c, k).DType == t {
			return true
		}
	}
	return false
}

func specOf(f *op.Fn, in, out []backend.View) pointwise.Spec {
	s := pointwise.Spec{Program: f.Program}
	for i := range in {
		s.In = append(s.In, in[i].DType)
	}
	for i := range out {
		s.Out = append(s.Out, out[i].DType)
	}
	return s
}

// uniforms appends scalar arguments in the types that a kernel reads.
func uniforms(words []uint64, f *op.Fn, values []float64, float64 bool) []uint64 {
	for i, x := range values {
		words = append(words, ptx.Scalar(f.Program.Uniforms[i], x, float64))
	}
	return words
}
