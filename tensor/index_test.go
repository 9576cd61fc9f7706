package tensor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

func TestIndex(t *testing.T) {
	x := count(dtype.Float64, 2, 3, 4) // element = 12i + 4j + k
	mask := tensor.From(cpu, []bool{true, false, true})
	mask2 := tensor.From(cpu, []bool{false, true, false, false, false, true}, 2, 3)
	col := ints(1, 0).Reshape(2, 1)
	for _, c := range []struct {
		name  string
		idx   []tensor.Idx
		sizes []int
		want  []float64 // the first elements
		view  bool
		why   string
	}{
		{"nothing", nil, []int{2, 3, 4}, []float64{0, 1}, true, "t itself"},
		{"1", []tensor.Idx{tensor.I(1)}, []int{3, 4}, []float64{12, 13}, true, ""},
		{"-1, -1, -1", []tensor.Idx{tensor.I(-1), tensor.I(-1), tensor.I(-1)}, []int{}, []float64{23}, true, "from the end"},
		{":, 1", []tensor.Idx{tensor.All, tensor.I(1)}, []int{2, 4}, []float64{4, 5, 6, 7, 16}, true, ""},
		{"..., 0", []tensor.Idx{tensor.Ellipsis, tensor.I(0)}, []int{2, 3}, []float64{0, 4, 8, 12}, true, ""},
		{"0, ..., 0", []tensor.Idx{tensor.I(0), tensor.Ellipsis, tensor.I(0)}, []int{3}, []float64{0, 4, 8}, true, ""},
		{"0, ..., 0, 0", []tensor.Idx{tensor.I(0), tensor.Ellipsis, tensor.I(0), tensor.I(0)}, []int{}, []float64{0}, true, "Ellipsis may stand for nothing"},
		{"None, ..., None", []tensor.Idx{tensor.NewAxis, tensor.Ellipsis, tensor.NewAxis}, []int{1, 2, 3, 4, 1}, []float64{0, 1}, true, ""},
		{":, 1:, ::2", []tensor.Idx{tensor.All, tensor.S(1, tensor.End), tensor.SStep(0, tensor.End, 2)}, []int{2, 2, 2}, []float64{4, 6, 8, 10, 16}, true, ""},
		{":, -2:-1", []tensor.Idx{tensor.All, tensor.S(-2, -1)}, []int{2, 1, 4}, []float64{4, 5, 6, 7, 16}, true, ""},
		{"[1, 0, 1]", []tensor.Idx{tensor.At(ints(1, 0, 1))}, []int{3, 3, 4}, []float64{12, 13}, false, "a tensor copies"},
		{"[-1]", []tensor.Idx{tensor.At(ints(-1))}, []int{1, 3, 4}, []float64{12, 13}, false, "from the end"},
		{":, [2, 0]", []tensor.Idx{tensor.All, tensor.At(ints(2, 0))}, []int{2, 2, 4}, []float64{8, 9, 10, 11, 0}, false, "in place of the axis"},
		{":, [0], [1, 3]", []tensor.Idx{tensor.All, tensor.At(ints(0)), tensor.At(ints(1, 3))}, []int{2, 2}, []float64{1, 3, 13, 15}, false, "neighbours: their place"},
		{"[0, 1], :, [1, 3]", []tensor.Idx{tensor.At(ints(0, 1)), tensor.All, tensor.At(ints(1, 3))}, []int{2, 3}, []float64{1, 5, 9, 15, 19, 23}, false, "separated: in front"},
		{":, [[1], [0]], [1, 3]", []tensor.Idx{tensor.All, tensor.At(col), tensor.At(ints(1, 3))}, []int{2, 2, 2}, []float64{5, 7, 1, 3, 17, 19, 13, 15}, false, "indices broadcast"},
		{"[[1], [0]], :, [1, 3]", []tensor.Idx{tensor.At(col), tensor.All, tensor.At(ints(1, 3))}, []int{2, 2, 3}, []float64{13, 17, 21, 15, 19, 23, 1, 5, 9, 3, 7, 11}, false, "broadcast, in front"},
		{"[0], None, [1]", []tensor.Idx{tensor.At(ints(0)), tensor.NewAxis, tensor.At(ints(1))}, []int{1, 1, 4}, []float64{4, 5, 6, 7}, false, "a new axis separates"},
		{"1, [0, 2]", []tensor.Idx{tensor.I(1), tensor.At(ints(0, 2))}, []int{2, 4}, []float64{12, 13, 14, 15, 20}, false, ""},
		{":, mask", []tensor.Idx{tensor.All, tensor.At(mask)}, []int{2, 2, 4}, []float64{0, 1, 2, 3, 8}, false, ""},
		{"mask of two axes", []tensor.Idx{tensor.At(mask2)}, []int{2, 4}, []float64{4, 5, 6, 7, 20}, false, "stands for both"},
		{"mask of two axes, 3", []tensor.Idx{tensor.At(mask2), tensor.I(3)}, []int{2}, []float64{7, 23}, false, ""},
		{"mask of nothing", []tensor.Idx{tensor.At(tensor.Zeros(cpu, dtype.Bool, 2))}, []int{0, 3, 4}, nil, false, ""},
		{"int32", []tensor.Idx{tensor.At(tensor.From(cpu, []int32{1}))}, []int{1, 3, 4}, []float64{12}, false, "any integer type"},
		{"uint8", []tensor.Idx{tensor.At(tensor.From(cpu, []uint8{1, 1}))}, []int{2, 3, 4}, []float64{12}, false, "indices, not a mask"},
		{"no indices", []tensor.Idx{tensor.At(ints())}, []int{0, 3, 4}, nil, false, ""},
		{"a scalar tensor", []tensor.Idx{tensor.At(tensor.Scalar(cpu, int64(1)))}, []int{3, 4}, []float64{12}, false, "drops the axis"},
	} {
		got := x.Index(c.idx...)
		same(t, "x["+c.name+"]", got, c.sizes, c.want...)
		if got.SharesStorage(x) != c.view {
			t.Errorf("x[%s] shares storage: %v, want %v: %s", c.name, !c.view, c.view, c.why)
		}
	}
}

