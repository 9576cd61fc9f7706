package interp

import (
	"math"
	"unsafe"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/pointwise"
)

// A Fold says how Reduce joins elements.
type Fold uint8

// The folds. Max and Min give NaN if an element is NaN.
const (
	Sum Fold = iota
	Prod
	Max
	Min
)

// joins are the elementwise forms of the folds, closes those that fold a whole
// block into one element at dst.
var (
	joins  [classes][4]prim
	closes [classes][4]func(dst, src unsafe.Pointer, n int)

	// shortRows fold rows of a few elements each, for which a call a row would
	// take longer than its work.
	shortRows [classes][4]func(dst, src unsafe.Pointer, rows, n int)
)

func folds() {
	ops := [4]pointwise.Opcode{pointwise.OpAdd, pointwise.OpMul, pointwise.OpMax, pointwise.OpMin}
	for _, c := range []class{f32, f64, i32, i64} {
		for f, op := range ops {
			joins[c][f] = binaries[c][op]
		}
	}
	// Of truth values a sum or the largest is Or, a product or the least And.
	or, and := binaries[mask][pointwise.OpOr], binaries[mask][pointwise.OpAnd]
	joins[mask] = [4]prim{Sum: or, Prod: and, Max: or, Min: and}

	closes[f32] = [4]func(dst, src unsafe.Pointer, n int){
		closing(vec.ReduceSumF32), closing(lanes(func(x, y float32) float32 { return x * y }, 1)),
		closing(vec.ReduceMaxF32), closing(vec.ReduceMinF32),
	}
	closes[f64] = [4]func(dst, src unsafe.Pointer, n int){
		closing(vec.ReduceSumF64), closing(lanes(func(x, y float64) float64 { return x * y }, 1)),
		closing(vec.ReduceMaxF64), closing(vec.ReduceMinF64),
	}
	shortRows[f32] = shortOf[float32]()
	shortRows[f64] = shortOf[float64]()
	closes[i32] = closesOf[int32]()
	closes[i64] = closesOf[int64]()
	any := closing(lanes(func(x, y uint32) uint32 { return x | y }, 0))
	all := closing(lanes(func(x, y uint32) uint32 { return x & y }, math.MaxUint32))
	closes[mask] = [4]func(dst, src unsafe.Pointer, n int){Sum: any, Prod: all, Max: any, Min: all}
}

func closesOf[T int32 | int64]() [4]func(dst, src unsafe.Pointer, n int) {
	lo, hi := extremes[T]()
	return [4]func(dst, src unsafe.Pointer, n int){
		closing(lanes(func(x, y T) T { return x + y }, 0)), closing(lanes(func(x, y T) T { return x * y }, 1)),
		closing(lanes(func(x, y T) T { return max(x, y) }, lo)), closing(lanes(func(x, y T) T { return min(x, y) }, hi)),
	}
}

// extremes returns the least and the largest T.
func extremes[T int32 | int64]() (lo, hi T) {
	hi = T(1)<<(8*unsafe.Sizeof(hi)-2) - 1
	hi = hi*2 + 1
	return -hi - 1, hi
}

func closing[T any](f func([]T) T) func(dst, src unsafe.Pointer, n int) {
	return func(dst, src unsafe.Pointer, n int) { *(*T)(dst) = f(slice[T](src, n)) }
}

// lanes folds in four lanes, which are joined at the end.
func lanes[T any](f func(x, y T) T, zero T) func([]T) T {
	return func(s []T) T {
		acc := [4]T{zero, zero, zero, zero}
		for ; len(s) >= 4; s = s[4:] {
			for i := range acc {
				acc[i] = f(acc[i], s[i])
			}
		}
		for i, x := range s {
			acc[i] = f(acc[i], x)
		}
		return f(f(acc[0], acc[1]), f(acc[2], acc[3]))
	}
}

// neutral is what the fold of nothing gives.
func neutral(f Fold, c class) float64 {
	switch {
	case f == Sum:
		return 0
	case f == Prod:
		return 1
	case f == Max && c == mask:
		return 0
	case f == Max:
		return math.Inf(-1)
	}
	return math.Inf(1)
}

func shortOf[T float32 | float64]() [4]func(dst, src unsafe.Pointer, rows, n int) {
	return [4]func(dst, src unsafe.Pointer, rows, n int){
		Sum: func(dst, src unsafe.Pointer, rows, n int) {
			d, s := slice[T](dst, rows), slice[T](src, rows*n)
			for i := range d {
				row := s[i*n:][:n]
				var a, b T
				for ; len(row) >= 2; row = row[2:] {
					a += row[0]
					b += row[1]
				}
				if len(row) > 0 {
					a += row[0]
				}
				d[i] = a + b
			}
		},
		Max: func(dst, src unsafe.Pointer, rows, n int) {
			d, s := slice[T](dst, rows), slice[T](src, rows*n)
			for i := range d {
				row := s[i*n:][:n]
				x := row[0]
				for _, y := range row[1:] {
					x = max(x, y)
				}
				d[i] = x
			}
		},
	}
}
