package vulkan

import (
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/tensor"
)

// TestManyOperands: functions of more operands than a kernel binds compute the
// bits they do on the CPU, elementwise and in a reduction.
func TestManyOperands(t *testing.T) {
	t.Setenv("HEKLA_VULKAN_LIMITS", "buffers=9,range=64KiB")
	d := first(t, func(*device) {})
	const operands = 20
	sums := op.NewFn(slices.Repeat([]pointwise.Kind{pointwise.Float}, operands), nil, func(in, _ []pointwise.Value) []pointwise.Value {
		a, b := pointwise.Const(1), pointwise.Const(2)
		var out []pointwise.Value
		for i, x := range in {
			a = a.Mul(pointwise.Const(0.5)).Add(x)
			b = b.Sub(a.Mul(x))
			if i%10 == 9 {
				out = append(out, a, b.Max(a))
			}
		}
		return out
	})
	for _, c := range []struct {
		name  string
		types []dtype.DType
		n     int
	}{
		{"float32", []dtype.DType{dtype.Float32}, 1000},
		{"float32, wider than a kernel sees", []dtype.DType{dtype.Float32}, 40000},
		{"float16 and float32", []dtype.DType{dtype.Float16, dtype.Float32}, 100},
		{"float32 and one float64", append(slices.Repeat([]dtype.DType{dtype.Float32}, operands-1), dtype.Float64), 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			if slices.Contains(c.types, dtype.Float64) && !slices.Contains(d.Info().Features, "float64") {
				t.Skip("no float64")
			}
			on := func(dev backend.Device) (all []float64) {
				var in []*tensor.Tensor
				for i := range operands {
					x := tensor.Arange(dev, dtype.Float32, 0, float64(c.n), 1).AddScalar(float64(i)).MulScalar(0.37)
					// Fractions of few bits: sums and products are exact on any device.
					x = x.Sub(x.Floor()).MulScalar(8).Floor().MulScalar(0.125).To(c.types[i%len(c.types)])
					in = append(in, x)
				}
				a := &op.MapAttrs{Fn: sums}
				for k := range sums.Outputs {
					a.Out = append(a.Out, c.types[k%len(c.types)])
				}
				for _, y := range tensor.Apply(dev, op.Map, a, in...) {
					all = append(all, y.Float64s()...)
				}
				total := op.NewFn(sums.Inputs, nil, func(in, _ []pointwise.Value) []pointwise.Value {
					sum := in[0]
					for _, x := range in[1:] {
						sum = sum.Add(x)
					}
					return []pointwise.Value{sum.Mul(sum).Add(pointwise.Index().Convert(pointwise.Float))}
				})
				f := &op.ReduceMapAttrs{Fn: total, By: op.ByMax, Axes: []int{1}, Out: dtype.Float32}
				for i := range in {
					in[i] = in[i].Reshape(2, -1)
				}
				return append(all, tensor.Apply(dev, op.Reduce, f, in...)[0].Float64s()...)
			}
			got, want := on(d), on(tensor.CPU())
			if !slices.Equal(got, want) {
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("number %d of %d is %v, want %v", i, len(got), got[i], want[i])
					}
				}
			}
		})
	}
}
