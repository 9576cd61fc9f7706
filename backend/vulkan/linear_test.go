package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

var everyEpilogue = []op.Epilogue{op.NoEpilogue, op.EpilogueReLU, op.EpilogueGELU, op.EpilogueGELUTanh}

// TestLinear compares affine maps, whose sums are exact, and what follows them with
// the CPU: within the product, where the result lies by fours, and after it.
func TestLinear(t *testing.T) {
	sizes := tileSizes
	defer func() { tileSizes = sizes }()
	tileSizes = slices.Clone(sizes[:1])
	tileSizes[0].TileSize, tileSizes[0].skinny = kernel.TileSize{Rows: 8, Columns: 16, Deep: 4, High: 2, Wide: 4}, false // see TestFamilies
	for name, change := range map[string]func(*device){"own": func(*device) {}, "tile": func(d *device) { d.family = tileFamily }} {
		t.Run(name, func(t *testing.T) {
			d := first(t, change)
			for _, k := range []dtype.DType{dtype.Float32, dtype.Float16} {
				for _, s := range [][3]int{{20, 36, 12}, {19, 35, 13}, {4, 8, 1024}, {1, 4, 3}, {5, 1, 7}} {
					for _, then := range everyEpilogue {
						for bias := range 3 { // none, dense, every second element
							run := func(dev backend.Device) []float64 {
								whole := func(n, m int) *tensor.Tensor {
									l := make([]float32, n*m)
									for i := range l {
										l[i] = float32(i*7%11-5) / 4
									}
									return tensor.From(dev, l, n, m).To(k)
								}
								in := []*tensor.Tensor{whole(s[0], s[2]), whole(s[1], s[2])}
								if bias > 0 {
									in = append(in, whole(s[1], bias).Select(1, 0))
								}
								return tensor.Apply(dev, op.Linear, op.LinearAttrs{Then: then}, in...)[0].Float64s()
							}
							got, want := run(d), run(tensor.CPU())
							for i, x := range want {
								// GELU is within some units of float32. Devices without a kernel round sums to 16 bits before what follows.
								least := 0.0
								if then > op.EpilogueReLU || k == dtype.Float16 {
									least = map[dtype.DType]float64{dtype.Float32: 0x1p-20, dtype.Float16: 0x1p-10}[k] * max(1, math.Abs(x))
								}
								if math.Abs(got[i]-x) > least {
									t.Fatalf("%v, %v, %v, bias %d: element %d is %v, want %v", k, s, then, bias, i, got[i], x)
								}
							}
						}
					}
				}
			}
		})
	}
}

// BenchmarkLinear shows what an activation costs within the product and after it.
func BenchmarkLinear(b *testing.B) {
	d := first(b, func(*device) {})
	random := func(s ...int) *tensor.Tensor { return tensor.NewGenerator(1).Normal(d, dtype.Float32, 0, 1, s...) }
	x, w, bias := random(512, 256), random(1024, 256), random(1024)
	for _, then := range everyEpilogue {
		for _, within := range []bool{false, true} {
			b.Run(fmt.Sprintf("%v/within=%t", then, within), func(b *testing.B) {
				run := func() {
					if within {
						tensor.Apply(d, op.Linear, op.LinearAttrs{Then: then}, x, w, bias)[0].Free()
						return
					}
					y := x.MatMul(w.Transpose(0, 1))
					tensor.Apply(d, op.Map, &op.MapAttrs{Fn: then.Fn(true), Out: []dtype.DType{dtype.Float32}}, y, bias)[0].Free()
					y.Free()
				}
				run() // compiles the kernels
				for b.Loop() {
					run()
					if err := d.Sync(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
