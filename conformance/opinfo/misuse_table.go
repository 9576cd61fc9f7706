package opinfo

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// notOurs lists single refusals that do not concern our functions, and why.
var notOurs = map[string]struct {
	entries []int
	why     string
}{
	"gradient":          {[]int{0, 2, 7, 9, 14, 16}, "Gradient takes one axis and its step"},
	"native_layer_norm": {[]int{0, 3}, "LayerNorm takes a number of axes, not their sizes"},
	"t":                 {[]int{0}, "T swaps the last two of any number of axes"},
	"multinomial":       {[]int{6}, "there may be more categories than 2**24"},
	"masked_fill":       {[]int{0}, "Where takes values of any shape"},
	"roll":              {[]int{0}, "Roll takes one shift"},

	"nn.functional.avg_pool2d": {[]int{4}, "a divisor of 0 means none"},
	"nn.functional.avg_pool3d": {[]int{4}, "a divisor of 0 means none"},
	"nn.functional.max_pool1d": {[]int{4, 15}, "MaxPool of no channels is empty"},
	"nn.functional.huber_loss": {[]int{1}, "a delta of 0 means the default"},
}

// badCalls has a call for each refusal.
var badCalls = joinBad(badReductions, badShapes, badIndices, badLayers)

func joinBad(parts ...map[string][]bad) map[string][]bad {
	all := map[string][]bad{}
	for _, m := range parts {
		for name, l := range m {
			all[name] = append(all[name], l...)
		}
	}
	return all
}

// at makes a bad call for some entries.
func at(args func(m maker) []any, entries ...int) bad { return bad{entries, args} }

var badReductions = func() map[string][]bad {
	twice := func(dims ...any) bad {
		return at(func(m maker) []any { return with(m.f(2, 3), kw{"dim": dims}) }, 3, 4)
	}
	empty := at(func(m maker) []any { return with(m.f(3, 0), kw{"dim": []any{1}}) }, 0)
	far := at(func(m maker) []any { return with(m.f(2, 3), kw{"dim": []any{7}}) }, 6)
	return map[string][]bad{
		"amax": {empty, twice(0, 0), twice(1, -1), far},
		"amin": {empty, twice(0, 0), twice(1, -1), far},
		"aminmax": {
			at(func(m maker) []any { return with(m.f(3, 0), kw{"dim": []any{1}}) }, 0),
			at(func(m maker) []any { return with(m.f(2, 3), kw{"dim": []any{7}}) }, 4)},
		"mean": {
			at(func(m maker) []any { return with(m.i(1, 3)) }, 0),
			at(func(m maker) []any { return with(m.f(3), kw{"dtype": dtype.Int64}) }, 1)},
		"logcumsumexp": {
			at(func(m maker) []any { return with(m.f(5, 5), 3) }, 0),
			at(func(m maker) []any { return with(m.f(5, 5), -8) }, 1)},
		"kthvalue": {
			at(func(m maker) []any { return with(m.f(4), 0) }, 1),
			at(func(m maker) []any { return with(m.f(4), 5) }, 2),
			at(func(m maker) []any { return with(m.f(), 2) }, 3)},
		"renorm": {at(func(m maker) []any { return with(m.f(), 0.5, 0, 1.0) }, 0)},
		"cov": {
			at(func(m maker) []any { return with(m.f(2, 2, 2)) }, 0),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"fweights": m.i(1, 2, 2)}) }, 1),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"aweights": m.f(2, 2)}) }, 2),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"fweights": m.f(2)}) }, 3),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"aweights": m.i(1, 2)}) }, 4),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"fweights": m.i(1, 3)}) }, 5),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"aweights": m.f(3)}) }, 6),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"fweights": m.i(-1, 2)}) }, 7),
			at(func(m maker) []any { return with(m.f(2, 2), kw{"aweights": m.f(2).Neg()}) }, 8)},
		"gradient": {
			at(func(m maker) []any { return with(m.f(3, 3), kw{"edge_order": 3}) }, 1, 8, 15),
			at(func(m maker) []any { return with(m.f(3, 3), kw{"dim": []any{7}}) }, 4, 11, 18),
			at(func(m maker) []any { return with(m.f(1, 3), kw{"edge_order": 1}) }, 5, 12, 19),
			at(func(m maker) []any { return with(m.f(2, 3), kw{"edge_order": 2}) }, 6, 13, 20)},
		"isclose": {
			at(func(m maker) []any { return with(m.f(2), m.f(2), kw{"rtol": -0.4}) }, 0),
			at(func(m maker) []any { return with(m.f(2), m.f(2), kw{"atol": -0.4}) }, 1)},
		"uniform": {at(func(m maker) []any { return with(m.f(2), 3.0, -1.0) }, 0)},
		"neg":     {at(func(m maker) []any { return with(m.i(1, 2).To(dtype.Bool)) }, 0)},
		"nn.functional.huber_loss": {
			at(func(m maker) []any { return with(m.f(2), m.f(2), kw{"delta": -1.0}) }, 2)},
		"nn.functional.softshrink": {at(func(m maker) []any { return with(m.f(2), -0.5) }, 0)},
		"multinomial": {
			at(func(m maker) []any { return with(m.f(), 1) }, 0),
			at(func(m maker) []any { return with(m.i(1, 3), 1) }, 1),
			at(func(m maker) []any { return with(m.f(3), 0) }, 3),
			at(func(m maker) []any { return with(m.f(3), -1) }, 4),
			at(func(m maker) []any { return with(m.f(3), 4) }, 5),
			at(func(m maker) []any { return with(m.f(3).MulScalar(math.Inf(1)), 2) }, 7),
			at(func(m maker) []any { return with(m.f(3).MulScalar(math.NaN()), 2) }, 8),
			at(func(m maker) []any { return with(m.f(3).Neg(), 2) }, 9),
			at(func(m maker) []any { return with(m.f(3).Neg(), 2, true) }, 10),
			at(func(m maker) []any { return with(m.f(3).MulScalar(0), 1) }, 11, 12, 13, 14, 15),
			at(func(m maker) []any { return with(m.f(2, 3).MulScalar(0), 2, true) }, 16, 17, 18, 19, 20)},
		"linalg.lstsq":               {at(func(m maker) []any { return with(m.f(3), m.f(3)) }, 0)},
		"linalg.lstsq.grad_oriented": {at(func(m maker) []any { return with(m.f(3), m.f(3)) }, 0)},
		"ormqr": {
			at(func(m maker) []any { return with(m.f(3), m.f(3), m.f(3, 3)) }, 0),
			at(func(m maker) []any { return with(m.f(3, 2), m.f(3), m.f(3, 3)) }, 1)},
		"linalg.cross": {
			at(func(m maker) []any { return with(m.f(5, 3), m.f(5, 4), kw{"dim": -1}) }, 0),
			at(func(m maker) []any { return with(m.f(5, 3), m.f(3), kw{"dim": -1}) }, 1),
			at(func(m maker) []any { return with(m.f(5, 4), m.f(5, 4)) }, 2),
			at(func(m maker) []any { return with(m.f(3), m.f(3), kw{"dim": 3}) }, 3)},
	}
}()

