package nn_test

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func l2(t *tensor.Tensor) float64 {
	s := 0.0
	for _, x := range t.Float64s() {
		s += x * x
	}
	return math.Sqrt(s)
}

var floatTypes = []dtype.DType{dtype.Float64, dtype.Float32}
