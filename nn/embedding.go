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

	Padding *int // the id whose row is not trained, or nil
}

// Embedding makes a table of n rows drawn from the normal distribution. Option:
// PaddingIdx.
func (b *Maker) Embedding(n, dim int, opts ...Option) *Embedding {
	o := gather("embedding", opts, "PaddingIdx")
	e := &Embedding{}
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

// Forward returns the rows of x, integers.
func (e *Embedding) Forward(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Apply(nil, op.Embedding, op.EmbeddingAttrs{Padding: e.Padding}, e.Weight, x)[0]
}

func (e *Embedding) String() string {
	s := fmt.Sprintf("Embedding(%d, %d", e.Weight.Dim(0), e.Weight.Dim(1))
	if e.Padding != nil {
		s += fmt.Sprintf(", padding_idx=%d", *e.Padding)
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
// sum, or largest elements) of their rows of Weight: [n, dim].
type EmbeddingBag struct {
	Weight *tensor.Tensor
	Mode   BagMode
}

// EmbeddingBag makes a table of n rows drawn from the normal distribution.
func (b *Maker) EmbeddingBag(n, dim int, mode BagMode) *EmbeddingBag {
	return &EmbeddingBag{Weight: b.Embedding(n, dim).Weight, Mode: mode}
}

// Forward returns the combined rows of x, integers.
func (e *EmbeddingBag) Forward(x *tensor.Tensor) *tensor.Tensor {
	if x.Rank() != 2 {
		panic(misused("embeddingbag", []*tensor.Tensor{x}, "want [n, length]"))
	}
	rows := (&Embedding{Weight: e.Weight}).Forward(x)
	var y *tensor.Tensor
	switch e.Mode {
	case BagSum:
		y = rows.Sum(1)
	case BagMax:
		y = rows.Max(1)
	default:
		y = rows.Mean(1)
	}
	return y
}

func (e *EmbeddingBag) String() string {
	return fmt.Sprintf("EmbeddingBag(%d, %d, mode='%s')", e.Weight.Dim(0), e.Weight.Dim(1), [...]string{"mean", "sum", "max"}[e.Mode])
}
