package opinfo

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/op"
)

// pointwiseTable has what works on elements one by one. Names that are ours in
// lower case come from the op table.
func pointwiseTable() map[string]function {
	m := map[string]function{
		"add":                        scaled(op.Add, false),
		"sub":                        scaled(op.Sub, false),
		"rsub":                       scaled(op.Sub, true),
		"__radd__":                   reversed(op.Add),
		"__rsub__":                   reversed(op.Sub),
		"__rmul__":                   reversed(op.Mul),
		"__rdiv__":                   reversed(op.Div),
		"__rmod__":                   reversed(op.Remainder),
		"__rpow__":                   reversed(op.Pow),
		"div.no_rounding_mode":       binary(op.Div),
		"div.floor_rounding":         rounded(op.FloorDivide),
		"div.trunc_rounding":         rounded(op.TruncDivide),
		"true_divide":                binary(op.Div),
		"floor_divide":               binary(op.FloorDivide),
		"max.binary":                 binary(op.Maximum),
		"min.binary":                 binary(op.Minimum),
		"logical_and":                binary(op.LogicalAnd),
		"logical_or":                 binary(op.LogicalOr),
		"logical_xor":                binary(op.LogicalXor),
		"logical_not":                unary((*T).LogicalNot),
		"special.xlog1py":            binary(op.Xlog1py),
		"special.i0e":                unary((*T).I0e),
		"special.i1":                 unary((*T).I1),
		"special.i1e":                unary((*T).I1e),
		"special.modified_bessel_i0": unary((*T).I0),
		"special.modified_bessel_i1": unary((*T).I1),
		"sgn":                        unary((*T).Sign),
		"positive":                   same,
		"addcmul":                    is(func(c *call) *T { return c.x().Addcmul(c.t(1, "tensor1"), c.t(2, "tensor2"), c.num(-1, "value", 1)) }),
		"addcdiv":                    is(func(c *call) *T { return c.x().Addcdiv(c.t(1, "tensor1"), c.t(2, "tensor2"), c.num(-1, "value", 1)) }),
		"clamp":                      is(clamp),
		"clamp_min":                  binary(op.Maximum),
		"clamp_max":                  binary(op.Minimum),
		"where":                      is(func(c *call) *T { return c.need(1, "").Where(c.x(), c.operand(2, "other")) }),
		"lerp":                       is(lerp),
		"isclose":                    is(isClose),
		"nan_to_num":                 is(nanToNum),
		"round.decimals_0":           is(roundTo),
		"round.decimals_3":           is(roundTo),
		"round.decimals_neg_3":       is(roundTo),
		"float_power":                is(func(c *call) *T { return c.x().To(dtype.Float64).Pow(c.operand(1, "exponent").To(dtype.Float64)) }),
		"isreal":                     is(func(c *call) *T { return c.x().Eq(c.x()).LogicalOr(c.x().IsNaN()) }),
		"logit":                      is(logit),
		"angle":                      is(angle),
		"abs":                        unary((*T).Abs),
		"nn.functional.celu":         is(func(c *call) *T { return c.x().CELU(c.num(1, "alpha", 1)) }),
		"nn.functional.elu":          is(func(c *call) *T { return c.x().ELU(c.num(1, "alpha", 1)) }),
		"nn.functional.leaky_relu":   is(func(c *call) *T { return c.x().LeakyReLU(c.num(1, "negative_slope", 0.01)) }),
		"nn.functional.hardshrink":   is(func(c *call) *T { return c.x().Hardshrink(c.num(1, "lambd", 0.5)) }),
		"nn.functional.softshrink":   is(func(c *call) *T { return c.x().Softshrink(c.num(1, "lambd", 0.5)) }),
		"nn.functional.threshold":    is(func(c *call) *T { return c.x().Threshold(c.num(1, "threshold", 0), c.num(2, "value", 0)) }),
		"nn.functional.softplus":     is(func(c *call) *T { return c.x().Softplus(c.num(1, "beta", 1), c.num(2, "threshold", 20)) }),
		"nn.functional.hardtanh":     is(func(c *call) *T { return hardtanh(c.x(), c.num(1, "min_val", -1), c.num(2, "max_val", 1)) }),
		"nn.functional.gelu":         is(gelu),
		"nn.functional.prelu":        is(func(c *call) *T { return (&nn.PReLU{Weight: c.need(1, "weight")}).Forward(c.x()) }),
	}
	for _, o := range op.All() {
		_, in, scalars, ok := o.Elementwise()
		if !ok || len(scalars) > 0 {
			continue
		}
		for _, name := range []string{o.Name, "nn.functional." + o.Name} {
			if m[name] != nil || name == "nn.functional.prelu" {
				continue
			}
			switch len(in) {
			case 1:
				m[name] = is(func(c *call) *T { return apply(o, nil, c.x()) })
			case 2:
				m[name] = binary(o)
			}
		}
	}
	return m
}

