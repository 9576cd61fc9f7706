package vulkan

import (
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// a chain is a device with a call whose result is its next input, so that each
// launch needs a barrier before it.
type chain struct {
	*device
	p        *pipeline
	operands [2][]operand
	params   []uint32
	calls    [2]backend.Call
}

func newChain(b testing.TB, n int) *chain {
	list, skipped := find()
	if len(list) == 0 {
		b.Skip(skipped)
	}
	d, err := open(&list[0])
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	c := &chain{device: d}
	var v [2]backend.View
	for i := range v {
		buf, err := d.Alloc(int64(4 * n))
		if err != nil {
			b.Fatal(err)
		}
		v[i] = backend.View{Buffer: buf, DType: dtype.Float32, View: shape.Contiguous([]int{n})}
	}
	f, _ := op.Neg.Lower([]op.Meta{{Shape: []int{n}, DType: dtype.Float32}}, nil)
	for i := range 2 {
		c.calls[i] = backend.Call{Op: op.Neg, Fn: f, In: []backend.View{v[i]}, Out: []backend.View{v[1-i]}}
		if err := d.Run(&c.calls[i]); err != nil {
			b.Fatal(err)
		}
		a := &arrangement{views: []*backend.View{&v[i], &v[1-i]}}
		if err := d.arrange(a); err != nil {
			b.Fatal(err)
		}
		c.operands[i], c.params = a.operands, a.params
	}
	for _, p := range d.pipelines {
		c.p = p
	}
	if err := d.Sync(); err != nil {
		b.Fatal(err)
	}
	return c
}

// step times what f enqueues, a batch at a time, without the device's own work.
// The benchmark's clock cannot be stopped for that: to do so takes longer.
func (c *chain) step(b *testing.B, f func(i int) error) {
	b.ReportAllocs()
	var spent time.Duration
	for done := 0; done < b.N; {
		n := min(b.N-done, maxLaunches)
		start := time.Now()
		for i := range n {
			if err := f(i & 1); err != nil {
				b.Fatal(err)
			}
		}
		if err := c.flush(); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(start)
		if err := c.finish(); err != nil {
			b.Fatal(err)
		}
		done += n
	}
	b.ReportMetric(float64(spent)/float64(b.N), "ns/op")
}

// BenchmarkDispatch is the host's cost of a launch with its barrier: recording
// it, replaying it into a command buffer, and its part of the submission.
func BenchmarkDispatch(b *testing.B) {
	c := newChain(b, 8)
	c.step(b, func(i int) error { return c.launch(c.p, c.operands[i], c.params, 8) })
}

// BenchmarkRun is the host's cost of a whole call.
func BenchmarkRun(b *testing.B) {
	c := newChain(b, 8)
	c.step(b, func(i int) error { return c.Run(&c.calls[i]) })
}
