package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/tensor"
)

// numbers is a dataset of the samples 0 to n-1, each its own label.
type numbers struct {
	n    int
	fail int // index of a sample that cannot be read, if not 0
	slow bool
	live *atomic.Int32 // calls of At so far
}

var errBroken = errors.New("broken sample")

func (d numbers) Len() int { return d.n }

func (d numbers) At(i int) (Sample, error) {
	if d.live != nil {
		d.live.Add(1)
	}
	if d.slow { // so that batches are ready in another order
		time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
	}
	if i == d.fail && i > 0 {
		return Sample{}, errBroken
	}
	return Sample{X: ArrayOf([]float32{float32(i), -float32(i)}), Y: Label(i)}, nil
}

// collect runs an epoch and returns the labels of its batches.
func collect[T any](t *testing.T, l *Loader[T]) [][]float64 {
	t.Helper()
	var all [][]float64
	for b, err := range l.All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Len != b.X.Dim(0) || b.Len != len(b.Indices) {
			t.Fatalf("batch has Len %d, X %v and %d indices", b.Len, b.X.Shape(), len(b.Indices))
		}
		y := b.Y.Float64s()
		for k, i := range b.Indices {
			if y[k] != float64(i) {
				t.Fatalf("labels %v of the samples %v", y, b.Indices)
			}
		}
		all = append(all, y)
		b.Free()
	}
	return all
}

func TestOrder(t *testing.T) {
	for _, workers := range []int{-1, 0, 1, 3, 50} {
		for _, prefetch := range []int{0, 1, 7} {
			l := &Loader[Sample]{Dataset: numbers{n: 10, slow: true}, BatchSize: 4, Workers: workers, Prefetch: prefetch}
			if got, want := fmt.Sprint(collect(t, l)), "[[0 1 2 3] [4 5 6 7] [8 9]]"; got != want {
				t.Errorf("%d workers, prefetch %d: %s, want %s", workers, prefetch, got, want)
			}
			l.DropLast = true
			if got, want := fmt.Sprint(collect(t, l)), "[[0 1 2 3] [4 5 6 7]]"; got != want {
				t.Errorf("DropLast: %s, want %s", got, want)
			}
			if n, err := l.Batches(); n != 2 || err != nil {
				t.Errorf("Batches() = %d, %v", n, err)
			}
		}
	}
}

func TestShuffleDependsOnSeedAndEpochOnly(t *testing.T) {
	epochs := func(seed uint64, workers int) string {
		l := &Loader[Sample]{Dataset: numbers{n: 10, slow: true}, BatchSize: 10, Shuffle: true, Seed: seed, Workers: workers}
		return fmt.Sprint(collect(t, l), collect(t, l))
	}
	// Recorded: resuming a run after an update must see the same order.
	want := "[[6 3 1 9 7 4 8 2 0 5]] [[3 5 8 2 7 1 6 4 0 9]]"
	for workers := range 5 {
		if got := epochs(1, workers); got != want {
			t.Errorf("%d workers: %s, want %s", workers, got, want)
		}
	}
	if epochs(2, 1) == want {
		t.Error("another seed gives the same order")
	}
}

func TestRandomSamples(t *testing.T) {
	noisy := MapRand(Dataset[Sample](numbers{n: 20, slow: true}), func(s Sample, r *rand.Rand) (Sample, error) {
		return Sample{X: ArrayOf([]float64{r.Float64()}), Y: s.Y}, nil
	})
	// Wrappers pass the stream on.
	noisy = Subset(Concat(noisy, noisy), []int{3, 23, 3, 5, 9, 39})
	epoch := func(workers int, l *Loader[Sample]) (x []float64) {
		l.Workers = workers
		for b, err := range l.All(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			x = append(x, b.X.Float64s()...)
		}
		return x
	}
	a, b := &Loader[Sample]{Dataset: noisy, BatchSize: 2}, &Loader[Sample]{Dataset: noisy, BatchSize: 4}
	first := epoch(1, a)
	if got := epoch(4, b); !slices.Equal(first, got) {
		t.Errorf("other workers and batches draw %v, want %v", got, first)
	}
	if second := epoch(1, a); slices.Equal(first, second) {
		t.Error("two epochs draw the same numbers")
	}
	slices.Sort(first)
	if len(slices.Compact(first)) != 6 {
		t.Errorf("samples share numbers: %v", first)
	}
}

