package train

import (
	"context"
	"iter"
	"reflect"

	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// Batches are an epoch's: a *data.Loader's.
type Batches interface {
	All(ctx context.Context) iter.Seq2[data.Batch, error]
}

// Evaluate calls f with every batch, the model being in evaluation and nothing
// recorded for gradients. What f computes from the batch is freed. Afterwards
// every module is in training if it was.
func Evaluate(ctx context.Context, model any, batches Batches, f func(b data.Batch)) error {
	defer restore(model)()
	nn.Eval(model)
	for b, err := range batches.All(ctx) {
		if err != nil {
			return err
		}
		err = tensor.Try(func() error {
			tensor.Scope(func(s *tensor.Arena) {
				b = b.Own(s)
				b.X = b.X.NoGrad()
				f(b)
			})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// restore returns a function that puts modules back into training.
func restore(model any) func() {
	type trained interface {
		Training() bool
		SetTraining(on bool)
	}
	var in []trained
	for _, m := range nn.Modules(model) {
		// A module by value is a copy, and has no state to restore.
		if t, ok := m.(trained); ok && reflect.TypeOf(m).Kind() == reflect.Pointer && t.Training() {
			in = append(in, t)
		}
	}
	return func() {
		for _, t := range in {
			t.SetTraining(true)
		}
	}
}
