package data

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/tensor"
)

// A plan is all that an epoch depends on, so that a change to the Loader's
// fields within a loop does no harm.
type plan[T any] struct {
	loader  Loader[T]
	dev     backend.Device
	order   []int
	size    int // of a batch
	end     int // how much of order is used
	epoch   int
	collate func(dev backend.Device, samples []T) (Batch, error)
	gathers bool
}

func (l *Loader[T]) plan(epoch int) (*plan[T], error) {
	p := &plan[T]{loader: *l, dev: l.Device, size: l.BatchSize, epoch: epoch, collate: l.Collate}
	if l.Dataset == nil {
		return nil, fmt.Errorf("data: Loader: no Dataset")
	}
	if p.size < 0 {
		return nil, fmt.Errorf("data: Loader: BatchSize %d, want at least 1", p.size)
	}
	if p.size == 0 {
		p.size = 1
	}
	if p.dev == nil {
		p.dev = tensor.CPU()
	}
	if p.collate == nil {
		stack, ok := any(Stack).(func(backend.Device, []T) (Batch, error))
		_, p.gathers = any(l.Dataset).(Gatherer)
		if !ok && !p.gathers {
			return nil, fmt.Errorf("data: Loader: samples are of type %T and there is no Collate; want one, or samples of type %T", *new(T), Sample{})
		}
		p.collate = stack
	}
	sampler := l.Sampler
	if sampler == nil {
		sampler = Sequential{}
		if l.Shuffle {
			sampler = Shuffled{}
		}
	}
	n := l.Dataset.Len()
	order, err := sampler.Order(n, rand.New(rand.NewPCG(l.Seed, uint64(epoch))))
	if err != nil {
		return nil, fmt.Errorf("data: %T: %w", sampler, err)
	}
	for k, i := range order {
		if i < 0 || i >= n {
			return nil, fmt.Errorf("data: %T: index %d, number %d of the epoch, is out of range for %d samples", sampler, i, k, n)
		}
	}
	p.order, p.end = order, len(order)
	if l.DropLast {
		p.end -= p.end % p.size
	}
	return p, nil
}

// load makes the batch of the samples from place first of the epoch.
func (p *plan[T]) load(ctx context.Context, first int) (Batch, error) {
	indices := p.order[first:min(first+p.size, p.end)]
	b, err := p.assemble(ctx, first, indices)
	if err != nil {
		return Batch{}, err
	}
	b.Len, b.First, b.Indices = len(indices), first, indices
	return b, nil
}

func (p *plan[T]) assemble(ctx context.Context, first int, indices []int) (Batch, error) {
	if p.gathers {
		b, err := gather(p.loader.Dataset, p.dev, indices)
		if err == nil {
			return b, nil
		}
		if err != errNoGather {
			return Batch{}, &Error{Index: -1, First: first, Len: len(indices), Err: err}
		}
		if p.collate == nil {
			return Batch{}, fmt.Errorf("data: Loader: samples are of type %T and there is no Collate; want one, or samples of type %T", *new(T), Sample{})
		}
	}
	samples := make([]T, len(indices))
	// Each sample has a stream of its own: 2^64 of them for an epoch.
	src := rand.NewPCG(0, 0)
	r := rand.New(src)
	for k, i := range indices {
		if err := ctx.Err(); err != nil {
			return Batch{}, err
		}
		src.Seed(streamSeed(p.loader.Seed, p.epoch), uint64(first+k))
		err := tensor.Try(func() (err error) {
			samples[k], err = at(p.loader.Dataset, i, r)
			return err
		})
		if err != nil {
			return Batch{}, &Error{Index: i, First: first + k, Len: 1, Err: err}
		}
	}
	var b Batch
	err := tensor.Try(func() (err error) {
		b, err = p.collate(p.dev, samples)
		return err
	})
	if err != nil {
		return Batch{}, &Error{Index: -1, First: first, Len: len(indices), Err: err}
	}
	return b, nil
}

// streamSeed mixes seed and epoch, by SplitMix64's finaliser, so that no two
// epochs of small seeds share the streams of samples.
func streamSeed(seed uint64, epoch int) uint64 {
	z := seed + 0x9e3779b97f4a7c15*uint64(epoch+1)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
