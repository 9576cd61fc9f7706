package op

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// step of the differences below. The error of four points is about step**4
// times a fifth derivative, 1e-14, and that of rounding 1e-16/step.
const step = 3e-4

// slope returns the derivative of f by *x from four points.
func slope(x *float64, f func() float64) float64 {
	x0 := *x
	h := step * math.Max(1, math.Abs(x0)/1000)
	at := func(d float64) float64 { *x = x0 + d; return f() }
	far, near := at(2*h)-at(-2*h), at(h)-at(-h)
	*x = x0
	return (8*near - far) / (12 * h)
}

func dot(a, b []*Array) float64 {
	s := 0.0
	for i, x := range a {
		if x == nil || b[i] == nil {
			continue
		}
		for k, v := range x.Data {
			s += v * b[i].Data[k]
		}
	}
	return s
}

// cotangents returns an array like each float one of a, and nil for others.
func cotangents(r *Rand, a []*Array) []*Array {
	l := make([]*Array, len(a))
	for i, x := range a {
		if x != nil && x.Meta.DType.IsFloat() {
			l[i] = r.Floats(dtype.Float64, 0.5, 1.5, x.Meta.Shape...)
			l[i].Meta.DType = x.Meta.DType
		}
	}
	return l
}

// places returns at most n indices of l, evenly spread.
func places(length, n int) []int {
	var l []int
	for i := range min(length, n) {
		l = append(l, i*length/min(length, n))
	}
	return l
}

// A probe is one sample whose gradients can be checked.
type probe struct {
	o    *Op
	s    Sample
	cot  []*Array
	name string
}

// probes returns the samples that finite differences apply to, with cotangents
// of their outputs.
func probes(o *Op) []probe {
	if o.Samples == nil || !o.Differentiable() && o.Decompose == nil {
		return nil
	}
	var l []probe
	r := NewRand(2)
	for i, s := range samplesOf(o) {
		floats := false
		for k, a := range s.In {
			floats = floats || a.Meta.DType.IsFloat()
			c := *a // differences change the elements
			c.Data = append([]float64(nil), a.Data...)
			s.In[k] = &c
		}
		if s.Bent || !floats {
			continue
		}
		out := arrays(Reference{}.Apply(o, s.Attrs, valuesOf(s.In)...))
		cot := cotangents(r, out)
		if cot[0] == nil || math.IsNaN(dot(cot, out)) || math.IsInf(dot(cot, out), 0) {
			continue
		}
		l = append(l, probe{o, s, cot, fmt.Sprintf("%s: sample %d %s %v", o.Name, i, s.Name, metasOf(valuesOf(s.In)))})
	}
	return l
}

// near reports whether a gradient agrees with the differences. size is that of
// the sum they were taken of, whose rounding they inherit.
func near(got, want, size float64) bool {
	return math.Abs(got-want) <= 1e-6*math.Max(1, math.Max(math.Abs(got), math.Abs(want)))+1e-11*size
}

// at returns element j, of no gradient 0.
func at(a *Array, j int) float64 {
	if a == nil {
		return 0
	}
	return a.Data[j]
}

// The gradient of every op, for each input alone and for all together, is what
// differences of the reference say.
func TestGradients(t *testing.T) {
	for _, o := range All() {
		for _, p := range probes(o) {
			value := func() float64 {
				return dot(p.cot, arrays(Reference{}.Apply(o, p.s.Attrs, valuesOf(p.s.In)...)))
			}
			all := ReferenceVJP(o, p.s.Attrs, p.s.In, p.cot, ^Mask(0))
			size := math.Abs(value())
			for i, x := range p.s.In {
				if !x.Meta.DType.IsFloat() {
					continue
				}
				g := ReferenceVJP(o, p.s.Attrs, p.s.In, p.cot, Nth(i))[i]
				if g != nil && fmt.Sprint(g.Meta) != fmt.Sprint(x.Meta) {
					t.Errorf("%s: gradient of input %d is %v", p.name, i, g.Meta)
					continue
				}
				for _, j := range places(len(x.Data), 12) {
					want := slope(&x.Data[j], value)
					if !near(at(g, j), want, size) {
						t.Errorf("%s: derivative by input %d[%d] = %v, want %v", p.name, i, j, at(g, j), want)
						break
					}
					if !near(at(all[i], j), at(g, j), 0) {
						t.Errorf("%s: derivative by input %d[%d] = %v, but %v when all are wanted", p.name, i, j, at(g, j), at(all[i], j))
						break
					}
				}
			}
		}
	}
}