func TestErrors(t *testing.T) {
	for _, workers := range []int{-1, 3} {
		l := &Loader[Sample]{Dataset: numbers{n: 12, fail: 5}, BatchSize: 4, Workers: workers}
		var got []string
		for b, err := range l.All(context.Background()) {
			var e *Error
			switch {
			case err == nil:
				got = append(got, fmt.Sprint(b.Indices))
			case !errors.Is(err, errBroken) || !errors.As(err, &e) || e.Index != 5:
				t.Errorf("error %v", err)
			default:
				got = append(got, err.Error())
			}
		}
		want := []string{"[0 1 2 3]", "data: sample 5, number 5 of the epoch: broken sample", "[8 9 10 11]"}
		if !slices.Equal(got, want) {
			t.Errorf("%d workers: %q, want %q", workers, got, want)
		}
	}
}

func TestUnevenSamples(t *testing.T) {
	l := &Loader[Sample]{BatchSize: 2, Dataset: Slice[Sample]{{X: ArrayOf([]int8{1})}, {X: ArrayOf([]int8{1, 2})}}}
	for _, err := range l.All(context.Background()) {
		want := "data: batch of samples 0 to 1 of the epoch: X of sample 1 of the batch is int8[2], of the first int8[1]"
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestBadLoaders(t *testing.T) {
	d := numbers{n: 3}
	for text, l := range map[string]*Loader[Sample]{
		"no Dataset":   {},
		"BatchSize -1": {Dataset: d, BatchSize: -1},
		"data.Indices: index 3, number 0 of the epoch, is out of range for 3 samples": {Dataset: d, Sampler: Indices{List: []int{3}}},
		"data.Weighted: 2 weights for 3 samples":                                      {Dataset: d, Sampler: Weighted{Weights: []float64{1, 2}}},
		"weight -1 of sample 1":                                                       {Dataset: d, Sampler: Weighted{Weights: []float64{1, -1, 1}}},
		"add up to 0":                                                                 {Dataset: d, Sampler: Weighted{Weights: []float64{0, 0, 0}}},
	} {
		n := 0
		for _, err := range l.All(context.Background()) {
			n++
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("error %v, want %q", err, text)
			}
		}
		if _, err := l.Batches(); err == nil || n != 1 {
			t.Errorf("%s: Batches: %v; %d errors in a loop", text, err, n)
		}
	}
	for _, err := range (&Loader[int]{Dataset: Subset[int](Slice[int]{1}, []int{0})}).All(context.Background()) {
		if err == nil || !strings.Contains(err.Error(), "samples are of type int and there is no Collate") {
			t.Errorf("error %v", err)
		}
	}
}

// settled waits until there are no more goroutines than before.
func settled(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestBreakStopsTheWorkers(t *testing.T) {
	tensor.CPU()
	before := runtime.NumGoroutine()
	var calls atomic.Int32
	l := &Loader[Sample]{Dataset: numbers{n: 10000, live: &calls}, Workers: 4, Prefetch: 6}
	for b := range l.All(context.Background()) {
		b.Free()
		break
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines when the loop was left, %d before it", n, before)
	}
	if n := calls.Load(); n > 6 {
		t.Errorf("%d samples were loaded for one and 5 ahead", n)
	}
	settled(t, before)
}

func TestCancel(t *testing.T) {
	tensor.CPU()
	before := runtime.NumGoroutine()
	for _, workers := range []int{-1, 3} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		l := &Loader[Sample]{Dataset: numbers{n: 100, slow: true}, BatchSize: 2, Workers: workers}
		batches, last := 0, error(nil)
		for b, err := range l.All(ctx) {
			if batches++; batches == 3 {
				cancel()
			}
			last = err
			b.Free()
		}
		if batches != 4 || !errors.Is(last, context.Canceled) {
			t.Errorf("%d workers: %d batches, the last error is %v", workers, batches, last)
		}
		if s := l.State(); s.Epoch != 0 || s.Position != 6 {
			t.Errorf("state %+v after 3 batches of 2", s)
		}
		// A context that has ended before gives its cause and nothing else.
		ctx2, cancel2 := context.WithCancelCause(context.Background())
		cancel2(errBroken)
		for _, err := range l.All(ctx2) {
			if err != errBroken {
				t.Errorf("error %v, want the cause", err)
			}
		}
	}
	settled(t, before)
}

func TestCancelWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stuck := Map(Dataset[Sample](numbers{n: 9}), func(s Sample) (Sample, error) {
		<-ctx.Done()
		return s, ctx.Err()
	})
	time.AfterFunc(10*time.Millisecond, cancel)
	for _, err := range (&Loader[Sample]{Dataset: stuck, Workers: 2}).All(ctx) {
		if err != context.Canceled {
			t.Errorf("error %v", err)
		}
	}
}

