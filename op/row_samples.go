package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// sampling says where a row of the elementwise table is tried.
type sampling struct {
	ranges [][2]float64 // of each operand; the last one goes on
	sets   [][]float64  // scalar arguments
	// gap is the distance of a point, operands then scalars, from where some
	// derivative does not exist. nil means it always does.
	gap func(v []float64) float64
}

// over sets the ranges that operands are drawn from, lo and hi of each; the
// last range stands for all further operands.
func (o *Op) over(bounds ...float64) *Op {
	for i := 0; i < len(bounds); i += 2 {
		o.row.ranges = append(o.row.ranges, [2]float64{bounds[i], bounds[i+1]})
	}
	if o.row.scalar != nil {
		o.row.scalar.over(bounds...)
	}
	return o
}

// tried sets the scalar arguments to try.
func (o *Op) tried(sets ...[]float64) *Op { o.row.sets = sets; return o }

// bentAt names the points where the first operand has no derivative, so that
// finite differences stay clear of them.
func (o *Op) bentAt(points ...float64) *Op {
	return o.bentWhere(func(v []float64) float64 { return nearest(v[0], points...) })
}

// bentWhere is bentAt for what depends on several operands: gap is the distance
// of a point from the bend. Scalar arguments follow the operands in v.
func (o *Op) bentWhere(gap func(v []float64) float64) *Op {
	o.row.gap = gap
	if o.row.scalar != nil {
		o.row.scalar.row.gap = gap
	}
	return o
}

func nearest(x float64, points ...float64) float64 {
	d := math.Inf(1)
	for _, p := range points {
		d = min(d, math.Abs(x-p))
	}
	return d
}

// Gaps that several rows share.

func difference(v []float64) float64  { return v[0] - v[1] }
func quotient(v []float64) float64    { return toInteger([]float64{v[0] / v[1]}) }
func toInteger(v []float64) float64   { return v[0] - math.RoundToEven(v[0]) }
func toHalf(v []float64) float64      { return toInteger([]float64{v[0] - 0.5}) }
func fromOrigin(v []float64) float64  { return math.Hypot(v[0], v[1]) }
func fromAxes(v []float64) float64    { return min(math.Abs(v[0]), math.Abs(v[1])) }
func fromScalars(v []float64) float64 { return nearest(v[0], v[1:]...) }
func fromBoth(v []float64) float64    { return math.Abs(v[0]) - v[1] }
func apart(v []float64) float64       { return min(nearest(v[0], v[1], v[2]), math.Abs(v[1]-v[2])) }
func pastDelta(v []float64) float64   { return math.Abs(v[0]-v[1]) - v[2] }

func pastThreshold(v []float64) float64 { return v[0]*v[1] - v[2] }

// clear is the gap that samples keep: far wider than the step of a finite
// difference, and than the rounding to bfloat16 of a number below 9.
const clear = 0.05

// rangeOf returns the range of operand i.
func (r *row) rangeOf(i int) [2]float64 {
	if r.cond == 0 {
		i--
	}
	if len(r.ranges) == 0 {
		return [2]float64{-3, 3}
	}
	return r.ranges[min(i, len(r.ranges)-1)]
}

// scalarSets returns the scalar arguments to try, nil alone if there are none.
func (r *row) scalarSets() [][]float64 {
	if len(r.scalars) == 0 {
		return [][]float64{nil}
	}
	if r.sets != nil {
		return r.sets
	}
	var sets [][]float64
	for _, x := range []float64{2, 0.75, -1.5} {
		if lim := r.rangeOf(len(r.in)); x >= lim[0] && x <= lim[1] {
			sets = append(sets, []float64{x})
		}
	}
	return sets
}

// The shapes that operands are tried with, by number of operands.
var rowShapes = [][][][]int{
	1: {{{2, 3}}, {nil}, {{5}}, {{0}}, {{3, 0, 2}}, {{1003}}},
	2: {
		{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{2, 3}, {2, 1}}, {{5}, {1}}, {{1}, {5}}, {nil, nil}, {{2, 3}, nil}, {nil, {5}},
		{{2, 1, 4}, {3, 1}}, {{0, 3}, {3}}, {{0}, {1}}, {{1003}, {1003}},
	},
	3: {
		{{2, 3}, {2, 3}, {2, 3}}, {{2, 3}, {3}, {2, 1}}, {{3}, {2, 3}, {1, 1}}, {{5}, {1}, nil}, {nil, {4}, {4}}, {nil, nil, nil},
		{{0, 3}, {3}, {1}}, {{1003}, {1003}, {1003}},
	},
}

