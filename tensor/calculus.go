package tensor

import "github.com/hekla-ml/hekla/dtype"

// Diff returns the differences of neighbours along an axis, n times over.
func (t *Tensor) Diff(axis, n int) *Tensor {
	if n < 0 || t.Rank() == 0 {
		panic(newError("diff", misfit(ErrAttr, "%d times, want at least 0, of at least one axis", n), t))
	}
	d := t.Reshape(t.Shape()...)
	for range n {
		var next *Tensor
		if d.Dim(axis) == 0 {
			return d
		}
		if hi, lo := d.Slice(axis, 1, End), d.Slice(axis, 0, d.Dim(axis)-1); t.dtype == dtype.Bool {
			next = hi.LogicalXor(lo)
		} else {
			next = hi.Sub(lo)
		}
		d.Free()
		d = next
	}
	return d
}

// Trapezoid integrates t along an axis with steps of dx.
func (t *Tensor) Trapezoid(axis int, dx float64) *Tensor {
	s := t.pairs(axis).Sum(axis)
	defer s.Free()
	return s.MulScalar(dx / 2)
}

// TrapezoidAt integrates t along an axis, at places x along it.
func (t *Tensor) TrapezoidAt(axis int, x *Tensor) *Tensor {
	return t.areas("trapezoidat", axis, x).Sum(axis)
}

// CumulativeTrapezoid is Trapezoid up to each element but the first.
func (t *Tensor) CumulativeTrapezoid(axis int, dx float64) *Tensor {
	s := t.pairs(axis).CumSum(axis)
	defer s.Free()
	return s.MulScalar(dx / 2)
}

// CumulativeTrapezoidAt is TrapezoidAt up to each element but the first.
func (t *Tensor) CumulativeTrapezoidAt(axis int, x *Tensor) *Tensor {
	return t.areas("cumulativetrapezoidat", axis, x).CumSum(axis)
}

// pairs returns the sums of neighbours.
func (t *Tensor) pairs(axis int) *Tensor {
	return t.Slice(axis, 1, End).Add(t.Slice(axis, 0, max(t.Dim(axis)-1, 0)))
}

// areas returns the areas between neighbours; a vector x runs along the axis.
func (t *Tensor) areas(name string, axis int, x *Tensor) *Tensor {
	a := t.axis(name, axis)
	if x.Rank() == 1 && t.Rank() > 1 {
		if x.Numel() != t.Dim(a) {
			panic(newError(name, misfit(ErrShape, "%d places for %d elements of axis %d", x.Numel(), t.Dim(a), axis), t, x))
		}
		s := make([]int, t.Rank())
		for i := range s {
			s[i] = 1
		}
		s[a] = x.Numel()
		x = x.Reshape(s...)
	}
	from := x.Rank() - t.Rank() + a // x may have fewer or more axes, which broadcast
	if from < 0 || x.Rank() == 0 {
		panic(newError(name, misfit(ErrShape, "the places have no axis %d", axis), t, x))
	}
	return x.Diff(from, 1).Mul(t.pairs(a)).MulScalar(0.5)
}

// Gradient estimates the derivative along an axis by central differences at
// equal steps; at the ends by one-sided ones of order 1 or 2.
func (t *Tensor) Gradient(axis int, step float64, order int) *Tensor {
	n := t.Dim(axis)
	if order != 1 && order != 2 || n <= order {
		panic(newError("gradient", misfit(ErrAttr, "order %d at the ends and %d elements of axis %d, want more than the order, 1 or 2", order, n, axis), t))
	}
	at := func(i int) *Tensor { return t.Slice(axis, i, i+1) }
	middle := t.Slice(axis, 2, End).Sub(t.Slice(axis, 0, n-2)).DivScalar(2 * step)
	var first, last *Tensor
	if order == 1 {
		first, last = at(1).Sub(at(0)), at(n-1).Sub(at(n-2))
	} else {
		first = at(1).MulScalar(2).Sub(at(0).MulScalar(1.5)).Sub(at(2).MulScalar(0.5))
		last = at(n - 1).MulScalar(1.5).Sub(at(n - 2).MulScalar(2)).Add(at(n - 3).MulScalar(0.5))
	}
	return Concat(axis, first.DivScalar(step), middle, last.DivScalar(step))
}

// GradientAt is Gradient at places x, a vector, along the axis.
func (t *Tensor) GradientAt(axis int, x *Tensor, order int) *Tensor {
	n := t.Dim(axis)
	if order != 1 && order != 2 || n <= order || x.Rank() != 1 || x.Numel() != n {
		panic(newError("gradientat", misfit(ErrAttr, "order %d at the ends and %d elements of axis %d, want more than the order, 1 or 2, and as many places", order, n, axis), t, x))
	}
	s := make([]int, t.Rank())
	for i := range s {
		s[i] = 1
	}
	s[t.axis("gradientat", axis)] = -1
	at := func(i int) *Tensor { return t.Slice(axis, i, i+1) }
	dx := x.Diff(0, 1)
	h, k := dx.Slice(0, 0, n-2).Reshape(s...), dx.Slice(0, 1, n-1).Reshape(s...) // before and after
	sum := h.Add(k)
	middle := t.Slice(axis, 2, End).Mul(h.Div(k.Mul(sum))).
		Add(t.Slice(axis, 1, n-1).Mul(k.Sub(h).Div(h.Mul(k)))).
		Sub(t.Slice(axis, 0, n-2).Mul(k.Div(h.Mul(sum))))
	step := func(i int) *Tensor { return dx.Slice(0, i, i+1).Reshape(s...) }
	end := func(a, b, c, h, k *Tensor) *Tensor { // at a, of a parabola through a, b, c
		sum := h.Add(k)
		return b.Mul(sum.Div(h.Mul(k))).Sub(a.Mul(h.Add(sum).Div(h.Mul(sum)))).Sub(c.Mul(h.Div(k.Mul(sum))))
	}
	var first, last *Tensor
	if order == 1 {
		first, last = at(1).Sub(at(0)).Div(step(0)), at(n-1).Sub(at(n-2)).Div(step(n-2))
	} else {
		first = end(at(0), at(1), at(2), step(0), step(1))
		last = end(at(n-1), at(n-2), at(n-3), step(n-2), step(n-3)).Neg()
	}
	return Concat(axis, first, middle, last)
}
