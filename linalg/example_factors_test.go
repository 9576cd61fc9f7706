package linalg_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/linalg"
	"github.com/hekla-ml/hekla/tensor"
)

// matrix returns a matrix of rows of a length.
func matrix(columns int, x ...float64) *tensor.Tensor {
	return tensor.From(tensor.CPU(), x, len(x)/columns, columns)
}

// Rows are exchanged so that no element of l is larger than 1.
func ExampleLU() {
	p, l, u := linalg.LU(matrix(2, 1, 2, 4, 2))
	fmt.Printf("%.2f\n%.2f\n%.2f\n", p.Float64s(), l.Float64s(), u.Float64s())
	// Output:
	// [0.00 1.00 1.00 0.00]
	// [1.00 0.00 0.25 1.00]
	// [4.00 2.00 0.00 1.50]
}

// One factorization serves many right-hand sides.
func ExampleLUSolve() {
	a := matrix(2, 1, 2, 4, 2)
	packed, pivots := linalg.LUFactor(a)
	fmt.Println(pivots.Float64s())
	for _, b := range []*tensor.Tensor{matrix(1, 5, 8), matrix(1, 3, 6)} {
		fmt.Printf("%.2f\n", linalg.LUSolve(packed, pivots, b, false).Float64s())
	}
	p, l, u := linalg.LUUnpack(packed, pivots)
	fmt.Println(p.MatMul(l).MatMul(u).AllClose(a, 1e-12, 0))
	// Output:
	// [2 2]
	// [1.00 2.00]
	// [1.00 1.00]
	// true
}

func ExampleQR() {
	a := matrix(2, 3, 1, 4, 2, 0, 5)
	q, r := linalg.QR(a)
	full, tall := linalg.FullQR(a)
	fmt.Println(q.Shape(), r.Shape(), full.Shape(), tall.Shape())
	fmt.Printf("%.2f\n", q.T().MatMul(q).Abs().Float64s())
	// Output:
	// [3 2] [2 2] [3 3] [3 2]
	// [1.00 0.00 0.00 1.00]
}

// What LAPACK keeps of a QR: enough to multiply by q without making it.
func ExampleReflectors() {
	a := matrix(2, 3, 1, 4, 2, 0, 5)
	packed, tau := linalg.Reflectors(a)
	q, r := linalg.QR(a)
	fmt.Println(linalg.FromReflectors(packed, tau).AllClose(q, 1e-12, 1e-12))
	fmt.Println(linalg.Reflect(packed, tau, a, true).Slice(0, 0, 2).AllClose(r, 1e-12, 1e-12)) // qᵀ·a
	// Output:
	// true
	// true
}

// Norms and the condition of the diagonal 4, 3, 1, all of the singular values.
func ExampleCond() {
	a := matrix(3, 4, 0, 0, 0, 3, 0, 0, 0, 1)
	fmt.Printf("%.0f %.0f %.0f %.0f\n", linalg.SVDVals(a).Float64s(), linalg.SpectralNorm(a).Item(), linalg.NuclearNorm(a).Item(), linalg.Cond(a).Item())
	// Output: [4 3 1] 4 8 4
}

func ExampleFullSVD() {
	u, s, vh := linalg.FullSVD(matrix(2, 3, 1, 4, 2, 0, 5))
	fmt.Println(u.Shape(), s.Shape(), vh.Shape())
	// Output: [3 3] [2] [2 2]
}
