package conformance

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/hekla-ml/hekla/op"
)

// A testCase is one sample of an op in one layout, and what to do with it.
type testCase struct {
	name   string
	op     *op.Op
	sample op.Sample
	layout layout
	wrt    op.Mask // operands whose gradients are wanted, those of them that have one
	seed   uint64
	kind   kind
	want   error     // of a refused case
	other  op.Sample // of a sequence
}

// A kind is what a case checks.
type kind uint8

const (
	values      kind = iota // outputs and gradients
	refused                 // operands that the op must refuse
	adjoint                 // the derivative forwards and backwards are each other's transpose
	second                  // derivatives of the gradients
	sequence                // two samples, interleaved, in memory that has been used
	replacing               // the result in the place of the first operand
	overlapping             // the result one element after it
)

// every asks for all gradients.
const every = ^op.Mask(0)

// A lister collects the cases that the options select.
type lister struct {
	Options
	all   []testCase
	left  int    // cases that were not drawn
	first *op.Op // the latest op with a case
	later unmade // of that op
}

// cases lists every op, sample and layout that the options select, and counts
// those that were not drawn.
func cases(o Options) (all []testCase, left int) {
	l := &lister{Options: o}
	for _, op := range candidates(o.Run) {
		l.later = unmade{}
		all := samples(op, l.seed(), l.later)
		l.values(op, all)
		l.refused(op)
		l.adjoint(op, all)
		l.sequence(op, all)
		l.inplace(op, all)
	}
	return l.all, l.left
}

func (l *lister) add(c testCase, format string, args ...any) {
	c.name = c.op.Name + "/" + fmt.Sprintf(format, args...)
	c.seed = l.seed()
	if l.Run != nil && !l.Run.MatchString(c.name) || l.Skip != nil && l.Skip.MatchString(c.name) {
		return
	}
	if l.first == c.op && !l.drawn(c.name) {
		l.left++
		return
	}
	l.first = c.op
	l.later.make(c.sample)
	l.later.make(c.other)
	l.all = append(l.all, c)
}

// drawn draws cases by their names; of each op the first stays.
func (l *lister) drawn(name string) bool {
	h := fnv.New32a()
	fmt.Fprint(h, name)
	return (h.Sum32()>>8+uint32(l.Draw))%l.oneIn() == 0 // the low bits of FNV are poor
}

// values lists the samples in all layouts, and the first few with every subset
// of gradients and with one tensor as two operands.
func (l *lister) values(o *op.Op, all []variant) {
	for i, s := range all {
		label := fmt.Sprint(i)
		if s.Name != "" {
			label += " " + s.Name
		}
		for lay := range layouts {
			if lay == contiguous || s.arranged && slices.ContainsFunc(s.In, lay.applies) {
				l.add(testCase{op: o, sample: s.Sample, layout: lay, wrt: every}, "%s/%v", label, lay)
			}
		}
		if !s.arranged {
			continue
		}
		for _, m := range subsets(s.In, i) {
			l.add(testCase{op: o, sample: s.Sample, wrt: m}, "%s/wrt %s", label, numbers(m))
		}
		if t, ok := aliased(s.Sample); ok {
			l.add(testCase{op: o, sample: t, wrt: every}, "%s/aliased", label)
		}
	}
}

// refused lists the operands that an op must refuse.
func (l *lister) refused(o *op.Op) {
	if o.Errors == nil {
		return
	}
	for i, e := range o.Errors() {
		l.add(testCase{op: o, sample: e.Sample, kind: refused, want: e.Want}, "error %d %s", i, e.Name)
	}
}

// subsets returns the proper subsets of the operands that have a gradient:
// gradients that are wanted alone take other paths. Those of more than three
// operands are many, and two samples have them.
func subsets(in []*op.Array, sample int) []op.Mask {
	var floats []int
	for i, a := range in {
		if a.DType().IsFloat() {
			floats = append(floats, i)
		}
	}
	if len(floats) < 2 || len(floats) > 3 && sample > 1 {
		return nil
	}
	var l []op.Mask
	for m := 1; m < 1<<len(floats)-1; m++ {
		var s op.Mask
		for k, i := range floats {
			if m>>k&1 != 0 {
				s |= op.Nth(i)
			}
		}
		l = append(l, s)
	}
	return l
}

// numbers prints a mask: "0", "1,2".
func numbers(m op.Mask) string {
	var l []string
	for i := range 64 {
		if m.Has(i) {
			l = append(l, strconv.Itoa(i))
		}
	}
	return strings.Join(l, ",")
}

// aliased makes one array the first two operands, where they are alike.
func aliased(s op.Sample) (op.Sample, bool) {
	if len(s.In) < 2 {
		return s, false
	}
	a, b := s.In[0], s.In[1]
	if a.DType() != b.DType() || !a.DType().IsFloat() || !slices.Equal(a.Shape(), b.Shape()) || elements(a) == 0 {
		return s, false
	}
	s.In = slices.Clone(s.In)
	s.In[1] = a
	return s, true
}
