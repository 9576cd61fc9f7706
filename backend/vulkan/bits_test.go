package vulkan_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// TestBits runs each elementwise op of one and two floats on numbers of all
// sizes and compares with pointwise.EvalFloat32, bit by bit: on Mesa's software
// drivers arithmetic is that of IEEE 754, and a MulAdd rounds twice.
func TestBits(t *testing.T) {
	d := open(t)
	if d.Info().Kind != backend.Software || vulkan.Flushes(d) {
		t.Skip("hardware may divide and flush denormals otherwise")
	}
	points := floats()
	for _, o := range op.All() {
		if o.Lower == nil {
			continue
		}
		for n := 1; n <= 2; n++ {
			in := make([]op.Meta, n)
			for i := range in {
				in[i] = op.Meta{Shape: []int{len(points)}, DType: dtype.Float32}
			}
			f := lower(o, in)
			if f == nil || len(f.Inputs) != n || f.Inputs[0] != pointwise.Float || len(f.Uniforms) > 0 || f.Code[f.Outputs[0]].Kind != pointwise.Float {
				continue
			}
			t.Run(o.Name, func(t *testing.T) { compareBits(t, d, o, f, points, n) })
		}
	}
}

func lower(o *op.Op, in []op.Meta) (f *op.Fn) {
	defer func() { _ = recover() }() // it wants other operands or attributes
	if _, err := o.Infer(in, nil); err != nil {
		return nil
	}
	f, _ = o.Lower(in, nil)
	return f
}

func compareBits(t *testing.T, d backend.Device, o *op.Op, f *op.Fn, points []float32, n int) {
	x := make([][]float32, n)
	x[0] = points
	if n == 2 { // neighbours far apart
		x[1] = make([]float32, len(points))
		for i := range points {
			x[1][i] = points[(i*7919+13)%len(points)]
		}
	}
	c := &backend.Call{Op: o, Fn: f}
	for _, l := range x {
		c.In = append(c.In, upload(t, d, l))
	}
	c.Out = []backend.View{upload(t, d, make([]float32, len(points)))}
	if err := d.Run(c); err != nil {
		t.Fatal(err)
	}
	got := download(t, d, c.Out[0])
	e := pointwise.Expand(f.Program).Evaluator(false, false).RoundingTwice()
	in, out := make([]float64, n), make([]float64, 1)
	bad := 0
	for i := range points {
		for k := range x {
			in[k] = float64(x[k][i])
		}
		e.Eval(out, in, nil, uint64(i))
		want := float32(out[0])
		if math.Float32bits(got[i]) == math.Float32bits(want) || got[i] != got[i] && want != want || got[i] == 0 && want == 0 {
			continue
		}
		if bad++; bad <= 3 {
			t.Errorf("of %v: %v, want %v", in, got[i], want)
		}
	}
	if bad > 3 {
		t.Errorf("%d of %d differ", bad, len(points))
	}
}

// floats returns numbers of all exponents and special ones.
func floats() []float32 {
	l := []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	r := op.NewRand(5)
	for len(l) < 1<<14 {
		l = append(l, math.Float32frombits(r.Uint32()))
		l = append(l, float32(r.NormFloat64()*10))
	}
	return l
}

func upload(t testing.TB, d backend.Device, x []float32) backend.View {
	t.Helper()
	b, err := d.Alloc(int64(4 * len(x)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Free)
	mem := make([]byte, 0, 4*len(x))
	for _, v := range x {
		mem = binary.LittleEndian.AppendUint32(mem, math.Float32bits(v))
	}
	if err := d.Upload(b, 0, mem); err != nil {
		t.Fatal(err)
	}
	return backend.View{Buffer: b, DType: dtype.Float32, View: shape.Contiguous([]int{len(x)})}
}

func download(t testing.TB, d backend.Device, v backend.View) []float32 {
	t.Helper()
	mem := make([]byte, 4*v.Numel())
	if err := d.Download(mem, v.Buffer, int64(4*v.Offset)); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, v.Numel())
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(mem[4*i:]))
	}
	return x
}