var badShapes = func() map[string][]bad {
	reshape := func(to any, i int, sizes ...int) bad {
		return at(func(m maker) []any { return with(m.f(sizes...), to) }, i)
	}
	list := func(n ...any) []any { return n }
	reshapes := []bad{reshape(list(), 0, 2), reshape(list(), 1, 0), reshape(list(4, 2), 2, 3, 4), reshape(list(5, 2, 2), 3, 5, 3),
		reshape(list(5, -1, 2), 4, 5, 3), reshape(list(-1, -1), 5, 15), reshape(list(0, -1), 6), reshape(list(0, -1), 7, 0)}
	as := []bad{
		at(func(m maker) []any { return with(m.f(3, 4), m.f(4, 2)) }, 0),
		at(func(m maker) []any { return with(m.f(5, 3), m.f(5, 2, 2)) }, 1)}
	axes := func(rank int, first int) []bad {
		x := func(m maker) *T { return m.f(slices.Repeat([]int{2}, rank)...) }
		return []bad{
			at(func(m maker) []any { return with(x(m), kw{"dim1": 1, "dim2": 1}) }, first),
			at(func(m maker) []any { return with(x(m), kw{"dim1": 10, "dim2": 1}) }, first+1),
			at(func(m maker) []any { return with(x(m), kw{"dim1": 1, "dim2": 10}) }, first+2)}
	}
	moved := func(from, to []any, i int) bad {
		return at(func(m maker) []any { return with(m.f(2, 3, 4, 5, 6), from, to) }, i)
	}
	stacks := []bad{
		at(func(m maker) []any { return with([]any{m.f(2, 2), m.f(2, 2, 2, 2)}) }, 0),
		at(func(m maker) []any { return with([]any{}) }, 1)}
	rise := func(lo, hi, step any, i int) bad { return at(func(maker) []any { return with(lo, hi, step) }, i) }
	spread := []bad{at(func(maker) []any { return with(0, 1, -1) }, 0)}
	return map[string][]bad{
		"reshape": reshapes, "view": reshapes, "reshape_as": as, "view_as": as,
		"diag_embed": append(axes(2, 0), axes(3, 3)...),
		"diagonal":   append(axes(2, 0), axes(3, 3)...),
		"diag": {
			at(func(m maker) []any { return with(m.f()) }, 0),
			at(func(m maker) []any { return with(m.f(1, 1, 1)) }, 1)},
		"trace": {at(func(m maker) []any { return with(m.f(2)) }, 0)},
		"movedim": {moved(list(3, -3), list(4), 0), moved(list(3, -3, 4), list(-3, 4), 1), moved(list(0, 4, -5), list(0, 1, 2), 2),
			moved(list(0, 1, 2), list(0, 4, -5), 3), moved(list(1, 0, -4), list(0, 1, -5), 4), moved(list(0, 1, -6), list(1, 4, 2), 5),
			moved(list(1, 4, 2), list(0, 1, -6), 6), moved(list(0, 1, -6), list(1, 4, 2), 7), moved(list(0), list(-6), 8)},
		"hstack": stacks, "vstack": stacks, "dstack": stacks,
		"cat": {
			at(func(maker) []any { return with([]any{}, 1) }, 1),
			at(func(m maker) []any { return with([]any{m.f(2, 2), m.f(2, 3)}, kw{"dim": 0}) }, 2, 3, 10),
			at(func(m maker) []any { return with([]any{m.f(2, 2), m.f(2)}, kw{"dim": 0}) }, 4, 5, 9),
			at(func(m maker) []any { return with([]any{m.f(), m.f()}) }, 12)},
		"hsplit": {at(func(m maker) []any { return with(m.f(), 0) }, 0), at(func(m maker) []any { return with(m.f(2, 5), 2) }, 1)},
		"vsplit": {at(func(m maker) []any { return with(m.f(4), 2) }, 0), at(func(m maker) []any { return with(m.f(5, 2), 2) }, 1)},
		"dsplit": {at(func(m maker) []any { return with(m.f(2, 2), 2) }, 0), at(func(m maker) []any { return with(m.f(2, 2, 5), 2) }, 1)},
		"flipud": {at(func(m maker) []any { return with(m.f()) }, 0)},
		"fliplr": {at(func(m maker) []any { return with(m.f(1)) }, 0)},
		"roll": {
			at(func(m maker) []any { return with(m.f(2, 2), []any{1, 1}, []any{0}) }, 1),
			at(func(m maker) []any { return with(m.f(2, 2), 1, 3) }, 2)},
		"rot90": {
			at(func(m maker) []any { return with(m.f(2)) }, 1),
			at(func(m maker) []any { return with(m.f(2, 2), 1, []any{0, 0}) }, 2)},
		"sum_to_size": {
			at(func(m maker) []any { return with(m.f(5, 5), []any{5, 5, 5}) }, 0),
			at(func(m maker) []any { return with(m.f(5, 5), []any{2, 5}) }, 1)},
		"unbind": {
			at(func(m maker) []any { return with(m.f(), 0) }, 0),
			at(func(m maker) []any { return with(m.f(2, 3), 4) }, 1)},
		"eye": {
			at(func(maker) []any { return with(-1) }, 0),
			at(func(maker) []any { return with(-7, 42) }, 1),
			at(func(maker) []any { return with(0, -3) }, 2)},
		"arange":   {rise(0, 3, 0, 0), rise(0, 3, -1, 1), rise(3, 0, 1, 2), rise(0, math.Inf(1), 1, 3), rise(math.Inf(-1), 0, 1, 4)},
		"linspace": spread, "logspace": spread,
	}
}()

