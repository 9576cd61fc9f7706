// Package family runs each family of kernels once on a device and compares it with the CPU: in seconds, which
// of them are fit for use. The conformance suite is what says that a device is right.
package family

import (
	"fmt"
	"math"
	"time"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A Family is kernels that share their ways.
type Family struct {
	Name string
	Run  func(m *Maker) []*tensor.Tensor
}

// A Maker makes the operands of a family on a device: the same on each.
type Maker struct {
	Dev backend.Device
	gen *tensor.Generator
}

// Normal returns normal numbers, made on the host.
func (m *Maker) Normal(d dtype.DType, sizes ...int) *tensor.Tensor {
	return m.gen.Normal(tensor.CPU(), dtype.Float32, 0, 1, sizes...).To(d).ToDevice(m.Dev)
}

// Int returns integers below n, made on the host.
func (m *Maker) Int(d dtype.DType, n int, sizes ...int) *tensor.Tensor {
	return m.gen.Int(tensor.CPU(), d, 0, n, sizes...).ToDevice(m.Dev)
}

// withGradients returns f of leaves, and their gradients.
func (m *Maker) withGradients(f func(x []*tensor.Tensor) *tensor.Tensor, x ...*tensor.Tensor) []*tensor.Tensor {
	for i := range x {
		x[i] = x[i].Detach().SetRequiresGrad(true)
	}
	y := f(x)
	autograd.Backward(y.Mul(m.Normal(y.DType(), y.Shape()...)).Sum())
	all := []*tensor.Tensor{y.Detach()}
	for _, x := range x {
		all = append(all, x.Grad())
	}
	return all
}

// A Result is how a family did.
type Result struct {
	Family string  `json:"family"`
	Device string  `json:"device"`
	OK     bool    `json:"ok"`
	Worst  float64 `json:"worst"`    // the largest error, in units of what is allowed
	First  float64 `json:"first_ms"` // with the making of kernels
	Again  float64 `json:"again_ms"`
	Error  string  `json:"error,omitempty"`
}

// allowed is the error that a type's roundings account for, relative to the largest number of a result:
// some hundred roundings of float32, a few of the others, whose sums are of float32.
var allowed = map[dtype.DType]float64{dtype.Float64: 1e-11, dtype.Float32: 3e-5, dtype.Float16: 4e-3, dtype.BFloat16: 3e-2}

// Check runs the family on the device twice, and compares both results with the CPU's.
func (f Family) Check(dev backend.Device) Result {
	r := Result{Family: f.Name, Device: dev.Info().Name}
	run := func(dev backend.Device) (out []array, ms float64, err error) {
		start := time.Now()
		defer func() { // a family that crashes is no reason not to look at the others
			if r := recover(); r != nil {
				err = fmt.Errorf("panic: %v", r)
			}
		}()
		err = tensor.Try(func() error {
			for _, t := range f.Run(&Maker{dev, tensor.NewGenerator(7)}) {
				out = append(out, array{t.DType(), t.Detach().ToDevice(tensor.CPU()).Float64s()})
			}
			return dev.Sync()
		})
		return out, time.Since(start).Seconds() * 1e3, err
	}
	want, _, err := run(tensor.CPU())
	if err != nil {
		err = fmt.Errorf("on the CPU: %w", err)
	}
	for _, ms := range []*float64{&r.First, &r.Again} {
		var got []array
		if err == nil {
			if got, *ms, err = run(dev); err == nil {
				err = r.compare(got, want)
			}
		}
	}
	if r.OK = err == nil; err != nil {
		r.Error = err.Error()
	}
	return r
}

type array struct {
	dtype dtype.DType
	data  []float64
}

func (r *Result) compare(got, want []array) error {
	for i, w := range want {
		limit := 0.0
		for _, x := range w.data {
			if a := math.Abs(x); !math.IsInf(a, 0) {
				limit = max(limit, a)
			}
		}
		limit *= allowed[w.dtype]
		wrong, first := 0, ""
		for k, x := range w.data {
			y := got[i].data[k]
			if x == y || x != x && y != y {
				continue
			}
			if e := math.Abs(x - y); e <= limit {
				r.Worst = max(r.Worst, e/limit)
				continue
			}
			if wrong++; wrong == 1 {
				first = fmt.Sprintf("result %d of %v, element %d: %v, the CPU has %v", i, w.dtype, k, y, x)
			}
		}
		if wrong > 0 {
			return fmt.Errorf("%s (%d of %d differ)", first, wrong, len(w.data))
		}
	}
	return nil
}
