package kernel

import (
	"fmt"
	"math"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// Piece is the most elements that one invocation folds. An output with more is
// cut into pieces whose results are folded in turn, until one is left: a tree
// that follows from the shape alone, so that a sum is the same on every run.
const Piece = 128

// A FoldSpec is what a fold's kernel is made for.
type FoldSpec struct {
	pointwise.Spec // of the function; Out is one type, that of the result
	By             op.By
	Kept, Reduced  int  // axes left after Coalesce
	Last           bool // stores the result; else a piece, as Accumulator says
	Over           bool // divides the result
}

// Accumulator is the element type that pieces of the fold of a spec have.
func Accumulator(s pointwise.Spec) (dtype.DType, error) {
	w := spirv.WidthsOf(s)
	switch s.Code[s.Outputs[0]].Kind {
	case pointwise.Float:
		if w.Real == spirv.Double {
			return dtype.Float64, nil
		}
		return dtype.Float32, nil
	case pointwise.Int:
		if w.Int == spirv.Long {
			return dtype.Int64, nil
		}
		return dtype.Int32, nil
	}
	return dtype.Invalid, fmt.Errorf("%w: a fold of bools", spirv.ErrProgram)
}

// Key identifies what Fold returns.
func (s FoldSpec) Key() string {
	return fmt.Sprintf("fold %s %v %d %d %t %t", s.Spec.Key(), s.By, s.Kept, s.Reduced, s.Last, s.Over)
}

// Fold returns the kernel of s. Buffers are the inputs and the output, which is
// dense: invocation i folds piece i%pieces of output i/pieces, elements
// piece, piece+pieces, ... of the reduced box. Its parameters: pieces; elements
// of the reduced box; where each buffer starts; sizes of the kept axes, of the
// reduced axes; for each input its strides along the kept axes, then along the
// reduced axes; those of the row-major index of the element likewise; with
// Over, the divisor; the uniforms.
func Fold(s FoldSpec) (*Kernel, error) {
	w := spirv.WidthsOf(s.Spec)
	if err := w.Supports(s.Program); err != nil {
		return nil, err
	}
	acc, err := Accumulator(s.Spec)
	if err != nil {
		return nil, err
	}
	kind := s.Code[s.Outputs[0]].Kind
	if s.Over && kind != pointwise.Float {
		return nil, fmt.Errorf("%w: a mean of integers", spirv.ErrProgram)
	}
	t := w.Type(kind)
	n := len(s.In)
	params := 2 + n + 1 + (s.Kept+s.Reduced)*(n+2) + uniformWords(s.Program, w)
	if s.Over {
		params += wordsOf(t)
	}
	e := newEmitter(Size, n+1, params)
	e.each(Size, func(i spirv.Value) {
		pieces, count := e.param(), e.param()
		start := e.paramList(n)
		to := e.param()
		start = append(start, e.Word(0)) // the index
		kept, reduced := e.paramList(s.Kept), e.paramList(s.Reduced)
		var keptStrides, reducedStrides [][]spirv.Value
		for range n + 1 {
			keptStrides = append(keptStrides, e.paramList(s.Kept))
			reducedStrides = append(reducedStrides, e.paramList(s.Reduced))
		}
		var over spirv.Value
		if s.Over {
			if over = e.param(); wordsOf(t) == 2 {
				over = over.Join(e.param())
			}
			over = over.FromBits()
		}
		uniform := e.uniforms(s.Program, w)

		output := i.Div(pieces)
		piece := i.Sub(output.Mul(pieces))
		start = e.walk(output, kept, keptStrides, start)
		sum := e.Var(e.startOf(s.By, t))
		e.Range(piece, count, pieces, func(k spirv.Value) {
			at := e.walk(k, reduced, reducedStrides, start)
			x := e.Eval(s.Program, w, spirv.Arguments{
				Input:   func(k int) spirv.Value { return e.Read(k, at[k], s.In[k], s.Inputs[k], w) },
				Uniform: uniform,
				Index:   func() (spirv.Value, spirv.Value) { return at[n], e.Word(0) },
			})[0]
			sum.Set(join(s.By, sum.Get(), x))
		})
		r := sum.Get()
		if s.Over {
			r = r.Div(over)
		}
		if s.Last {
			acc = s.Out[0]
		}
		e.Write(n, to.Add(i), acc, r, kind, w)
	})
	return e.finish(s.Key(), Size, n+1, 1<<n), nil
}

// startOf returns the result of a fold of no elements.
func (e *emitter) startOf(by op.By, t spirv.Type) spirv.Value {
	if t == spirv.Float || t == spirv.Double {
		return e.Real(t, [...]float64{op.BySum: 0, op.ByProd: 1, op.ByMax: math.Inf(-1), op.ByMin: math.Inf(1)}[by])
	}
	least, most := int64(math.MinInt32), int64(math.MaxInt32)
	if t == spirv.Long {
		least, most = math.MinInt64, math.MaxInt64
	}
	return e.Int(t, [...]int64{op.BySum: 0, op.ByProd: 1, op.ByMax: least, op.ByMin: most}[by])
}

func join(by op.By, x, y spirv.Value) spirv.Value {
	switch by {
	case op.ByProd:
		return x.Mul(y)
	case op.ByMax:
		return x.Max(y)
	case op.ByMin:
		return x.Min(y)
	}
	return x.Add(y)
}
