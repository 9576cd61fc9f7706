package tensor

import "math"

// lu is a square matrix taken apart into triangles, with its rows in an order
// that puts the largest element of each column first.
type lu struct {
	n    int
	lu   []float64
	row  []int // row i was row[i]
	sign float64
}

// factor takes a apart, in place.
func factor(a []float64, n int) lu {
	f := lu{n, a, make([]int, n), 1}
	for i := range f.row {
		f.row[i] = i
	}
	for k := range n {
		p := k
		for i := k + 1; i < n; i++ {
			if math.Abs(a[i*n+k]) > math.Abs(a[p*n+k]) {
				p = i
			}
		}
		if p != k {
			for c := range n {
				a[p*n+c], a[k*n+c] = a[k*n+c], a[p*n+c]
			}
			f.row[p], f.row[k], f.sign = f.row[k], f.row[p], -f.sign
		}
		if a[k*n+k] == 0 {
			continue
		}
		for i := k + 1; i < n; i++ {
			m := a[i*n+k] / a[k*n+k]
			a[i*n+k] = m
			for c := k + 1; c < n; c++ {
				a[i*n+c] -= m * a[k*n+c]
			}
		}
	}
	return f
}

func (f lu) singular() bool {
	for k := range f.n {
		if f.lu[k*f.n+k] == 0 {
			return true
		}
	}
	return false
}

// solve replaces the k columns of b by the solutions.
func (f lu) solve(b []float64, k int) {
	n := f.n
	x := make([]float64, n)
	for c := range k {
		for i := range n {
			x[i] = b[f.row[i]*k+c]
			for j := range i {
				x[i] -= f.lu[i*n+j] * x[j]
			}
		}
		for i := n - 1; i >= 0; i-- {
			for j := i + 1; j < n; j++ {
				x[i] -= f.lu[i*n+j] * x[j]
			}
			x[i] /= f.lu[i*n+i]
		}
		for i := range n {
			b[i*k+c] = x[i]
		}
	}
}
