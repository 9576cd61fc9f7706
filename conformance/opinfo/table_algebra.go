package opinfo

import (
	"github.com/hekla-ml/hekla/tensor"
)

// algebraTable has products of vectors and matrices.
func algebraTable() map[string]function {
	matmul := is(func(c *call) *T { return c.x().MatMul(c.need(1, "other")) })
	add := is(func(c *call) *T {
		return c.x().AddMatMul(c.need(1, ""), c.need(2, ""), c.num(-1, "beta", 1), c.num(-1, "alpha", 1))
	})
	return map[string]function{
		"matmul":           matmul,
		"mm":               matmul,
		"bmm":              matmul,
		"mv":               matmul,
		"__rmatmul__":      is(func(c *call) *T { return c.need(1, "other").MatMul(c.x()) }),
		"dot":              is(func(c *call) *T { return c.x().Dot(c.need(1, "")) }),
		"vdot":             is(func(c *call) *T { return c.x().Dot(c.need(1, "")) }),
		"inner":            is(func(c *call) *T { return c.x().Inner(c.need(1, "")) }),
		"outer":            is(func(c *call) *T { return c.x().Outer(c.need(1, "")) }),
		"kron":             is(func(c *call) *T { return c.x().Kron(c.need(1, "")) }),
		"addmm":            add,
		"addmm.decomposed": add,
		"addmv":            add,
		"baddbmm":          add,
		"addbmm": is(func(c *call) *T {
			return c.x().AddMatMulSum(c.need(1, ""), c.need(2, ""), c.num(-1, "beta", 1), c.num(-1, "alpha", 1))
		}),
		"addr": is(func(c *call) *T {
			return c.x().AddOuter(c.need(1, ""), c.need(2, ""), c.num(-1, "beta", 1), c.num(-1, "alpha", 1))
		}),
		"tensordot": is(tensorDot),
		"einsum":    is(func(c *call) *T { return tensor.Einsum(c.str(1, "equation", ""), c.tensors(0, "")...) }),
		"linalg.multi_dot": is(func(c *call) *T {
			in := c.tensors(0, "")
			p := in[0]
			for _, t := range in[1:] {
				p = p.MatMul(t)
			}
			return p
		}),
		"linalg.vecdot": is(func(c *call) *T { return c.x().Mul(c.need(1, "")).Sum(c.int(-1, "dim", -1)) }),
		"cross": is(func(c *call) *T {
			x := c.x()
			axis := c.int(-1, "dim", 0)
			if !c.has(-1, "dim") { // the first of size 3
				for x.Dim(axis) != 3 {
					axis++
				}
			}
			return x.Cross(c.need(1, "other"), axis)
		}),
		"linalg.cross": is(func(c *call) *T { return c.x().Cross(c.need(1, "other"), c.int(-1, "dim", -1)) }),
		"linalg.vander": is(func(c *call) *T {
			x := c.x()
			x = x.AtLeast(1)
			n := c.int(-1, "N", x.Dim(-1))
			powers := make([]*T, n)
			for i := range powers {
				powers[i] = x.PowScalar(float64(i))
			}
			return tensor.Stack(-1, powers...)
		}),
	}
}

func tensorDot(c *call) *T {
	x, y := c.x(), c.need(1, "other")
	v, _ := c.arg(2, "dims")
	var left, right []int
	if pair, ok := v.([]any); ok {
		for i, to := range []*[]int{&left, &right} {
			for _, a := range pair[i].([]any) {
				*to = append(*to, a.(int))
			}
		}
	} else {
		n := int(number(v, 2))
		for i := range n {
			left, right = append(left, x.Rank()-n+i), append(right, i)
		}
	}
	return x.TensorDot(y, left, right)
}