// randomIndex returns entries for an axis list, and for each axis they leave
// how it counts: nil for a new axis.
func randomIndex(r *rand.Rand, sizes []int) (idx []tensor.Idx, texts []string, axes [][]int) {
	for _, n := range sizes {
		for r.IntN(4) == 0 {
			idx, texts, axes = append(idx, tensor.NewAxis), append(texts, "None"), append(axes, nil)
		}
		switch r.IntN(3) {
		case 0:
			i := r.IntN(2*n) - n
			idx, texts = append(idx, tensor.I(i)), append(texts, fmt.Sprint(i))
			axes = append(axes, []int{-1, (i + n) % n}) // -1: drops
		case 1:
			idx, texts = append(idx, tensor.All), append(texts, ":")
			all := make([]int, n)
			for i := range all {
				all[i] = i
			}
			axes = append(axes, append([]int{-2}, all...))
		case 2:
			start, stop, step := r.IntN(2*n+2)-n-1, r.IntN(2*n+2)-n-1, 1+r.IntN(3)
			idx, texts = append(idx, tensor.SStep(start, stop, step)), append(texts, fmt.Sprintf("%d:%d:%d", start, stop, step))
			clamp := func(i int) int {
				if i < 0 {
					i += n
				}
				return min(max(i, 0), n)
			}
			l := []int{-2}
			for i := clamp(start); i < clamp(stop); i += step {
				l = append(l, i)
			}
			axes = append(axes, l)
		}
	}
	return idx, texts, axes
}

func TestIndexBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		sizes := make([]int, 1+r.IntN(4))
		for i := range sizes {
			sizes[i] = 1 + r.IntN(4)
		}
		x := count(dtype.Float64, sizes...)
		idx, texts, axes := randomIndex(r, sizes)
		var want []float64
		var shp []int
		flat := []int{0}
		k := 0
		for _, a := range axes {
			if a == nil {
				shp = append(shp, 1)
				continue
			}
			places := a[1:]
			if a[0] == -2 {
				shp = append(shp, len(places))
			}
			var next []int
			for _, f := range flat {
				for _, p := range places {
					next = append(next, f*sizes[k]+p)
				}
			}
			flat = next
			k++
		}
		for _, f := range flat {
			want = append(want, float64(f))
		}
		same(t, fmt.Sprintf("%v%v", sizes, texts), x.Index(idx...), append([]int{}, shp...), want...)

		y := tensor.Zeros(cpu, dtype.Float64, sizes...)
		y.SetIndex(tensor.Scalar(cpu, 1.), idx...)
		ones := make([]float64, y.Numel())
		for _, f := range flat {
			ones[f] = 1
		}
		same(t, fmt.Sprintf("zeros %v after [%v] = 1", sizes, texts), y, sizes, ones...)
	}
}

