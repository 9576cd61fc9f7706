package backend_test

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// A device whose kernels take eight operands adds twenty.
func ExampleDivision() {
	sum := op.NewFn(slices.Repeat([]pointwise.Kind{pointwise.Float}, 20), nil, func(in, _ []pointwise.Value) []pointwise.Value {
		for _, x := range in[1:] {
			in[0] = in[0].Add(x)
		}
		return in[:1]
	})
	c := &backend.Call{Op: op.Map, Fn: sum, Out: []backend.View{vector(host{}, 3)}}
	for i := range 20 {
		v := vector(host{}, 3)
		write(v, float64(i), 1, 0)
		c.In = append(c.In, v)
	}
	d, err := backend.Divide(c, 8)
	if err == nil {
		err = d.Run(c, func(t dtype.DType, s []int) (backend.View, func(), error) {
			v := vector(host{}, s[0])
			return v, v.Buffer.Free, nil
		}, host{}.Run)
	}
	fmt.Println(read(c.Out[0]), err)
	// Output: [190 20 0] <nil>
}
