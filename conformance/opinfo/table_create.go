package opinfo

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// createTable has what makes tensors from nothing. The seeds are our own: of
// random and uninitialised tensors only shape and type are compared.
func createTable() map[string]function {
	m := map[string]function{
		"zeros_like": is(func(c *call) *T { return like(c, 0) }),
		"ones_like":  is(func(c *call) *T { return like(c, 1) }),
		"empty_like": is(func(c *call) *T { return like(c, 0) }),
		"full_like":  is(func(c *call) *T { return like(c, c.num(1, "fill_value", 0)) }),
		"fill":       is(func(c *call) *T { return c.x().MulScalar(0).AddScalar(c.num(1, "value", 0)) }),
		"zero_":      unary(func(x *T) *T { return x.MulScalar(0) }),
		"new_zeros":  is(func(c *call) *T { return sized(c, c.x(), 1, 0) }),
		"new_ones":   is(func(c *call) *T { return sized(c, c.x(), 1, 1) }),
		"new_empty":  is(func(c *call) *T { return sized(c, c.x(), 1, 0) }),
		"new_full":   is(func(c *call) *T { return sized(c, c.x(), 1, c.num(2, "fill_value", 0)) }),
		"new_empty_strided": is(func(c *call) *T {
			c.ints(2, "stride") // a layout is no value
			return sized(c, c.x(), 1, 0)
		}),
		"zeros": is(func(c *call) *T { return sized(c, nil, 0, 0) }),
		"ones":  is(func(c *call) *T { return sized(c, nil, 0, 1) }),
		"empty": is(func(c *call) *T { return sized(c, nil, 0, 0) }),
		"eye": is(func(c *call) *T {
			c.ignore("requires_grad")
			n := c.int(0, "n", 0)
			return tensor.Eye(c.dev, c.dtype(-1, "dtype", dtype.Float32), n, c.int(1, "m", n))
		}),
		"arange": is(func(c *call) *T {
			lo, hi := 0.0, c.num(0, "", 0)
			if c.has(1, "end") {
				lo, hi = hi, c.num(1, "end", 0)
			}
			return tensor.Arange(c.dev, c.dtype(-1, "dtype", dtype.Float32), lo, hi, c.num(2, "step", 1))
		}),
		"linspace": is(func(c *call) *T {
			return tensor.Linspace(c.dev, c.dtype(-1, "dtype", dtype.Float32), c.num(0, "start", 0), c.num(1, "end", 0), c.int(2, "steps", 100))
		}),
		"logspace": is(func(c *call) *T {
			x := tensor.Linspace(c.dev, dtype.Float64, c.num(0, "start", 0), c.num(1, "end", 0), c.int(2, "steps", 100))
			base := c.num(3, "base", 10)
			return x.MulScalar(math.Log(base)).Exp().To(c.dtype(-1, "dtype", dtype.Float32))
		}),
		"rand_like":  is(func(c *call) *T { return random(c).Uniform(c.dev, likeType(c), 0, 1, c.x().Shape()...) }),
		"randn_like": is(func(c *call) *T { return random(c).Normal(c.dev, likeType(c), 0, 1, c.x().Shape()...) }),
		"randint_like": is(func(c *call) *T {
			lo, hi := 0, c.int(1, "high", 1)
			if len(c.args) > 2 {
				lo, hi = hi, c.int(2, "high", 1)
			}
			return random(c).Int(c.dev, dtype.Int64, lo, hi, c.x().Shape()...).To(likeType(c))
		}),
		"randn": is(func(c *call) *T {
			c.ignore("requires_grad")
			return random(c).Normal(c.dev, c.dtype(-1, "dtype", dtype.Float32), 0, 1, c.sizes(0, "size")...)
		}),
		"bernoulli": unary(tensor.NewGenerator(1).BernoulliOf),
		"normal":    is(func(c *call) *T { return tensor.NewGenerator(1).NormalOf(c.x(), c.need(1, "")) }),
		"normal.number_mean": is(func(c *call) *T {
			return tensor.NewGenerator(1).NormalOf(tensor.Scalar(c.dev, c.num(1, "mean", 0)).To(c.x().DType()), c.x())
		}),
		"multinomial": is(func(c *call) *T {
			return tensor.NewGenerator(1).Multinomial(c.x(), c.int(1, "num_samples", 1), c.bool(2, "replacement", false))
		}),
		"uniform": is(func(c *call) *T {
			return random(c).Uniform(c.dev, c.x().DType(), c.num(1, "from", 0), c.num(2, "to", 1), c.x().Shape()...)
		}),
	}
	return m
}

func random(*call) *tensor.Generator { return tensor.NewGenerator(7) }

func likeType(c *call) dtype.DType { return c.dtype(-1, "dtype", c.x().DType()) }

func like(c *call, x float64) *T { return tensor.Full(c.dev, likeType(c), x, c.x().Shape()...) }

// sized makes a tensor of the sizes at i, by default of the type of t.
func sized(c *call, t *T, i int, x float64) *T {
	c.ignore("requires_grad")
	d := dtype.Float32
	if t != nil {
		d = t.DType()
	}
	return tensor.Full(c.dev, c.dtype(-1, "dtype", d), x, c.ints(i, "size")...)
}