func (r *row) samples(rnd *Rand) []Sample {
	var l []Sample
	add := func(name string, types []dtype.DType, shapes [][]int, set []float64) {
		if s, ok := r.sample(rnd, types, shapes, set); ok {
			s.Name = name
			l = append(l, s)
		}
	}
	n, sets := len(r.in), r.scalarSets()
	all := func(d dtype.DType) []dtype.DType { return slices.Repeat([]dtype.DType{d}, n) }
	for _, shapes := range rowShapes[n] {
		add("", all(dtype.Float32), shapes, sets[0])
		add("", all(dtype.Float64), shapes, sets[0])
	}
	for _, set := range sets[1:] {
		add("other scalars", all(dtype.Float32), rowShapes[n][0], set)
	}
	for _, d := range []dtype.DType{dtype.Float16, dtype.BFloat16, dtype.Int64, dtype.Int32, dtype.Int8, dtype.Uint8, dtype.Bool} {
		for _, set := range sets[:min(2, len(sets))] {
			add(d.String(), all(d), rowShapes[n][0], set)
		}
		add(d.String(), all(d), rowShapes[n][1], sets[0])
	}
	if n > 1 { // types that meet
		for i, pair := range [][2]dtype.DType{
			{dtype.Float32, dtype.Float64}, {dtype.Int32, dtype.Float32}, {dtype.Int64, dtype.Int32}, {dtype.Bool, dtype.Float32},
			{dtype.Int32, dtype.Bool}, {dtype.Float16, dtype.Float32}, {dtype.Float32, dtype.Int64},
		} {
			types := all(pair[1])
			types[i%2] = pair[0]
			add("mixed types", types, rowShapes[n][1], sets[0])
		}
		add("mixed types, scalar", append(all(dtype.Float32)[1:], dtype.Float64), append(slices.Repeat([][]int{{2, 3}}, n-1), nil), sets[0])
	}
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64} {
		l = append(l, r.special(rnd, "special points", d, specialPoints(d), sets[0])...)
		tiny := 1e-40 // denormal
		if d == dtype.Float64 {
			tiny = 1e-310
		}
		l = append(l, r.special(rnd, "denormals", d, []float64{tiny, -tiny, 0, 1}, sets[0])...)
	}
	for _, d := range []dtype.DType{dtype.Int32, dtype.Int64} {
		l = append(l, r.special(rnd, "special integers", d, []float64{0, 1, -1, 2, -2, 31, 32, 40, 100, -100, math.MaxInt32, math.MinInt32}, sets[0])...)
	}
	return l
}

func specialPoints(d dtype.DType) []float64 {
	nan, inf, big := math.NaN(), math.Inf(1), math.MaxFloat32
	if d == dtype.Float64 {
		big = math.MaxFloat64
	}
	return []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 2, -2, 3, -3, 6, 20, 100, -100, big, -big, inf, -inf, nan}
}

// sample draws operands clear of bends; ok is false where the row does not take
// the types or has no such integers.
func (r *row) sample(rnd *Rand, types []dtype.DType, shapes [][]int, set []float64) (s Sample, ok bool) {
	types = slices.Clone(types)
	if r.cond >= 0 {
		types[r.cond] = dtype.Bool
	}
	s.Attrs = attrsOf(set)
	metas := make([]Meta, len(types))
	for i, d := range types {
		metas[i] = Meta{shapes[i], d}
	}
	if _, err := r.infer(metas, s.Attrs); err != nil {
		return s, false
	}
	for i, m := range metas {
		a, ok := r.draw(rnd, i, m)
		if !ok {
			return s, false
		}
		s.In = append(s.In, a)
	}
	return s, r.straighten(rnd, &s, set)
}

// attrsOf avoids an attribute that is a nil slice: ops without scalars have
// none.
func attrsOf(set []float64) any {
	if set == nil {
		return nil
	}
	return set
}

// draw returns operand i.
func (r *row) draw(rnd *Rand, i int, m Meta) (*Array, bool) {
	lim := r.rangeOf(i)
	switch {
	case i == r.cond:
		return rnd.Ints(dtype.Bool, 0, 2, m.Shape...), true
	case m.DType.IsFloat():
		return rnd.Floats(m.DType, lim[0], lim[1], m.Shape...), true
	case m.DType == dtype.Bool:
		if lim[0] > 0 || lim[1] < 1 { // false is outside the domain
			return nil, false
		}
		return rnd.Ints(m.DType, 0, 2, m.Shape...), true
	}
	lo, hi := int(math.Ceil(lim[0])), int(math.Floor(lim[1]))
	if m.DType == dtype.Uint8 {
		lo = max(lo, 0)
	}
	if lo > hi {
		return nil, false
	}
	return rnd.Ints(m.DType, lo, hi+1, m.Shape...), true
}

