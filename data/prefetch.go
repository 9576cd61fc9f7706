package data

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// A job is a batch to load, and where its result goes: a channel with room for
// it, so that a worker never waits for the consumer.
type job struct {
	first  int
	result chan result
}

type result struct {
	batch    Batch
	err      error
	panicked string // what the dataset panicked with, and where
}

// run delivers the batches from place start of the epoch, in order. next is
// the place after the batch.
//
// The consumer hands out the jobs itself, the next whenever it takes a result,
// and keeps their channels in a queue: that bounds what is loaded ahead and
// gives the order without another goroutine.
func (p *plan[T]) run(ctx context.Context, start int, deliver func(b Batch, next int, err error) bool) {
	workers := p.loader.Workers
	if workers == 0 {
		workers = 1
	}
	if workers < 0 {
		p.runInline(ctx, start, deliver)
		return
	}
	ahead := p.loader.Prefetch
	if ahead <= 0 {
		ahead = 2 * workers
	}
	batches := (p.end - start + p.size - 1) / p.size
	workers, ahead = min(workers, ahead, batches), min(ahead, batches)

	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	jobs := make(chan job, max(ahead, 0))
	var queue []job
	var wg sync.WaitGroup
	var worker func()
	worker = func() {
		ended := true
		defer func() {
			if ended { // by the dataset, see work: others wait for what is left
				wg.Go(worker)
			}
		}()
		for j := range jobs {
			p.work(ctx, j)
		}
		ended = false
	}
	for range workers {
		wg.Go(worker)
	}
	defer func() {
		cancel()
		close(jobs)
		wg.Wait()
		for _, j := range queue {
			r := <-j.result
			r.batch.Free()
		}
	}()

	next := start
	for at := start; at < p.end; at += p.size {
		for len(queue) < ahead && next < p.end {
			j := job{next, make(chan result, 1)}
			queue, next = append(queue, j), next+p.size
			jobs <- j
		}
		if outer.Err() != nil {
			deliver(Batch{}, at, context.Cause(outer))
			return
		}
		var r result
		select {
		case r = <-queue[0].result:
			queue = queue[1:]
		case <-outer.Done():
			deliver(Batch{}, at, context.Cause(outer))
			return
		}
		if r.panicked != "" {
			panic(r.panicked)
		}
		if r.err != nil && outer.Err() != nil {
			deliver(Batch{}, at, context.Cause(outer))
			return
		}
		if !deliver(r.batch, min(at+p.size, p.end), r.err) {
			return
		}
	}
}

func (p *plan[T]) runInline(ctx context.Context, start int, deliver func(b Batch, next int, err error) bool) {
	for at := start; at < p.end; at += p.size {
		var b Batch
		err := ctx.Err()
		if err == nil {
			b, err = p.load(ctx, at)
		}
		if err != nil && ctx.Err() != nil {
			deliver(Batch{}, at, context.Cause(ctx))
			return
		}
		if !deliver(b, min(at+p.size, p.end), err) {
			return
		}
	}
}

// work does a job. It always sends a result: the consumer waits for it.
func (p *plan[T]) work(ctx context.Context, j job) {
	// Stays if the dataset ends the goroutine, as testing's FailNow does.
	r := result{err: &Error{Index: -1, First: j.first, Len: min(p.size, p.end-j.first), Err: errors.New("the dataset ended its goroutine")}}
	defer func() {
		// A panic must reach the consumer, who may recover from it.
		if x := recover(); x != nil {
			r.panicked = fmt.Sprintf("data: while loading samples %v: %v\n\n%s", p.order[j.first:min(j.first+p.size, p.end)], x, debug.Stack())
		}
		j.result <- r
	}()
	if err := ctx.Err(); err != nil {
		r.err = err
		return
	}
	r.batch, r.err = p.load(ctx, j.first)
}
