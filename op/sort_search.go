package op

import (
	"slices"
	"sort"

	"github.com/hekla-ml/hekla/dtype"
)

// SearchAttrs say on which side of equal elements a value is inserted.
type SearchAttrs struct{ Right bool }

// Searching in sorted elements.
var (
	SearchSorted = register(&Op{
		Name: "searchsorted", Doc: "returns where each of values [..., k] would be inserted in sorted [..., n], or [n] for all, to keep it sorted: before equal elements, or after them if Right.",
		Infer: func(in []Meta, _ any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			s, v := in[0].Shape, in[1].Shape
			if len(s) == 0 || len(s) > 1 && (len(s) != len(v) || !slices.Equal(s[:len(s)-1], v[:len(v)-1])) {
				return nil, shapeError("sorted %v, values %v: want sorted to be a vector, or equal sizes but for the last axis", s, v)
			}
			if in[0].DType != in[1].DType {
				return nil, dtypeError("sorted is %s, values %s: want one type; convert first", in[0].DType, in[1].DType)
			}
			return []Meta{{v, dtype.Int64}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a, _ := attrs.(SearchAttrs)
			s, v := in[0], in[1]
			n := s.Meta.Shape[len(s.Meta.Shape)-1]
			y := NewArray(dtype.Int64, v.Meta.Shape...)
			for i, x := range v.Data {
				line := s.Data
				if len(s.Meta.Shape) > 1 {
					row := i / v.Meta.Shape[len(v.Meta.Shape)-1]
					line = s.Data[row*n : (row+1)*n]
				}
				y.Data[i] = float64(sort.Search(n, func(k int) bool {
					if a.Right {
						return line[k] > x || line[k] != line[k] && x == x
					}
					return line[k] >= x || line[k] != line[k]
				}))
			}
			return []*Array{y}
		},
		Samples: func(r *Rand) []Sample {
			rows := r.Ints(dtype.Float32, 0, 9, 3, 6)
			for i := range 3 {
				slices.Sort(rows.Data[i*6 : i*6+6])
			}
			vector := &Array{Meta{[]int{6}, dtype.Int64}, []float64{-4, -1, 0, 0, 3, 7}}
			return []Sample{
				{In: []*Array{rows, r.Ints(dtype.Float32, -1, 10, 3, 4)}, Attrs: SearchAttrs{}, Bent: true},
				{Name: "right", In: []*Array{rows, r.Ints(dtype.Float32, -1, 10, 3, 4)}, Attrs: SearchAttrs{Right: true}, Bent: true},
				{Name: "one vector", In: []*Array{vector, r.Ints(dtype.Int64, -5, 9, 2, 5)}, Attrs: SearchAttrs{}},
				{Name: "in nothing", In: []*Array{NewArray(dtype.Int64, 0), r.Ints(dtype.Int64, -5, 9, 5)}, Attrs: SearchAttrs{}},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{
				{Sample{Name: "rows", In: []*Array{x, NewArray(dtype.Float32, 3, 3)}, Attrs: SearchAttrs{}}, ErrShape},
				{Sample{Name: "types", In: []*Array{x, NewArray(dtype.Int64, 2, 3)}, Attrs: SearchAttrs{}}, ErrDType},
			}
		},
	})

	Bucketize = register(&Op{
		Name: "bucketize", Doc: "returns the number of the bucket each element of x falls in, given ascending boundaries [n]: how many boundaries are below it, or not above it if Right.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 2, 2); err != nil {
				return nil, err
			}
			if len(in[1].Shape) != 1 {
				return nil, shapeError("boundaries %v: want a vector", in[1].Shape)
			}
			return SearchSorted.Infer([]Meta{in[1], in[0]}, attrs)
		},
		Decompose: func(b Builder, in []Value, attrs any) []Value {
			return b.Apply(SearchSorted, attrs, in[1], in[0])
		},
		Samples: func(r *Rand) []Sample {
			vector := &Array{Meta{[]int{4}, dtype.Float32}, []float64{-1, 0, 0.5, 2}}
			return []Sample{
				{In: []*Array{r.Normal(3, 5), vector}, Attrs: SearchAttrs{}},
				{Name: "right", In: []*Array{r.Ints(dtype.Float32, -2, 4, 3, 5), vector}, Attrs: SearchAttrs{Right: true}, Bent: true},
			}
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 2, 3)
			return []ErrorSample{{Sample{Name: "boundaries", In: []*Array{x, x}, Attrs: SearchAttrs{}}, ErrShape}}
		},
	})
)
