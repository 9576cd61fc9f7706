package cpu_test

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// TestConvPaths tries the convolutions that go by other ways than package conv,
// in all layouts and types.
func TestConvPaths(t *testing.T) {
	d, r := open(t), op.NewRand(5)
	for _, c := range []struct {
		name string
		x, w []int
		a    op.ConvAttrs
	}{
		{"pointlike", []int{3, 5, 4, 6}, []int{7, 5, 1, 1}, op.ConvAttrs{}},
		{"pointlike but for stride", []int{3, 5, 4, 6}, []int{7, 5, 1, 1}, op.ConvAttrs{Stride: []int{2}}},
		{"pointlike but for groups", []int{3, 6, 4}, []int{4, 3, 1}, op.ConvAttrs{Groups: 2}},
		{"covering", []int{3, 5, 4, 6}, []int{7, 5, 4, 6}, op.ConvAttrs{}},
		{"covering, 1-d", []int{3, 5, 4}, []int{7, 5, 4}, op.ConvAttrs{Stride: []int{3}}},
		{"covering but for padding", []int{3, 5, 4}, []int{7, 5, 4}, op.ConvAttrs{Pad: []int{1}}},
		{"columns", []int{2, 16, 5, 4}, []int{17, 16, 3, 3}, op.ConvAttrs{Pad: []int{1}}},
		{"columns of many images", []int{8, 16, 5, 4}, []int{17, 16, 3, 3}, op.ConvAttrs{Pad: []int{1}}},
		{"columns for the weight alone", []int{2, 16, 8, 8}, []int{17, 16, 3, 3}, op.ConvAttrs{Pad: []int{1}}},
		{"short sums for the weight", []int{1, 16, 14, 15}, []int{17, 16, 3, 3}, op.ConvAttrs{Pad: []int{1}}},
		{"columns, strides", []int{3, 16, 6, 7}, []int{16, 16, 3, 2}, op.ConvAttrs{Pad: []int{2, 1}, Stride: []int{2, 3}}},
		{"columns, dilation", []int{2, 16, 9, 8}, []int{16, 16, 3, 3}, op.ConvAttrs{Pad: []int{3}, Dilation: []int{2, 3}}},
		{"columns, 1-d", []int{2, 18, 11}, []int{16, 18, 4}, op.ConvAttrs{Pad: []int{5}, Stride: []int{2}}},
		{"columns, 3-d", []int{1, 16, 3, 4, 3}, []int{16, 16, 2, 3, 2}, op.ConvAttrs{Pad: []int{0, 1, 1}}},
		{"one pixel", []int{3, 5, 1, 1}, []int{7, 5, 1, 1}, op.ConvAttrs{}},
	} {
		for _, of := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16} {
			x, w := r.Floats(of, -1, 1, c.x...), r.Floats(of, -1, 1, c.w...)
			out, err := op.Conv.Infer([]op.Meta{x.Meta, w.Meta}, c.a)
			if err != nil {
				t.Fatal(err)
			}
			y := r.Floats(of, -1, 1, out[0].Shape...)
			for _, l := range []layout{contiguous, transposed, sliced} {
				try(t, d, op.Conv, op.Sample{Name: c.name, In: []*op.Array{x, w}, Attrs: c.a}, l)
				a := c.a
				a.Size = c.x[2:]
				try(t, d, op.ConvTranspose, op.Sample{Name: c.name, In: []*op.Array{y, w}, Attrs: a}, l)
				a.Size = c.w[2:]
				try(t, d, op.ConvWeight, op.Sample{Name: c.name, In: []*op.Array{x, y}, Attrs: a}, l)
			}
		}
	}
}
