package conformance

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// remote hides that buffers are host memory, as those of most GPUs are not.
type remote struct{ backend.Device }

type remoteBuffer struct{ inner backend.Buffer }

func (b remoteBuffer) Len() int64 { return b.inner.Len() }
func (b remoteBuffer) Free()      { b.inner.Free() }

func (r remote) Alloc(n int64) (backend.Buffer, error) {
	b, err := r.Device.Alloc(n)
	return remoteBuffer{b}, err
}

func (r remote) Upload(dst backend.Buffer, off int64, src []byte) error {
	return r.Device.Upload(dst.(remoteBuffer).inner, off, src)
}

func (r remote) Download(dst []byte, src backend.Buffer, off int64) error {
	return r.Device.Download(dst, src.(remoteBuffer).inner, off)
}

func (r remote) Run(c *backend.Call) error {
	d := *c
	d.In, d.Out = bare(c.In), bare(c.Out)
	return r.Device.Run(&d)
}

func bare(views []backend.View) []backend.View {
	l := make([]backend.View, len(views))
	for i, v := range views {
		l[i] = v
		if b, ok := v.Buffer.(remoteBuffer); ok {
			l[i].Buffer = b.inner
		}
	}
	return l
}

// A device whose memory the host cannot reach passes too: operands then lie at
// an offset.
func TestRemoteDevice(t *testing.T) {
	Run(t, remote{tensor.CPU()}, Options{Seed: 5, Short: true})
}

// writer writes one element past the end of its output, before its beginning,
// or leaves the last one as it was.
type writer struct {
	backend.Device
	how string
}

func (w writer) Run(c *backend.Call) error {
	d := *c
	if w.how == "short" && c.Op == op.Neg {
		d.In, d.Out = trim(c.In), trim(c.Out)
	}
	if err := w.Device.Run(&d); err != nil || w.how == "short" {
		return err
	}
	b, ok := c.Out[0].Buffer.(*guardedHost)
	if ok && c.Op == op.Neg {
		at := int64(margin - 4)
		if w.how == "past" {
			at = margin + b.n
		}
		return w.Upload(b.inner, at, []byte{0, 0, 0, 0})
	}
	return nil
}

func trim(views []backend.View) []backend.View {
	v := views[0]
	if n := v.Numel(); v.IsContiguous() && n > 1 {
		v.View = shape.View{Shape: []int{n - 1}, Strides: []int{1}, Offset: v.Offset}
	}
	return []backend.View{v}
}

func TestGuardsFind(t *testing.T) {
	for how, want := range map[string]string{"past": "was overwritten", "before": "byte -4 of", "short": "NaN"} {
		dev := writer{tensor.CPU(), how}
		r := Check(t.Context(), dev, Options{Run: mustCompile(`^neg/0/contiguous$`)})
		if r.Failed != 1 || !strings.Contains(r.Failures[0].String(), want) {
			t.Errorf("%s: %+v, want a failure with %q", how, r.Failures, want)
		}
	}
}

// What was freed is looked at when it is freed.
func TestGuardOfFreedBuffer(t *testing.T) {
	g := Guard(tensor.CPU())
	x := tensor.From(g, []float32{1, 2})
	b := x.Neg()
	if err := g.Check(); err != nil || g.Live() != 2 {
		t.Fatalf("%v, %d live buffers, want 2", err, g.Live())
	}
	for h := range g.live {
		if err := tensor.CPU().Upload(h.inner, margin+8, []byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	b.Free()
	x.Free()
	if err := g.Check(); err == nil || !strings.Contains(err.Error(), "byte 8 of a buffer of 8") {
		t.Errorf("got %v", err)
	}
	if err := g.Check(); err != nil {
		t.Errorf("damage is reported twice: %v", err)
	}
}

// Fresh memory is poison.
func TestGuardPoisons(t *testing.T) {
	g := Guard(tensor.CPU())
	b, err := g.Alloc(8)
	if err != nil {
		t.Fatal(err)
	}
	mem := make([]byte, 8)
	if err := g.Download(mem, b, 0); err != nil {
		t.Fatal(err)
	}
	v := backend.View{DType: dtype.Float32, View: shape.Contiguous([]int{2})}
	if x := backend.ReadArray(mem, v).Data; x[0] == x[0] || x[1] == x[1] {
		t.Errorf("fresh memory reads %v, want NaN", x)
	}
	if err := g.Download(mem, b, 1); err == nil {
		t.Error("reading past the end is no error")
	}
}
