package workload

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// Named returns the cases of the PyTorch side, in its order and with operands of
// type d: operations, then models in float32.
func Named(d dtype.DType) []Case {
	l := append(products(d), streams(d)...)
	l = append(l, rows(d)...)
	l = append(l, convolutions(d)...)
	l = append(l, others(d)...)
	return append(l, steps()...)
}

func products(d dtype.DType) []Case {
	var l []Case
	size := float64(d.Size())
	for _, n := range []int{256, 512, 1024, 2048} {
		l = append(l, MatMul(d, n))
	}
	return append(l, computes(d, "bmm/"+Short(d)+"/64x128x64x128", 2*64*128*64*128, 64*(2*128*64+128*128)*size, func(m maker) func() *tensor.Tensor {
		x, y := m.normal(64, 128, 64), m.normal(64, 64, 128)
		return func() *tensor.Tensor { return x.MatMul(y) }
	}))
}

// MatMul is the product of two square matrices.
func MatMul(d dtype.DType, n int) Case {
	k := float64(n)
	return computes(d, fmt.Sprintf("matmul/%s/%d", Short(d), n), 2*k*k*k, 3*k*k*float64(d.Size()), func(m maker) func() *tensor.Tensor {
		x, y := m.normal(n, n), m.normal(n, n)
		return func() *tensor.Tensor { return x.MatMul(y) }
	})
}

// Add is the sum of two vectors.
func Add(d dtype.DType, n int) Case {
	return computes(d, "add/"+Short(d)+"/"+short(n), float64(n), 3*float64(d.Size()*n), func(m maker) func() *tensor.Tensor {
		x, y := m.normal(n), m.normal(n)
		return func() *tensor.Tensor { return x.Add(y) }
	})
}

// short is a number of elements: 1024, 1M, 16M.
func short(n int) string {
	if n%(1<<20) == 0 {
		return fmt.Sprintf("%dM", n>>20)
	}
	return fmt.Sprint(n)
}

// streams are what memory bounds.
func streams(d dtype.DType) []Case {
	var l []Case
	for _, n := range []int{1 << 20, 1 << 24} {
		k, b := fmt.Sprintf("/%s/%dM", Short(d), n>>20), float64(d.Size()*n)
		l = append(l,
			Add(d, n),
			computes(d, "exp"+k, 0, 2*b, func(m maker) func() *tensor.Tensor { x := m.normal(n); return x.Exp }),
			computes(d, "gelu"+k, 0, 2*b, func(m maker) func() *tensor.Tensor { x := m.normal(n); return x.GELU }),
			computes(d, "sum"+k, float64(n), b, func(m maker) func() *tensor.Tensor {
				x := m.normal(n)
				return func() *tensor.Tensor { return x.Sum() }
			}))
	}
	return l
}

func rows(d dtype.DType) []Case {
	const rows = 4096
	size, k := float64(d.Size()), "/"+Short(d)+"/"
	return []Case{
		computes(d, "softmax"+k+"4096x1024", 0, 2*size*rows*1024, func(m maker) func() *tensor.Tensor {
			x := m.normal(rows, 1024)
			return func() *tensor.Tensor { return x.Softmax(1) }
		}),
		computes(d, "layernorm"+k+"4096x1024", 0, 2*size*rows*1024, func(m maker) func() *tensor.Tensor {
			x, w, b := m.normal(rows, 1024), m.normal(1024), m.normal(1024)
			return func() *tensor.Tensor { return x.LayerNorm(1, 1e-5, w, b) }
		}),
		computes(d, "transpose"+k+"4096", 0, 2*size*rows*rows, func(m maker) func() *tensor.Tensor {
			x := m.normal(rows, rows).T()
			return x.Clone
		}),
		computes(d, "sum-axis0"+k+"4096", rows*rows, size*rows*rows, func(m maker) func() *tensor.Tensor {
			x := m.normal(rows, rows)
			return func() *tensor.Tensor { return x.Sum(0) }
		}),
	}
}

func convolutions(d dtype.DType) []Case {
	const pixels, flops = 8 * 64 * 56 * 56, 2 * 8 * 64 * 64 * 56 * 56 * 9
	size, k := float64(d.Size()), "/"+Short(d)+"/8x64x56x56-k3"
	pad, each := op.ConvAttrs{Pad: []int{1}}, op.ConvAttrs{Pad: []int{1}, Groups: 64}
	return []Case{
		computes(d, "conv2d"+k, flops, size*(2*pixels+64*64*9), func(m maker) func() *tensor.Tensor {
			x, w := m.normal(8, 64, 56, 56), m.normal(64, 64, 3, 3)
			return func() *tensor.Tensor { return x.Conv(w, pad) }
		}),
		computes(d, "conv2d-depthwise"+k, flops/64, size*(2*pixels+64*9), func(m maker) func() *tensor.Tensor {
			x, w := m.normal(8, 64, 56, 56), m.normal(64, 1, 3, 3)
			return func() *tensor.Tensor { return x.Conv(w, each) }
		}),
		{Name: "conv2d-fwdbwd" + k, FLOPs: 3 * flops, Bytes: size * 6 * pixels, Rotate: true, Setup: func(r Rig) func() {
			m := r.maker(d)
			x, w := m.normal(8, 64, 56, 56).SetRequiresGrad(true), m.normal(64, 64, 3, 3).SetRequiresGrad(true)
			return func() {
				tensor.Scope(func(s *tensor.Arena) {
					y := s.Own(x.Conv(w, pad))
					autograd.Backward(y.Sum())
				})
				x.SetGrad(nil)
				w.SetGrad(nil)
			}
		}},
	}
}

func others(d dtype.DType) []Case {
	size, k := float64(d.Size()), "/"+Short(d)+"/"
	return []Case{
		{Name: "tiny-add" + k + "10", Setup: func(r Rig) func() {
			m := r.maker(d)
			x, y := m.normal(10), m.normal(10)
			return func() {
				for range 1000 { // as the PyTorch side: a thousand a run
					x.Add(y).Free()
				}
			}
		}},
		computes(d, "gather"+k+"50000x256-8192", 0, 2*size*8192*256, func(m maker) func() *tensor.Tensor {
			table, ids := m.normal(50000, 256), m.ids(50000, 8192)
			return func() *tensor.Tensor { return table.IndexSelect(0, ids) }
		}),
		{Name: "sort" + k + "1M", Bytes: (2*size + 8) * (1 << 20), Rotate: true, Setup: func(r Rig) func() {
			x := r.maker(d).normal(1 << 20)
			return func() {
				v, i := x.Sort(0, false)
				v.Free()
				i.Free()
			}
		}},
	}
}
