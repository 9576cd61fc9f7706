package linalg_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/linalg"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

type T = tensor.Tensor

func random(seed uint64, sizes ...int) *T {
	a := op.NewRand(seed).Floats(dtype.Float64, -1, 1, sizes...)
	return tensor.From(tensor.CPU(), a.Data, sizes...)
}

func near(t *testing.T, what string, got, want *T) {
	t.Helper()
	if d := got.Sub(want).Abs().Max().Item(); !(d < 1e-12) { // float64, a dozen rows
		t.Errorf("%s is off by %g", what, d)
	}
}

// The parts multiply to the whole, for batches of all proportions.
func TestParts(t *testing.T) {
	for _, s := range [][]int{{4, 4}, {2, 5, 3}, {2, 3, 5}, {1, 1}, {3, 1, 4}} {
		a := random(1, s...)
		k := min(a.Dim(-1), a.Dim(-2))
		one := tensor.Eye(a.Device(), a.DType(), k, k)
		u, sv, vh := linalg.SVD(a)
		near(t, "svd", u.Mul(sv.Unsqueeze(-2)).MatMul(vh), a)
		near(t, "u", u.T().MatMul(u), one.Expand(u.T().MatMul(u).Shape()...))
		fu, _, fv := linalg.FullSVD(a)
		if fu.Dim(-1) != a.Dim(-2) || fv.Dim(-2) != a.Dim(-1) {
			t.Errorf("full svd of %v: %v, %v", s, fu.Shape(), fv.Shape())
		}
		q, r := linalg.QR(a)
		near(t, "qr", q.MatMul(r), a)
		near(t, "r", r, r.Triu(0))
		fq, fr := linalg.FullQR(a)
		near(t, "full qr", fq.MatMul(fr), a)
		p, l, up := linalg.LU(a)
		near(t, "lu", p.MatMul(l).MatMul(up), a)
		if l.Abs().Max().Item() > 1 {
			t.Errorf("lu of %v: l has elements above 1", s)
		}
		inv := linalg.Pinv(a, linalg.Cutoff{})
		near(t, "a·a⁺·a", a.MatMul(inv).MatMul(a), a)
		if got := linalg.MatrixRank(a, linalg.Cutoff{}).Float64s(); got[0] != float64(k) {
			t.Errorf("rank of %v: %v, want %d", s, got, k)
		}
		if a.Dim(-2) >= a.Dim(-1) {
			packed, tau := linalg.Reflectors(a)
			near(t, "reflectors", linalg.FromReflectors(packed, tau), q)
		}
	}
}

