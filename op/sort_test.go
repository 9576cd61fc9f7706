package op

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
)

func TestOrderValues(t *testing.T) {
	x := f32(3, nan, 1, 3, -inf)
	checkValues(t, []valueTest{
		{Sort, SortAttrs{}, []*Array{x}, [][]float64{{-inf, 1, 3, 3, nan}, {4, 2, 0, 3, 1}}, "NaN last, ties in order"},
		{Sort, SortAttrs{Descending: true}, []*Array{x}, [][]float64{{nan, 3, 3, 1, -inf}, {1, 0, 3, 2, 4}}, "NaN first, ties in order"},
		{TopK, TopKAttrs{K: 2}, []*Array{x}, [][]float64{{nan, 3}, {1, 0}}, "NaN is largest"},
		{TopK, TopKAttrs{K: 2, Smallest: true}, []*Array{x}, [][]float64{{-inf, 1}, {4, 2}}, "smallest"},
		{ArgMax, ArgAttrs{}, []*Array{x}, [][]float64{{1}}, "NaN wins"},
		{ArgMin, ArgAttrs{}, []*Array{x}, [][]float64{{1}}, "NaN wins"},
		{ArgMax, ArgAttrs{}, []*Array{f32(1, 3, 3)}, [][]float64{{1}}, "the first if tied"},
		{Max, ArgAttrs{}, []*Array{f32(1, 3, 3)}, [][]float64{{3}, {1}}, "the first if tied"},
		{Median, ArgAttrs{}, []*Array{f32(4, 1, 3, 2)}, [][]float64{{2}, {3}}, "the lower of two"},
		{Median, ArgAttrs{}, []*Array{x}, [][]float64{{nan}}, "NaN wins"},
		{NanMedian, ArgAttrs{}, []*Array{x}, [][]float64{{1}, {2}}, "the lower of -Inf, 1, 3, 3"},
		{NanMedian, ArgAttrs{}, []*Array{f32(nan, nan)}, [][]float64{{nan}}, "nothing but NaN"},
		{KthValue, KthAttrs{K: 3}, []*Array{f32(5, 1, 4, 2)}, [][]float64{{4}, {2}}, "third"},
		{SearchSorted, SearchAttrs{}, []*Array{f32(1, 2, 2, 3), f32(0, 2, 4, nan)}, [][]float64{{0, 1, 4, 4}}, "before equal ones"},
		{SearchSorted, SearchAttrs{Right: true}, []*Array{f32(1, 2, 2, 3), f32(0, 2, 4)}, [][]float64{{0, 3, 4}}, "after equal ones"},
		{CountNonzero, ReduceAttrs{}, []*Array{f32(0, nan, -1)}, [][]float64{{2}}, "NaN is not zero"},
		{MaxPool, PoolAttrs{Kernel: []int{2}}, []*Array{arr(dtype.Float32, []int{1, 1, 4}, 5, nan, 7, 7)}, [][]float64{{nan, 7}, {1, 2}}, "NaN wins; the first if tied"},
		{CumMax, ScanAttrs{}, []*Array{f32(1, 3, 3, 2, nan, 9)}, [][]float64{{1, 3, 3, 3, nan, nan}, {0, 1, 2, 2, 4, 4}}, "the last if tied; NaN stays"},
		{LinearScan, ScanAttrs{}, []*Array{f32(9, 2, 3), f32(1, 1, 1)}, [][]float64{{1, 3, 10}}, "1, 2*1+1, 3*3+1"},
		{LinearScan, ScanAttrs{Reverse: true}, []*Array{f32(3, 2, 9), f32(1, 1, 1)}, [][]float64{{10, 3, 1}}, "from the end"},
		{LogCumSumExp, ScanAttrs{}, []*Array{f32(-inf, 0, 0)}, [][]float64{{-inf, 0, 0.6931471805599453}}, "-Inf, log 1, log 2"},
	})
}

// A zero in a product is no reason for NaN in its gradient: by x[1] the terms
// are g[1]*2 and g[2]*2*5, by x[0] g[0], by x[2] 0.
func TestCumProdGradientAtZero(t *testing.T) {
	g := ReferenceVJP(CumProd, ScanAttrs{}, []*Array{f32(2, 0, 5)}, []*Array{f32(1, 10, 100)}, ^Mask(0))[0]
	for i, want := range []float64{1, 1020, 0} {
		if g.Data[i] != want {
			t.Errorf("gradient %v, want [1 1020 0]", g.Data)
			break
		}
	}
}
