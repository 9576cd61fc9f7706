package cpu

import (
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/conv"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/backend/cpu/internal/strided"
)

// tiny reports whether the gradient of the input is better by a product of matrices: many channels of images so small
// that runs along them would hardly fill vectors. What each output element gives to x becomes a row; see addColumns.
func tiny(g *conv.Geometry) bool {
	return g.Groups == 1 && volume(g.Y) <= 64 && volume(g.X) <= 256 && g.CI >= 16 && g.CO >= 16 && g.N*volume(g.Y)*g.CI*volume(g.K) <= 1<<24 &&
		(volume(g.Y) < 36 || volume(g.K) == 1)
}

// addColumns adds up rows, each of what an output element gives to the elements [ci, kernel] that it read of x.
func addColumns[T float32 | float64](g *conv.Geometry, cols, x []T) {
	p, k, taps, size := volume(g.Y), g.CI*volume(g.K), volume(g.K), volume(g.X)
	places := placesOf(g)
	par.For(g.N*g.CI, grain(p*taps), func(lo, hi int) {
		sum, block := scratch.Get[T](size + 1) // the last gathers what falls beside the image
		defer block.Put()
		for i := lo; i < hi; i++ {
			clear(sum)
			for r := range p {
				from, at := cols[(i/g.CI*p+r)*k+i%g.CI*taps:][:taps], places[r*taps:][:taps]
				for q, a := range at {
					sum[a] += from[q]
				}
			}
			copy(x[i*size:][:size], sum)
		}
	})
}

// placesOf returns the place in a plane of x of each tap of each output
// element, the plane's size if it lies beside the image.
func placesOf(g *conv.Geometry) []int32 {
	l := make([]int32, 0, volume(g.Y)*volume(g.K))
	for r := range volume(g.Y) {
		o := [3]int{r / g.Y[2] / g.Y[1], r / g.Y[2] % g.Y[1], r % g.Y[2]}
		for q := range volume(g.K) {
			t := [3]int{q / g.K[2] / g.K[1], q / g.K[2] % g.K[1], q % g.K[2]}
			at, inside := 0, true
			for a := range o {
				i := o[a]*g.Stride[a] - g.Pad[a] + t[a]*g.Dilation[a]
				at, inside = at*g.X[a]+i, inside && i >= 0 && i < g.X[a]
			}
			if !inside {
				at = volume(g.X)
			}
			l = append(l, int32(at))
		}
	}
	return l
}

// byRow copies y [n, co, ...] to rows of channels.
func byRow[T float32 | float64](g *conv.Geometry, y, rows []T) {
	p := volume(g.Y)
	transposed(g.N, p, g.CO, rows, []int{p * g.CO, g.CO, 1}, y, []int{p * g.CO, 1, p})
}

func transposed[T float32 | float64](n, a, b int, dst []T, ds []int, src []T, ss []int) {
	if unsafe.Sizeof(src[0]) == 4 {
		strided.Copy([]int{n, a, b}, words[uint32](dst), ds, words[uint32](src), ss)
	} else {
		strided.Copy([]int{n, a, b}, words[uint64](dst), ds, words[uint64](src), ss)
	}
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
