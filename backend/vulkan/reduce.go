package vulkan

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

// reduce enqueues a call that folds a function of its inputs over axes: level
// by level of a tree, each a launch.
func (d *device) reduce(c *backend.Call) error {
	a, out := c.Fold, &c.Out[0]
	outputs := out.Numel()
	if outputs == 0 {
		return nil
	}
	if len(c.In)+1 > d.most() {
		return d.foldStored(c)
	}
	s, err := d.spec(a.Fn, c.In, out.DType)
	if err != nil {
		return err
	}
	var full []int
	if len(c.In) > 0 {
		full = c.In[0].Shape
	}
	l := split(c, full)
	if l.count == 0 {
		return d.empty(c)
	}
	w := spirv.WidthsOf(s)
	acc, err := kernel.Accumulator(s)
	if err != nil {
		return err
	}
	f := kernel.FoldSpec{Spec: s, By: a.By, Kept: len(l.kept), Reduced: len(l.reduced)}
	operands := make([]operand, len(c.In))
	for i := range c.In {
		if operands[i], err = d.bind(&c.In[i]); err != nil {
			return err
		}
	}
	uniforms := a.Uniforms
	for {
		pieces := (l.count + kernel.Piece - 1) / kernel.Piece
		f.Last = pieces == 1
		f.Over = f.Last && a.Over != 0 && a.Over != 1
		to := *out
		if !f.Last {
			b, err := d.scratch(int64(outputs * pieces * acc.Size()))
			if err != nil {
				return err
			}
			defer d.giveScratch(b)
			to = backend.View{Buffer: b, DType: acc, View: shape.Contiguous([]int{outputs, pieces})}
		}
		o, err := d.bind(&to)
		if err != nil {
			return err
		}
		p, err := d.pipeline(f.Key(), func() (*kernel.Kernel, error) { return kernel.Fold(f) })
		if err != nil {
			return err
		}
		params := []uint32{uint32(pieces), uint32(l.count)}
		for _, o := range operands {
			params = append(params, o.start)
		}
		params = append(params, o.start)
		params = appendWords(appendWords(params, l.kept), l.reduced)
		for i := range l.keptStrides {
			params = appendWords(appendWords(params, l.keptStrides[i]), l.reducedStrides[i])
		}
		if f.Over {
			params = kernel.AppendValue(params, w.Real, pointwise.Float, a.Over)
		}
		params = kernel.AppendUniforms(params, f.Program, w, uniforms)
		if err := d.launch(p, append(slices.Clone(operands), o), params, int64(outputs*pieces)); err != nil || f.Last {
			return err
		}
		// The next level folds the pieces as they are.
		f.Spec = pointwise.Spec{Program: identity[kindOfType(acc)], In: []dtype.DType{acc}, Out: []dtype.DType{out.DType}}
		w = spirv.WidthsOf(f.Spec)
		if acc, err = kernel.Accumulator(f.Spec); err != nil {
			return err
		}
		uniforms, operands = nil, []operand{o}
		l = fold{
			kept: []int{outputs}, reduced: []int{pieces}, count: pieces,
			keptStrides: [][]int{{pieces}, {0}}, reducedStrides: [][]int{{1}, {0}},
		}
		f.Kept, f.Reduced = 1, 1
	}
}

// empty stores the result of a fold of no elements.
func (d *device) empty(c *backend.Call) error {
	x := [...]float64{op.BySum: 0, op.ByProd: 1, op.ByMax: math.Inf(-1), op.ByMin: math.Inf(1)}[c.Fold.By]
	if c.Fold.Over != 0 {
		x /= c.Fold.Over
	}
	return d.fill(&c.Out[0], x)
}

var filler = op.NewFn(nil, []pointwise.Kind{pointwise.Float}, func(_, u []pointwise.Value) []pointwise.Value { return u })

// fill enqueues a store of x to all elements of v.
func (d *device) fill(v *backend.View, x float64) error {
	return d.run(&backend.Call{Fn: filler, Uniforms: []float64{x}, Out: []backend.View{*v}})
}

// A fold is the axes of a reduction, those left after Coalesce. The last
// strides are those of the row-major index.
type fold struct {
	kept, reduced               []int
	keptStrides, reducedStrides [][]int
	count                       int // elements of an output
}

func split(c *backend.Call, full []int) fold {
	strides := make([][]int, len(c.In)+1)
	for i := range c.In {
		strides[i] = c.In[i].Strides
	}
	strides[len(c.In)] = shape.Strides(full)
	f := fold{count: 1, keptStrides: make([][]int, len(strides)), reducedStrides: make([][]int, len(strides))}
	for i, n := range full {
		sizes, to := &f.kept, f.keptStrides
		if slices.Contains(c.Fold.Axes, i) {
			sizes, to = &f.reduced, f.reducedStrides
			f.count *= n
		}
		*sizes = append(*sizes, n)
		for k := range strides {
			to[k] = append(to[k], strides[k][i])
		}
	}
	f.kept, f.keptStrides = kernel.Coalesce(f.kept, f.keptStrides...)
	f.reduced, f.reducedStrides = kernel.Coalesce(f.reduced, f.reducedStrides...)
	return f
}

// identity holds the programs of results as they are.
var identity = map[pointwise.Kind]*pointwise.Program{}

func init() {
	for _, k := range []pointwise.Kind{pointwise.Float, pointwise.Int} {
		identity[k] = pointwise.New([]pointwise.Kind{k}, nil, func(in, _ []pointwise.Value) []pointwise.Value { return in })
	}
}

func kindOfType(d dtype.DType) pointwise.Kind {
	if d.IsFloat() {
		return pointwise.Float
	}
	return pointwise.Int
}