func TestPanicReachesTheConsumer(t *testing.T) {
	before := runtime.NumGoroutine()
	bad := Map(Dataset[Sample](numbers{n: 9}), func(s Sample) (Sample, error) { panic("oh no") })
	func() {
		defer func() {
			if s, _ := recover().(string); !strings.Contains(s, "while loading samples [0 1]: oh no") {
				t.Errorf("panic %.200s", s)
			}
		}()
		for range (&Loader[Sample]{Dataset: bad, BatchSize: 2, Workers: 2}).All(context.Background()) {
		}
	}()
	settled(t, before)
}

func TestDatasetEndsGoroutine(t *testing.T) {
	bad := Map(Dataset[Sample](numbers{n: 5}), func(s Sample) (Sample, error) {
		runtime.Goexit()
		return s, nil
	})
	n := 0
	for _, err := range (&Loader[Sample]{Dataset: bad, Workers: 1}).All(context.Background()) {
		if n++; err == nil || !strings.Contains(err.Error(), "ended its goroutine") {
			t.Errorf("error %v", err)
		}
	}
	if n != 5 {
		t.Errorf("%d errors, want 5", n)
	}
}

// Misuse of tensors within a dataset is an error of that sample.
func TestTensorMisuse(t *testing.T) {
	bad := Map(Dataset[Sample](numbers{n: 1}), func(s Sample) (Sample, error) {
		return Sample{X: ArrayOf(tensor.Data[float32](tensor.From(tensor.CPU(), []int8{1})))}, nil
	})
	for _, err := range (&Loader[Sample]{Dataset: bad}).All(context.Background()) {
		var e *tensor.Error
		if !errors.As(err, &e) {
			t.Errorf("error %v, want a *tensor.Error", err)
		}
	}
}

func TestResume(t *testing.T) {
	loader := func() *Loader[Sample] {
		return &Loader[Sample]{Dataset: numbers{n: 10}, BatchSize: 3, Shuffle: true, Seed: 7, Workers: 2}
	}
	whole := loader()
	want := append(append(collect(t, whole), collect(t, whole)...), collect(t, whole)...)

	for stop := range 9 {
		l, n := loader(), 0
		var stored []byte
	training:
		for {
			for b, err := range l.All(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				b.Free()
				if n++; n > stop {
					stored, _ = json.Marshal(l.State())
					break training
				}
			}
		}
		var s State
		if err := json.Unmarshal(stored, &s); err != nil {
			t.Fatal(err)
		}
		again := loader()
		again.Seed = 0 // the state knows it
		again.SetState(s)
		rest := collect(t, again)
		if got := want[n : n+len(rest)]; fmt.Sprint(rest) != fmt.Sprint(got) {
			t.Errorf("after batch %d: %v, want %v", stop, rest, got)
		}
		// The loader itself can go on too; and if not told so begins an epoch.
		l.SetState(l.State())
		if got := collect(t, l); fmt.Sprint(got) != fmt.Sprint(rest) {
			t.Errorf("continuing after batch %d: %v, want %v", stop, got, rest)
		}
		if got, w := collect(t, l), want[(n/4+1)*4:]; stop < 4 && fmt.Sprint(got) != fmt.Sprint(w[:4]) {
			t.Errorf("the epoch after: %v, want %v", got, w[:4])
		}
	}
}

func TestLeavingEndsTheEpoch(t *testing.T) {
	l := &Loader[Sample]{Dataset: numbers{n: 10}, BatchSize: 3, Shuffle: true, Seed: 7}
	collect(t, l)
	want := collect(t, l)
	l = &Loader[Sample]{Dataset: numbers{n: 10}, BatchSize: 3, Shuffle: true, Seed: 7}
	for b := range l.All(context.Background()) {
		b.Free()
		break
	}
	if got := collect(t, l); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after a loop that was left: %v, want the next epoch, %v", got, want)
	}
}
