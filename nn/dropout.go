package nn

import (
	"fmt"

	"github.com/hekla-ml/hekla/tensor"
)

// A Dropout sets elements to 0 with probability P in training, and divides the
// others by 1-P.
type Dropout struct {
	P float64
	Mode
	gen *tensor.Generator
}

// Dropout makes a dropout that draws from the maker's stream.
func (b *Maker) Dropout(p float64) *Dropout {
	if !(p >= 0 && p <= 1) {
		panic(misuse("dropout", "probability %v: want 0 to 1", p))
	}
	return &Dropout{P: p, gen: b.gen}
}

// Forward returns x with elements dropped, or x itself in evaluation.
func (d *Dropout) Forward(x *tensor.Tensor) *tensor.Tensor {
	if !d.Training() || d.P == 0 {
		return x
	}
	if d.gen == nil {
		panic(misuse("dropout", "it has no random numbers; make it with nn.On(...).Dropout"))
	}
	return d.gen.Dropout(x, d.P)
}

func (d *Dropout) String() string { return fmt.Sprintf("Dropout(p=%v)", d.P) }
