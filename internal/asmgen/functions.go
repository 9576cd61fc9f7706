package main

import (
	"strings"

	"github.com/hekla-ml/hekla/pointwise"
)

// fused is a primitive that is a whole pointwise program.
type fused struct {
	vecOp
	program *pointwise.Program
}

func functions() []fused { return append(transcendentals(), expDifference()) }

// expDifference is the numerator of a softmax.
func expDifference() fused {
	two := []pointwise.Kind{pointwise.Float, pointwise.Float}
	p := pointwise.Expand(pointwise.New(two, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[1].Sub(in[0]).Exp()}
	}))
	return fused{vecOp{name: "ExpDifferenceF32", doc: "sets dst to e**(a - m).", dst: eF32, in: []elem{eF32}, params: []string{"m"},
		expr: "expDifferenceOf(m, x)", emit: fuse(p)}, p}
}

// transcendentals are the functions that pointwise.Expand rewrites, each as one primitive.
func transcendentals() []fused {
	float := func(n int) []pointwise.Kind {
		l := make([]pointwise.Kind, n)
		for i := range l {
			l[i] = pointwise.Float
		}
		return l
	}
	var l []fused
	for o := pointwise.OpExp; o.Transcendental(); o++ {
		switch o {
		case pointwise.OpLgamma, pointwise.OpDigamma, pointwise.OpTrigamma:
			continue // too long for the registers
		}
		p := pointwise.Expand(pointwise.New(float(o.Arity()), nil, func(in, _ []pointwise.Value) []pointwise.Value {
			return []pointwise.Value{pointwise.Apply(o, in...)}
		}))
		name := o.String()
		name = strings.ToUpper(name[:1]) + name[1:]
		l = append(l, newFused(name, p, "is pointwise's "+name+"."))
	}
	return l
}

func newFused(name string, p *pointwise.Program, doc string) fused {
	in := []elem{eF32, eF32, eF32}[:len(p.Inputs)]
	args := strings.Join([]string{"x", "y", "z"}[:len(in)], ", ")
	return fused{vecOp{name: name + "F32", doc: doc, dst: eF32, in: in, expr: lower(name) + "Of(" + args + ")", emit: fuse(p)}, p}
}
