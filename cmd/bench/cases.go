package main

import (
	"fmt"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A benchCase is something to time. setup makes the operands and returns the
// step that is timed.
type benchCase struct {
	name  string
	flops float64 // floating-point operations a step, 0 if memory is what counts
	bytes float64 // bytes read and written a step
	setup func(dev backend.Device) func()
}

// rate says how much work a second a median time in milliseconds means.
func (c benchCase) rate(ms float64) string {
	switch {
	case c.flops > 0:
		return fmt.Sprintf("%.1f GFLOP/s", c.flops/ms/1e6)
	case c.bytes > 0:
		return fmt.Sprintf("%.1f GB/s", c.bytes/ms/1e6)
	}
	return ""
}

// maker draws operands from one stream.
type maker struct {
	dev backend.Device
	gen *tensor.Generator
}

func (m maker) normal(sizes ...int) *tensor.Tensor {
	return m.gen.Normal(m.dev, dtype.Float32, 0, 1, sizes...)
}

// timed makes a case whose step computes one result and frees it.
func timed(name string, flops, bytes float64, setup func(m maker) func() *tensor.Tensor) benchCase {
	return benchCase{name, flops, bytes, func(dev backend.Device) func() {
		f := setup(maker{dev, tensor.NewGenerator(0)})
		return func() { f().Free() }
	}}
}

// cases lists what bench op times, operations first, then training steps.
var cases = append(opCases(), trainCases()...)

func opCases() []benchCase {
	var l []benchCase
	for _, n := range []int{256, 512, 1024, 2048} {
		l = append(l, timed(fmt.Sprintf("matmul/f32/%d", n), 2*float64(n)*float64(n)*float64(n), 0, func(m maker) func() *tensor.Tensor {
			x, y := m.normal(n, n), m.normal(n, n)
			return func() *tensor.Tensor { return x.MatMul(y) }
		}))
	}
	l = append(l, timed("bmm/f32/64x128x64x128", 2*64*128*64*128, 0, func(m maker) func() *tensor.Tensor {
		x, y := m.normal(64, 128, 64), m.normal(64, 64, 128)
		return func() *tensor.Tensor { return x.MatMul(y) }
	}))
	for _, n := range []int{1 << 20, 1 << 24} {
		k, b := fmt.Sprintf("%dM", n>>20), 4*float64(n)
		l = append(l,
			timed("add/f32/"+k, 0, 3*b, func(m maker) func() *tensor.Tensor {
				x, y := m.normal(n), m.normal(n)
				return func() *tensor.Tensor { return x.Add(y) }
			}),
			timed("exp/f32/"+k, 0, 2*b, func(m maker) func() *tensor.Tensor { x := m.normal(n); return x.Exp }),
			timed("gelu/f32/"+k, 0, 2*b, func(m maker) func() *tensor.Tensor { x := m.normal(n); return x.GELU }),
			timed("sum/f32/"+k, 0, b, func(m maker) func() *tensor.Tensor {
				x := m.normal(n)
				return func() *tensor.Tensor { return x.Sum() }
			}))
	}
	const rows = 4096
	l = append(l,
		timed("softmax/f32/4096x1024", 0, 8*rows*1024, func(m maker) func() *tensor.Tensor {
			x := m.normal(rows, 1024)
			return func() *tensor.Tensor { return x.Softmax(1) }
		}),
		timed("layernorm/f32/4096x1024", 0, 8*rows*1024, func(m maker) func() *tensor.Tensor {
			x, w, b := m.normal(rows, 1024), m.normal(1024), m.normal(1024)
			return func() *tensor.Tensor { return x.LayerNorm(1, 1e-5, w, b) }
		}),
		timed("transpose/f32/4096", 0, 8*rows*rows, func(m maker) func() *tensor.Tensor {
			x := m.normal(rows, rows).T()
			return x.Clone
		}),
		timed("sum-axis0/f32/4096", 0, 4*rows*rows, func(m maker) func() *tensor.Tensor {
			x := m.normal(rows, rows)
			return func() *tensor.Tensor { return x.Sum(0) }
		}))
	const convFlops = 2 * 8 * 64 * 64 * 56 * 56 * 9
	pad := op.ConvAttrs{Pad: []int{1}}
	l = append(l,
		timed("conv2d/f32/8x64x56x56-k3", convFlops, 0, func(m maker) func() *tensor.Tensor {
			x, w := m.normal(8, 64, 56, 56), m.normal(64, 64, 3, 3)
			return func() *tensor.Tensor { return x.Conv(w, pad) }
		}),
		timed("conv2d-depthwise/f32/8x64x56x56-k3", convFlops/64, 0, func(m maker) func() *tensor.Tensor {
			x, w := m.normal(8, 64, 56, 56), m.normal(64, 1, 3, 3)
			return func() *tensor.Tensor { return x.Conv(w, op.ConvAttrs{Pad: []int{1}, Groups: 64}) }
		}),
		benchCase{"conv2d-fwdbwd/f32/8x64x56x56-k3", 3 * convFlops, 0, func(dev backend.Device) func() {
			m := maker{dev, tensor.NewGenerator(0)}
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
		benchCase{"tiny-add/f32/10", 0, 0, func(dev backend.Device) func() {
			m := maker{dev, tensor.NewGenerator(0)}
			x, y := m.normal(10), m.normal(10)
			return func() {
				for range 1000 { // as the PyTorch side: a thousand a run
					x.Add(y).Free()
				}
			}
		}},
		timed("gather/f32/50000x256-8192", 0, 8*8192*256, func(m maker) func() *tensor.Tensor {
			table, ids := m.normal(50000, 256), m.gen.Int(m.dev, dtype.Int64, 0, 50000, 8192)
			return func() *tensor.Tensor { return table.IndexSelect(0, ids) }
		}),
		benchCase{"sort/f32/1M", 0, 0, func(dev backend.Device) func() {
			x := maker{dev, tensor.NewGenerator(0)}.normal(1 << 20)
			return func() {
				v, i := x.Sort(0, false)
				v.Free()
				i.Free()
			}
		}})
	return l
}
