package tensor

import (
	"math"

	"github.com/hekla-ml/hekla/op"
)

// CDist returns the p-norm distances between the rows of t [..., n, k] and those
// of u [..., m, k]: [..., n, m].
func (t *Tensor) CDist(u *Tensor, p float64) *Tensor {
	deviceOf(nil, "cdist", []*Tensor{t, u})
	if t.Rank() < 2 || u.Rank() < 2 || t.Dim(-1) != u.Dim(-1) || !(p >= 0) {
		panic(newError("cdist", misfit(ErrShape, "want [..., n, k], [..., m, k] and p >= 0, not %v", p), t, u))
	}
	return t.Unsqueeze(-2).Sub(u.Unsqueeze(-3)).Norm(p, -1)
}

// PDist returns the p-norm distances between all pairs of rows of a matrix, the
// upper triangle of CDist row by row.
func (t *Tensor) PDist(p float64) *Tensor {
	if t.Rank() != 2 || !(p >= 0) {
		panic(newError("pdist", misfit(ErrShape, "want a matrix and p >= 0, not %v", p), t))
	}
	var a, b []int64
	for i := range t.Dim(0) {
		for k := i + 1; k < t.Dim(0); k++ {
			a, b = append(a, int64(i)), append(b, int64(k))
		}
	}
	row := func(at []int64) *Tensor { return t.IndexSelect(0, From(t.Device(), at, len(at))) }
	return row(a).Sub(row(b)).Norm(p, -1)
}

// Dist returns the p-norm of t-u.
func (t *Tensor) Dist(u *Tensor, p float64) *Tensor {
	d := t.Sub(u)
	defer d.Free()
	return d.Norm(p)
}

// PairwiseDistance returns the p-norm of t-u+eps along the last axis: eps keeps
// the gradient of equal vectors finite.
func (t *Tensor) PairwiseDistance(u *Tensor, p, eps float64) *Tensor {
	return t.Sub(u).AddScalar(eps).Norm(p, -1)
}

// CosineSimilarity returns t·u/(|t||u|) along an axis, each norm at least eps.
func (t *Tensor) CosineSimilarity(u *Tensor, axis int, eps float64) *Tensor {
	deviceOf(nil, "cosinesimilarity", []*Tensor{t, u})
	b := Broadcast(t, u)
	x, y := b[0], b[1]
	norm := func(v *Tensor) *Tensor { return v.Norm(2, axis).MaximumScalar(eps) }
	return x.Mul(y).Sum(axis).Div(norm(x).Mul(norm(y)))
}

// Normalize divides by the p-norm along an axis, or by eps where that is more.
func (t *Tensor) Normalize(p float64, axis int, eps float64) *Tensor {
	n := one(op.Norm, op.PNormAttrs{P: p, Axes: []int{axis}, Keep: true}, t)
	return t.Div(n.MaximumScalar(eps))
}

// Renorm scales those slices along an axis whose p-norm exceeds most down to it.
func (t *Tensor) Renorm(p float64, axis int, most float64) *Tensor {
	if !(p > 0) || !(most >= 0) || t.Rank() < 2 {
		panic(newError("renorm", misfit(ErrAttr, "p %v and limit %v, want more than 0, at least 0 and two axes", p, most), t))
	}
	a := t.axis("renorm", axis)
	s := make([]int, t.Rank())
	var others []int
	for i := range s {
		if s[i] = 1; i != a {
			others = append(others, i)
		}
	}
	s[a] = t.Dim(a)
	norm := t.Norm(p, others...).Reshape(s...)
	const tiny = 1e-7 // PyTorch's, in every type
	factor := norm.AddScalar(tiny).Reciprocal().MulScalar(most)
	return t.Mul(norm.GtScalar(most).Where(factor, OnesLike(norm)))
}

// finite reports whether x is a number that is not infinite.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
