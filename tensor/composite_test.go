package tensor_test

import (
	"errors"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// What the composite functions compute is compared with PyTorch in
// conformance/opinfo; here is what it has no samples of.

func TestBinCount(t *testing.T) {
	x := ints(1, 3, 1)
	same(t, "counts", x.BinCount(nil, 0), []int{4}, 0, 2, 0, 1)
	same(t, "at least 6", x.BinCount(nil, 6), []int{6}, 0, 2, 0, 1, 0, 0)
	same(t, "weights", x.BinCount(vec(0.5, 2, 1), 0), []int{4}, 0, 1.5, 0, 2)
	same(t, "of none", ints().BinCount(nil, 2), []int{2}, 0, 0)
}

func TestInterpolations(t *testing.T) {
	x := vec(0, 10)
	for how, want := range map[tensor.Interpolation]float64{tensor.Linear: 2.5, tensor.Lower: 0, tensor.Higher: 10, tensor.Midpoint: 5, tensor.Nearest: 0} {
		same(t, "quantile", x.Quantile(0.25, 0, how), []int{}, want)
	}
}

func TestEinsumEllipsis(t *testing.T) {
	a, b := count(dtype.Float64, 2, 1, 2, 3), count(dtype.Float64, 4, 3, 2)
	same(t, "batches", tensor.Einsum("...ij,...jk->...ik", a, b), []int{2, 4, 2, 2}, a.MatMul(b).Float64s()...)
	same(t, "implicit", tensor.Einsum("...ij,...jk", a, b), []int{2, 4, 2, 2}, a.MatMul(b).Float64s()...)
	same(t, "diagonal", tensor.Einsum("ii->i", count(dtype.Float64, 2, 2)), []int{2}, 0, 3)
	same(t, "three", tensor.Einsum("i,i,i", vec(1, 2), vec(3, 4), vec(5, 6)), []int{}, 63)
}

func TestCompositeMisuse(t *testing.T) {
	m := count(dtype.Float64, 2, 3)
	for what, f := range map[string]func(){
		"einsum without operands":   func() { tensor.Einsum("ij->i") },
		"einsum, axes":              func() { tensor.Einsum("i->i", m) },
		"einsum, sizes":             func() { tensor.Einsum("ij,ij->i", m, m.T()) },
		"einsum, a letter of none":  func() { tensor.Einsum("ij->ik", m) },
		"einsum, a letter twice":    func() { tensor.Einsum("ij->ii", m) },
		"einsum, no letter":         func() { tensor.Einsum("i1->i", m) },
		"solve, not square":         func() { m.Solve(m) },
		"solve, singular":           func() { tensor.Zeros(cpu, dtype.Float64, 2, 2).Solve(m) },
		"cholesky, not positive":    func() { tensor.Zeros(cpu, dtype.Float64, 2, 2).Cholesky() },
		"gradient, too few":         func() { m.Gradient(0, 1, 2) },
		"quantile, above 1":         func() { m.Quantile(2, 0, tensor.Linear) },
		"masked, not bools":         func() { m.Masked(m) },
		"masked scatter, too few":   func() { m.MaskedScatter(m.GeScalar(0), vec(1)) },
		"bincount, negative":        func() { ints(-1).BinCount(nil, 0) },
		"moveaxes, twice":           func() { m.MoveAxes([]int{0, 0}, []int{0, 1}) },
		"tensordot, sizes":          func() { m.TensorDot(m, []int{0}, []int{1}) },
		"cross, size 2":             func() { m.Cross(m, 0) },
		"polygamma, negative":       func() { m.Polygamma(-1) },
		"patches, too large":        func() { count(dtype.Float64, 1, 1, 2).Patches(op.ConvAttrs{}, 3) },
		"splitsizes, sum":           func() { m.SplitSizes(1, 1, 1) },
		"combinations, of a matrix": func() { m.Combinations(2, false) },
		"selectscatter, shape":      func() { m.SelectScatter(m, 0, 0) },
		"kron, freed":               func() { f := m.Clone(); f.Free(); m.Kron(f) },
	} {
		err := tensor.Try(func() error { f(); return nil })
		var e *tensor.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestManyOperands joins more tensors than one op takes, as a long sequence does.
func TestManyOperands(t *testing.T) {
	const n = 64*64 + 1 // two levels of groups
	rows := make([]*tensor.Tensor, n)
	var want []float64
	for i := range rows {
		rows[i] = vec(float64(i))
		want = append(want, float64(i))
	}
	rows[70].SetRequiresGrad(true)
	same(t, "concat", tensor.Concat(0, rows...), []int{n}, want...)
	y := tensor.Stack(1, rows...)
	same(t, "stack", y, []int{1, n}, want...)
	if !y.RequiresGrad() {
		t.Error("the stack does not require a gradient")
	}
	err := tensor.Try(func() error { tensor.Concat(5, rows...); return nil })
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("want a short error, got %v", err)
	}
}
