package tensor

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
)

// The layout of a printed tensor is PyTorch's: of more elements than the limit
// only the first and last few of each axis, and lines of at most a width.
const (
	printLimit = 1000
	printEdge  = 3
	printWidth = 80 // columns
)

// String prints the elements in nested brackets, then what is not the default:
// the type if it is not float32 (or plain to see), the device if it is not the
// CPU, and what computed it if a gradient flows to it.
func (t *Tensor) String() string {
	if t == nil {
		return "tensor(nil)"
	}
	if t.store == nil {
		return "tensor(freed)"
	}
	const head = "tensor("
	text := head + t.elements(len(head))
	last := len(text) - strings.LastIndexByte(text, '\n')
	for _, s := range t.suffixes() {
		sep := ", "
		if last+len(s)+2 > printWidth {
			sep = ",\n" + strings.Repeat(" ", len(head))
			last = len(head) - 2
		}
		text += sep + s
		last += len(s) + 2
	}
	return text + ")"
}

func (t *Tensor) suffixes() []string {
	var l []string
	if t.Numel() == 0 && t.Rank() != 1 {
		l = append(l, fmt.Sprintf("size=%v", t.Shape()))
	}
	if t.dtype != dtype.Default && (t.dtype != dtype.Int64 && t.dtype != dtype.Bool || t.Numel() == 0) {
		l = append(l, fmt.Sprintf("dtype=%v", t.dtype))
	}
	if name := t.Device().Info().Name; !strings.HasPrefix(name, "cpu") {
		l = append(l, "device="+name)
	}
	if t.node != nil {
		l = append(l, "grad="+t.node.Op.Name)
	} else if t.requires {
		l = append(l, "requiresgrad")
	}
	return l
}

// elements prints them, indented by what stands in front.
func (t *Tensor) elements(indent int) string {
	if t.Numel() == 0 {
		return "[]"
	}
	p := printer{sizes: t.Shape(), cut: make([]bool, t.Rank())}
	if t.Numel() > printLimit {
		t = t.edges()
		defer t.Free()
		for a, d := range p.sizes {
			p.cut[a] = d > t.Dim(a)
		}
		p.sizes = t.Shape()
	}
	p.texts, p.width = t.format()
	return p.axis(0, indent)
}

// edges gathers the elements that are printed of a large tensor.
func (t *Tensor) edges() *Tensor {
	t = t.Detach()
	for a, d := range t.Shape() {
		if d > 2*printEdge {
			head, tail := t.Slice(a, 0, printEdge), t.Slice(a, d-printEdge, d)
			next := Concat(a, head, tail)
			head.Free()
			tail.Free()
			t.Free()
			t = next
		}
	}
	return t
}

// A printer writes texts, one for each element, axis by axis.
type printer struct {
	texts []string
	width int
	sizes []int
	cut   []bool // the axis has more elements between the first and the last
}

func (p *printer) axis(a, indent int) string {
	rest := len(p.sizes) - a
	if rest == 0 {
		return p.next()
	}
	var items []string
	for i := range p.sizes[a] {
		if p.cut[a] && i == printEdge {
			items = append(items, [...]string{" ...", "..."}[min(rest-1, 1)])
		}
		if rest == 1 {
			items = append(items, fmt.Sprintf("%*s", p.width, p.next()))
		} else {
			items = append(items, p.axis(a+1, indent+1))
		}
	}
	margin := strings.Repeat(" ", indent+1)
	if rest > 1 {
		return "[" + strings.Join(items, ","+strings.Repeat("\n", rest-1)+margin) + "]"
	}
	var lines []string
	for line := range slices.Chunk(items, max(1, (printWidth-indent)/(p.width+2))) {
		lines = append(lines, strings.Join(line, ", "))
	}
	return "[" + strings.Join(lines, ",\n"+margin) + "]"
}

func (p *printer) next() string {
	s := p.texts[0]
	p.texts = p.texts[1:]
	return s
}

// format writes the elements, and says how wide they should be printed:
// integers plainly, floats with four digits after the point, or none if all are
// whole, or in scientific notation if they span too much.
func (t *Tensor) format() (texts []string, width int) {
	width = 1
	if t.dtype == dtype.Int64 { // some of which are no float64s
		for _, v := range Data[int64](t) {
			texts = append(texts, strconv.FormatInt(v, 10))
		}
	}
	x := t.Float64s()
	verb := floatVerb(x)
	for i, v := range x {
		finite := v != 0 && !math.IsInf(v, 0) && !math.IsNaN(v)
		switch {
		case t.dtype == dtype.Int64:
		case t.dtype == dtype.Bool:
			texts = append(texts, strconv.FormatBool(v != 0))
		case !t.dtype.IsFloat():
			texts = append(texts, strconv.FormatFloat(v, 'f', -1, 64))
		case math.IsNaN(v) || math.IsInf(v, -1):
			texts = append(texts, strings.ToLower(fmt.Sprint(v)))
		case math.IsInf(v, 1):
			texts = append(texts, "inf")
		default:
			texts = append(texts, fmt.Sprintf(verb, v))
		}
		if finite || !t.dtype.IsFloat() {
			width = max(width, len(texts[i]))
		}
	}
	return texts, width
}

func floatVerb(x []float64) string {
	whole, low, high := true, math.Inf(1), 0.0
	for _, v := range x {
		if a := math.Abs(v); a > 0 && !math.IsInf(a, 0) {
			low, high = min(low, a), max(high, a)
			whole = whole && v == math.Trunc(v)
		}
	}
	switch {
	case high > 0 && (high/low > 1e3 || high > 1e8 || low < 1e-4 && !whole):
		return "%.4e"
	case whole:
		return "%.0f."
	}
	return "%.4f"
}
