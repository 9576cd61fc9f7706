package main

import (
	"strings"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// fused is a primitive that is a whole pointwise program.
type fused struct {
	vecOp
	program *pointwise.Program
	hash    string // of the op that is this function, if it is one
}

func functions() []fused {
	l := append(transcendentals(), expDifference())
	for _, name := range activations {
		fn, err := op.Lookup(name).Lower([]op.Meta{{Shape: []int{1}, DType: dtype.Float32}}, nil)
		if err != nil {
			panic(err)
		}
		l = append(l, activation(op.Lookup(name).Name, fn.Program))
	}
	return l
}

// activations are the ops that are worth one pass: those that nets have after every layer.
var activations = []string{"gelu", "silu", "sigmoid"}

// activation is a whole op. Its program, as op has it, is how package interp knows it again.
func activation(name string, p *pointwise.Program) fused {
	f := newFused(exported(name), pointwise.Expand(p), "is op's "+name+".")
	f.hash = p.Hash()
	return f
}

// expDifference is the numerator of a softmax.
func expDifference() fused {
	two := []pointwise.Kind{pointwise.Float, pointwise.Float}
	p := pointwise.Expand(pointwise.New(two, nil, func(in, _ []pointwise.Value) []pointwise.Value {
		return []pointwise.Value{in[1].Sub(in[0]).Exp()}
	}))
	return fused{program: p, vecOp: vecOp{name: "ExpDifferenceF32", doc: "sets dst to e**(a - m).", dst: eF32, in: []elem{eF32}, params: []string{"m"},
		expr: "expDifferenceOf(m, x)", emit: fuse(p)}}
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
		name := exported(o.String())
		l = append(l, newFused(name, p, "is pointwise's "+name+"."))
	}
	return l
}

func exported(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func newFused(name string, p *pointwise.Program, doc string) fused {
	in := []elem{eF32, eF32, eF32}[:len(p.Inputs)]
	args := strings.Join([]string{"x", "y", "z"}[:len(in)], ", ")
	return fused{program: p, vecOp: vecOp{name: name + "F32", doc: doc, dst: eF32, in: in, expr: lower(name) + "Of(" + args + ")", emit: fuse(p)}}
}