var badIndices = func() map[string][]bad {
	put := []bad{
		at(func(m maker) []any { return with(m.f(2, 3), 0, m.i(0, 2, 3), m.d(2, 3)) }, 0),
		at(func(m maker) []any { return with(m.f(2, 3), 0, m.f(2, 3), m.f(2, 3)) }, 1),
		at(func(m maker) []any { return with(m.f(2, 3), 0, m.i(0, 2), m.f(2, 3)) }, 2),
		at(func(m maker) []any { return with(m.f(2, 3), 0, m.i(0, 2, 3), m.f(2)) }, 3),
		at(func(m maker) []any { return with(m.f(3, 3), 0, m.i(34, 3, 3), m.f(3, 3)) }, 4)}
	return map[string][]bad{
		"scatter": put, "scatter_add": put,
		"gather": {
			at(func(m maker) []any { return with(m.f(2, 3), 1, m.i(0, 3, 2)) }, 0),
			at(func(m maker) []any { return with(m.f(2, 3), 0, m.f(2, 3)) }, 1),
			at(func(m maker) []any { return with(m.f(2, 3), 0, m.i(0, 2)) }, 3),
			at(func(m maker) []any { return with(m.f(2, 3), 0, m.i(0, 1, 2, 3)) }, 4),
			at(func(m maker) []any { return with(m.f(2, 3), 1, m.i(23, 2, 3)) }, 5)},
		"nn.functional.embedding": {
			at(func(m maker) []any { return with(m.f(3), m.i(0, 2)) }, 0),
			at(func(m maker) []any { return with(m.f(3, 2, 2), m.i(0, 2)) }, 1)},
	}
}()

