package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A lineCase is ops on a device, whose results are compared with the CPU's.
type lineCase struct {
	name   string
	f      func(l *wideLines) []*tensor.Tensor
	within float64 // 0: the same bits
}

func apply(o *op.Op, attrs any, in ...*tensor.Tensor) []*tensor.Tensor {
	return tensor.Apply(nil, o, attrs, in...)
}

// lineCases are ops along one wide line, and some along others.
func lineCases() []lineCase {
	const n = wideLine
	return []lineCase{
		{name: "argmax, flat", f: func(l *wideLines) []*tensor.Tensor { return apply(op.ArgMax, op.ArgAttrs{Flat: true}, l.ties(4, n/4)) }},
		{name: "argmin, one row", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ArgMin, op.ArgAttrs{Axis: 1, Keep: true}, l.ties(1, n))
		}},
		{name: "argmax, NaN", f: func(l *wideLines) []*tensor.Tensor { return apply(op.ArgMax, op.ArgAttrs{}, l.nans(n)) }},
		{name: "argmin of integers", f: func(l *wideLines) []*tensor.Tensor { return apply(op.ArgMin, op.ArgAttrs{}, l.ints(n)) }},
		{name: "argmax of bool", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ArgMax, op.ArgAttrs{}, tensor.Concat(0, l.x(n), l.x(n)).GtScalar(0.9999999))
		}},
		{name: "argmax of a repeated line", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ArgMax, op.ArgAttrs{Axis: 1}, l.ties(1, n).Expand(3, n))
		}},
		{name: "argmax of every other", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ArgMax, op.ArgAttrs{Axis: 0}, l.nans(n/2, 2).Narrow(1, 1, 1))
		}},
		{name: "max with index", f: func(l *wideLines) []*tensor.Tensor { return apply(op.Max, op.ArgAttrs{}, l.ties(n)) }},
		{name: "min with index, NaN", f: func(l *wideLines) []*tensor.Tensor { return apply(op.Min, op.ArgAttrs{Flat: true}, l.nans(2, n/2)) }},
		{name: "gather", f: func(l *wideLines) []*tensor.Tensor { return apply(op.Gather, op.AxisAttrs{}, l.x(n), l.at(1000)) }},
		{name: "gather of all", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Gather, op.AxisAttrs{Axis: 1}, l.x(1, n), l.at(n).Reshape(1, n))
		}},
		{name: "gather of float16", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Gather, op.AxisAttrs{}, l.nans(n).To(dtype.Float16), l.at(n/2))
		}},
		{name: "gather of integers", f: func(l *wideLines) []*tensor.Tensor { return apply(op.Gather, op.AxisAttrs{}, l.ints(n), l.at(1000)) }},
		{name: "gather of a small table", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Gather, op.AxisAttrs{}, l.x(n).Narrow(0, 0, 1000), l.ints(n))
		}},
		{name: "indexget", f: func(l *wideLines) []*tensor.Tensor { return apply(op.IndexGet, nil, l.x(n), l.at(n).SubScalar(n/2)) }},
		{name: "indexget of rows", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexGet, nil, l.x(n/2, 2), l.at(n).Remainder(tensor.Full(l.dev, dtype.Int64, n/2)))
		}},
		{name: "indexselect", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexSelect, op.IndexAttrs{Axis: 1}, l.x(1, n), l.at(1000))
		}},
		{name: "embedding", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Embedding, op.EmbeddingAttrs{}, l.x(n/4, 4), l.ints(n).Narrow(0, 0, 1000))
		}},
		{name: "scatter", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Scatter, op.AxisAttrs{}, l.x(n), l.ints(n), l.ties(n))
		}},
		{name: "scatter of few", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Scatter, op.AxisAttrs{}, l.x(n), l.at(1000), l.ties(n))
		}},
		{name: "scatteradd", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ScatterAdd, op.AxisAttrs{}, l.x(n), l.at(n), l.ties(n))
		}},
		{name: "scatteradd to few", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ScatterAdd, op.AxisAttrs{}, l.x(n).Narrow(0, 0, 1000), l.ints(n), l.ties(n))
		}},
		{name: "scatteradd of float16", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ScatterAdd, op.AxisAttrs{}, l.ties(n).To(dtype.Float16), l.ints(n), l.ties(n).To(dtype.Float16))
		}},
		{name: "scatterreduce", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ScatterReduce, op.ScatterReduceAttrs{Mean: true, ExcludeSelf: true}, l.ties(n), l.at(n/2), l.ties(n).AddScalar(0)) // no -0, of which the CPU keeps a sum's sign
		}},
		{name: "scatterreduce, largest", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ScatterReduce, op.ScatterReduceAttrs{By: op.ByMax}, l.ties(n), l.ints(n), l.nans(n))
		}},
		{name: "scatterreduce of many rows", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ScatterReduce, op.ScatterReduceAttrs{Axis: 1}, l.ties(n/8, 8), l.ints(n/8, 8).Remainder(tensor.Full(l.dev, dtype.Int64, 8)), l.ties(n/8, 8))
		}},
		{name: "indexput", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexPut, op.IndexPutAttrs{}, l.x(n), l.ties(n), l.at(n).SubScalar(n/2))
		}},
		{name: "indexput, accumulated", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexPut, op.IndexPutAttrs{Accumulate: true}, l.x(n), l.ties(n), l.ints(n))
		}},
		{name: "indexadd", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexAdd, op.IndexAttrs{}, l.x(n/4, 4), l.ints(n).Narrow(0, 0, n/4), l.ties(n/4, 4))
		}},
		{name: "cumsum of float16", f: func(l *wideLines) []*tensor.Tensor { return apply(op.CumSum, op.ScanAttrs{}, l.x(n).To(dtype.Float16)) }, within: 1},
		{name: "cumsum of bool", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.CumSum, op.ScanAttrs{}, tensor.Concat(0, l.x(n), l.x(n)).GtScalar(0))
		}},
		{name: "cumprod", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.CumProd, op.ScanAttrs{}, l.x(n).MulScalar(1e-3).AddScalar(1))
		}, within: 1e-3},
		{name: "cummax", f: func(l *wideLines) []*tensor.Tensor { return apply(op.CumMax, op.ScanAttrs{}, l.ties(n)) }},
		{name: "cummin, NaN", f: func(l *wideLines) []*tensor.Tensor { return apply(op.CumMin, op.ScanAttrs{}, l.nans(n)) }},
		{name: "cummax, backwards, NaN", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.CumMax, op.ScanAttrs{Axis: 1, Reverse: true}, l.nans(1, n))
		}},
		{name: "cummin of integers", f: func(l *wideLines) []*tensor.Tensor { return apply(op.CumMin, op.ScanAttrs{}, l.ints(n)) }},
		{name: "logcumsumexp", f: func(l *wideLines) []*tensor.Tensor { return apply(op.LogCumSumExp, op.ScanAttrs{}, l.x(n)) }, within: 1e-3}, // some 6e-4 is what the device's rounding makes of a million of these when it sees all of them
		{name: "linearscan", f: func(l *wideLines) []*tensor.Tensor { return apply(op.LinearScan, op.ScanAttrs{}, l.x(n), l.ties(n)) }, within: 1e-3},
		{name: "linearscan, backwards", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.LinearScan, op.ScanAttrs{Reverse: true}, l.x(n), l.ties(n))
		}, within: 1e-3},
		{name: "maxpool", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.MaxPool, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}, l.nans(1, 1, n))
		}},
		{name: "maxpool, dilated, ceil", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.MaxPool, op.PoolAttrs{Kernel: []int{3}, Stride: []int{5}, Dilation: []int{3}, Ceil: true}, l.ties(1, 1, n))
		}},
		{name: "maxpool of a wide plane", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.MaxPool, op.PoolAttrs{Kernel: []int{3, 2}, Stride: []int{1}, Pad: []int{1, 0}}, l.ties(1, 1, 640, 1024))
		}},
		{name: "maxpool's gradient", f: func(l *wideLines) []*tensor.Tensor {
			a := op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}
			y := apply(op.MaxPool, a, l.ties(1, 1, n))
			a.Size = []int{n}
			return apply(op.MaxPoolGrad, a, y[0], y[1])
		}},
		{name: "avgpool", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AvgPool, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}, l.ties(1, 1, n))
		}},
		{name: "avgpool, ceil", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AvgPool, op.PoolAttrs{Kernel: []int{4}, Stride: []int{3}, Pad: []int{1}, Ceil: true}, l.ties(1, 1, n))
		}},
		{name: "avgpool, padding excluded", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AvgPool, op.PoolAttrs{Kernel: []int{5}, Stride: []int{1}, Pad: []int{2}, ExcludePad: true}, l.ties(1, 1, n))
		}},
		{name: "avgpool of a wide plane", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AvgPool, op.PoolAttrs{Kernel: []int{2, 3}, Stride: []int{2}, Pad: []int{1}, Ceil: true}, l.ties(1, 1, 640, 1024))
		}},
		{name: "avgpool's gradient", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AvgPoolTranspose, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}, Size: []int{n}}, l.ties(1, 1, n).Narrow(2, 0, n/2))
		}},
		{name: "avgpool's gradient, padding excluded", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AvgPoolTranspose, op.PoolAttrs{Kernel: []int{4}, Stride: []int{1}, Pad: []int{2}, ExcludePad: true, Size: []int{n - 1}}, l.ties(1, 1, n))
		}},
		{name: "adaptive maxpool", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AdaptiveMaxPool, op.AdaptiveAttrs{Size: []int{n / 8}}, l.ties(1, 1, n))
		}},
		{name: "adaptive avgpool", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AdaptiveAvgPool, op.AdaptiveAttrs{Size: []int{n / 8}}, l.ties(1, 1, n))
		}},
		{name: "adaptive pools of a wide plane", f: func(l *wideLines) []*tensor.Tensor {
			x, a := l.ties(1, 1, 640, 1024), op.AdaptiveAttrs{Size: []int{300, 7}}
			back := apply(op.AdaptiveAvgPoolTranspose, op.AdaptiveAttrs{In: []int{640, 1024}}, l.ties(1, 1, 320, 2048).Narrow(3, 0, 7))
			return append(append(apply(op.AdaptiveMaxPool, a, x), apply(op.AdaptiveAvgPool, a, x)...), back...)
		}},
		{name: "adaptive avgpool, backwards", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.AdaptiveAvgPoolTranspose, op.AdaptiveAttrs{In: []int{n}}, l.ties(1, 1, n).Narrow(2, 0, n/8))
		}},
		{name: "sort", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Sort, op.SortAttrs{}, l.nans(n).Narrow(0, n/3, n/2))
		}},
		{name: "sort, descending", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Sort, op.SortAttrs{Axis: 1, Descending: true}, l.nans(2, n/2).Narrow(0, 1, 1))
		}},
		{name: "sort of integers", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Sort, op.SortAttrs{}, l.ints(n).Narrow(0, 0, n/2))
		}},
		{name: "sort of float16", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Sort, op.SortAttrs{}, l.nans(n).Narrow(0, n/3, n/2).To(dtype.Float16))
		}},
		{name: "argsort", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ArgSort, op.SortAttrs{}, l.ties(n).Narrow(0, 0, n/2))
		}},
		{name: "topk", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.TopK, op.TopKAttrs{K: 100}, l.nans(n).Narrow(0, n/3, n/2))
		}},
		{name: "topk, smallest", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.TopK, op.TopKAttrs{K: 9000, Axis: 1, Smallest: true}, l.nans(1, n))
		}},
		{name: "topk, NaN", f: func(l *wideLines) []*tensor.Tensor { return apply(op.TopK, op.TopKAttrs{K: 3000}, l.nans(n)) }},
		{name: "topk of most", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.TopK, op.TopKAttrs{K: n / 3}, l.ties(n).Narrow(0, 0, n/2))
		}},
		{name: "median", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Median, op.ArgAttrs{Flat: true}, l.ties(n).Narrow(0, 0, n/2))
		}},
		{name: "searchsorted", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.SearchSorted, op.SearchAttrs{Right: true}, tensor.Arange(l.dev, dtype.Float32, 0, n, 1).DivScalar(3).Floor(), l.x(n).MulScalar(n/3))
		}},
		{name: "softmax", f: func(l *wideLines) []*tensor.Tensor { return apply(op.Softmax, op.AxisAttrs{}, l.x(n)) }, within: 1e-6},
		{name: "logsumexp", f: func(l *wideLines) []*tensor.Tensor { return apply(op.LogSumExp, op.ReduceAttrs{}, l.x(n)) }, within: 1e-4},
		{name: "layernorm", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.LayerNorm, op.NormAttrs{Eps: 1e-5}, l.x(1, n))[:1]
		}, within: 1e-4},
		{name: "roll", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Roll, op.RollAttrs{Shifts: []int{7}, Axes: []int{0}}, l.x(n))
		}},
		{name: "resize, to more", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Resize, op.ResizeAttrs{Size: []int{n}, Mode: op.ResizeCubic}, l.x(1, 1, n).Narrow(2, 0, n/4))
		}, within: 1e-6},
		{name: "resize, backwards", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ResizeTranspose, op.ResizeAttrs{In: []int{n}, Mode: op.ResizeLinear}, l.x(1, 1, n).Narrow(2, 0, n/2))
		}, within: 1e-6},
		{name: "resize", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Resize, op.ResizeAttrs{Size: []int{n / 2}, Mode: op.ResizeLinear}, l.x(1, 1, n))
		}, within: 1e-6},
		{name: "indexget of two axes", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexGet, nil, l.x(640, 1024), l.below(640, 2000), l.below(1000, 2000))
		}},
		{name: "indexput of two axes", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexPut, op.IndexPutAttrs{Accumulate: true}, l.ties(640, 1024), l.ties(n).Narrow(0, 0, 2000), l.below(640, 2000), l.below(1000, 2000))
		}},
		{name: "indexget of wide rows", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexGet, nil, l.x(2, n/2), tensor.From(l.dev, []int64{1, 0, -1}, 3))
		}},
		{name: "indexput of wide rows", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.IndexPut, op.IndexPutAttrs{}, l.x(2, n/2), l.ties(n).Narrow(0, 0, n/2), tensor.From(l.dev, []int64{1, 0, -1}, 3))
		}},
		{name: "gather across wide rows", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Gather, op.AxisAttrs{}, l.x(2, n/2), l.below(2, n/3).Reshape(1, n/3))
		}},
		{name: "scatteradd across wide rows", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.ScatterAdd, op.AxisAttrs{}, l.ties(2, n/2), l.below(2, n/3).Reshape(1, n/3), l.ties(1, n))
		}},
		{name: "argmax, cummax and sort of columns", f: func(l *wideLines) []*tensor.Tensor {
			x := l.ties(n/2, 2)
			return slices.Concat(apply(op.ArgMax, op.ArgAttrs{}, x), apply(op.CumMax, op.ScanAttrs{}, x), apply(op.Sort, op.SortAttrs{}, x))
		}},
		{name: "sort of bool, descending", f: func(l *wideLines) []*tensor.Tensor {
			return apply(op.Sort, op.SortAttrs{Descending: true}, l.x(n).GtScalar(0))
		}},
		{name: "maxpool of all of deep planes", f: func(l *wideLines) []*tensor.Tensor {
			a := op.PoolAttrs{Kernel: []int{4, 3, 2}, Stride: []int{1}, Pad: []int{0, 1, 1}}
			return apply(op.MaxPool, a, l.ties(1, 1, 4, 160, 1024))
		}},
	}
}
