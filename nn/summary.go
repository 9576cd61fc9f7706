package nn

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// Stats are what Summary counts.
type Stats struct {
	Parameters, Trainable int   // elements
	MultiplyAdds          int64 // of linear layers, convolutions, recurrent layers and attention, for one pass
	ParameterBytes        int64 // of parameters and buffers
	InputBytes            int64
	OutputBytes           int64 // of what layers with parameters return: kept for gradients, near enough
}

// A row is a module in the table.
type row struct {
	name       string
	depth      int
	in, out    []int
	parameters int // own ones and those of modules inside
	flops      int64
	seen       bool // called
}

// Summary passes x through a layer, in evaluation and without a record, and
// returns a table of the modules inside with their shapes, parameters and
// multiply-adds, and the totals.
func Summary(m Layer, x *tensor.Tensor) string {
	table, _ := Summarize(m, x)
	return table
}

// Summarize is Summary with the totals as numbers.
func Summarize(m Layer, x *tensor.Tensor) (string, Stats) {
	defer evaluating(m)()
	s := &summary{calls: map[any]*row{}}
	s.collect(tree(m), 0)
	tensor.Scope(func(a *tensor.Arena) {
		in := a.Own(x.Detach()).NoGrad()
		a.Observe(s.observe)
		y := m.Forward(in)
		s.rows[0].in, s.rows[0].out, s.rows[0].seen = in.Shape(), y.Shape(), true
	})
	s.stats.InputBytes = int64(x.Numel()) * int64(x.DType().Size())
	return s.table(), s.stats
}

// evaluating puts a module into evaluation and returns what puts those modules
// that were in training back.
func evaluating(m any) (restore func()) {
	var was []interface{ SetTraining(on bool) }
	tree(m).walk(func(n *node) bool {
		for _, x := range append([]any{n.value}, n.inlined...) {
			if t, ok := x.(interface {
				SetTraining(on bool)
				Training() bool
			}); ok && t.Training() {
				was = append(was, t)
			}
		}
		return true
	})
	Eval(m)
	return func() {
		for _, t := range was {
			t.SetTraining(true)
		}
	}
}

type summary struct {
	rows  []*row
	calls map[any]*row // by modules: most are pointers
	stats Stats
}

func (s *summary) collect(n *node, depth int) int {
	r := &row{name: n.typeName(), depth: depth}
	if t, ok := n.value.(fmt.Stringer); ok && len(n.children) == 0 {
		r.name, _, _ = strings.Cut(t.String(), "(") // Conv2d, where the type is Conv
	}
	if n.name != "" {
		r.name += " (" + n.name + ")"
	}
	s.rows = append(s.rows, r)
	if n.value != nil && reflect.TypeOf(n.value).Comparable() {
		s.calls[n.value] = r
	}
	for _, t := range n.slots {
		s.stats.ParameterBytes += int64(t.t.Numel()) * int64(t.t.DType().Size())
		if t.buffer {
			continue
		}
		r.parameters += t.t.Numel()
		s.stats.Parameters += t.t.Numel()
		if t.t.RequiresGrad() {
			s.stats.Trainable += t.t.Numel()
		}
	}
	for _, c := range n.children {
		r.parameters += s.collect(c, depth+1)
	}
	return r.parameters
}

func (s *summary) observe(layer any, in, out *tensor.Tensor) {
	flops := multiplyAdds(layer, in, out)
	s.stats.MultiplyAdds += flops
	if !reflect.TypeOf(layer).Comparable() {
		return // a pooling with lists of sizes
	}
	r := s.calls[layer]
	if r == nil {
		return
	}
	s.stats.OutputBytes += int64(out.Numel()) * int64(out.DType().Size())
	r.in, r.out, r.seen = in.Shape(), out.Shape(), true
	r.flops += flops
}

// multiplyAdds returns how many a layer takes.
func multiplyAdds(layer any, in, out *tensor.Tensor) int64 {
	switch l := layer.(type) {
	case *Linear:
		return int64(out.Numel()) * int64(l.Weight.Dim(1))
	case *Conv:
		return int64(out.Numel()) * int64(shape.Numel(l.Weight.Shape()[1:]))
	case *ConvTranspose:
		return int64(in.Numel()) * int64(shape.Numel(l.Weight.Shape()[1:]))
	case *RNN:
		return l.multiplyAdds(in)
	case *GRU:
		return l.multiplyAdds(in)
	case *LSTM:
		return l.multiplyAdds(in)
	case *MultiheadAttention:
		// Projections but the last, which reports itself, then q·k and weights·v: as many
		// keys as queries.
		n, dim := int64(in.Numel()), int64(in.Dim(-1))
		length := int64(in.Dim(0))
		if l.BatchFirst {
			length = int64(in.Dim(1))
		}
		return 3*n*dim + 2*n*length
	}
	return 0
}

func (r *recurrent) multiplyAdds(in *tensor.Tensor) int64 {
	weights := 0
	for _, c := range r.cells {
		weights += c.WeightIH.Numel() + c.WeightHH.Numel()
		if c.WeightHR != nil {
			weights += c.WeightHR.Numel()
		}
	}
	return int64(in.Numel()/max(in.Dim(-1), 1)) * int64(weights) // for each step
}

func (s *summary) table() string {
	width := len("Layer (name)")
	for _, r := range s.rows {
		width = max(width, 2*r.depth+len(r.name))
	}
	rule := strings.Repeat("=", width+2+20+20+14+14)
	var b strings.Builder
	line := func(name, in, out, params, flops string) {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%-*s  %-20s%-20s%14s%14s", width, name, in, out, params, flops), " ") + "\n")
	}
	b.WriteString(rule + "\n")
	line("Layer (name)", "Input", "Output", "Parameters", "Mult-adds")
	b.WriteString(rule + "\n")
	for _, r := range s.rows {
		in, out, params, flops := "--", "--", "--", "--"
		if r.seen {
			in, out = fmt.Sprint(r.in), fmt.Sprint(r.out)
		}
		if r.parameters > 0 {
			params = grouped(int64(r.parameters))
		}
		if r.flops > 0 {
			flops = grouped(r.flops)
		}
		line(strings.Repeat("  ", r.depth)+r.name, in, out, params, flops)
	}
	t := s.stats
	fmt.Fprintf(&b, "%s\nParameters: %s, %s of them trainable\nMult-adds: %s\nMemory: input %s, outputs of layers %s, parameters %s\n%s\n", rule,
		grouped(int64(t.Parameters)), grouped(int64(t.Trainable)), grouped(t.MultiplyAdds), size(t.InputBytes), size(t.OutputBytes), size(t.ParameterBytes), rule)
	return b.String()
}

// grouped prints a number with commas.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.2f MiB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.2f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d B", bytes)
}
