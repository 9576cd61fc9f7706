package cpu

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/conv"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
)

// columned reports whether a convolution is better a product of matrices: many
// channels of images so small that runs along them would hardly fill vectors.
// What each output element reads becomes a row; see columns.
func columned(g *conv.Geometry) bool {
	return g.Groups == 1 && volume(g.Y) <= 64 && volume(g.X) <= 256 && g.CI >= 16 && g.CO >= 16 && g.N*volume(g.Y)*g.CI*volume(g.K) <= 1<<24
}

// columns copies what each output element reads of x to a row [ci, kernel].
func columns[T float32 | float64](g *conv.Geometry, x, cols []T) {
	p, k := volume(g.Y), g.CI*volume(g.K)
	par.For(g.N*p, grain(k), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			image, to := x[r/p*g.CI*volume(g.X):], cols[r*k:][:k]
			eachRun(g, r%p, func(q, at, n, skip int) {
				for c := range g.CI {
					row := to[c*volume(g.K)+q:][:g.K[2]]
					clear(row)
					from := image[c*volume(g.X):]
					for i := range n {
						row[skip+i] = from[at+i*g.Dilation[2]]
					}
				}
			})
		}
	})
}

// addColumns adds the rows of columns up where they came from: x is their sum.
func addColumns[T float32 | float64](g *conv.Geometry, cols, x []T) {
	p, k := volume(g.Y), g.CI*volume(g.K)
	par.For(g.N*g.CI, grain(p*volume(g.K)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			n, c := i/g.CI, i%g.CI
			plane := x[i*volume(g.X):][:volume(g.X)]
			clear(plane)
			for r := range p {
				from := cols[(n*p+r)*k+c*volume(g.K):][:volume(g.K)]
				eachRun(g, r, func(q, at, m, skip int) {
					for i := range m {
						plane[at+i*g.Dilation[2]] += from[q+skip+i]
					}
				})
			}
		}
	})
}

// eachRun calls f for each row of the kernel at output element r: q is the row's
// first tap, n of its taps after the first skip lie on the image, from at on. n
// is 0 if none does.
func eachRun(g *conv.Geometry, r int, f func(q, at, n, skip int)) {
	o := [3]int{r / g.Y[2] / g.Y[1], r / g.Y[2] % g.Y[1], r % g.Y[2]}
	var first [3]int
	for a := range o {
		first[a] = o[a]*g.Stride[a] - g.Pad[a]
	}
	d := g.Dilation[2]
	skip := min(g.K[2], max(0, (-first[2]+d-1)/d))
	end := min(g.K[2], max(0, (g.X[2]-first[2]+d-1)/d))
	for kz := range g.K[0] {
		z := first[0] + kz*g.Dilation[0]
		for ky := range g.K[1] {
			y := first[1] + ky*g.Dilation[1]
			q := (kz*g.K[1] + ky) * g.K[2]
			if z < 0 || z >= g.X[0] || y < 0 || y >= g.X[1] || end <= skip {
				f(q, 0, 0, 0)
				continue
			}
			f(q, (z*g.X[1]+y)*g.X[2]+first[2]+skip*d, end-skip, skip)
		}
	}
}

// byRow copies y [n, co, ...] to rows of channels, and fromRows back.
func byRow[T float32 | float64](g *conv.Geometry, y, rows []T) {
	p := volume(g.Y)
	transposed(g.N, p, g.CO, rows, []int{p * g.CO, g.CO, 1}, y, []int{p * g.CO, 1, p})
}

func fromRows[T float32 | float64](g *conv.Geometry, rows, y []T) {
	p := volume(g.Y)
	transposed(g.N, g.CO, p, y, []int{p * g.CO, p, 1}, rows, []int{p * g.CO, 1, g.CO})
}

func transposed[T float32 | float64](n, a, b int, dst []T, ds []int, src []T, ss []int) {
	if unsafe.Sizeof(src[0]) == 4 {
		strided.Copy([]int{n, a, b}, words[uint32](dst), ds, words[uint32](src), ss)
	} else {
		strided.Copy([]int{n, a, b}, words[uint64](dst), ds, words[uint64](src), ss)
	}
}

func columnForward[T float32 | float64](g *conv.Geometry, x, w, y []T) {
	m, k := g.N*volume(g.Y), g.CI*volume(g.K)
	cols, block := scratch.Get[T](m * k)
	defer block.Put()
	rows, rb := scratch.Get[T](m * g.CO)
	defer rb.Put()
	columns(g, x, cols)
	batch(1, m, g.CO, k, cols, 0, k, 1, w, 0, 1, k, rows, 0, g.CO, false)
	fromRows(g, rows, y)
}

func columnBackward[T float32 | float64](g *conv.Geometry, y, w, x []T) {
	m, k := g.N*volume(g.Y), g.CI*volume(g.K)
	cols, block := scratch.Get[T](m * k)
	defer block.Put()
	rows, rb := scratch.Get[T](m * g.CO)
	defer rb.Put()
	byRow(g, y, rows)
	batch(1, m, k, g.CO, rows, 0, g.CO, 1, w, 0, k, 1, cols, 0, k, false)
	addColumns(g, cols, x)
}

func columnWeight[T float32 | float64](g *conv.Geometry, x, y, w []T) {
	m, k := g.N*volume(g.Y), g.CI*volume(g.K)
	cols, block := scratch.Get[T](m * k)
	defer block.Put()
	rows, rb := scratch.Get[T](m * g.CO)
	defer rb.Put()
	columns(g, x, cols)
	byRow(g, y, rows)
	batch(1, g.CO, k, m, rows, 0, 1, g.CO, cols, 0, k, 1, w, 0, k, false)
}
