package cpu

import (
	"math"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
	"github.com/hekla-ml/hekla/backend/cpu/internal/scratch"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// Cross entropy with target classes, line by line of logits. Probabilities go by the
// definition.
func init() {
	kernels[op.CrossEntropy] = func(c *backend.Call) error {
		switch c.In[0].DType {
		case dtype.Float32:
			return crossEntropy(c, &vectors32)
		case dtype.Float64:
			return crossEntropy(c, &vectors64)
		}
		return errOther
	}
	kernels[op.CrossEntropyGrad] = func(c *backend.Call) error {
		switch c.In[1].DType {
		case dtype.Float32:
			return crossEntropyGrad(c, &vectors32)
		case dtype.Float64:
			return crossEntropyGrad(c, &vectors64)
		}
		return errOther
	}
}

// An entropy is what a loss of classes is of: n logits a line.
type entropy[T float32 | float64] struct {
	x       []T
	n, axis int
	classes []int64
	weights []T // of the classes; nil if all are 1
	ignore  int64
	a, b    T // of a target: a*[it is the class] + b
	blocks  [3]*scratch.Block
}

func entropyOf[T float32 | float64](c *backend.Call, x, target *backend.View, weights []backend.View) (*entropy[T], error) {
	if !target.DType.IsInt() || x.Numel() == 0 {
		return nil, errOther
	}
	a, _ := c.Attrs.(op.LossAttrs)
	e := &entropy[T]{axis: min(len(x.Shape)-1, 1), ignore: -100, a: T(1 - a.Smoothing)}
	e.n = x.Shape[e.axis]
	e.b = T(a.Smoothing / float64(e.n))
	if a.Ignore != nil {
		e.ignore = int64(*a.Ignore)
	}
	e.x, e.blocks[0] = linesOf[T](x, e.axis)
	e.classes, e.blocks[1] = indices(target)
	if len(weights) > 0 {
		e.weights, e.blocks[2] = contiguous[T](&weights[0])
	}
	for _, t := range e.classes {
		if t != e.ignore && uint64(t) >= uint64(e.n) {
			e.put()
			return nil, &op.IndexError{Op: c.Op.Name, Axis: e.axis, Index: int(t), Size: e.n}
		}
	}
	return e, nil
}

func (e *entropy[T]) put() {
	for _, b := range e.blocks {
		b.Put()
	}
}

func (e *entropy[T]) weight(t int64) T {
	if e.weights == nil {
		return 1
	}
	return e.weights[t]
}

// eachLine runs f in parallel for parts of the lines, with memory for one.
func (e *entropy[T]) eachLine(f func(i int, x, free []T)) {
	par.For(len(e.classes), grain(e.n*4), func(lo, hi int) {
		mem, block := scratch.Get[T](e.n)
		defer block.Put()
		for i := lo; i < hi; i++ {
			f(i, e.x[i*e.n:][:e.n], mem)
		}
	})
}

func crossEntropy[T float32 | float64](c *backend.Call, v *vectors[T]) error {
	e, err := entropyOf[T](c, &c.In[0], &c.In[1], c.In[2:])
	if err != nil {
		return err
	}
	defer e.put()
	losses, block := scratch.Get[T](len(e.classes))
	defer block.Put()
	lse := dense[T](&c.Out[1])
	e.eachLine(func(i int, x, free []T) {
		top := v.max(x)
		if lse[i] = top; top-top == 0 {
			v.exp(free, x, top)
			lse[i] = top + T(math.Log(v.total(free)))
		}
		t := e.classes[i]
		if t == e.ignore {
			losses[i] = 0
			return
		}
		losses[i] = e.a * e.weight(t) * (lse[i] - x[t])
		switch {
		case e.b == 0:
		case e.weights != nil:
			losses[i] -= e.b * v.productsOf(e.weights, x, lse[i])
		default:
			v.centre(free, x, lse[i], 1)
			losses[i] -= e.b * T(v.total(free))
		}
	})
	loss, over := 0.0, 1.0
	a, _ := c.Attrs.(op.LossAttrs)
	if a.Reduction == op.ReduceNone {
		copy(dense[T](&c.Out[0]), losses)
	} else {
		for _, x := range losses {
			loss += float64(x)
		}
		if a.Reduction == op.ReduceMean {
			over = 0
			for _, t := range e.classes {
				if t != e.ignore {
					over += float64(e.weight(t))
				}
			}
		}
		dense[T](&c.Out[0])[0] = T(loss / over)
	}
	dense[T](&c.Out[2])[0] = T(over)
	return nil
}

// crossEntropyGrad keeps to the definition's terms: x's gradient is g/over times
// e**(x-lse) * (the weight of all of the target), less the target's own.
func crossEntropyGrad[T float32 | float64](c *backend.Call, v *vectors[T]) error {
	e, err := entropyOf[T](c, &c.In[1], &c.In[2], c.In[5:])
	if err != nil {
		return err
	}
	defer e.put()
	g, block := contiguous[T](&c.In[0])
	defer block.Put()
	lse, block := contiguous[T](&c.In[3])
	defer block.Put()
	over, block := contiguous[T](&c.In[4])
	defer block.Put()
	all := T(e.n)
	if e.weights != nil {
		all = T(v.total(e.weights))
	}
	out, done := fromLines[T](&c.Out[0], e.axis)
	defer done()
	e.eachLine(func(i int, x, free []T) {
		y, t := out[i*e.n:][:e.n], e.classes[i]
		if t == e.ignore {
			clear(y)
			return
		}
		r := g[min(i, len(g)-1)] / over[0]
		own := e.a * e.weight(t)
		v.exp(y, x, lse[i])
		v.scale(y, y, r*(own+e.b*all))
		switch {
		case e.b == 0:
		case e.weights != nil:
			v.scale(free, e.weights, -e.b*r)
			v.add(y, y, free)
		default:
			v.addScalar(y, y, -e.b*r)
		}
		y[t] -= own * r
	})
	return nil
}
