package tensor

import (
	"slices"
	"sync"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// An autocast says in which types ops compute. Tensors carry it from operands
// to results.
type autocast struct {
	low dtype.DType

	mu     sync.Mutex
	leaves map[*Tensor]lowered // parameters in low, so that each is converted once
}

type lowered struct {
	t       *Tensor
	version uint32
}

// Autocast returns a view of the same elements from which ops compute in mixed
// precision: products and convolutions in low (BFloat16 or Float16), what loses by
// that in float32, the rest in the types of their operands. It goes on to whatever
// is computed from it, with parameters in float32 too, but not to gradients,
// which are computed in the types of the values that they belong to; parameters
// get theirs in float32. Only float32, float16 and bfloat16 are converted, never
// in place. Autocast(dtype.Invalid) ends it.
//
// The lists of ops are PyTorch's, except that batch normalisation computes in
// float32.
func (t *Tensor) Autocast(low dtype.DType) *Tensor {
	u := t.alias(t.view)
	if t.requires {
		u = t.Reshape(t.view.Shape...) // a view that gradients flow through
	}
	switch low {
	case dtype.Invalid:
		u.cast = nil
	case dtype.BFloat16, dtype.Float16:
		u.cast = &autocast{low: low, leaves: map[*Tensor]lowered{}}
	default:
		panic(newError("autocast", misfit(ErrDType, "to %v: want BFloat16, Float16, or Invalid to end it", low), t))
	}
	return u
}

// IsAutocast reports whether ops with t compute in mixed precision, and with
// which low type.
func (t *Tensor) IsAutocast() (low dtype.DType, on bool) {
	if t.cast == nil {
		return dtype.Invalid, false
	}
	return t.cast.low, true
}

// Autocasted returns w as products with t see it: in the low type if t carries
// Autocast, else w itself. A parameter is converted once for all that is computed
// from one call of Autocast, until it changes.
func (t *Tensor) Autocasted(w *Tensor) *Tensor {
	if t.cast == nil || !castsFrom(w.dtype) || w.dtype == t.cast.low {
		return w
	}
	if w.node != nil || !w.requires { // no leaf: it is used once
		return w.To(t.cast.low)
	}
	return t.cast.lower(w, t.arena)
}

// lower returns a leaf in the low type.
func (c *autocast) lower(w *Tensor, a *Arena) *Tensor {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := w.live().version.Load()
	if l, ok := c.leaves[w]; ok && l.version == v && l.t.store != nil {
		return l.t
	}
	u := w.To(c.low)
	u.join(a)
	u.cast = c
	c.leaves[w] = lowered{u, v}
	return u
}

// castsFrom reports whether elements of a type are converted at all.
func castsFrom(d dtype.DType) bool {
	return d == dtype.Float32 || d == dtype.Float16 || d == dtype.BFloat16
}

// The lists. widest brings operands to the widest type among them: these ops want
// one type. Others promote by themselves.
var (
	lowOps    = opSet("matmul", "linear", "conv", "convtranspose", "attention", "lstm", "gru", "rnn", "prelu", "preluscalar")
	singleOps = opSet(
		"acos", "asin", "atanh", "acosh", "asinh", "cosh", "sinh", "tan", "erfinv", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2", "logit",
		"pow", "powscalar", "reciprocal", "rsqrt", "softplus", "digamma", "lgamma", "xlogy", "xlogyscalar", "xlog1py", "xlog1pyscalar",
		"softmax", "logsoftmax", "logsumexp", "logcumsumexp", "logaddexp", "logaddexpscalar", "logaddexp2", "logaddexp2scalar",
		"sum", "mean", "prod", "cumsum", "cumprod", "norm", "var", "varmean", "std", "linearscan",
		"layernorm", "groupnorm", "rmsnorm", "instancenorm", "batchnorm", "batchnormeval",
		"crossentropy", "nllloss", "bcewithlogits", "bcewithlogitsscalar", "smoothl1", "huber")
	widestOps = opSet("concat", "stack", "where", "gather", "scatter", "scatteradd", "scatterreduce", "indexadd", "indexput", "clampto")
)

func opSet(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

// autocast converts the operands of a call on tensors that carry Autocast.
func (c *call) autocast(o *op.Op) {
	at := slices.IndexFunc(c.operands, func(t *Tensor) bool { return t != nil && t.cast != nil })
	if at < 0 {
		return
	}
	if slices.ContainsFunc(c.operands, func(t *Tensor) bool { return t != nil && t.dtype == dtype.Float64 }) {
		return // a computation in float64 stays one
	}
	cast, arena := c.operands[at].cast, c.operands[at].arena
	to := dtype.Invalid
	switch {
	case lowOps[o.Name]:
		to = cast.low
	case singleOps[o.Name]:
		to = dtype.Float32
	case widestOps[o.Name]:
		for _, t := range c.operands {
			if t != nil && castsFrom(t.dtype) {
				to = widest(to, t.dtype)
			}
		}
	default:
		return
	}
	for i, t := range c.operands {
		if t == nil || !castsFrom(t.dtype) || t.dtype == to {
			continue
		}
		if to == cast.low && t.requires && t.node == nil {
			c.operands[i] = cast.lower(t, arena)
			continue
		}
		c.operands[i] = t.To(to)
		c.made = append(c.made, c.operands[i])
	}
}

func widest(a, b dtype.DType) dtype.DType {
	if a == dtype.Invalid || a == b {
		return b
	}
	return dtype.Float32 // as float16 with bfloat16
}
