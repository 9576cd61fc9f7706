package cpu_test

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// attentionCases are more than a block of queries and of keys, and what a block
// must not mix up: heads, masks, queries that see nothing.
func attentionCases(r *op.Rand) []op.Sample {
	q := func(s ...int) *op.Array { return r.Normal(s...) }
	keys := r.Ints(dtype.Bool, 0, 2, 2, 1, 1, 300)
	blind := r.Ints(dtype.Bool, 0, 2, 90, 300)
	clear(blind.Data[300*7:][:300])
	clear(blind.Data[300*8:][:256]) // sees keys of the second block alone
	far := r.Floats(dtype.Float32, 0, 90, 300)
	return []op.Sample{
		{Name: "blocks", In: []*op.Array{q(2, 90, 17), q(2, 300, 17), q(2, 300, 9)}, Attrs: op.AttentionAttrs{}},
		{Name: "causal", In: []*op.Array{q(2, 300, 8), q(2, 300, 8), q(2, 300, 33)}, Attrs: op.AttentionAttrs{Causal: true}},
		{Name: "causal, more queries", In: []*op.Array{q(600, 8), q(40, 8), q(40, 5)}, Attrs: op.AttentionAttrs{Causal: true}},
		{Name: "causal, more keys", In: []*op.Array{q(50, 8), q(600, 8), q(600, 5)}, Attrs: op.AttentionAttrs{Causal: true, Scale: 2}},
		{Name: "mask of keys", In: []*op.Array{q(2, 3, 50, 8), q(2, 3, 300, 8), q(2, 3, 300, 8), keys}, Attrs: op.AttentionAttrs{}},
		{Name: "blind", In: []*op.Array{q(3, 90, 8), q(3, 300, 8), q(3, 300, 8), blind}, Attrs: op.AttentionAttrs{Causal: true}},
		{Name: "growing scores", In: []*op.Array{q(20, 8), q(300, 8), q(300, 8), far}, Attrs: op.AttentionAttrs{}},
		{Name: "mask of queries", In: []*op.Array{q(20, 8), q(300, 8), q(300, 8), r.Ints(dtype.Bool, 0, 2, 20, 1)}, Attrs: op.AttentionAttrs{}},
		{Name: "grouped", In: []*op.Array{q(2, 6, 40, 8), q(2, 2, 270, 8), q(2, 2, 270, 4)}, Attrs: op.AttentionAttrs{Grouped: true, Causal: true}},
		{Name: "broadcast", In: []*op.Array{q(2, 1, 40, 8), q(1, 3, 50, 8), q(1, 1, 50, 4)}, Attrs: op.AttentionAttrs{}},
	}
}

// attentionGradient makes the operands of the gradient from those of a sample;
// nil if it has to be expanded first.
func attentionGradient(r *op.Rand, s op.Sample) []*op.Array {
	var metas []op.Meta
	for _, a := range s.In {
		metas = append(metas, a.Meta)
	}
	if s.Name == "broadcast" {
		return nil
	}
	y := want(op.Attention, s.In, s.Attrs)
	out, _ := op.Attention.Infer(metas, s.Attrs)
	g, delta := r.Normal(out[0].Shape...), r.Normal(out[1].Shape...)
	return slices.Concat(s.In[:3], []*op.Array{g, y[1], delta}, s.In[3:])
}

func TestAttentionBlocks(t *testing.T) {
	d, r := open(t), op.NewRand(7)
	for _, s := range attentionCases(r) {
		for _, l := range []layout{contiguous, sliced, transposed} {
			run(t, d, op.Attention, s, l)
		}
		if in := attentionGradient(r, s); in != nil {
			run(t, d, op.AttentionGrad, op.Sample{Name: s.Name, In: in, Attrs: s.Attrs}, contiguous)
		}
	}
}

// run compares a call with the reference. Sums of 300 terms of either sign do
// not fit the tolerance of try, which is relative to each element: here it is
// relative to the largest.
func run(t *testing.T, d backend.Device, o *op.Op, s op.Sample, l layout) {
	t.Helper()
	c := prepare(t, d, o, s.In, s.Attrs, l, contiguous)
	if err := d.Run(c); err != nil {
		t.Fatalf("%s, %s: %v", o.Name, s.Name, err)
	}
	for i, w := range want(o, s.In, s.Attrs) {
		got, err := take(t, d, c.Out[i])
		if err != nil {
			t.Fatalf("%s, %s, output %d: %v", o.Name, s.Name, i, err)
		}
		top := 0.0
		for _, x := range w.Data {
			top = max(top, math.Abs(x))
		}
		for j, x := range w.Data {
			// float32: 300 terms, and exponents that are off by their own rounding
			if g := got.Data[j]; !(math.Abs(g-x) <= 1e-5*top) {
				t.Fatalf("%s, %s, %s, output %d: element %d is %v, want %v", o.Name, s.Name, l, i, j, g, x)
			}
		}
	}
}

// TestAttentionBits: how the work is cut depends on the number of threads.
func TestAttentionBits(t *testing.T) {
	d, r := open(t), op.NewRand(8)
	for _, s := range attentionCases(r) {
		sameBits(t, d, s.Name, prepare(t, d, op.Attention, s.In, s.Attrs, contiguous, contiguous))
		if in := attentionGradient(r, s); in != nil {
			sameBits(t, d, s.Name, prepare(t, d, op.AttentionGrad, in, s.Attrs, contiguous, contiguous))
		}
	}
}

// sameBits runs c on all tiers that have a fused multiply-add and with several
// numbers of threads: results must be the same.
func sameBits(t *testing.T, d backend.Device, name string, c *backend.Call) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	defer isa.Set(isa.Active())
	var first [][]float64
	for _, tier := range isa.Tiers() {
		if tier == isa.Portable {
			continue // multiplies and adds apart
		}
		if err := isa.Set(tier); err != nil {
			t.Fatal(err)
		}
		for _, procs := range []int{1, 2, 3, 8} {
			runtime.GOMAXPROCS(procs)
			if err := d.Run(c); err != nil {
				t.Fatal(err)
			}
			for i := range c.Out {
				got, err := take(t, d, c.Out[i])
				if err != nil {
					t.Fatal(err)
				}
				if len(first) <= i {
					first = append(first, got.Data)
				}
				for j, x := range got.Data {
					if x != first[i][j] {
						t.Fatalf("%s, %s, %v with %d threads: output %d, element %d is %v, was %v", c.Op.Name, name, tier, procs, i, j, x, first[i][j])
					}
				}
			}
		}
	}
}