// Outputs that nothing was made of have no cotangent: as if it were 0.
func TestMissingCotangents(t *testing.T) {
	for _, o := range All() {
		for _, p := range probes(o) {
			for skip := range p.cot {
				some, zero := append([]*Array(nil), p.cot...), append([]*Array(nil), p.cot...)
				if some[skip] = nil; p.cot[skip] == nil || len(p.cot) == 1 {
					continue
				}
				zero[skip] = NewArray(p.cot[skip].Meta.DType, p.cot[skip].Meta.Shape...)
				got, want := ReferenceVJP(o, p.s.Attrs, p.s.In, some, ^Mask(0)), ReferenceVJP(o, p.s.Attrs, p.s.In, zero, ^Mask(0))
				for i, x := range p.s.In {
					for j := range x.Data {
						if !near(at(got[i], j), at(want[i], j), 0) {
							t.Fatalf("%s: derivative by input %d[%d] = %v without cotangent %d, %v with zeros", p.name, i, j, at(got[i], j), skip, at(want[i], j))
						}
					}
				}
			}
		}
	}
}

// flat lists the differentiable ops whose gradient is 0 where it exists.
var flat = map[string]bool{
	"ceil": true, "floor": true, "round": true, "trunc": true, "sign": true, "floordivide": true, "floordividescalar": true,
	"truncdivide": true, "truncdividescalar": true, "heaviside": true, "heavisidescalar": true,
}

// A test of gradients that are all 0, or of none, tests nothing.
func TestGradientsAreTested(t *testing.T) {
	for _, o := range All() {
		floats, moved := false, false
		for _, p := range probes(o) {
			floats = true
			for _, g := range ReferenceVJP(o, p.s.Attrs, p.s.In, p.cot, ^Mask(0)) {
				moved = moved || dot([]*Array{g}, []*Array{g}) > 0
			}
		}
		if floats && moved == flat[o.Name] {
			t.Errorf("%s: some gradient is not 0: %v, want %v", o.Name, moved, !flat[o.Name])
		}
		if floats || !o.Differentiable() {
			continue
		}
		for _, s := range samplesOf(o) { // then it must have nothing to check
			out, _ := o.Infer(metasOf(valuesOf(s.In)), s.Attrs)
			for _, x := range s.In {
				if x.Meta.DType.IsFloat() && out[0].DType.IsFloat() && len(x.Data) > 0 {
					t.Errorf("%s: no sample is fit for finite differences", o.Name)
				}
			}
		}
	}
}

// once lists the ops whose gradient has none.
var once = map[string]bool{"digamma": true}

// The gradient of the gradient, too, by the inputs and by the cotangents.
func TestSecondGradients(t *testing.T) {
	for _, o := range All() {
		n := 0
		for _, p := range probes(o) {
			if n++; n > 8 || testing.Short() && n > 2 {
				break
			}
			if err := second(p); err != nil {
				var none *pointwise.NoDerivativeError
				if !errors.As(err, &none) || !once[o.Name] {
					t.Errorf("%s: %v", p.name, err)
				}
				break
			}
		}
	}
}

func second(p probe) (err error) {
	defer func() {
		if e, ok := recover().(error); ok {
			err = e
		}
	}()
	first := ReferenceVJP(p.o, p.s.Attrs, p.s.In, p.cot, ^Mask(0))
	v := cotangents(NewRand(3), first)
	tape := NewTape(Reference{})
	in, cot := valuesOf(p.s.In), valuesOf(p.cot)
	_, grads := tape.vjp(p.o, p.s.Attrs, in, cot, ^Mask(0))
	var outs, vs, wrt []Value
	for i, g := range grads {
		if g != nil {
			outs, vs = append(outs, g), append(vs, v[i])
		}
	}
	var by []*Array
	for _, l := range [][]*Array{p.s.In, p.cot} {
		for _, x := range l {
			if x != nil && x.Meta.DType.IsFloat() {
				by, wrt = append(by, x), append(wrt, x)
			}
		}
	}
	value := func() float64 { return dot(v, ReferenceVJP(p.o, p.s.Attrs, p.s.In, p.cot, ^Mask(0))) }
	size := math.Abs(value())
	for i, g := range tape.Grad(outs, vs, wrt) {
		a, _ := g.(*Array)
		for _, j := range places(len(by[i].Data), 4) {
			if want := slope(&by[i].Data[j], value); !near(at(a, j), want, size) {
				return fmt.Errorf("second derivative by value %d[%d] = %v, want %v", i, j, at(a, j), want)
			}
		}
	}
	return nil
}
