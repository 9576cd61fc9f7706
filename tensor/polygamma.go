package tensor

import (
	"sync"

	"github.com/hekla-ml/hekla/pointwise"
)

// Polygamma returns the derivative of order n of Digamma, for x above 0; order
// 0 is Digamma itself.
func (t *Tensor) Polygamma(n int) *Tensor {
	if n < 0 || n > 20 {
		panic(newError("polygamma", misfit(ErrAttr, "order %d, want 0 to 20", n), t))
	}
	if n == 0 {
		return t.Digamma()
	}
	k, ok := polygammas.Load(n)
	if !ok {
		k, _ = polygammas.LoadOrStore(n, kernelOf(func(x pointwise.Value) pointwise.Value { return polygamma(x, n) }))
	}
	return k.(*Kernel).Apply(nil, t)[0]
}

var polygammas sync.Map // order to *Kernel

// polygamma is (-1)**(n+1) n! times the sum of (x+k)**-s for all k, s = n+1: of
// the first terms one by one, of the rest by the formula of Euler and Maclaurin.
func polygamma(x pointwise.Value, n int) pointwise.Value {
	const terms = 12
	// B(2k)/(2k)!
	bernoulli := []float64{1. / 12, -1. / 720, 1. / 30240, -1. / 1209600, 1. / 47900160, -691. / 1307674368000, 1. / 74724249600, -3617. / 10670622842880000}
	power := func(r pointwise.Value, n int) pointwise.Value {
		p := r
		for range n - 1 {
			p = p.Mul(r)
		}
		return p
	}
	s := n + 1
	r := x.Add(num(terms)).Reciprocal()
	sum := power(r, n).Mul(num(1 / float64(n))).Add(power(r, s).Mul(num(0.5)))
	c := float64(s)
	for k, b := range bernoulli {
		sum = sum.Add(power(r, s+2*k+1).Mul(num(b * c)))
		c *= float64(s+2*k+1) * float64(s+2*k+2)
	}
	for k := terms - 1; k >= 0; k-- {
		sum = sum.Add(power(x.Add(num(float64(k))).Reciprocal(), s))
	}
	f := -1.0
	for i := 1; i <= n; i++ {
		f *= -float64(i)
	}
	return sum.Mul(num(f))
}
