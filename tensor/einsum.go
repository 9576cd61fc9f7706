package tensor

import (
	"slices"
	"strings"
)

// Einsum sums products over named axes: "ij,jk->ik" is the product of matrices.
// A letter names an axis of each operand it stands in; those that do not stand
// after the arrow are summed over, and without an arrow the result has, in
// order of the alphabet, the letters that stand once. A letter that an operand
// has twice takes its diagonal, "..." stands for leading axes that broadcast.
// Operands are joined from left to right, two at a time, by MatMul.
func Einsum(spec string, in ...*Tensor) *Tensor {
	e := einsum{in: in, size: map[rune]int{}}
	left, right, arrow := strings.Cut(strings.ReplaceAll(spec, " ", ""), "->")
	terms := strings.Split(left, ",")
	if len(in) == 0 || len(terms) != len(in) {
		e.fail("%q names %d operands, and there are %d", spec, len(terms), len(in))
	}
	for i, term := range terms {
		e.ellipsis = max(e.ellipsis, in[i].Rank()-letters(term))
		if !strings.Contains(term, "...") && in[i].Rank() != letters(term) {
			e.fail("%q for an operand with %d axes", term, in[i].Rank())
		}
	}
	if !arrow {
		right = "..." + once(left)
	}
	e.out = e.labels(right, e.ellipsis)
	for i, r := range e.out {
		if slices.Contains(e.out[:i], r) {
			e.fail("%q has a letter twice", right)
		}
	}
	acc := e.named(in[0], terms[0])
	later := terms[1:]
	for i, term := range later {
		acc = e.join(acc, e.named(in[i+1], term), strings.Join(later[i+1:], ""))
	}
	for _, r := range e.out {
		if !slices.Contains(acc.labels, r) {
			e.fail("%q has a letter that no operand has", right)
		}
	}
	return acc.keep(e.out)
}

type einsum struct {
	in       []*Tensor
	out      []rune
	ellipsis int // axes that "..." stands for
	size     map[rune]int
}

// a labelled is a tensor with a label for each axis, all different. Axes of an
// ellipsis have the labels 0, 1, ... from the last.
type labelled struct {
	t      *Tensor
	labels []rune
}

func (e *einsum) fail(format string, args ...any) {
	panic(newError("einsum", misfit(ErrAttr, format, args...), e.in...))
}

func letters(term string) int { return len(term) - 3*strings.Count(term, "...") }

// once returns the letters that occur once, in order.
func once(s string) string {
	var l []rune
	for _, r := range s {
		if r != '.' && r != ',' && strings.Count(s, string(r)) == 1 {
			l = append(l, r)
		}
	}
	slices.Sort(l)
	return string(l)
}

// labels turns a term into a label for each axis, n for an ellipsis.
func (e *einsum) labels(term string, n int) []rune {
	var l []rune
	before, after, dots := strings.Cut(term, "...")
	for _, r := range before + after {
		if r < 'A' || r > 'z' || r > 'Z' && r < 'a' {
			e.fail("%q in %q is no letter", r, term)
		}
	}
	l = append(l, []rune(before)...)
	if dots {
		for i := n - 1; i >= 0; i-- {
			l = append(l, rune(i))
		}
	}
	return append(l, []rune(after)...)
}

// named gives the axes of t their labels.
func (e *einsum) named(t *Tensor, term string) labelled {
	l := e.labels(term, t.Rank()-letters(term))
	if len(l) != t.Rank() {
		e.fail("%q for an operand with %d axes", term, t.Rank())
	}
	for i := 0; i < len(l); i++ {
		n := t.Dim(i)
		if old, ok := e.size[l[i]]; ok && old != n && old != 1 && n != 1 {
			e.fail("an axis named %q has sizes %d and %d", l[i], old, n)
		}
		if e.size[l[i]] <= 1 {
			e.size[l[i]] = n
		}
		if k := slices.Index(l[:i], l[i]); k >= 0 {
			r := l[i]
			t = t.Diagonal(0, k, i)
			l = append(slices.Delete(slices.Delete(l, i, i+1), k, k+1), r)
			i = k - 1
		}
	}
	return labelled{t, l}
}

// keep sums the axes that are not in out, and orders the others like it.
func (a labelled) keep(out []rune) *Tensor {
	var sum []int
	var rest []rune
	for i, r := range a.labels {
		if slices.Contains(out, r) {
			rest = append(rest, r)
		} else {
			sum = append(sum, i)
		}
	}
	t := a.t
	if sum != nil {
		t = t.Sum(sum...)
	}
	order := make([]int, len(out))
	for i, r := range out {
		order[i] = slices.Index(rest, r)
	}
	return t.Permute(order...)
}

// join multiplies a and b and sums what neither the result nor a later term
// needs.
func (e *einsum) join(a, b labelled, later string) labelled {
	needed := func(r rune) bool {
		return slices.Contains(e.out, r) || strings.ContainsRune(later, r) || r < rune(e.ellipsis)
	}
	var batch, left, right, sum []rune
	for _, r := range a.labels {
		switch in := slices.Contains(b.labels, r); {
		case in && needed(r):
			batch = append(batch, r)
		case in:
			sum = append(sum, r)
		case needed(r):
			left = append(left, r)
		}
	}
	for _, r := range b.labels {
		if !slices.Contains(a.labels, r) && needed(r) {
			right = append(right, r)
		}
	}
	x := a.keep(slices.Concat(batch, left, sum)).Expand(e.sizes(batch, left, sum)...)
	y := b.keep(slices.Concat(batch, sum, right)).Expand(e.sizes(batch, sum, right)...)
	bs := e.sizes(batch)
	p := x.Reshape(append(own(bs), e.numel(left), e.numel(sum))...).MatMul(y.Reshape(append(own(bs), e.numel(sum), e.numel(right))...))
	return labelled{p.Reshape(e.sizes(batch, left, right)...), slices.Concat(batch, left, right)}
}

func (e *einsum) sizes(groups ...[]rune) []int {
	var s []int
	for _, g := range groups {
		for _, r := range g {
			s = append(s, e.size[r])
		}
	}
	return s
}

func (e *einsum) numel(g []rune) int {
	n := 1
	for _, r := range g {
		n *= e.size[r]
	}
	return n
}
