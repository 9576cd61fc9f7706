package tensor

import (
	"fmt"
	"math"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
)

// Sizes of a printed tensor: more elements than this are abbreviated to the
// first and last few of each axis, as in PyTorch.
const (
	printLimit = 1000
	printEdge  = 3
)

// String prints the elements in nested brackets, the type if it is not
// float32, and the device if it is not the CPU.
func (t *Tensor) String() string {
	if t.store == nil {
		return "tensor(freed)"
	}
	short := t
	abbreviate := t.Numel() > printLimit
	if abbreviate {
		short = t.edges()
	}
	texts := format(short.Float64s(), t.dtype)
	var b strings.Builder
	b.WriteString("tensor(")
	at := 0
	printAxis(&b, t.Shape(), abbreviate, texts, &at, len("tensor("))
	if t.Numel() == 0 && t.Rank() != 1 {
		fmt.Fprintf(&b, ", size=%v", t.Shape())
	}
	if t.dtype != dtype.Default && t.dtype != dtype.Int64 && t.dtype != dtype.Bool {
		fmt.Fprintf(&b, ", dtype=%v", t.dtype)
	}
	if name := t.Device().Info().Name; !strings.HasPrefix(name, "cpu") {
		fmt.Fprintf(&b, ", device=%s", name)
	}
	if t.node != nil {
		fmt.Fprintf(&b, ", grad=%s", t.node.Op.Name)
	} else if t.requires {
		b.WriteString(", requiresgrad")
	}
	b.WriteByte(')')
	return b.String()
}

// edges gathers the elements that are printed of a large tensor.
func (t *Tensor) edges() *Tensor {
	t = t.NoGrad()
	for a, d := range t.Shape() {
		if d > 2*printEdge {
			head, tail := t.Slice(a, 0, printEdge), t.Slice(a, d-printEdge, d)
			t = Concat(a, head, tail)
		}
	}
	return t
}

func printAxis(b *strings.Builder, s []int, abbreviate bool, texts []string, at *int, indent int) {
	if len(s) == 0 {
		b.WriteString(strings.TrimLeft(texts[*at], " "))
		*at++
		return
	}
	b.WriteByte('[')
	n := s[0]
	cut := abbreviate && n > 2*printEdge
	if cut {
		n = 2 * printEdge
	}
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
			if len(s) > 1 {
				b.WriteString(strings.Repeat("\n", len(s)-1) + strings.Repeat(" ", indent+1))
			} else {
				b.WriteByte(' ')
			}
		}
		if cut && i == printEdge {
			b.WriteString("...,")
			if len(s) > 1 {
				b.WriteString(strings.Repeat("\n", len(s)-1) + strings.Repeat(" ", indent+1))
			} else {
				b.WriteByte(' ')
			}
		}
		if len(s) == 1 {
			b.WriteString(texts[*at])
			*at++
		} else {
			printAxis(b, s[1:], abbreviate, texts, at, indent+1)
		}
	}
	b.WriteByte(']')
}

// format writes numbers with one width: integers plainly, floats with four
// digits after the point, or in scientific notation if they span too much.
func format(x []float64, d dtype.DType) []string {
	texts := make([]string, len(x))
	verb := "%.4f"
	if d.IsFloat() {
		whole, low, high := true, math.Inf(1), 0.0
		for _, v := range x {
			if a := math.Abs(v); a > 0 && !math.IsInf(a, 0) {
				low, high = min(low, a), max(high, a)
				whole = whole && v == math.Trunc(v)
			}
		}
		if high >= 1e8 || high > 0 && (high/low > 1e3 || low < 1e-4) && !whole {
			verb = "%.4e"
		} else if whole {
			verb = "%.0f."
		}
	}
	width := 0
	for i, v := range x {
		switch {
		case d == dtype.Bool:
			texts[i] = fmt.Sprint(v != 0)
		case !d.IsFloat():
			texts[i] = fmt.Sprintf("%.0f", v)
		case math.IsNaN(v):
			texts[i] = "nan"
		case math.IsInf(v, 0):
			texts[i] = strings.ToLower(strings.TrimPrefix(fmt.Sprint(v), "+"))
		default:
			texts[i] = fmt.Sprintf(verb, v)
		}
		width = max(width, len(texts[i]))
	}
	for i := range texts {
		texts[i] = fmt.Sprintf("%*s", width, texts[i])
	}
	return texts
}
