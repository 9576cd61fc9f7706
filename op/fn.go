package op

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// V is a scalar in the making; formulas of the table are Go functions over it.
type V = pointwise.Value

// A Fn is a pointwise program that remembers its gradient programs.
type Fn struct {
	*pointwise.Program
	draws bool                   // see Draws
	last  atomic.Pointer[fnGrad] // that was asked for, mostly the one that is next
	mu    sync.Mutex
	grads map[Mask]*fnGrad
}

// fnGrad is the gradient of a Fn for some inputs. Its Fn reads the used inputs,
// then the used outputs, then the cotangents, each in order.
type fnGrad struct {
	wrt     Mask
	fn      *Fn
	in, out Mask
}

// NewFn returns the function that f writes; see pointwise.New.
func NewFn(inputs, uniforms []pointwise.Kind, f func(in, uniform []V) []V) *Fn {
	return &Fn{Program: pointwise.New(inputs, uniforms, f)}
}

// grad returns the function that computes the gradients of the inputs in wrt.
func (f *Fn) grad(wrt Mask) *fnGrad {
	if g := f.last.Load(); g != nil && g.wrt == wrt {
		return g
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if g := f.grads[wrt]; g != nil {
		f.last.Store(g)
		return g
	}
	var list []int
	for i := range f.Inputs {
		if wrt.Has(i) {
			list = append(list, i)
		}
	}
	g := f.VJP(list)
	fg := &fnGrad{wrt: wrt}
	var keep []int
	for i, used := range g.UsesIn {
		if used {
			fg.in |= Nth(i)
			keep = append(keep, i)
		}
	}
	for i, used := range g.UsesOut {
		if used {
			fg.out |= Nth(i)
			keep = append(keep, len(f.Inputs)+i)
		}
	}
	for i := range f.Outputs {
		keep = append(keep, len(f.Inputs)+len(f.Outputs)+i)
	}
	fg.fn = &Fn{Program: g.Program.Select(keep), draws: f.draws}
	if f.grads == nil {
		f.grads = map[Mask]*fnGrad{}
	}
	f.grads[wrt] = fg
	f.last.Store(fg)
	return fg
}

// reference evaluates f on arrays broadcast to the shape of the outputs.
func (f *Fn) reference(in []*Array, uniforms []float64, outs []Meta) []*Array {
	s := outs[0].Shape
	wide := make([]*Array, len(in))
	for i, a := range in {
		wide[i] = a.Broadcast(s)
	}
	res := make([]*Array, len(outs))
	for i := range res {
		res[i] = NewArray(outs[i].DType, s...)
	}
	// Int is as wide as on a backend: overflow wraps at the same place.
	int64 := false
	for _, a := range in {
		int64 = int64 || a.Meta.DType == dtype.Int64
	}
	for _, m := range outs {
		int64 = int64 || m.DType == dtype.Int64
	}
	e := f.Evaluator(true, int64)
	x, ys := make([]float64, len(in)), make([]float64, len(outs))
	narrow := f.narrow(in, outs)
	for i := range shape.Numel(s) {
		for k, a := range wide {
			x[k] = a.Data[i]
			if narrow.Has(k) {
				x[k] = float64(float32(x[k]))
			}
		}
		e.Eval(ys, x, uniforms, uint64(i))
		for k, y := range ys {
			if d := outs[k].DType; !d.IsFloat() {
				y = RoundTo(y, d)
			}
			res[k].Data[i] = y
		}
	}
	return res
}

// narrow returns the integer operands that are converted to float32 on load,
// which may round them: part of the meaning of a function of Floats.
func (f *Fn) narrow(in []*Array, outs []Meta) Mask {
	var m Mask
	for i, a := range in {
		if a.Meta.DType == dtype.Float64 {
			return 0
		}
		if f.Inputs[i] == pointwise.Float && a.Meta.DType.IsInt() {
			m |= Nth(i)
		}
	}
	for _, o := range outs {
		if o.DType == dtype.Float64 {
			return 0
		}
	}
	return m
}

// Map is the op of ad-hoc functions: tensor.Map, gradients, fused updates.
// The inputs broadcast.
var Map = register(&Op{
	Name: "map", Doc: "applies a pointwise function to each element of its inputs, which broadcast.",
	Infer:   func(in []Meta, attrs any) ([]Meta, error) { return attrs.(*MapAttrs).infer(nil, in) },
	Lower:   func(in []Meta, attrs any) (*Fn, []float64) { a := attrs.(*MapAttrs); return a.Fn, a.Uniforms },
	Samples: mapSamples,
})

// MapAttrs says what Map computes.
type MapAttrs struct {
	Fn       *Fn
	Uniforms []float64
	Out      []dtype.DType // element type of each output
	Shape    []int         // of the outputs; nil means the inputs' broadcast shape
}

// infer appends the type of each output to dst.
func (a *MapAttrs) infer(dst, in []Meta) ([]Meta, error) {
	if len(in) != len(a.Fn.Inputs) || len(a.Out) != len(a.Fn.Outputs) {
		return dst, attrError("%d operands and %d result types for a function of %d that gives %d", len(in), len(a.Out), len(a.Fn.Inputs), len(a.Fn.Outputs))
	}
	s := a.Shape
	if s == nil {
		var err error
		if s, err = broadcast(in); err != nil {
			return dst, err
		}
	}
	for i := range a.Fn.Outputs {
		dst = append(dst, Meta{s, a.Out[i]})
	}
	return dst, nil
}

func broadcast(in []Meta) ([]int, error) {
	if len(in) == 0 {
		return nil, nil
	}
	s := in[0].Shape
	for _, m := range in[1:] {
		if slices.Equal(s, m.Shape) {
			continue
		}
		r, err := shape.Broadcast(s, m.Shape)
		if err != nil {
			return nil, shapeError("shapes %v do not broadcast", shapes(in))
		}
		s = r
	}
	return s, nil
}

func shapes(in []Meta) [][]int {
	l := make([][]int, len(in))
	for i, m := range in {
		l[i] = m.Shape
	}
	return l
}
