package data

import (
	"context"
	"iter"

	"github.com/hekla-ml/hekla/backend"
)

// A Loader makes batches of a dataset, ahead of their use, in goroutines of its
// own. The order of samples depends only on the seed and the epoch. A Loader
// serves one loop at a time.
type Loader[T any] struct {
	Dataset   Dataset[T]
	Device    backend.Device // for the batches; nil: the CPU
	BatchSize int            // 0: 1
	Shuffle   bool           // the same as Sampler: Shuffled{}
	Sampler   Sampler        // nil: every sample once
	Seed      uint64
	DropLast  bool // leave out a last batch that is not full
	// Workers is the number of goroutines that load. 0: 1, so that At is never
	// called twice at once; below 0: batches are loaded when they are asked for.
	Workers  int
	Prefetch int // batches kept ready; 0: two for each worker
	// Collate makes a batch of samples. nil: if the dataset is a Gatherer, that;
	// else Stack, which T must then suit.
	Collate func(dev backend.Device, samples []T) (Batch, error)

	epoch    int
	position int  // in the epoch, of the next sample to deliver
	resume   bool // the next loop begins at position
}

// A State says where a Loader stands. It can be stored as JSON.
type State struct {
	Seed     uint64
	Epoch    int
	Position int // in the epoch, of the sample after the last that was delivered
}

// State returns where the loader stands: within a loop, after the batch that
// was delivered last.
func (l *Loader[T]) State() State { return State{l.Seed, l.epoch, l.position} }

// SetState makes the next loop run the rest of the epoch from s. It does so
// for a loader's own state too, after a loop that was left early.
func (l *Loader[T]) SetState(s State) {
	l.Seed, l.epoch, l.position, l.resume = s.Seed, max(s.Epoch, 0), max(s.Position, 0), true
}

// Batches returns the number of batches of an epoch.
func (l *Loader[T]) Batches() (int, error) {
	p, err := l.plan(0)
	if err != nil {
		return 0, err
	}
	return (p.end + p.size - 1) / p.size, nil
}

// All returns the batches of one epoch, each time of the next:
//
//	for epoch := range 10 {
//		for b, err := range loader.All(ctx) {
//			if err != nil {
//				return err
//			}
//			tensor.Scope(func(s *tensor.Arena) { step(b.Own(s)) })
//		}
//	}
//
// A batch that cannot be loaded comes as an error, with which most loops will
// end; those that go on get the next batch. When ctx ends, its error comes
// last. Leaving the loop ends the epoch: the next is another, unless SetState
// says to continue. No goroutine outlives the loop; to end it waits for the
// calls of At under way.
func (l *Loader[T]) All(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if l.position > 0 && !l.resume {
			l.epoch, l.position = l.epoch+1, 0
		}
		l.resume = false
		p, err := l.plan(l.epoch)
		if err != nil {
			yield(Batch{}, err)
			return
		}
		p.run(ctx, l.position, func(b Batch, next int, err error) bool {
			if next >= p.end {
				l.epoch, l.position = l.epoch+1, 0
			} else {
				l.position = next
			}
			return yield(b, err)
		})
	}
}
