package conformance

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// An analyst is the float64 reference with an error bound beside each value:
// an op.Applier, so that it bounds gradients as it bounds results. It knows
// elementwise ops, movement, sums and products of matrices; one other op, and
// what follows is unknown, and the caller falls back to a coarser bound.
type analyst struct {
	op.Reference
	off map[op.Value][]float64 // of values that are not exact
	no  map[op.Value]bool      // of values that are not known
}

func newAnalyst() *analyst {
	return &analyst{off: map[op.Value][]float64{}, no: map[op.Value]bool{}}
}

// bound returns how far a value may be off, nil if that is not known.
func (a *analyst) bound(v op.Value) []float64 {
	if a.no[v] {
		return nil
	}
	return a.errorsOf(v.(*op.Array))
}

func (a *analyst) errorsOf(v *op.Array) []float64 {
	if e := a.off[v]; e != nil {
		return e
	}
	return make([]float64, len(v.Data))
}

// Apply computes o and what its outputs may be off by.
func (a *analyst) Apply(o *op.Op, attrs any, in ...op.Value) []op.Value {
	metas := make([]op.Meta, len(in))
	arrays := make([]*op.Array, len(in))
	known := true
	for i, v := range in {
		arrays[i] = v.(*op.Array)
		metas[i] = arrays[i].Meta
		known = known && !a.no[v]
	}
	out := a.Reference.Apply(o, attrs, in...)
	fold := o.Fold(metas, attrs)
	switch first := out[0].(*op.Array); {
	case !known:
		known = false
	case o.View != nil:
		if e := a.off[in[0]]; e != nil {
			moved := &op.Array{Meta: op.Meta{Shape: arrays[0].Meta.Shape, DType: dtype.Float64}, Data: e}
			a.off[first] = a.Reference.Apply(o, attrs, moved)[0].(*op.Array).Data
		}
	case o == op.ViewGrad:
		if e := a.off[in[0]]; e != nil {
			moved := &op.Array{Meta: op.Meta{Shape: arrays[0].Meta.Shape, DType: dtype.Float64}, Data: e}
			a.off[first] = a.Reference.Apply(o, attrs, moved)[0].(*op.Array).Data
		}
		if v := a.errorsOf(first); len(first.Data) > 0 { // where a view repeats elements it sums
			u := a.unitOf(metas, first.Meta)
			a.stored(first, addEach(v, first.Data, u*float64(1+len(arrays[0].Data)/len(first.Data))), u)
		}
	case o.Lower != nil:
		fn, uniforms := o.Lower(metas, attrs)
		res := make([]*op.Array, len(out))
		for i, v := range out {
			res[i] = v.(*op.Array)
		}
		a.elementwise(fn.Program, uniforms, arrays, res, true)
	case fold != nil && fold.By == op.BySum:
		a.sum(fold, arrays, metas, first)
	case multilinear[o.Name] && !signed(attrs):
		a.products(o, attrs, arrays, metas, first)
	default:
		known = false
	}
	for _, v := range out {
		if !known {
			a.no[v] = true
		}
	}
	return out
}

// stored sets the error of v, which was computed with roundings of u, adding
// that of the rounding when its elements are stored.
func (a *analyst) stored(v *op.Array, e []float64, u float64) {
	if d := v.DType(); unit(d) > u {
		least := tiny
		if d == dtype.Float16 {
			least = 0x1p-25 // half the smallest denormal
		}
		for i, x := range v.Data {
			if x != 0 && !math.IsInf(x, 0) {
				e[i] += unit(d)*math.Abs(x) + least
			}
		}
	}
	a.off[v] = e
}

func addEach(e, v []float64, u float64) []float64 {
	sum := make([]float64, len(e))
	for i := range e {
		sum[i] = e[i] + u*math.Abs(v[i])
	}
	return sum
}

// unitOf is one rounding on the way to an output: of float32, which half types
// compute in too, unless float64 takes part.
func (a *analyst) unitOf(in []op.Meta, out ...op.Meta) float64 {
	for _, l := range [2][]op.Meta{in, out} {
		for _, m := range l {
			if m.DType == dtype.Float64 {
				return rounding * wideFactor
			}
		}
	}
	return rounding
}

// elementwise bounds the outputs of a program on broadcast operands.
func (a *analyst) elementwise(p *pointwise.Program, uniforms []float64, in, out []*op.Array, store bool) {
	s := out[0].Meta.Shape
	metas := make([]op.Meta, 0, len(in)+len(out))
	wide, long := false, false
	for _, l := range [2][]*op.Array{in, out} {
		for _, v := range l {
			metas = append(metas, v.Meta)
			long = long || v.Meta.DType == dtype.Int64
		}
	}
	wide = a.unitOf(metas) < rounding
	scale := 1.0
	if wide {
		scale = wideFactor
	}
	val, off := make([]*op.Array, len(in)), make([]*op.Array, len(in))
	for i, v := range in {
		val[i] = v.Broadcast(s)
		if e := a.off[v]; e != nil {
			off[i] = (&op.Array{Meta: op.Meta{Shape: v.Meta.Shape, DType: dtype.Float64}, Data: e}).Broadcast(s)
		}
	}
	run := analyse(p, long)
	x, e := make([]float64, len(in)), make([]float64, len(in))
	res := make([][]float64, len(out))
	for k, v := range out {
		res[k] = make([]float64, len(v.Data))
	}
	for i := range shape.Numel(s) {
		for k := range in {
			x[k], e[k] = val[k].Data[i], 0
			switch {
			case off[k] != nil:
				e[k] = off[k].Data[i] / scale
			case p.Inputs[k] == pointwise.Float && !wide && in[k].Meta.DType.IsInt():
				x[k] = float64(float32(x[k])) // part of the meaning: converted on load
			}
		}
		run.run(x, e, uniforms, uint64(i), wide)
		for k, r := range p.Outputs {
			// Errors of errors: the analysis is of first order.
			res[k][i] = run.err[r] * scale * (1 + 0x1p-10)
		}
	}
	for k, v := range out {
		if store {
			a.stored(v, res[k], rounding*scale)
		} else {
			a.off[v] = res[k]
		}
	}
}

