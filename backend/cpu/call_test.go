package cpu_test

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/cpu"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func open(t testing.TB) backend.Device {
	t.Helper()
	d, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func alloc(t testing.TB, d backend.Device, bytes int) backend.Buffer {
	t.Helper()
	b, err := d.Alloc(int64(bytes))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A layout says how an operand of a test lies in its buffer.
type layout string

// The layouts that every op is tried on.
const (
	contiguous layout = "contiguous"
	transposed layout = "transposed" // axes in reverse order in memory
	sliced     layout = "sliced"     // at an offset, every other element of each axis
	expanded   layout = "expanded"   // the first axis of more than one element repeats its first
)

// expand makes the elements of a repeat along its first long axis.
func expand(a *op.Array) *op.Array {
	for k, n := range a.Meta.Shape {
		if n > 1 {
			v := shape.Contiguous(a.Meta.Shape)
			v.Strides[k] = 0
			return a.Gather(v)
		}
	}
	return a
}

// lay returns a view of shape s in a buffer of its own, and how many elements
// the buffer has.
func lay(s []int, l layout) (shape.View, int) {
	v := shape.Contiguous(s)
	switch l {
	case transposed:
		n := 1
		for i, d := range s {
			v.Strides[i] = n
			n *= max(d, 1)
		}
	case sliced:
		n := 2
		for i := len(s) - 1; i >= 0; i-- {
			v.Strides[i] = n
			n *= 2*max(s[i], 1) + 1
		}
		v.Offset = 3
	case expanded:
		for k, n := range s {
			if n > 1 {
				w := shape.Contiguous(s)
				rest := append([]int(nil), s...)
				rest[k] = 1
				w.Strides = shape.Strides(rest)
				w.Strides[k] = 0
				return w, w.End()
			}
		}
	}
	return v, v.End()
}

// put makes an operand of a.
func put(t testing.TB, d backend.Device, a *op.Array, l layout) backend.View {
	t.Helper()
	v, n := lay(a.Meta.Shape, l)
	mem := make([]byte, n*a.Meta.DType.Size())
	i := 0
	places(v, func(at int) { encode(mem, a.Meta.DType, at, a.Data[i]); i++ })
	b := alloc(t, d, len(mem))
	if err := d.Upload(b, 0, mem); err != nil {
		t.Fatal(err)
	}
	return backend.View{Buffer: b, DType: a.Meta.DType, View: v}
}

// guard is what buffers of outputs hold before a call: as a float a tiny
// negative number, as an integer a large one.
const guard = 0xa5

// room makes an output: in the middle of a buffer full of guard bytes.
func room(t testing.TB, d backend.Device, m op.Meta, l layout) backend.View {
	t.Helper()
	v, n := lay(m.Shape, l)
	v.Offset += 16
	mem := make([]byte, (n+32)*m.DType.Size())
	for i := range mem {
		mem[i] = guard
	}
	b := alloc(t, d, len(mem))
	if err := d.Upload(b, 0, mem); err != nil {
		t.Fatal(err)
	}
	return backend.View{Buffer: b, DType: m.DType, View: v}
}

// take reads an output back. It returns an error if bytes outside of the view
// were written.
func take(t testing.TB, d backend.Device, v backend.View) (*op.Array, error) {
	t.Helper()
	mem := make([]byte, v.Buffer.Len())
	if err := d.Download(mem, v.Buffer, 0); err != nil {
		t.Fatal(err)
	}
	a := op.NewArray(v.DType, v.Shape...)
	size, i := v.DType.Size(), 0
	inside := make([]bool, len(mem)/size)
	places(v.View, func(at int) { a.Data[i] = decode(mem, v.DType, at); inside[at] = true; i++ })
	for i, x := range mem {
		if !inside[i/size] && x != guard {
			return a, fmt.Errorf("byte %d outside of the output was overwritten", i)
		}
	}
	return a, nil
}

func places(v shape.View, f func(at int)) {
	if v.Numel() == 0 {
		return
	}
	idx := make([]int, len(v.Shape))
	for more := true; more; more = shape.Next(idx, v.Shape) {
		at := v.Offset
		for k, x := range idx {
			at += x * v.Strides[k]
		}
		f(at)
	}
}

// as returns mem as a slice of Ts.
func as[T any](mem []byte) []T {
	var x T
	if len(mem) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[0])), len(mem)/int(unsafe.Sizeof(x)))
}

func encode(mem []byte, d dtype.DType, at int, x float64) {
	switch d {
	case dtype.Bool:
		mem[at] = uint8(op.RoundTo(x, d))
	case dtype.Uint8:
		mem[at] = uint8(x)
	case dtype.Int8:
		as[int8](mem)[at] = int8(x)
	case dtype.Int16:
		as[int16](mem)[at] = int16(x)
	case dtype.Int32:
		as[int32](mem)[at] = int32(x)
	case dtype.Int64:
		as[int64](mem)[at] = int64(x)
	case dtype.Float16:
		as[dtype.F16](mem)[at] = dtype.ToF16(float32(x))
	case dtype.BFloat16:
		as[dtype.BF16](mem)[at] = dtype.ToBF16(float32(x))
	case dtype.Float32:
		as[float32](mem)[at] = float32(x)
	case dtype.Float64:
		as[float64](mem)[at] = x
	}
}

