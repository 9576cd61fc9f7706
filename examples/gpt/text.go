package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A Text is a text as numbers of its characters, the last tenth set apart for
// validation.
type Text struct {
	Chars             []rune // by their numbers
	train, validation []int64
	context           int
	rng               *rand.Rand
}

// NewText reads a text for a model that sees context characters.
func NewText(file []byte, context int) (*Text, error) {
	runes := []rune(string(file))
	t := &Text{Chars: slices.Compact(slices.Sorted(slices.Values(runes))), context: context, rng: rand.New(rand.NewPCG(1, 2))}
	all := make([]int64, len(runes))
	for i, r := range runes {
		k, _ := slices.BinarySearch(t.Chars, r)
		all[i] = int64(k)
	}
	cut := len(all) * 9 / 10
	t.train, t.validation = all[:cut], all[cut:]
	if len(t.validation) < context+2 {
		return nil, fmt.Errorf("%d characters are too few: want 10 times the context of %d", len(runes), context)
	}
	return t, nil
}

// Batch returns n random pieces of the text [n, context] and the characters that
// follow each of theirs.
func (t *Text) Batch(dev backend.Device, n int) (x, y *tensor.Tensor) {
	starts := make([]int, n)
	for i := range starts {
		starts[i] = t.rng.IntN(len(t.train) - t.context)
	}
	return t.cut(dev, t.train, starts)
}

func (t *Text) cut(dev backend.Device, from []int64, starts []int) (x, y *tensor.Tensor) {
	var in, out []int64
	for _, s := range starts {
		in = append(in, from[s:s+t.context]...)
		out = append(out, from[s+1:s+1+t.context]...)
	}
	return tensor.From(dev, in, len(starts), t.context), tensor.From(dev, out, len(starts), t.context)
}

// Loss returns the mean loss over the text set apart, or over so many batches of
// it, evenly spread, if that is less.
func (t *Text) Loss(net *GPT, dev backend.Device, batches int) (loss float64) {
	const n = 32
	var starts []int
	for s := 0; s+t.context < len(t.validation); s += t.context {
		starts = append(starts, s)
	}
	if step := len(starts) / n / batches; step > 1 {
		for i := range n * batches {
			starts[i] = starts[i*step]
		}
		starts = starts[:n*batches]
	}
	for part := range slices.Chunk(starts, n) {
		tensor.Scope(func(s *tensor.Arena) {
			x, y := t.cut(dev, t.validation, part)
			logits := net.Forward(s.Own(x).NoGrad()).Flatten(0, 1)
			l := nn.CrossEntropy(logits, s.Own(y).Flatten(0, 1), nn.ClassLoss{Reduction: nn.Sum})
			loss += l.Item() / float64(len(starts)*t.context)
		})
	}
	return loss
}

// Write continues a line break by n characters drawn from what the model
// predicts.
func (t *Text) Write(net *GPT, dev backend.Device, g *tensor.Generator, n int) string {
	var text []rune
	last, ok := slices.BinarySearch(t.Chars, '\n')
	if !ok {
		last = 0
	}
	ids := []int64{int64(last)}
	for range n {
		seen := ids[max(0, len(ids)-t.context):]
		tensor.Scope(func(s *tensor.Arena) {
			x := s.Own(tensor.From(dev, seen, 1, len(seen))).NoGrad()
			p := net.Forward(x).Select(1, len(seen)-1).Softmax(-1).Float64s()
			u := g.Uniform(tensor.CPU(), dtype.Float64, 0, 1).Item()
			k := 0
			for u -= p[0]; u > 0 && k < len(p)-1; u -= p[k] {
				k++
			}
			ids = append(ids, int64(k))
			text = append(text, t.Chars[k])
		})
	}
	return string(text)
}
