package gemm

import (
	"sync"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
)

// thinRows is how many rows, or columns, a product may have to be thin: the large matrix is then read once or nearly,
// in the order it lies in memory, and packing it would cost more than the product.
const thinRows = 4

// multiplyThin computes products with few rows or columns, and reports whether it took p on. A product with few
// columns is the transposed one with few rows, C' = B'·A'.
func multiplyThin[T float](ks *kernels[T], pool *scratch[T], p *product[T], mayShare bool) bool {
	if p.m > thinRows && p.n > thinRows {
		return false
	}
	var j thin[T]
	if p.m <= thinRows {
		j = thin[T]{rows: p.m, n: p.n, k: p.k, x: p.a, xs: p.ars, xk: p.acs, y: p.b, ys: p.bcs, yk: p.brs, cs: p.ldc, cn: 1}
	} else {
		j = thin[T]{rows: p.n, n: p.m, k: p.k, x: p.b, xs: p.bcs, xk: p.brs, y: p.a, ys: p.ars, yk: p.acs, cs: 1, cn: p.ldc}
	}
	j.ks, j.c, j.acc, j.then = ks, p.c, p.acc, p.then
	grain := 1
	switch {
	case j.yk == 1 && j.k >= 2*ks.lanes: // lines of Y run along k
		j.dots = true
		grain = 4
	case j.ys == 1 && j.cn == 1: // lines of Y and C run along n
		grain = ks.nr
		if j.rows <= ks.wideRows {
			grain = ks.wide
		}
		j.width = grain
	default:
		return false
	}
	return j.run(&pool.thins, grain, mayShare)
}

// thin is a product C [rows, n] = X [rows, k] · Y [k, n] with few rows.
type thin[T float] struct {
	ks         *kernels[T]
	rows, n, k int
	x          []T
	xs, xk     int // strides of X along rows and k
	y          []T
	ys, yk     int // strides of Y along n and k
	c          []T
	cs, cn     int // strides of C along rows and n
	acc, dots  bool
	width      int // of a tile, unless dots
	then       func([]T)

	packed []T              // X with its rows contiguous
	body   func(lo, hi int) // part as a value, made once
}

// run multiplies, on several threads if that pays. A thread takes a multiple of grain columns.
func (j thin[T]) run(pool *sync.Pool, grain int, mayShare bool) bool {
	s, ok := pool.Get().(*thin[T])
	if !ok {
		s = new(thin[T])
		s.body = s.part
	}
	j.packed, j.body = s.packed, s.body
	*s = j
	if s.dots && s.xk != 1 {
		s.packed = grown(s.packed, s.rows*s.k)
		for i := range s.rows {
			row := s.packed[i*s.k:][:s.k]
			for p := range row {
				row[p] = s.x[i*s.xs+p*s.xk]
			}
		}
		s.x, s.xs = s.packed, s.k
	}
	// Reading Y is most of the work. Each claim takes at least an eighth of what is worth sharing.
	worth := s.ks.share / 4
	if each := s.k * (s.rows + 1); mayShare && s.n*each > worth {
		par.For(s.n, (worth/8/each+grain)/grain*grain, s.body)
	} else {
		s.part(0, s.n)
	}
	s.x, s.y, s.c, s.then = nil, nil, nil, nil
	pool.Put(s)
	return true
}

// part computes columns [lo, hi).
func (j *thin[T]) part(lo, hi int) {
	if j.dots {
		for y := lo; y < hi; y += 4 {
			j.dot4(y, min(4, hi-y))
		}
	} else {
		for y := lo; y < hi; y += j.width {
			j.ks.tile(j.rows, min(j.width, hi-y), j.k, j.x, j.xs, j.xk, j.y[y:], j.yk, j.c[y:], j.cs, j.acc)
		}
	}
	if j.cn == 1 {
		finish(j.then, j.c[lo:], j.rows, hi-lo, j.cs)
	} else { // columns of the transposed product are rows of C
		finish(j.then, j.c[lo*j.cn:], hi-lo, j.rows, j.cn)
	}
}

// dot4 computes count <= 4 columns from y on. The kernel computes four: of fewer, the last are the same one again.
func (j *thin[T]) dot4(y, count int) {
	var out [16]T
	for i := 0; i < j.rows; i += j.ks.dotRows {
		rows := min(j.ks.dotRows, j.rows-i)
		x := j.x[i*j.xs:]
		if count == 4 {
			j.ks.dot(rows, j.k, x, j.xs, j.y[y*j.ys:], j.ys, &out)
			j.store(i, rows, y, 4, &out)
			continue
		}
		for extra := range count {
			j.ks.dot(rows, j.k, x, j.xs, j.y[(y+extra)*j.ys:], 0, &out)
			j.store(i, rows, y+extra, 1, &out)
		}
	}
}

func (j *thin[T]) store(i, rows, y, count int, out *[16]T) {
	for r := range rows {
		for q := range count {
			c := &j.c[(i+r)*j.cs+(y+q)*j.cn]
			if j.acc {
				*c += out[4*r+q]
			} else {
				*c = out[4*r+q]
			}
		}
	}
}
