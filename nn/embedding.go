package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// An Embedding returns, for each id of x [...], a row of Weight [n, dim]:
// [..., dim].
type Embedding struct {
	Weight *tensor.Tensor

	Padding *int    // the id whose row is not trained, or nil
	MaxNorm float64 // rows that are looked up are scaled down to it first, in place; 0 is no limit
	ByFreq  bool    // divide gradients by how often an id is in the batch
}

// Embedding makes a table of n rows drawn from the normal distribution. Options:
// PaddingIdx, MaxNorm, ScaleGradByFreq.
func (b *Maker) Embedding(n, dim int, opts ...Option) *Embedding {
	o := gather("embedding", opts, "PaddingIdx", "MaxNorm", "ScaleGradByFreq")
	e := &Embedding{MaxNorm: o.maxNorm, ByFreq: o.byFreq}
	if b.blank {
		e.Weight = tensor.Empty(b.dev, b.dtype, n, dim)
	} else {
		e.Weight = b.gen.Normal(b.dev, b.dtype, 0, 1, n, dim)
	}
	if p := o.padding; p != nil {
		if *p < 0 {
			*p += n
		}
		if *p < 0 || *p >= n {
			panic(misuse("embedding", "padding index %d: want below %d", *p, n))
		}
		e.Padding = p
		row := e.Weight.Select(0, *p)
		row.Fill(0)
		row.Free()
	}
	e.Weight.SetRequiresGrad(true)
	return e
}

// Forward returns the rows of x, integers from 0: negative ones do not count from
// the end.
func (e *Embedding) Forward(x *tensor.Tensor) *tensor.Tensor {
	if e.MaxNorm > 0 {
		e.renorm(x)
	}
	y := tensor.Apply(nil, op.Embedding, op.EmbeddingAttrs{Padding: e.Padding}, e.Weight, x)[0]
	if e.ByFreq {
		y = e.divideGrad(x, y)
	}
	return tensor.Observed(e, x, y)
}

// counts returns how often each id of the table is in x, [n].
func (e *Embedding) counts(x *tensor.Tensor) *tensor.Tensor {
	flat := x.Reshape(-1)
	ones := within(x, tensor.Ones(x.Device(), e.Weight.DType(), flat.Numel()))
	return within(x, tensor.Zeros(x.Device(), e.Weight.DType(), e.Weight.Dim(0))).ScatterAdd(0, flat, ones)
}

// renorm scales rows of x that are too long down, in place.
func (e *Embedding) renorm(x *tensor.Tensor) {
	w := e.Weight.Detach()
	used := e.counts(x).GtScalar(0).Unsqueeze(1)
	w.CopyInPlace(used.Where(w.Renorm(2, 0, e.MaxNorm), w))
}

// divideGrad returns y with a gradient that is divided by counts.
func (e *Embedding) divideGrad(x, y *tensor.Tensor) *tensor.Tensor {
	part := e.counts(x).IndexSelect(0, x.Reshape(-1)).Reciprocal().Reshape(append(append([]int{}, x.Shape()...), 1)...)
	trained := y.Mul(part)
	return trained.Add(within(x, y.Detach()).Sub(within(x, trained.Detach())))
}

func (e *Embedding) String() string {
	s := fmt.Sprintf("Embedding(%d, %d", e.Weight.Dim(0), e.Weight.Dim(1))
	if e.Padding != nil {
		s += fmt.Sprintf(", padding_idx=%d", *e.Padding)
	}
	if e.MaxNorm != 0 {
		s += fmt.Sprintf(", max_norm=%v", e.MaxNorm)
	}
	if e.ByFreq {
		s += ", scale_grad_by_freq=True"
	}
	return s + ")"
}

// A BagMode says how an EmbeddingBag combines rows.
type BagMode uint8

// The modes; a mean is the default.
const (
	BagMean BagMode = iota
	BagSum
	BagMax
)

// An EmbeddingBag returns, for each list of ids of x [n, length], the mean (or
// sum, or largest elements) of their rows of Weight: [n, dim]. Of an empty list it
// is zeros, as in PyTorch.
type EmbeddingBag struct {
	Weight *tensor.Tensor
	Mode   BagMode
}

// EmbeddingBag makes a table of n rows drawn from the normal distribution.
func (b *Maker) EmbeddingBag(n, dim int, mode BagMode) *EmbeddingBag {
	return &EmbeddingBag{Weight: b.Embedding(n, dim).Weight, Mode: mode}
}

// ForwardOffsets returns the combined rows of bags of any lengths: ids in one row,
// where each bag begins, and a weight of each id (or nil; for BagSum). The host
// reads ids and offsets. BagMax is for Forward.
func (e *EmbeddingBag) ForwardOffsets(ids, offsets, weights *tensor.Tensor) *tensor.Tensor {
	if e.Mode == BagMax || weights != nil && e.Mode != BagSum {
		panic(misuse("embeddingbag", "bags by offsets: want BagSum, or BagMean without weights"))
	}
	return e.Weight.EmbeddingBag(ids, offsets, tensor.Bags{Mean: e.Mode == BagMean, Weights: weights})
}

// Forward returns the combined rows of x, integers.
func (e *EmbeddingBag) Forward(x *tensor.Tensor) *tensor.Tensor {
	if x.Rank() != 2 {
		panic(misused("embeddingbag", []*tensor.Tensor{x}, "want [n, length]"))
	}
	rows := (&Embedding{Weight: e.Weight}).Forward(x)
	var y *tensor.Tensor
	switch {
	case e.Mode == BagSum, x.Dim(1) == 0:
		y = rows.Sum(1)
	case e.Mode == BagMax:
		y = rows.Max(1)
	default:
		y = rows.Mean(1)
	}
	return y
}

func (e *EmbeddingBag) String() string {
	return fmt.Sprintf("EmbeddingBag(%d, %d, mode='%s')", e.Weight.Dim(0), e.Weight.Dim(1), [...]string{"mean", "sum", "max"}[e.Mode])
}
