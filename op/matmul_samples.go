package op

import "github.com/hekla-ml/hekla/dtype"

func matmulSamples(r *Rand) []Sample {
	var l []Sample
	for i, s := range []struct {
		name string
		x, y []int
	}{
		{"plain", []int{3, 4}, []int{4, 5}},
		{"batched", []int{2, 3, 4}, []int{2, 4, 5}},
		{"one matrix for all", []int{2, 3, 4}, []int{4, 5}},
		{"one matrix on the left", []int{3, 4}, []int{2, 4, 5}},
		{"leading axes broadcast", []int{2, 1, 3, 4}, []int{3, 4, 2}},
		{"both stretched", []int{1, 2, 3, 2}, []int{2, 1, 2, 3}},
		{"row by column", []int{1, 7}, []int{7, 1}},
		{"column by row", []int{7, 1}, []int{1, 5}},
		{"inner size 0", []int{2, 0}, []int{0, 3}},
		{"inner size 0, batched", []int{2, 3, 0}, []int{0, 4}},
		{"no rows", []int{0, 4}, []int{4, 3}},
		{"no columns", []int{2, 4}, []int{4, 0}},
		{"no batch", []int{0, 2, 3}, []int{3, 4}},
		{"past a tile", []int{17, 19}, []int{19, 33}},
	} {
		types := []dtype.DType{dtype.Float32, dtype.Float64}
		if i < 3 {
			types = append(types, dtype.Float16, dtype.BFloat16, dtype.Int32, dtype.Int64)
		}
		for _, d := range types {
			l = append(l, Sample{Name: s.name, In: []*Array{r.anyOf(d, s.x...), r.anyOf(d, s.y...)}})
		}
	}
	return l
}

func matmulErrors() []ErrorSample {
	var l []ErrorSample
	for _, s := range [][2][]int{{{3, 4}, {5, 4}}, {{4}, {4, 2}}, {{3, 4}, {4}}, {{2, 3, 4}, {3, 4, 5}}} {
		in := []*Array{NewArray(dtype.Float32, s[0]...), NewArray(dtype.Float32, s[1]...)}
		l = append(l, ErrorSample{Sample{In: in}, ErrShape})
	}
	mixed := []*Array{NewArray(dtype.Float32, 2, 2), NewArray(dtype.Float64, 2, 2)}
	return append(l, ErrorSample{Sample{Name: "mixed types", In: mixed}, ErrDType})
}
