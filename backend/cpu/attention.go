package cpu

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/gemm"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.Attention] = func(c *backend.Call) error { return attend(c, attendForward[float32], attendForward[float64]) }
	kernels[op.AttentionGrad] = func(c *backend.Call) error { return attend(c, attendBackward[float32], attendBackward[float64]) }
}

// Scores are computed in blocks of queries by keys that stay in the second
// level of the cache. The order of all sums follows from keyBlock alone.
const (
	keyBlock    = hideable
	queryBlock  = 84 // whole tiles, of 14 rows as of 6
	causalBlock = 42 // shorter, since half a block on the diagonal is for nothing
	fewQueries  = 4  // up to here laying out keys costs more than plain products
)

func attend(c *backend.Call, f32 func(*attention[float32]), f64 func(*attention[float64])) error {
	if c.In[0].Shape[len(c.In[0].Shape)-2] <= fewQueries {
		return errOther
	}
	h := holder{c: c}
	defer h.put()
	switch c.In[0].DType {
	case dtype.Float32:
		f32(newAttention(&h, &vectors32, gemm.TilerF32(), nil))
	case dtype.Float64:
		f64(newAttention(&h, &vectors64, gemm.TilerF64(), nil))
	case dtype.Float16:
		return h.halves(f32, fromF16, toF16)
	case dtype.BFloat16:
		return h.halves(f32, fromBF16, toBF16)
	default:
		return errOther
	}
	return nil
}

// attention is one call of Attention or AttentionGrad.
type attention[T float32 | float64] struct {
	v      *vectors[T]
	tiler  gemm.Tiler[T]
	lead   []int // leading axes of the result
	heads  int   // how many there are in all
	group  int   // heads that share a key
	causal bool
	scale  T

	l, s, e, d int
	q, k, val  matrixSet[T]
	mask       maskSet[T]

	g          matrixSet[T] // AttentionGrad: the cotangent
	lse, delta []T
	out        [][]T // memory of the outputs, row-major
}

// holder gives back what a call has borrowed.
type holder struct {
	c      *backend.Call
	blocks []*scratch.Block
}

func (h *holder) put() {
	for _, b := range h.blocks {
		b.Put()
	}
}

func borrow[T any](h *holder, n int) []T {
	mem, b := scratch.Get[T](n)
	h.blocks = append(h.blocks, b)
	return mem
}

// halves computes in float32 and rounds what comes out.
func (h *holder) halves(f func(*attention[float32]), from func([]float32, []uint16), to func([]uint16, []float32)) error {
	a := newAttention(h, &vectors32, gemm.TilerF32(), from)
	var narrow []func()
	for i := range h.c.Out {
		if out := &h.c.Out[i]; out.DType.Size() == 2 {
			a.out[i] = borrow[float32](h, out.Numel())
			narrow = append(narrow, func() { to(dense[uint16](out), a.out[i]) })
		}
	}
	f(a)
	for _, f := range narrow {
		f()
	}
	return nil
}

// newAttention reads the operands. Those of 16 bits are widened by from.
func newAttention[T float32 | float64](h *holder, v *vectors[T], tiler gemm.Tiler[T], from func([]float32, []uint16)) *attention[T] {
	c := h.c
	at, _ := c.Attrs.(op.AttentionAttrs)
	q, k, val := &c.In[0], &c.In[1], &c.In[2]
	n := len(q.Shape) - 2
	a := &attention[T]{v: v, tiler: tiler, causal: at.Causal, group: 1, l: q.Shape[n], s: k.Shape[n], e: q.Shape[n+1], d: val.Shape[n+1]}
	a.scale = T(at.ScaleOf(a.e))
	gradient, mask := c.Op == op.AttentionGrad, c.In[3:]
	like := &c.Out[0]
	if gradient {
		like, mask = &c.In[3], c.In[6:]
	}
	a.lead = like.Shape[:n]
	a.heads = shape.Numel(a.lead)
	if at.Grouped && k.Shape[n-1] > 0 {
		a.group = q.Shape[n-1] / k.Shape[n-1]
	}
	a.q, a.k, a.val = matricesOf[T](h, q, a.lead, 1, from), matricesOf[T](h, k, a.lead, a.group, from), matricesOf[T](h, val, a.lead, a.group, from)
	if len(mask) > 0 {
		a.mask = maskOf[T](h, &mask[0], append(append([]int{}, a.lead...), a.l, a.s), from)
	}
	if gradient {
		a.g = matricesOf[T](h, &c.In[3], a.lead, 1, from)
		a.lse, a.delta = flat[T](h, &c.In[4]), flat[T](h, &c.In[5])
	}
	for i := range c.Out {
		var mem []T
		if c.Out[i].DType.Size() != 2 {
			mem = dense[T](&c.Out[i])
		}
		a.out = append(a.out, mem)
	}
	return a
}