// straighten draws elements anew until no point lies near a bend. A sample of
// integers may stay: it has no gradient.
func (r *row) straighten(rnd *Rand, s *Sample, set []float64) bool {
	if r.gap == nil || !slices.ContainsFunc(s.In, func(a *Array) bool { return a.Meta.DType.IsFloat() }) {
		return true
	}
	metas := make([]Meta, len(s.In))
	for i, a := range s.In {
		metas[i] = a.Meta
	}
	full, _ := broadcast(metas)
	for range 1000 {
		at, ok := r.bend(s.In, full, set)
		if !ok {
			return true
		}
		// The operand with the most elements is the one to move.
		k := 0
		for i, a := range s.In {
			if a.Meta.DType.IsFloat() && (len(a.Data) > len(s.In[k].Data) || !s.In[k].Meta.DType.IsFloat()) {
				k = i
			}
		}
		if len(s.In[k].Data) < shape.Numel(full) { // no element is its own
			s.In[k], _ = r.draw(rnd, k, s.In[k].Meta)
			continue
		}
		x, _ := r.draw(rnd, k, Meta{nil, s.In[k].Meta.DType})
		s.In[k].Data[at] = x.Data[0]
	}
	s.Bent = true
	return true
}

// bend returns the first point, if any, that lies near a bend.
func (r *row) bend(in []*Array, full []int, set []float64) (at int, found bool) {
	wide := make([]*Array, len(in))
	for i, a := range in {
		wide[i] = a.Broadcast(full)
	}
	v := make([]float64, len(in), len(in)+len(set))
	for i := range shape.Numel(full) {
		for k, a := range wide {
			v[k] = a.Data[i]
		}
		if math.Abs(r.gap(append(v, set...))) < clear {
			return i, true
		}
	}
	return 0, false
}

// special tries every point against every other.
func (r *row) special(rnd *Rand, name string, d dtype.DType, points, set []float64) []Sample {
	n := len(points)
	s := Sample{Name: name, Attrs: attrsOf(set), Bent: true}
	shapes := [][]int{{n, 1}, {n}, {1}}
	if len(r.in) == 1 {
		shapes = shapes[1:]
	}
	if r.cond >= 0 {
		shapes = slices.Insert([][]int{{n, 1}, {n}}[:len(r.in)-1], r.cond, []int{2, 1, 1})
	}
	for i := range r.in {
		a := NewArray(d, shapes[i]...)
		switch {
		case i == r.cond:
			a = NewArray(dtype.Bool, shapes[i]...)
			a.Data[0] = 1
		case len(a.Data) == 1:
			a, _ = r.draw(rnd, i, a.Meta)
			if a == nil {
				return nil
			}
		default:
			for j, x := range points {
				a.Data[j] = RoundTo(x, d)
			}
		}
		s.In = append(s.In, a)
	}
	metas := make([]Meta, len(s.In))
	for i, a := range s.In {
		metas[i] = a.Meta
	}
	if _, err := r.infer(metas, s.Attrs); err != nil {
		return nil
	}
	return []Sample{s}
}

// errors are operands that no row takes, and those that the rule excludes.
func (r *row) errors() []ErrorSample {
	var l []ErrorSample
	operands := func(d dtype.DType, first []int) []*Array {
		var in []*Array
		for i := range r.in {
			a := NewArray(d, 2, 3)
			if i == 0 {
				a = NewArray(d, first...)
			}
			if i == r.cond {
				a.Meta.DType = dtype.Bool
			}
			in = append(in, a)
		}
		return in
	}
	d := dtype.Float32
	if r.rule == BitRule || r.rule == ShiftRule {
		l = append(l, ErrorSample{Sample{Name: "floats", In: operands(d, []int{2, 3}), Attrs: attrsOf(r.scalarSets()[0])}, ErrDType})
		d = dtype.Int32
	}
	if r.rule == SignedRule {
		if set := r.scalarSets()[0]; len(set) == 0 { // a bool and a number are numbers
			l = append(l, ErrorSample{Sample{Name: "bools", In: operands(dtype.Bool, []int{2, 3})}, ErrDType})
		}
	}
	set := attrsOf(r.scalarSets()[0])
	good := operands(d, []int{2, 3})
	l = append(l,
		ErrorSample{Sample{Name: "an operand too many", In: append(slices.Clone(good), good[0]), Attrs: set}, ErrAttr},
		ErrorSample{Sample{Name: "a scalar too many", In: good, Attrs: append(slices.Clone(r.scalarSets()[0]), 1)}, ErrAttr})
	if r.least != nil {
		low := slices.Repeat([]float64{r.least.x - 1}, len(r.scalars))
		l = append(l, ErrorSample{Sample{Name: "a scalar too small", In: good, Attrs: low}, ErrAttr})
	}
	if len(r.in) > 1 {
		l = append(l, ErrorSample{Sample{Name: "sizes that do not broadcast", In: operands(d, []int{2, 2}), Attrs: set}, ErrShape})
	}
	if r.cond >= 0 {
		bad := slices.Clone(good)
		bad[r.cond] = NewArray(dtype.Float32, 2, 3)
		l = append(l, ErrorSample{Sample{Name: "condition not bool", In: bad, Attrs: set}, ErrDType})
	}
	return l
}
