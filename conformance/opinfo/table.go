package opinfo

import (
	"maps"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// A function makes a call of PyTorch's with Hekla.
type function func(c *call) []*T

// table has the function for each name PyTorch gives to a set of samples: an
// operator, often with a variant after a point.
var table = merged(pointwiseTable(), reduceTable(), viewTable(), joinTable(), createTable(), indexTable(), orderTable(),
	algebraTable(), linalgTable(), factorTable(), neuralTable(), poolTable(), lossTable(), maskedTable(), specialTable(), statisticsTable())

func merged(parts ...map[string]function) map[string]function {
	all := map[string]function{}
	for _, m := range parts {
		for name := range m {
			if all[name] != nil {
				panic("opinfo: two functions for " + name)
			}
		}
		maps.Copy(all, m)
	}
	return all
}

// one returns a single result.
func one(t *T) []*T { return []*T{t} }

func two(a, b *T) []*T { return []*T{a, b} }

// is makes a function of the call's one result.
func is(f func(c *call) *T) function {
	return func(c *call) []*T { return one(f(c)) }
}

// unary is a function of the input alone.
func unary(f func(t *T) *T) function {
	return func(c *call) []*T { return one(f(c.x())) }
}

// binary is a function of two operands, tensors or numbers.
func binary(o *op.Op) function {
	return func(c *call) []*T {
		return one(apply(o, nil, c.operand(0, ""), c.operand(1, "other")))
	}
}

func apply(o *op.Op, attrs any, in ...*T) *T { return tensor.Apply(nil, o, attrs, in...)[0] }

// same is a function that does not change its input.
func same(c *call) []*T { return one(c.x()) }
