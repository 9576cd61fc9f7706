// Package workload says what bench times and trains: named cases, which are
// those of the PyTorch side of the benchmark, cases made from the op table, and
// models.
package workload

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// A Case is something to time.
type Case struct {
	Name  string
	FLOPs float64 // floating-point operations a step, 0 if memory is what counts
	Bytes float64 // read and written a step at the least, 0 if unknown
	// Setup makes operands and returns the step that is timed. A step may only
	// enqueue; whoever times it waits for the device.
	Setup func(r Rig) func()
	// Rotate says that several set-ups may take turns, so that operands are not
	// found in a cache. Models keep to one.
	Rotate bool
}

// A Rig is what a case is set up on.
type Rig struct {
	Dev  backend.Device
	Seed uint64
	// Range marks a part of a step for a profile; nil marks nothing.
	Range func(name string) (end func())
	// Replay has the passes of training steps recorded once and replayed, see
	// backend.Recorder.
	Replay bool

	recording *recording
}

// part runs f as a named part of a step.
func (r Rig) part(name string, f func()) {
	if r.Range != nil {
		defer r.Range(name)()
	}
	f()
}

// A maker draws operands of one type from one stream.
type maker struct {
	Rig
	dtype dtype.DType
	gen   *tensor.Generator
}

func (r Rig) maker(d dtype.DType) maker { return maker{r, d, tensor.NewGenerator(r.Seed)} }

func (m maker) normal(sizes ...int) *tensor.Tensor {
	return m.gen.Normal(m.Dev, m.dtype, 0, 1, sizes...)
}

func (m maker) ids(n int, sizes ...int) *tensor.Tensor {
	return m.gen.Int(m.Dev, dtype.Int64, 0, n, sizes...)
}

// computes makes a case whose step computes one result and frees it.
func computes(d dtype.DType, name string, flops, bytes float64, setup func(m maker) func() *tensor.Tensor) Case {
	return Case{Name: name, FLOPs: flops, Bytes: bytes, Rotate: true, Setup: func(r Rig) func() {
		f := setup(r.maker(d))
		return func() { f().Free() }
	}}
}

// Short is the name of a type in the names of cases: f32, bf16, i64.
func Short(d dtype.DType) string {
	switch d {
	case dtype.BFloat16:
		return "bf16"
	case dtype.Bool:
		return "bool"
	}
	name := d.String()
	return name[:1] + name[len(name)-digits(name):]
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[len(s)-1-n] >= '0' && s[len(s)-1-n] <= '9' {
		n++
	}
	return n
}

// ParseDType is the inverse of Short; it also takes the full names.
func ParseDType(s string) (dtype.DType, bool) {
	for _, d := range dtype.All() {
		if s == Short(d) || s == d.String() {
			return d, true
		}
	}
	return dtype.Invalid, false
}
