package measure

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestSummarize(t *testing.T) {
	got := Summarize([]float64{5, 1, 2, 4, 3, 100})
	want := Timing{Median: 3.5, Min: 1, Q1: 2.25, Q3: 4.75, IQR: 2.5, Runs: 6, Batch: 1, Outliers: 1}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, c := range []struct {
		t     Timing
		noisy bool
	}{
		{Timing{Median: 10, IQR: 1, Runs: 100}, false},
		{Timing{Median: 10, IQR: 2, Runs: 100}, true},
		{Timing{Median: 10, Runs: 100, Outliers: 5}, false},
		{Timing{Median: 10, Runs: 100, Outliers: 6}, true},
	} {
		if got := c.t.Noisy(); got != "" != c.noisy {
			t.Errorf("%+v: %q, want noisy %v", c.t, got, c.noisy)
		}
	}
}

func TestTime(t *testing.T) {
	var order []int
	step := func(i int) func() { return func() { order = append(order, i); time.Sleep(200 * time.Microsecond) } }
	syncs := 0
	sync := func() error { syncs++; return nil }
	r, err := Time(t.Context(), []func(){step(0), step(1), step(2)}, sync, Options{Time: time.Millisecond, MinRuns: 7, MaxRuns: 9})
	if err != nil || r.Runs < 7 || r.Runs > 9 || r.Batch != 1 || r.Median < 0.2 || r.Min > r.Median {
		t.Errorf("%+v, error %v", r, err)
	}
	if syncs != len(order) || !slices.Equal(order[:6], []int{0, 1, 2, 0, 1, 2}) {
		t.Errorf("%d syncs, steps %v: want operands in turn, and the device waited for after each", syncs, order)
	}

	n := 0
	r, err = Time(t.Context(), []func(){func() { n++ }}, func() error { return nil }, Options{Time: time.Millisecond})
	if err != nil || r.Batch < 10 || r.Median <= 0 || n < r.Batch*r.Runs {
		t.Errorf("an empty step: %+v after %d steps, error %v; want many in a run", r, n, err)
	}

	lost := errors.New("lost")
	if _, err := Time(t.Context(), []func(){func() {}}, func() error { return lost }, Options{Time: time.Second}); err != lost {
		t.Errorf("error %v, want %v", err, lost)
	}

	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	r, err = Time(ctx, []func(){func() {
		time.Sleep(time.Millisecond)
		if n++; n == 12 {
			cancel()
		}
	}}, func() error { return nil }, Options{Time: time.Minute, MinRuns: 100})
	if n > 12 || err == nil && r.Runs >= 12 || err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled at step 12: %d steps, %+v, error %v", n, r, err)
	}
}

// noise makes times like those of a shared machine: a floor, a tail above it,
// stretches in which everything is slower, now and then a run that takes twice
// as long.
func noise(r *rand.Rand, n int, floor float64) (l Series) {
	slow := 0.0
	for range n {
		if r.IntN(6) == 0 {
			slow = max(0, 0.12*r.NormFloat64())
		}
		fast := floor * (1 + 0.005*r.ExpFloat64() + slow)
		median := fast * (1 + 0.03*r.ExpFloat64())
		if r.IntN(15) == 0 {
			median *= 2
		}
		l.Add(median, fast)
	}
	return l
}

// Of many comparisons of like with like hardly one is flagged, and a slowdown of
// 10 % nearly always is, though the noise is as large.
func TestCompare(t *testing.T) {
	const trials, reps, threshold = 1000, 20, 0.05
	r := rand.New(rand.NewPCG(1, 2))
	count := map[Verdict]int{}
	for range trials {
		count[Compare(noise(r, reps, 7), noise(r, reps, 7), threshold, 1).Verdict]++
	}
	if wrong := count[Slower] + count[Faster]; wrong > trials/100 {
		t.Errorf("one after the other: %d of %d equal pairs flagged: %v", wrong, trials, count)
	}
	clear(count)
	for range trials {
		count[Compare(noise(r, reps, 7), noise(r, reps, 7.7), threshold, 1).Verdict]++
	}
	t.Logf("10 %% slower, one after the other: %v", count)
	if count[Faster] > 0 || count[Slower] < trials/2 {
		t.Errorf("one after the other: of %d slowdowns: %v", trials, count)
	}

	pair := func(old, new float64) Change { // both sides see the same stretch
		a := noise(r, reps, old)
		var b Series
		for i := range reps {
			ratio := new / old * (1 + 0.02*r.NormFloat64())
			b.Add(a.Medians[i]*ratio, a.Fastest[i]*ratio)
		}
		return ComparePaired(a, b, threshold, 30)
	}
	clear(count)
	for range trials {
		count[pair(7, 7).Verdict]++
	}
	if count[Same] != trials {
		t.Errorf("in alternation: of %d equal pairs %v", trials, count)
	}
	clear(count)
	for range trials {
		count[pair(7, 7.7).Verdict]++
	}
	if count[Slower] < trials*99/100 {
		t.Errorf("in alternation: of %d slowdowns %v", trials, count)
	}
}

func TestCompareEdges(t *testing.T) {
	steady := slices.Repeat([]float64{10, 10.1, 10.2, 9.9}, 5)
	scaled := func(x float64) []float64 {
		l := slices.Clone(steady)
		for i := range l {
			l[i] *= x
		}
		return l
	}
	burst := slices.Clone(steady)
	for i := range 12 {
		burst[i] *= 1.2 // most runs, but not the fastest
	}
	for _, c := range []struct {
		why      string
		old, new []float64
		want     Verdict
	}{
		{"ten per cent", steady, scaled(1.1), Slower},
		{"the other way", scaled(1.1), steady, Faster},
		{"below the threshold", steady, scaled(1.03), Same},
		{"too few to tell", steady[:4], scaled(1.5)[:4], Unclear},
		{"a burst of noise leaves the fastest alone", steady, burst, Same},
	} {
		if got := Compare(Series{c.old, c.old}, Series{c.new, c.new}, 0.05, 1); got.Verdict != c.want || math.Abs(got.Delta-(got.New/got.Old-1)) > 1e-12 {
			t.Errorf("%s: %+v, want %s", c.why, got, c.want)
		}
	}
	if got := ComparePaired(Series{steady, steady}, Series{scaled(1.1), scaled(1.1)}, 0.05, 1); got.Verdict != Slower || math.Abs(got.Delta-0.1) > 1e-9 {
		t.Errorf("pairs: %+v", got)
	}
	if got := ComparePaired(Series{steady[:2], steady[:2]}, Series{scaled(1.1), scaled(1.1)}, 0.05, 1); got.Verdict != Unclear || math.Abs(got.Delta-0.1) > 1e-9 {
		t.Errorf("two pairs: %+v", got)
	}
}
