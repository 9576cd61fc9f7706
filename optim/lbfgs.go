package optim

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/tensor"
)

// LBFGS follows Newton's direction, with an estimate of the curvature from the
// last steps (Nocedal and Wright 2006, section 7.2). It is for losses without
// noise and evaluates them several times a step, so it is no Algorithm: New
// returns an optimizer of its own.
type LBFGS struct {
	LR              float64 // 0 means 1
	MaxIter         int     // iterations of a step; 0 means 20
	MaxEval         int     // evaluations of a step; 0 means 1.25 times MaxIter
	ToleranceGrad   float64 // ends a step when no gradient is larger; 0 means 1e-7
	ToleranceChange float64 // ends a step when nothing changes more; 0 means 1e-9
	History         int     // steps the curvature is estimated from; 0 means 100
	StrongWolfe     bool    // search along each direction until both of Wolfe's conditions hold
}

// New returns an optimizer. All parameters are on one device and of one type.
func (c LBFGS) New(params []*tensor.Tensor) *LBFGSOptimizer {
	c.LR = orDefault(c.LR, 1)
	c.MaxIter = whole(c.MaxIter, 20)
	c.MaxEval = whole(c.MaxEval, c.MaxIter*5/4)
	c.ToleranceGrad, c.ToleranceChange = orDefault(c.ToleranceGrad, 1e-7), orDefault(c.ToleranceChange, 1e-9)
	c.History = whole(c.History, 100)
	if len(params) == 0 {
		panic(misuse("lbfgs", nil, "no parameters"))
	}
	for _, p := range params {
		if p.Device() != params[0].Device() || p.DType() != params[0].DType() {
			panic(misuse("lbfgs", p, "want all parameters on one device and of one type, %v", params[0].DType()))
		}
	}
	o := &LBFGSOptimizer{config: c, group: &Group{Params: slices.Clone(params), LR: c.LR}}
	return o
}

// An LBFGSOptimizer minimises a loss; see LBFGS.
type LBFGSOptimizer struct {
	config LBFGS
	group  *Group

	iterations int
	way        *tensor.Tensor // the last direction, all parameters in one row
	length     float64        // of the last step, in directions
	grad       *tensor.Tensor // before the last step
	past       []pair
	scale      float64 // of the first estimate of the inverse Hessian
}

// A pair is what one step taught about the curvature.
type pair struct {
	grads, steps *tensor.Tensor // differences of gradients and of parameters
	inverse      float64        // 1/(grads·steps)
}

// Groups returns the one group, for schedules of its learning rate.
func (o *LBFGSOptimizer) Groups() []*Group { return []*Group{o.group} }

// ZeroGrad drops the gradients of all parameters.
func (o *LBFGSOptimizer) ZeroGrad() {
	for _, p := range o.group.Params {
		p.SetGrad(nil)
	}
}

// Step takes up to MaxIter steps. evaluate computes the loss and the gradients
// of all parameters anew, after ZeroGrad, and returns the loss. Step returns the
// loss it began with.
func (o *LBFGSOptimizer) Step(evaluate func() float64) float64 {
	c := o.config
	first := evaluate()
	loss, g := first, o.gather()
	evals := 1
	if most(g) <= c.ToleranceGrad {
		return first
	}
	for n := 1; n <= c.MaxIter; n++ {
		o.iterations++
		o.direct(g)
		t := o.group.LR
		if o.iterations == 1 {
			t = min(1, 1/sumAbs(g)) * o.group.LR
		}
		before, slope := loss, dot(g, o.way)
		o.grad = g
		if slope > -c.ToleranceChange {
			o.length = t
			break
		}
		if c.StrongWolfe {
			begin := o.values()
			end, tried := search(func(t float64) point {
				o.set(begin, t)
				f := evaluate()
				g := o.gather()
				return point{t, f, dot(g, o.way), g}
			}, point{0, loss, slope, g}, t, most(o.way))
			o.set(begin, end.t)
			for _, b := range begin {
				b.Free()
			}
			t, loss, g = end.t, end.f, end.grad
			evals += tried
		} else {
			o.move(t)
			if n < c.MaxIter {
				loss, g = evaluate(), o.gather()
				evals++
			}
		}
		o.length = t
		if evals >= c.MaxEval || most(g) <= c.ToleranceGrad || math.Abs(t)*most(o.way) <= c.ToleranceChange ||
			math.Abs(loss-before) < c.ToleranceChange {
			break
		}
	}
	return first
}

// direct computes the direction of the next step from gradient g and what the
// last step taught: the two loops of algorithm 7.4.
func (o *LBFGSOptimizer) direct(g *tensor.Tensor) {
	if o.iterations == 1 {
		o.way, o.scale = g.Neg(), 1
		return
	}
	y, s := g.Sub(o.grad), o.way.MulScalar(o.length)
	if ys := dot(y, s); ys > 1e-10 { // else the curvature is not positive
		if len(o.past) == o.config.History {
			o.past = slices.Delete(o.past, 0, 1)
		}
		o.past = append(o.past, pair{y, s, 1 / ys})
		o.scale = ys / dot(y, y)
	}
	q := g.Neg()
	alphas := make([]float64, len(o.past))
	for i, p := range slices.Backward(o.past) {
		alphas[i] = dot(p.steps, q) * p.inverse
		addTo(q, -alphas[i], p.grads)
	}
	q.MulScalarInPlace(o.scale)
	for i, p := range o.past {
		beta := dot(p.grads, q) * p.inverse
		addTo(q, alphas[i]-beta, p.steps)
	}
	o.way = q
}

func whole(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
