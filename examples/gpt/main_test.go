package main

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A text that repeats itself is learnt by heart in a few steps, and written again.
func TestTrain(t *testing.T) {
	const line = "to be or not to be that is the question\n"
	text, err := NewText([]byte(strings.Repeat(line, 100)), 16)
	if err != nil {
		t.Fatal(err)
	}
	*steps, *batch, *every = 200, 8, 1000
	b := nn.On(tensor.CPU(), dtype.Float32, 1)
	net := NewGPT(b, Config{Vocab: len(text.Chars), Context: 16, Layers: 2, Heads: 2, Dim: 32})
	_, loss := Train(net, text, tensor.CPU())
	// What follows the first characters of a piece cannot be told for sure.
	if !(loss < 0.6) {
		t.Errorf("validation loss %v, want below 0.6", loss)
	}
	if w := text.Write(net, tensor.CPU(), b.Generator(), 200); !strings.Contains(w, "question") {
		t.Errorf("it writes %q", w)
	}
}

func TestTextTooShort(t *testing.T) {
	if _, err := NewText([]byte("short"), 16); err == nil {
		t.Error("no error")
	}
}

// The model sees what was before a character and nothing after it.
func TestCausal(t *testing.T) {
	b := nn.On(tensor.CPU(), dtype.Float64, 1)
	net := NewGPT(b, Config{Vocab: 5, Context: 6, Layers: 2, Heads: 2, Dim: 8})
	one := net.Forward(tensor.From(tensor.CPU(), []int64{1, 2, 3, 4, 0, 1}, 1, 6))
	two := net.Forward(tensor.From(tensor.CPU(), []int64{1, 2, 3, 0, 2, 4}, 1, 6))
	d := one.Sub(two).Abs().Sum(0, 2).Float64s()
	for i, x := range d {
		if (x == 0) != (i < 3) {
			t.Errorf("place %d differs by %v", i, x)
		}
	}
}