// The gradients of first and second order are those of finite differences, of
// functions that do not depend on the signs of vectors. Matrices of equal
// distribution have distinct singular values, and so have theirs.
func TestGradients(t *testing.T) {
	weigh := func(x *T) *T { return x.Mul(random(9, x.Shape()...)).Sum() }
	sym := func(a *T) *T { return a.Add(a.T()) }
	for _, test := range []struct {
		name string
		f    func(a *T) *T
		s    [][]int
	}{
		{"svd u", func(a *T) *T { u, _, _ := linalg.SVD(a); return weigh(u.Square()) }, [][]int{{3, 3}, {4, 2}, {2, 4}}},
		{"svd s", func(a *T) *T { return weigh(linalg.SVDVals(a)) }, [][]int{{3, 3}, {2, 4, 2}, {2, 4}}},
		{"svd vh", func(a *T) *T { _, _, v := linalg.SVD(a); return weigh(v.Square()) }, [][]int{{3, 3}, {4, 2}, {2, 4}}},
		{"svd all", func(a *T) *T { u, s, v := linalg.SVD(a); return weigh(u.Mul(s.Exp().Unsqueeze(-2)).MatMul(v)) }, [][]int{{3, 3}, {4, 2}, {2, 4}}},
		{"full svd", func(a *T) *T { _, s, _ := linalg.FullSVD(a); return weigh(s) }, [][]int{{3, 2}}},
		{"eigh w", func(a *T) *T { w, _ := linalg.Eigh(sym(a), linalg.Upper); return weigh(w) }, [][]int{{3, 3}, {2, 3, 3}}},
		{"eigh", func(a *T) *T {
			w, v := linalg.Eigh(sym(a), linalg.Lower)
			return weigh(v.Mul(w.Exp().Unsqueeze(-2)).MatMul(v.T()))
		}, [][]int{{3, 3}}},
		{"eigh v", func(a *T) *T { _, v := linalg.Eigh(sym(a), linalg.Lower); return weigh(v.Square()) }, [][]int{{3, 3}}},
		{"qr", func(a *T) *T { q, r := linalg.QR(a); return weigh(q).Add(weigh(r)) }, [][]int{{3, 3}, {4, 2}, {2, 4}, {2, 3, 2}}},
		{"q", func(a *T) *T { q, _ := linalg.QR(a); return weigh(q) }, [][]int{{3, 3}, {4, 2}}},
		{"r", func(a *T) *T { _, r := linalg.QR(a); return weigh(r) }, [][]int{{3, 3}, {4, 2}}},
		{"lu", func(a *T) *T { _, l, u := linalg.LU(a); return weigh(l).Add(weigh(u)) }, [][]int{{3, 3}, {4, 2}, {2, 4}, {2, 3, 3}}},
		{"lusolve", func(a *T) *T {
			f, p := linalg.LUFactor(a)
			return weigh(linalg.LUSolve(f, p, random(4, 3, 2), true)).Add(weigh(linalg.LUSolve(f, p, random(5, 3, 2), false)))
		}, [][]int{{3, 3}}},
		{"pinv", func(a *T) *T { return weigh(linalg.Pinv(a, linalg.Cutoff{})) }, [][]int{{3, 3}, {4, 2}, {2, 4}}},
		{"lstsq", func(a *T) *T { return weigh(linalg.Lstsq(a, random(3, a.Dim(-2), 2), linalg.Cutoff{})) }, [][]int{{4, 2}, {2, 4}}},
		{"cond", func(a *T) *T { return linalg.Cond(a).Sum() }, [][]int{{3, 3}}},
		{"norms", func(a *T) *T { return linalg.NuclearNorm(a).Add(linalg.SpectralNorm(a)).Sum() }, [][]int{{3, 2}}},
		{"exp", func(a *T) *T { return weigh(linalg.Exp(a.MulScalar(4))) }, [][]int{{3, 3}}},
		{"reflectors", func(a *T) *T { return weigh(linalg.FromReflectors(a, a.Narrow(-2, 0, 1).Squeeze(-2))) }, [][]int{{4, 2}}},
	} {
		for _, s := range test.s {
			f := func(in ...*T) *T { return test.f(in[0]) }
			if err := autograd.Check(f, random(2, s...)); err != nil {
				t.Errorf("%s of %v: %v", test.name, s, err)
			}
			if err := autograd.CheckSecond(f, random(2, s...)); err != nil {
				t.Errorf("%s of %v, second order: %v", test.name, s, err)
			}
		}
	}
}

// Misuse is an error that says so; NaN does not hang the iterations.
func TestRefusals(t *testing.T) {
	cpu := tensor.CPU()
	nan := tensor.Full(cpu, dtype.Float64, math.NaN(), 3, 3)
	for i, f := range []func(){
		func() { linalg.SVD(random(1, 3)) },
		func() { linalg.SVD(nan) },
		func() { linalg.Eigh(nan, linalg.Lower) },
		func() { linalg.Eig(nan) },
		func() { linalg.Eigh(random(1, 2, 3), linalg.Lower) },
		func() { linalg.QR(tensor.Ones(cpu, dtype.Int64, 2, 2)) },
		func() { linalg.Lstsq(random(1, 3, 2), random(1, 2, 2), linalg.Cutoff{}) },
		func() { linalg.LUUnpack(random(1, 3, 3), tensor.Ones(cpu, dtype.Int64, 2)) },
		func() { linalg.LUUnpack(random(1, 2, 2), tensor.Full(cpu, dtype.Int64, 7, 2)) },
		func() { linalg.Reflect(random(1, 3, 2), random(1, 3), random(1, 3, 3), false) },
		func() { linalg.FromReflectors(random(1, 2, 3), random(1, 2)) },
		func() {
			q, _ := linalg.FullQR(random(1, 3, 2).SetRequiresGrad(true))
			autograd.Backward(q.Sum())
		},
	} {
		err := tensor.Try(func() error { f(); return nil })
		var e *tensor.Error
		if !errors.As(err, &e) {
			t.Errorf("misuse %d: got %v, want a *tensor.Error", i, err)
		}
	}
}

