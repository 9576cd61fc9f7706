package checkpoint_test

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// average is a running mean of a model's weights.
type average struct{ weights map[string]*tensor.Tensor }

func (a *average) StateDict() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for name, t := range a.weights {
			if !yield(name, t) {
				return
			}
		}
	}
}

func (a *average) LoadStateDict(state map[string]*tensor.Tensor) error {
	for name := range a.weights {
		if state[name] == nil {
			return fmt.Errorf("no average of %s", name)
		}
	}
	for name, t := range a.weights {
		t.CopyInPlace(state[name])
	}
	return nil
}

// What else a run keeps in tensors is saved with it.
func ExampleStateful() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "last.safetensors")
	run := func(x float64) *checkpoint.Run {
		var s checkpoint.Stateful = &average{map[string]*tensor.Tensor{"w": tensor.Full(tensor.CPU(), dtype.Float32, x, 2)}}
		return &checkpoint.Run{Model: nn.On(tensor.CPU(), dtype.Float32, 1).Linear(2, 1), More: map[string]checkpoint.Stateful{"average": s}}
	}
	fmt.Println(run(0.75).Save(path))
	again := run(0)
	fmt.Println(again.Load(path), again.More["average"].(*average).weights["w"])
	// Output:
	// <nil>
	// <nil> tensor([0.7500, 0.7500])
}

// ticker is a source of data that counts.
type ticker struct{ at int }

func (t *ticker) State() data.State     { return data.State{Position: t.at} }
func (t *ticker) SetState(s data.State) { t.at = s.Position }

// A source of data that is no Loader goes on too, if it knows where it stands.
func ExamplePositioned() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "last.safetensors")
	var p checkpoint.Positioned = &ticker{at: 41}
	err := (&checkpoint.Run{Loader: p}).Save(path)
	p.SetState(data.State{})
	fmt.Println(err, (&checkpoint.Run{Loader: p}).Load(path), p.State().Position)
	// Output: <nil> <nil> 41
}