var badLayers = func() map[string][]bad {
	pool := func(rank int, pad []any, entries ...int) bad {
		x := func(m maker) *T { return m.f(slices.Repeat([]int{4}, rank)...) }
		return at(func(m maker) []any { return with(x(m), kw{"kernel_size": 2, "stride": 2, "padding": pad}) }, entries...)
	}
	l := func(n ...any) []any { return n }
	size := func(i int, sizes ...int) bad {
		return at(func(m maker) []any { return with(m.f(sizes...), kw{"kernel_size": 2}) }, i, i+11)
	}
	zero := func(name string, x int, entries ...int) bad {
		return at(func(m maker) []any { return with(m.f(2, 2, 4), kw{"kernel_size": 2, name: x}) }, entries...)
	}
	pair := func(i int) bad { return at(func(m maker) []any { return with(m.f(5, 4), m.f(4, 5)) }, i) }
	groups := func(i, n int) bad {
		s := slices.Repeat([]int{2}, n+2)
		return at(func(m maker) []any { return with(m.f(s...), m.f(s...), nil, kw{"groups": -1}) }, i)
	}
	return map[string][]bad{
		"nn.functional.max_pool1d": {pool(3, l(-1), 0, 11), pool(3, l(4), 1, 12), size(2), size(3, 4), size(5, 1, 10, 0),
			zero("stride", 0, 6, 9, 10, 17, 20, 21), zero("dilation", 0, 7, 18),
			at(func(m maker) []any { return with(m.f(2, 1, 2), kw{"kernel_size": 5}) }, 8, 19)},
		"nn.functional.max_pool2d": {pool(4, l(-1), 0, 1), pool(4, l(4), 2, 3),
			at(func(m maker) []any { return with(m.f(2, 4), kw{"kernel_size": 2}) }, 4),
			at(func(m maker) []any { return with(m.f(1, 1, 1, 4, 4), kw{"kernel_size": 2}) }, 5)},
		"nn.functional.max_pool3d": {pool(5, l(-1), 0, 1), pool(5, l(4), 2, 3),
			at(func(m maker) []any { return with(m.f(0, 1, 2, 10), kw{"kernel_size": 2}) }, 4),
			at(func(m maker) []any { return with(m.f(2, 1, 0, 1, 2), kw{"kernel_size": 2}) }, 5)},
		"nn.functional.avg_pool1d": {pool(3, l(-1), 0), pool(3, l(4), 1)},
		"nn.functional.avg_pool2d": {pool(4, l(-1), 0, 1), pool(4, l(4), 2, 3)},
		"nn.functional.avg_pool3d": {pool(5, l(-1), 0, 1), pool(5, l(4), 2, 3),
			at(func(m maker) []any { return with(m.f(2, 2, 0, 4, 4), kw{"kernel_size": 2}) }, 5)},
		"nn.functional.conv1d": {groups(0, 1)},
		"nn.functional.conv2d": {groups(2, 2),
			at(func(m maker) []any { return with(m.f(1, 2, 4, 4), m.i(1, 2, 2, 2, 2)) }, 0, 1)},
		"nn.functional.l1_loss":          {pair(1)},
		"nn.functional.soft_margin_loss": {pair(1)},
		"nn.functional.poisson_nll_loss": {pair(1)},
		"nn.functional.margin_ranking_loss": {
			at(func(m maker) []any { return with(m.f(5, 4), m.f(5), m.f(5, 4, 1)) }, 1)},
		"nn.functional.prelu": {
			at(func(m maker) []any { return with(m.f(), m.f(9)) }, 0),
			at(func(m maker) []any { return with(m.f(2, 8, 3, 4), m.f(9)) }, 1),
			at(func(m maker) []any { return with(m.f(2, 8, 3, 4), m.f(2, 4)) }, 2)},
		"native_layer_norm": {
			at(func(m maker) []any { return with(m.f(2, 3), []any{3}, m.f(2), nil, 1e-5) }, 1),
			at(func(m maker) []any { return with(m.f(2, 3), []any{3}, m.f(3), m.f(2), 1e-5) }, 2)},
	}
}()
