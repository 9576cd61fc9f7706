package backend

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// mixing returns a function of many operands, of which each output reads most.
func mixing(inputs []pointwise.Kind, outputs int) *op.Fn {
	return op.NewFn(inputs, []pointwise.Kind{pointwise.Float}, func(in, u []pointwise.Value) []pointwise.Value {
		sum, whole := u[0], pointwise.Index().Convert(pointwise.Int)
		var out []pointwise.Value
		for i, x := range in {
			if x.Kind() == pointwise.Int {
				whole = whole.Mul(pointwise.Const(1 << 20)).Add(x)
			} else {
				sum = sum.Add(x.Convert(pointwise.Float)).Mul(pointwise.Const(1.7))
			}
			if i >= len(in)-outputs {
				out = append(out, sum.Sub(in[0].Convert(pointwise.Float)).Add(whole.Convert(pointwise.Float)))
			}
		}
		return out
	})
}

// TestDivide: a call in parts stores what it does as a whole, of mixed types and
// in place, too, and gives back all memory.
func TestDivide(t *testing.T) {
	const n = 6
	d := &fake{}
	r := rand.New(rand.NewPCG(1, 2))
	newView := func(t dtype.DType) View {
		b, _ := d.Alloc(int64(n * t.Size()))
		v := View{Buffer: b, DType: t, View: shape.Contiguous([]int{2, 3})}
		a := op.NewArray(t, 2, 3)
		for i := range a.Data {
			a.Data[i] = op.RoundTo(100*r.Float64(), t)
		}
		WriteArray(b.(HostBuffer).Bytes(), v, a)
		return v
	}
	f32, f64, i32, i64 := dtype.Float32, dtype.Float64, dtype.Int32, dtype.Int64
	for _, c := range []struct {
		why     string
		in, out []dtype.DType
		place   bool // the first output is the first input
	}{
		{"all of one type", slices.Repeat([]dtype.DType{f32}, 40), []dtype.DType{f32, f32, f32}, false},
		{"in place", slices.Repeat([]dtype.DType{f32}, 40), []dtype.DType{f32, f32, f32}, true},
		{"one wide float makes all wide", append(slices.Repeat([]dtype.DType{f32}, 30), f64), []dtype.DType{f32, f32}, false},
		{"one wide integer, too", append([]dtype.DType{f32, i64}, slices.Repeat([]dtype.DType{i32, f32}, 20)...), []dtype.DType{f32}, false},
		{"of both, the widest is a result", append(slices.Repeat([]dtype.DType{i32, f32, dtype.Bool}, 9), i64), []dtype.DType{f32, f64}, false},
		{"nothing to divide", []dtype.DType{f32, f32}, []dtype.DType{f32}, false},
	} {
		kinds := make([]pointwise.Kind, len(c.in))
		call := &Call{Uniforms: []float64{2}}
		for i, ty := range c.in {
			kinds[i] = pointwise.Int
			switch {
			case ty.IsFloat():
				kinds[i] = pointwise.Float
			case ty == dtype.Bool:
				kinds[i] = pointwise.Bool
			}
			call.In = append(call.In, newView(ty))
		}
		call.Op, call.Fn = op.Map, mixing(kinds, len(c.out))
		for _, ty := range c.out {
			call.Out = append(call.Out, newView(ty))
		}
		if err := Evaluate(call); err != nil {
			t.Fatal(err)
		}
		var want [][]float64
		for _, v := range call.Out {
			want = append(want, ReadArray(v.Buffer.(HostBuffer).Bytes(), v).Data)
		}
		call.Out = nil
		for i, ty := range c.out {
			v := newView(ty)
			if c.place && i == 0 {
				v = call.In[0]
			}
			call.Out = append(call.Out, v)
		}
		v, err := Divide(call, 8)
		if err != nil {
			t.Fatalf("%s: %v", c.why, err)
		}
		before, calls := d.live.Load(), 0
		err = v.Run(call, func(ty dtype.DType, s []int) (View, func(), error) {
			v := newView(ty)
			return v, v.Buffer.Free, nil
		}, func(part *Call) error {
			calls++
			types := append(typesOf(part.In), typesOf(part.Out)...)
			if len(types) > 8 {
				t.Errorf("%s: a part of %d operands", c.why, len(types))
			}
			for _, wide := range []dtype.DType{f64, i64} {
				if slices.Contains(append(typesOf(call.In), typesOf(call.Out)...), wide) && !slices.Contains(types, wide) && part.Fn != same[types[0]] {
					t.Errorf("%s: a part of operands %v computes in less than %v", c.why, types, wide)
				}
			}
			return Evaluate(part)
		})
		if err != nil {
			t.Fatalf("%s: %v", c.why, err)
		}
		if live := d.live.Load(); live != before {
			t.Errorf("%s: %d buffers are left", c.why, live-before)
		}
		if few := len(c.in) < 8; few != (calls == 1) {
			t.Errorf("%s: %d calls", c.why, calls)
		}
		for k, v := range call.Out {
			for i, got := range ReadArray(v.Buffer.(HostBuffer).Bytes(), v).Data {
				// The reference computes in float64, the parts hand on float32.
				if math.Abs(got-want[k][i]) > 1e-5*math.Abs(want[k][i]) {
					t.Errorf("%s: output %d[%d] = %v, want %v", c.why, k, i, got, want[k][i])
				}
			}
		}
	}
}

// TestDivideFails: what memory there was is given back.
func TestDivideFails(t *testing.T) {
	kinds := slices.Repeat([]pointwise.Kind{pointwise.Float}, 40)
	call := &Call{Op: op.Map, Fn: mixing(kinds, 1), Uniforms: []float64{1}}
	for range 41 {
		call.In = append(call.In, View{DType: dtype.Float32, View: shape.Contiguous([]int{4})})
	}
	call.In, call.Out = call.In[:40], call.In[40:]
	call.Out[0].Buffer = &fakeBuffer{}
	v, err := Divide(call, 8)
	if err != nil {
		t.Fatal(err)
	}
	held, full := 0, errors.New("full")
	err = v.Run(call, func(ty dtype.DType, s []int) (View, func(), error) {
		if held == 3 {
			return View{}, nil, full
		}
		held++
		return View{}, func() { held-- }, nil
	}, func(*Call) error { return nil })
	if !errors.Is(err, full) || held != 0 {
		t.Errorf("%v, and %d temporaries are held", err, held)
	}
}
