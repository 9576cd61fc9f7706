package strided

import "github.com/hekla-ml/hekla/backend/cpu/internal/par"

// share is how many elements are worth a thread of their own: a few
// microseconds of copying.
const share = 1 << 15

// Copy sets dst to src, both of the given shape and with strides in elements
// (0 repeats an element of src). They must not overlap.
func Copy[T Word](shape []int, dst []T, ds []int, src []T, ss []int) {
	n, ok := Coalesce(shape, ds, ss)
	if !ok {
		return
	}
	axes := len(n.Sizes) - 1
	inner, d, s := n.Sizes[axes], n.Strides[0][axes], n.Strides[1][axes]
	if axes == 0 && d == 1 && s <= 1 {
		par.Sweep(inner, share, func(lo, hi int) {
			if s == 1 {
				copy(dst[lo:hi], src[lo:hi])
			} else {
				fill(dst[lo:hi], src[0])
			}
		})
		return
	}
	if axes > 0 {
		// The axis along which src is dense, if that is not the last, makes a
		// transpose of every pair of it and the last one.
		for a := range axes {
			if d == 1 && s > 1 && n.Strides[1][a] == 1 && n.Sizes[a] >= 4 && inner >= 4 {
				transposes(&n, a, dst, src)
				return
			}
		}
	}
	rows := n.Count(axes)
	par.For(rows, max(1, share/4/inner), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			row(dst[n.At(0, axes, r):], d, src[n.At(1, axes, r):], s, inner)
		}
	})
}

// row copies n elements.
func row[T Word](dst []T, d int, src []T, s, n int) {
	switch {
	case d == 1 && s == 1:
		copy(dst[:n], src[:n])
	case d == 1 && s == 0:
		fill(dst[:n], src[0])
	case d == 1:
		dst = dst[:n]
		for i := range dst {
			dst[i] = src[i*s]
		}
	default:
		for i := range n {
			dst[i*d] = src[i*s]
		}
	}
}

func fill[T Word](dst []T, x T) {
	for i := range dst {
		dst[i] = x
	}
}

// tile is the side of the squares that transposes work in: one of the longest
// words lies in the first-level cache, and its rows are whole cache lines.
const tile = 64

// transposes copies as Copy does where src is dense along loop a and dst along
// the last one.
func transposes[T Word](n *Nest, a int, dst []T, src []T) {
	last := len(n.Sizes) - 1
	rows, cols := n.Sizes[a], n.Sizes[last] // dst rows are far apart, src columns are
	ds, ss := n.Strides[0][a], n.Strides[1][last]
	// The loops around the pair.
	outer := Nest{Strides: make([][]int, 2)}
	for i := range last {
		if i != a {
			outer.Sizes = append(outer.Sizes, n.Sizes[i])
			for k := range outer.Strides {
				outer.Strides[k] = append(outer.Strides[k], n.Strides[k][i])
			}
		}
	}
	axes := len(outer.Sizes)
	bands := (rows + tile - 1) / tile
	par.For(outer.Count(axes)*bands, max(1, share/4/(cols*tile)), func(lo, hi int) {
		// Through a square of our own: rows of src whose distance is a power of
		// two would evict each other from the cache.
		var square [tile][tile]T
		for i := lo; i < hi; i++ {
			r0 := i % bands * tile
			r1 := min(r0+tile, rows)
			to, from := dst[outer.At(0, axes, i/bands):], src[outer.At(1, axes, i/bands):]
			for c0 := 0; c0 < cols; c0 += tile {
				c1 := min(c0+tile, cols)
				whole := turn(&square, from[r0+c0*ss:], ss, r1-r0, c1-c0)
				for j := whole; j < c1-c0; j++ {
					for r, x := range from[r0+(c0+j)*ss:][:r1-r0] {
						square[r%tile][j%tile] = x
					}
				}
				for r := range r1 - r0 {
					copy(to[(r0+r)*ds+c0:], square[r][:c1-c0])
				}
			}
		}
	})
}