// Matrices without rows or columns, and batches without matrices, have parts of
// the right shapes.
func TestEmpty(t *testing.T) {
	for _, s := range [][]int{{0, 3}, {3, 0}, {0, 0}, {0, 3, 2}} {
		a := random(1, s...)
		u, sv, vh := linalg.FullSVD(a)
		q, r := linalg.QR(a)
		p, l, up := linalg.LU(a)
		for _, got := range []*T{u.Mul(tensor.Zeros(a.Device(), a.DType(), 1)).Narrow(-1, 0, sv.Dim(-1)).MatMul(vh.Narrow(-2, 0, sv.Dim(-1))), q.MatMul(r), p.MatMul(l).MatMul(up)} {
			if fmt.Sprint(got.Shape()) != fmt.Sprint(s) {
				t.Errorf("of %v: %v", s, got.Shape())
			}
		}
	}
}

// Results have the type of the operand.
func TestType(t *testing.T) {
	a := random(1, 3, 2).To(dtype.Float32)
	u, s, vh := linalg.SVD(a)
	for _, x := range []*T{u, s, vh, linalg.Pinv(a, linalg.Cutoff{})} {
		if x.DType() != dtype.Float32 {
			t.Errorf("got %v, want float32", x.DType())
		}
	}
}

func ExampleSVD() {
	a := tensor.From(tensor.CPU(), []float64{3, 0, 0, 4}, 2, 2)
	_, s, _ := linalg.SVD(a)
	fmt.Println(s.Float64s())
	// Output: [4 3]
}

func ExampleEigh() {
	a := tensor.From(tensor.CPU(), []float64{2, 1, 1, 2}, 2, 2)
	w, _ := linalg.Eigh(a, linalg.Lower)
	fmt.Printf("%.4f\n", w.Float64s())
	// Output: [1.0000 3.0000]
}

func ExampleEig() {
	turn := tensor.From(tensor.CPU(), []float64{0, -1, 1, 0}, 2, 2)
	re, im := linalg.Eig(turn)
	fmt.Printf("%.0f %.0f\n", re.Abs().Float64s(), im.Float64s())
	// Output: [0 0] [1 -1]
}

func ExampleLstsq() {
	// The line through (0, 1), (1, 3), (2, 5).
	a := tensor.From(tensor.CPU(), []float64{0, 1, 1, 1, 2, 1}, 3, 2)
	b := tensor.From(tensor.CPU(), []float64{1, 3, 5}, 3, 1)
	fmt.Printf("%.4f\n", linalg.Lstsq(a, b, linalg.Cutoff{}).Float64s())
	// Output: [2.0000 1.0000]
}

func ExampleMatrixRank() {
	a := tensor.From(tensor.CPU(), []float64{1, 2, 2, 4}, 2, 2)
	fmt.Println(linalg.MatrixRank(a, linalg.Cutoff{}).Item())
	// Output: 1
}

func ExampleExp() {
	turn := tensor.From(tensor.CPU(), []float64{0, -math.Pi, math.Pi, 0}, 2, 2)
	fmt.Printf("%.4f\n", linalg.Exp(turn).Diagonal(0, 0, 1).Float64s())
	// Output: [-1.0000 -1.0000]
}
