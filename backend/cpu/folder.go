package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend/cpu/internal/vec"
	"github.com/hekla-ml/hekla/op"
)

// A folder is how elements of type T come together in sums of type A.
type folder[T float32 | float64 | int64, A float64 | int64] struct {
	start A
	join  func(x, y A) A
	line  func(row []T) A // of a row of at most a thousand or so
	lines func(acc, row []T)
}

func folderOf32(by op.By) *folder[float32, float64] { return &folders32[by] }
func folderOf64(by op.By) *folder[float64, float64] { return &folders64[by] }
func folderOfInts(by op.By) *folder[int64, int64]   { return &foldersInt[by] }

func plus[T float32 | float64 | int64](x, y T) T  { return x + y }
func times[T float32 | float64 | int64](x, y T) T { return x * y }

var (
	folders32 = [...]folder[float32, float64]{
		op.BySum:  {0, plus[float64], short(vec.ReduceSumF32, 0, plus[float32]), into(vec.AddF32)},
		op.ByProd: {1, times[float64], foldLine[float32, float64](1, times[float64]), into(vec.MulF32)},
		op.ByMax:  {math.Inf(-1), larger[float64], short(vec.ReduceMaxF32, float32(math.Inf(-1)), larger[float32]), into(vec.MaxF32)},
		op.ByMin:  {math.Inf(1), smaller[float64], short(vec.ReduceMinF32, float32(math.Inf(1)), smaller[float32]), into(vec.MinF32)},
	}
	folders64 = [...]folder[float64, float64]{
		op.BySum:  {0, plus[float64], short(vec.ReduceSumF64, 0, plus[float64]), into(vec.AddF64)},
		op.ByProd: {1, times[float64], foldLine[float64, float64](1, times[float64]), into(vec.MulF64)},
		op.ByMax:  {math.Inf(-1), larger[float64], short(vec.ReduceMaxF64, math.Inf(-1), larger[float64]), into(vec.MaxF64)},
		op.ByMin:  {math.Inf(1), smaller[float64], short(vec.ReduceMinF64, math.Inf(1), smaller[float64]), into(vec.MinF64)},
	}
	foldersInt = [...]folder[int64, int64]{
		op.BySum:  intFolder(0, plus[int64]),
		op.ByProd: intFolder(1, times[int64]),
		op.ByMax:  intFolder(math.MinInt64, func(x, y int64) int64 { return max(x, y) }),
		op.ByMin:  intFolder(math.MaxInt64, func(x, y int64) int64 { return min(x, y) }),
	}
)

// larger and smaller give NaN if either is.
func larger[T float32 | float64](x, y T) T  { return max(x, y) }
func smaller[T float32 | float64](x, y T) T { return min(x, y) }

func foldLine[T float32 | float64 | int64, A float64 | int64](start A, f func(x, y A) A) func(row []T) A {
	return func(row []T) A {
		acc := start
		for _, x := range row {
			acc = f(acc, A(x))
		}
		return acc
	}
}

// short folds rows of a few elements without the set-up of long.
func short[T float32 | float64](long func([]T) T, start T, f func(x, y T) T) func(row []T) float64 {
	return func(row []T) float64 {
		if len(row) > 12 {
			return float64(long(row))
		}
		acc := start
		for _, x := range row {
			acc = f(acc, x)
		}
		return float64(acc)
	}
}

func into[T any](f func(dst, a, b []T)) func(acc, row []T) {
	return func(acc, row []T) { f(acc, acc, row) }
}

func intFolder(start int64, f func(x, y int64) int64) folder[int64, int64] {
	return folder[int64, int64]{start, f, foldLine[int64, int64](start, f), func(acc, row []int64) {
		for i, x := range row {
			acc[i] = f(acc[i], x)
		}
	}}
}