// scaled is add and sub with a factor of the second operand.
func scaled(o *op.Op, reverse bool) function {
	return func(c *call) []*T {
		x, y := c.operand(0, ""), c.operand(1, "other")
		if reverse {
			x, y = y, x
		}
		if c.has(-1, "alpha") {
			a := c.num(-1, "alpha", 1)
			if reverse { // alpha goes with the input, which comes second
				return one(apply(o, nil, x, y.MulScalar(a)))
			}
			y = y.MulScalar(a)
		}
		return one(apply(o, nil, x, y))
	}
}

func reversed(o *op.Op) function {
	return func(c *call) []*T { return one(apply(o, nil, c.operand(1, "other"), c.x())) }
}

func rounded(o *op.Op) function {
	return func(c *call) []*T {
		c.ignore("rounding_mode") // is in the name
		return binary(o)(c)
	}
}

func clamp(c *call) *T {
	lo, hi := c.operand(1, "min"), c.operand(2, "max")
	switch {
	case lo == nil && hi == nil:
		missing("no bounds")
	case lo == nil:
		return c.x().Minimum(hi)
	case hi == nil:
		return c.x().Maximum(lo)
	}
	return c.x().ClampTo(lo, hi)
}

func lerp(c *call) *T {
	if c.isTensor(2, "weight") {
		return c.x().Lerp(c.need(1, "end"), c.t(2, "weight"))
	}
	return c.x().LerpScalar(c.need(1, "end"), c.num(2, "weight", 0))
}

func isClose(c *call) *T {
	x, y := c.x(), c.need(1, "other")
	near := x.IsClose(y, c.num(2, "rtol", 1e-5), c.num(3, "atol", 1e-8))
	if c.bool(4, "equal_nan", false) {
		near = near.LogicalOr(x.IsNaN().LogicalAnd(y.IsNaN()))
	}
	return near
}

// The default bounds are the largest numbers of the type of the input.
func nanToNum(c *call) *T {
	x := c.x()
	largest := map[dtype.DType]float64{dtype.Float64: math.MaxFloat64, dtype.Float32: math.MaxFloat32}[x.DType()]
	return x.NanToNum(c.num(1, "nan", 0), c.num(2, "posinf", largest), c.num(3, "neginf", -largest))
}

func roundTo(c *call) *T {
	d := c.int(-1, "decimals", 0)
	if d == 0 {
		return c.x().Round()
	}
	if d < 0 {
		p := math.Pow(10, float64(-d))
		return c.x().DivScalar(p).Round().MulScalar(p)
	}
	p := math.Pow(10, float64(d))
	return c.x().MulScalar(p).Round().DivScalar(p)
}

func logit(c *call) *T {
	x := c.x()
	if c.has(1, "eps") {
		eps := c.num(1, "eps", 0)
		x = x.Clamp(eps, 1-eps)
	}
	return x.Logit()
}

// angle of a real number: pi if it is negative, NaN for NaN.
func angle(c *call) *T {
	x := c.x()
	zero := x.MulScalar(0)
	return x.LtScalar(0).Where(zero.AddScalar(math.Pi), zero)
}

func gelu(c *call) *T {
	if c.str(1, "approximate", "none") == "tanh" {
		return c.x().GELUTanh()
	}
	return c.x().GELU()
}

// hardtanh with its bounds the wrong way round is the upper one.
func hardtanh(x *T, lo, hi float64) *T {
	if lo > hi {
		return x.Clamp(lo, hi)
	}
	return x.Hardtanh(lo, hi)
}
