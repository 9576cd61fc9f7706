package linalg_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/linalg"
	"github.com/hekla-ml/hekla/tensor"
)

// Only one half of a symmetric matrix is read: the 99 does not count.
func ExampleTriangle() {
	a := tensor.From(tensor.CPU(), []float64{2, 99, 1, 2}, 2, 2)
	fmt.Printf("%.4f\n", linalg.Eigvalsh(a, linalg.Lower).Float64s())
	fmt.Printf("%.4f\n", linalg.Eigvalsh(a, linalg.Upper).Float64s())
	// Output:
	// [1.0000 3.0000]
	// [-97.0000 101.0000]
}

// A cutoff drops what is only noise.
func ExampleCutoff() {
	a := tensor.From(tensor.CPU(), []float64{1, 0, 0, 1e-9}, 2, 2)
	fmt.Println(linalg.MatrixRank(a, linalg.Cutoff{}).Item(), linalg.MatrixRank(a, linalg.Cutoff{Rel: 1e-6}).Item())
	fmt.Printf("%.3g %.3g\n", linalg.Pinv(a, linalg.Cutoff{}).Float64s(), linalg.Pinv(a, linalg.Cutoff{Abs: 1e-6}).Float64s())
	// Output:
	// 2 1
	// [1 0 0 1e+09] [1 0 0 0]
}

// Tensors and linalg's T are one type.
func ExampleT() {
	var a *linalg.T = tensor.From(tensor.CPU(), []float64{2, 1, 1, 2}, 2, 2)
	q, r := linalg.QR(a)
	fmt.Println(q.MatMul(r).AllClose(a, 1e-12, 0))
	// Output: true
}
