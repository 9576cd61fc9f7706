package optim

import (
	"math"
	"sync"

	"github.com/hekla-ml/hekla/pointwise"
)

// Kernels are compiled once for each choice of what an algorithm leaves out.
var kernels sync.Map // a comparable key to *Kernel

func cached(key any, build func() *Kernel) *Kernel {
	if k, ok := kernels.Load(key); ok {
		return k.(*Kernel)
	}
	k, _ := kernels.LoadOrStore(key, build())
	return k.(*Kernel)
}

// orDefault returns the value that a field of an algorithm stands for.
func orDefault(x, def float64) float64 {
	switch x {
	case 0:
		return def
	case None:
		return 0
	}
	return x
}

func num(x float64) V { return pointwise.Const(x) }

// descent returns the gradient to follow: negated to maximize, with decay times
// the parameter added.
func descent(maximize, decays bool, p, grad, decay V) V {
	if maximize {
		grad = grad.Neg()
	}
	if decays {
		grad = grad.Add(p.Mul(decay))
	}
	return grad
}

// correction returns 1 - beta**step.
func correction(beta float64, step int) float64 { return 1 - math.Pow(beta, float64(step)) }