// Tensors in any places, beside ranges, against the definition: result axes
// from the tensors stand in front unless their axes were neighbours.
func TestIndexByTensorsBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		sizes := make([]int, 2+r.IntN(3))
		for i := range sizes {
			sizes[i] = 1 + r.IntN(3)
		}
		x := count(dtype.Float64, sizes...)
		lead := []int{1 + r.IntN(2), 1 + r.IntN(3)}
		picked := map[int][]int64{}
		var idx []tensor.Idx
		var at []int
		for a, n := range sizes {
			if r.IntN(2) == 0 && a != 0 || a == 0 && r.IntN(2) == 0 {
				idx = append(idx, tensor.All)
				continue
			}
			s := slices.Clone(lead)
			s[r.IntN(2)] = 1
			l := make([]int64, s[0]*s[1])
			for i := range l {
				l[i] = int64(r.IntN(2*n) - n)
			}
			p := tensor.From(cpu, l, s...)
			idx = append(idx, tensor.At(p))
			at = append(at, a)
			picked[a] = nil
			for _, v := range p.Expand(lead...).Float64s() {
				picked[a] = append(picked[a], (int64(v)+int64(n))%int64(n))
			}
		}
		if len(at) == 0 {
			continue
		}
		got := x.Index(idx...)
		first, near := at[0], at[len(at)-1]-at[0] == len(at)-1
		if !near {
			first = 0
		}
		out := make([]float64, got.Numel())
		coord := make([]int, got.Rank())
		for i := range out {
			w := []int{coord[first], coord[first+1]}
			rest := append(slices.Clone(coord[:first]), coord[first+2:]...)
			place := 0
			for a, n := range sizes {
				var k int
				if l, ok := picked[a]; ok {
					k = int(l[w[0]*lead[1]+w[1]])
				} else {
					k, rest = rest[0], rest[1:]
				}
				place = place*n + k
			}
			out[i] = float64(place)
			shape.Next(coord, got.Shape())
		}
		same(t, fmt.Sprintf("%v by tensors at %v", sizes, at), got, got.Shape(), out...)

		values := tensor.Arange(cpu, dtype.Float64, 0, float64(got.Numel()), 1).AddScalar(100).Reshape(got.Shape()...)
		want := x.Float64s()
		for i, p := range out {
			want[int(p)] = float64(100 + i)
		}
		// Of values for one element the last in the order of the indices stays,
		// which is not that of the result's elements: leave it to TestSetIndex.
		if unique(slices.Clone(out)) {
			x.SetIndex(values, idx...)
			same(t, fmt.Sprintf("%v by tensors at %v, set", sizes, at), x, sizes, want...)
		}
	}
}

func unique(l []float64) bool {
	slices.Sort(l)
	return len(slices.Compact(slices.Clone(l))) == len(l)
}

func TestSetIndex(t *testing.T) {
	x := tensor.Zeros(cpu, dtype.Float64, 3, 2)
	x.SetIndex(vec(1, 2, 3), tensor.At(ints(0, 2, 0)), tensor.I(1))
	same(t, "the last of two", x, []int{3, 2}, 0, 3, 0, 0, 0, 2)
	x.SetIndex(vec(7, 8), tensor.At(tensor.From(cpu, []bool{true, false, true})))
	same(t, "rows by mask", x, []int{3, 2}, 7, 8, 0, 0, 7, 8)
	n := tensor.Zeros(cpu, dtype.Int64, 2)
	n.SetIndex(tensor.Scalar(cpu, 2.9), tensor.I(0))
	same(t, "converted", n, []int{2}, 2, 0)
	y := count(dtype.Float64, 4)
	y.SetIndex(y.Index(tensor.S(0, 3)), tensor.S(1, 4))
	same(t, "from itself, overlapping", y, []int{4}, 0, 0, 1, 2)
	if y.Version() != 1 {
		t.Errorf("version %d after one change", y.Version())
	}
}

func TestNonzero(t *testing.T) {
	x := tensor.From(cpu, []float32{0, 2, 0, -1, 0, 0}, 2, 3)
	at := tensor.Nonzero(x)
	same(t, "rows", at[0], []int{2}, 0, 1)
	same(t, "columns", at[1], []int{2}, 1, 0)
}