// sum bounds a sum of n terms, each off by its own error. Roundings of partial
// sums add up to n*u*sum|t| at worst, in order; in trees, lanes or pieces, and
// at random, to less than sqrt(n) of them. 4 is what ggml's and PyTorch's
// pairwise sums stay within (Higham 2002, section 4.2).
func (a *analyst) sum(f *op.ReduceMapAttrs, in []*op.Array, metas []op.Meta, out *op.Array) {
	full := metas[0].Shape
	for _, m := range metas[1:] {
		full, _ = shape.Broadcast(full, m.Shape)
	}
	terms := op.NewArray(dtype.Float64, full...)
	for _, m := range metas {
		if m.DType.IsFloat() && m.DType != dtype.Float64 {
			terms.Meta.DType = dtype.Float32
		}
	}
	if out.Meta.DType == dtype.Float64 {
		terms.Meta.DType = dtype.Float64
	}
	vals := a.Reference.Apply(op.Map, &op.MapAttrs{Fn: f.Fn, Uniforms: f.Uniforms, Out: []dtype.DType{terms.Meta.DType}, Shape: full}, valuesOf(in)...)
	terms = vals[0].(*op.Array)
	a.elementwise(f.Fn.Program, f.Uniforms, in, []*op.Array{terms}, false)
	e := a.off[terms]
	v, err := shape.Contiguous(shape.Reduced(full, f.Axes, true)).Expand(full)
	if err != nil {
		a.no[out] = true
		return
	}
	n := math.Sqrt(float64(len(terms.Data)) / float64(max(1, len(out.Data))))
	u := a.unitOf(metas, out.Meta)
	res := make([]float64, len(out.Data))
	at := &op.Array{Meta: op.Meta{Shape: shape.Reduced(full, f.Axes, true), DType: dtype.Float64}, Data: make([]float64, len(out.Data))}
	for i := range at.Data {
		at.Data[i] = float64(i)
	}
	places := at.Gather(v).Data
	over := 1.0
	if f.Over != 0 {
		over = math.Abs(f.Over)
	}
	for i, x := range terms.Data {
		res[int(places[i])] += (e[i] + 4*n*u*math.Abs(x)) / over
	}
	if out.Meta.DType.IsFloat() {
		res = addEach(res, out.Data, 2*u) // the division and the store
	}
	a.stored(out, res, u)
}

// multilinear lists the ops whose results are sums of products of one element
// of each operand: their bound is that of the sum of the products' magnitudes,
// which is the op itself on magnitudes.
var multilinear = map[string]bool{
	"matmul": true, "conv": true, "convtranspose": true, "convweight": true, "avgpooltranspose": true,
	"avgpool": true, "adaptiveavgpool": true, "adaptiveavgpooltranspose": true, "resizetranspose": true,
}

// signed reports whether the op's own factors may be negative, as those of cubic
// interpolation are: then the op on magnitudes is no sum of magnitudes.
func signed(attrs any) bool {
	a, ok := attrs.(op.ResizeAttrs)
	return ok && a.Mode == op.ResizeCubic
}

// products bounds a multilinear op: |error| <= 4*u*sqrt(K)*sum|a*b|, with K the
// number of terms, which the op gives on ones; and the operands' own errors as
// far as the other operands carry them.
func (a *analyst) products(o *op.Op, attrs any, in []*op.Array, metas []op.Meta, out *op.Array) {
	size, ones := make([]op.Value, len(in)), make([]op.Value, len(in))
	for i, v := range in {
		s, t := op.NewArray(dtype.Float64, v.Meta.Shape...), op.NewArray(dtype.Float64, v.Meta.Shape...)
		for k, x := range v.Data {
			s.Data[k], t.Data[k] = math.Abs(x), 1
			if math.IsInf(x, 0) || x != x {
				a.no[out] = true
				return
			}
		}
		size[i], ones[i] = s, t
	}
	total := a.Reference.Apply(o, attrs, size...)[0].(*op.Array).Data
	terms := a.Reference.Apply(o, attrs, ones...)[0].(*op.Array).Data
	u, res := a.unitOf(metas, out.Meta), make([]float64, len(out.Data))
	for i := range res {
		res[i] = 4*u*math.Sqrt(max(1, terms[i]))*total[i] + u*math.Abs(out.Data[i])
	}
	for i, v := range in {
		e := a.off[v]
		if e == nil {
			continue
		}
		with := append([]op.Value(nil), size...)
		with[i] = &op.Array{Meta: op.Meta{Shape: v.Meta.Shape, DType: dtype.Float64}, Data: e}
		for k, x := range a.Reference.Apply(o, attrs, with...)[0].(*op.Array).Data {
			res[k] += x
		}
	}
	a.stored(out, res, u)
}

func valuesOf(in []*op.Array) []op.Value {
	vals := make([]op.Value, len(in))
	for i, v := range in {
		vals[i] = v
	}
	return vals
}
