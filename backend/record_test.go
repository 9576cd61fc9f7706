package backend

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/op"
)

// TestRecordedMemory frees as it goes, as a training step does: freed results
// serve again, freed operands, which no replay would write, do not.
func TestRecordedMemory(t *testing.T) {
	inner := &blind{}
	r := Record(inner)
	x := put(t, r, array([]int{2}, 1, 2))
	r.Reset()
	y := x
	run := func(c *Call) View {
		t.Helper()
		if err := r.Run(c); err != nil {
			t.Fatal(err)
		}
		return c.Out[0]
	}
	for i := range 6 { // y = (y + x)*c, of which two results live at a time
		c := put(t, r, array([]int{2}, 2, 3))
		z := run(elementwise(t, r, op.Add, nil, y, x))
		if i > 0 {
			y.Buffer.Free()
		}
		y = run(elementwise(t, r, op.Mul, nil, z, c))
		z.Buffer.Free()
		c.Buffer.Free()
	}
	want := get(t, r, y)
	if n := inner.live.Load(); n != 1+6+2 { // x, each c, and two that took turns
		t.Errorf("%d buffers, want 9", n)
	}
	for range 2 {
		if err := r.Replay(); err != nil {
			t.Fatal(err)
		}
		if got := get(t, r, y); !slices.Equal(got, want) {
			t.Errorf("replayed: %v, want %v", got, want)
		}
	}
	r.Stop()
	y.Buffer.Free()
	r.Reset()
	if n := inner.live.Load(); n != 1 {
		t.Errorf("%d buffers after Reset, want 1", n)
	}
}

// TestStop runs calls that are not to be replayed, whose buffers go when they are freed.
func TestStop(t *testing.T) {
	inner := &listing{}
	r := Record(inner)
	x := put(t, r, array([]int{1}, 1))
	grad := elementwise(t, r, op.Neg, nil, x)
	if err := r.Run(grad); err != nil {
		t.Fatal(err)
	}
	if err := r.RunList([]*Call{grad}); err != ErrUnsupported {
		t.Errorf("a list while recording: %v", err)
	}
	r.Stop()
	step := &Call{Op: op.Add, In: []View{x, grad.Out[0]}, Out: []View{x}} // x -= x
	step.Fn, step.Uniforms = op.Add.Lower([]op.Meta{{Shape: x.Shape, DType: x.DType}, {Shape: x.Shape, DType: x.DType}}, nil)
	more := elementwise(t, r, op.Neg, nil, x)
	for _, c := range [][]*Call{{step}, {more}, {more, more}} {
		if err := RunList(r, c); err != nil {
			t.Fatal(err)
		}
	}
	more.Out[0].Buffer.Free()
	grad.Out[0].Buffer.Free() // a replay writes it
	if n := inner.live.Load(); n != 2 || len(r.Calls()) != 1 || inner.lists != 1 {
		t.Errorf("%d buffers, %d calls and %d lists, want x and its gradient, and one each", n, len(r.Calls()), inner.lists)
	}
	if got := get(t, r, x); got[0] != 0 {
		t.Errorf("x = %v after its step, want 0", got)
	}
	if err := r.Replay(); err != nil {
		t.Fatal(err)
	}
	r.Reset()
	if err := r.Run(elementwise(t, r, op.Neg, nil, x)); err != nil || len(r.Calls()) != 1 {
		t.Errorf("after Reset: %v, %d calls, want one", err, len(r.Calls()))
	}
}