func decode(mem []byte, d dtype.DType, at int) float64 {
	switch d {
	case dtype.Bool, dtype.Uint8:
		return float64(mem[at])
	case dtype.Int8:
		return float64(as[int8](mem)[at])
	case dtype.Int16:
		return float64(as[int16](mem)[at])
	case dtype.Int32:
		return float64(as[int32](mem)[at])
	case dtype.Int64:
		return float64(as[int64](mem)[at])
	case dtype.Float16:
		return float64(as[dtype.F16](mem)[at].Float32())
	case dtype.BFloat16:
		return float64(as[dtype.BF16](mem)[at].Float32())
	case dtype.Float32:
		return float64(as[float32](mem)[at])
	}
	return as[float64](mem)[at]
}

// prepare makes the call of o on a sample, with operands and outputs laid out
// as told, the way package tensor does.
func prepare(t testing.TB, d backend.Device, o *op.Op, in []*op.Array, attrs any, inputs, outputs layout) *backend.Call {
	t.Helper()
	metas := make([]op.Meta, len(in))
	for i, a := range in {
		metas[i] = a.Meta
	}
	outs, err := o.Infer(metas, attrs)
	if err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	c := &backend.Call{Op: o, Attrs: attrs}
	for _, a := range in {
		c.In = append(c.In, put(t, d, a, inputs))
	}
	if o.Lower != nil {
		c.Fn, c.Uniforms = o.Lower(metas, attrs)
		stretch(t, c, outs[0].Shape)
	} else {
		outputs = contiguous
		if c.Fold = o.Fold(metas, attrs); c.Fold != nil {
			var full []int
			for _, m := range metas {
				if full, err = shape.Broadcast(full, m.Shape); err != nil {
					t.Fatal(err)
				}
			}
			stretch(t, c, full)
		}
	}
	for _, m := range outs {
		c.Out = append(c.Out, room(t, d, m, outputs))
	}
	return c
}

func stretch(t testing.TB, c *backend.Call, s []int) {
	t.Helper()
	for i := range c.In {
		v, err := c.In[i].Expand(s)
		if err != nil {
			t.Fatal(err)
		}
		c.In[i].View = v
	}
}

// want computes what o gives.
func want(o *op.Op, in []*op.Array, attrs any) []*op.Array {
	vals := make([]op.Value, len(in))
	for i, a := range in {
		vals[i] = a
	}
	var out []*op.Array
	for _, v := range (op.Reference{}).Apply(o, attrs, vals...) {
		out = append(out, v.(*op.Array))
	}
	return out
}

// tolerance returns the relative and absolute error allowed of a result of
// type d: some units in the last place for the polynomials of elementwise
// functions, more for sums of up to a thousand terms that cancel.
func tolerance(d dtype.DType) (rel, abs float64) {
	switch d {
	case dtype.Float16:
		return 2e-3, 1e-3
	case dtype.BFloat16:
		return 1.6e-2, 1e-2
	case dtype.Float32:
		return 1e-5, 2e-6
	case dtype.Float64:
		return 1e-12, 1e-13
	}
	return 0, 0
}

// near compares element by element. A result may also agree with narrow, if
// that is not nil: what the same steps give if each rounds to float32, which is
// far off where they overflow or cancel.
func near(got, want, narrow *op.Array) error {
	rel, abs := tolerance(want.Meta.DType)
	close := func(g, w float64) bool {
		return g == w || g != g && w != w || math.Abs(g-w) <= abs+rel*math.Abs(w)
	}
	for i, w := range want.Data {
		w = op.RoundTo(w, want.Meta.DType)
		if g := got.Data[i]; !close(g, w) && (narrow == nil || !close(g, narrow.Data[i])) {
			return fmt.Errorf("element %d of %v is %v, want %v", i, want.Meta.Shape, g, w)
		}
	}
	return nil
}

// narrow evaluates an elementwise call in float32 and returns its outputs, or
// nil if it computes in float64 or is no such call.
func narrow(t testing.TB, c *backend.Call, in []*op.Array) []*op.Array {
	t.Helper()
	if c.Fn == nil {
		return nil
	}
	s := pointwise.Spec{Program: c.Fn.Program}
	for i := range c.In {
		s.In = append(s.In, c.In[i].DType)
	}
	out := make([]*op.Array, len(c.Out))
	for i := range c.Out {
		s.Out = append(s.Out, c.Out[i].DType)
		out[i] = op.NewArray(c.Out[i].DType, c.Out[i].Shape...)
	}
	if s.Float64() {
		return nil
	}
	wide := make([]*op.Array, len(in))
	for i, a := range in {
		wide[i] = a.Broadcast(c.Out[0].Shape)
	}
	e := s.Evaluator(false, s.Int64())
	x, y := make([]float64, len(in)), make([]float64, len(out))
	for i := range out[0].Data {
		for k, a := range wide {
			x[k] = a.Data[i]
		}
		e.Eval(y, x, c.Uniforms, uint64(i))
		for k, v := range y {
			out[k].Data[i] = op.RoundTo(v, out[k].Meta.DType)
		}
	}
	return out
}
