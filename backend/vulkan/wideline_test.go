package vulkan

import (
	"math"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// wideLine is how many elements there are: of float32s 2.5 MiB, of which kernels see 1.
const wideLine = 5 << 17

// lines holds what the ops along one wide line are given, on a device.
type wideLines struct {
	dev                   backend.Device
	numbers, coarse, gaps []float32
	random, few           []int64
}

func newWideLines() *wideLines {
	l := &wideLines{}
	for i := range wideLine {
		x := math.Sin(float64(i) * float64(i))
		l.numbers = append(l.numbers, float32(x))
		l.coarse = append(l.coarse, float32(math.Round(50*x))) // many ties, both zeros
		l.random = append(l.random, int64(i)*7919*7919%wideLine)
		l.few = append(l.few, int64(i)*7919%1000)
	}
	l.gaps = append(l.gaps, l.coarse...)
	for _, i := range []int{wideLine/2 + 3, wideLine/2 + 9, wideLine - 2} {
		l.gaps[i] = float32(math.NaN())
	}
	return l
}

func (l *wideLines) x(s ...int) *tensor.Tensor    { return tensor.From(l.dev, l.numbers, s...) }
func (l *wideLines) ties(s ...int) *tensor.Tensor { return tensor.From(l.dev, l.coarse, s...) }
func (l *wideLines) nans(s ...int) *tensor.Tensor { return tensor.From(l.dev, l.gaps, s...) }
func (l *wideLines) at(n int) *tensor.Tensor      { return tensor.From(l.dev, l.random[:n], n) }
func (l *wideLines) ints(s ...int) *tensor.Tensor { return tensor.From(l.dev, l.few, s...) }

type lineCase struct {
	name   string
	f      func(l *wideLines) []*tensor.Tensor
	within float64 // 0: the same bits
}

func apply(o *op.Op, attrs any, in ...*tensor.Tensor) []*tensor.Tensor {
	return tensor.Apply(nil, o, attrs, in...)
}

const n = wideLine

var lineCases = []lineCase{
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
}

// TestWideLines: ops along one line that is wider than what kernels see give what
// the CPU gives: the same bits, where there is but one right answer. By the kernels
// that CPUs get, and by those of GPUs.
func TestWideLines(t *testing.T) {
	for _, limits := range []string{"small,groups=100x100x100", "small,groups=100x100x100,kernels=gpu"} {
		t.Run(limits, func(t *testing.T) {
			t.Setenv("HEKLA_VULKAN_LIMITS", limits)
			d := first(t, func(*device) {})
			l, reference := newWideLines(), newWideLines()
			l.dev, reference.dev = d, tensor.CPU()
			for _, c := range lineCases {
				t.Run(c.name, func(t *testing.T) {
					var got []*tensor.Tensor
					if err := tensor.Try(func() error { got = c.f(l); return nil }); err != nil {
						t.Fatal(err)
					}
					for k, want := range c.f(reference) {
						compareWide(t, k, got[k].Float64s(), want.Float64s(), c.within)
					}
				})
			}
		})
	}
}

func compareWide(t *testing.T, k int, got, want []float64, within float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("output %d has %d elements, want %d", k, len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if g != g && w != w || math.Float64bits(g) == math.Float64bits(w) || within > 0 && math.Abs(g-w) <= within {
			continue
		}
		t.Fatalf("output %d, element %d is %v, want %v", k, i, g, w)
	}
}
