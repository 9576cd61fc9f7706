package par

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func withProcs(t testing.TB, n int) {
	old := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

func TestForCoversOnce(t *testing.T)   { coversOnce(t, For, true) }
func TestSweepCoversOnce(t *testing.T) { coversOnce(t, Sweep, false) }

// coversOnce tries each case twice: every other Sweep goes backwards. Ranges of For are multiples of the grain, those
// of Sweep no smaller, but for the last.
func coversOnce(t *testing.T, loop func(n, grain int, f func(lo, hi int)), multiples bool) {
	for _, procs := range []int{1, 2, 5, maxParts + 3} {
		t.Run(fmt.Sprint(procs), func(t *testing.T) {
			withProcs(t, procs)
			for _, n := range []int{-1, 0, 1, 2, 3, 7, 64, 1000, 1003} {
				for _, grain := range []int{0, 1, 3, 64, 5000, 0, 1, 3, 64, 5000} {
					seen := make([]int32, max(n, 0))
					loop(n, grain, func(lo, hi int) {
						if g := max(grain, 1); multiples && (lo%g != 0 || hi != n && hi%g != 0) || hi != n && hi-lo < g {
							t.Errorf("(%d, %d): range [%d, %d) does not keep to the grain", n, grain, lo, hi)
						}
						for i := lo; i < hi; i++ {
							atomic.AddInt32(&seen[i], 1)
						}
					})
					for i, c := range seen {
						if c != 1 {
							t.Fatalf("(%d, %d): element %d was visited %d times", n, grain, i, c)
						}
					}
				}
			}
		})
	}
}

// TestSweepTurns sees that a sweep begins where the one before has ended.
func TestSweepTurns(t *testing.T) {
	withProcs(t, 1)
	order := func() (l []int) {
		Sweep(10, 3, func(lo, _ int) { l = append(l, lo) })
		return l
	}
	a, b := order(), order()
	slices.Reverse(b)
	if want := []int{0, 4, 8}; !slices.Equal(a, b) || a[0] == 0 && !slices.Equal(a, want) {
		t.Errorf("two sweeps of 10 by 3 went %v and, reversed, %v; want %v of both, or its reverse", a, b, want)
	}
}

func TestForNestedAndConcurrent(t *testing.T) {
	withProcs(t, 4)
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				For(20, 1, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						For(10, 1, func(lo, hi int) { total.Add(int64(hi - lo)) })
					}
				})
			}
		})
	}
	wg.Wait()
	if got := total.Load(); got != 8*200*20*10 {
		t.Errorf("visited %d elements, want %d", got, 8*200*20*10)
	}
}

func TestForAfterParking(t *testing.T) {
	withProcs(t, 3)
	for range 30 {
		var total atomic.Int64
		For(100, 1, func(lo, hi int) { total.Add(int64(hi - lo)) })
		if total.Load() != 100 {
			t.Fatalf("visited %d elements, want 100", total.Load())
		}
		time.Sleep(time.Millisecond) // twenty times spinTime
	}
}

func TestForPanics(t *testing.T) {
	withProcs(t, 4)
	for _, where := range []string{"caller", "worker"} {
		for range 50 {
			got := func() (e any) {
				defer func() { e = recover() }()
				self := goid()
				var once sync.Once
				begun := make(chan struct{}) // whoever must not panic waits for the one that will: it may be late
				For(64, 1, func(lo, hi int) {
					if onCaller := goid() == self; onCaller == (where == "caller") {
						once.Do(func() { close(begun) })
						panic("boom")
					}
					<-begun
				})
				return nil
			}()
			if got != "boom" {
				t.Fatalf("panic on the %s: recovered %v, want boom", where, got)
			}
		}
	}
	n := 0
	For(1, 1, func(lo, hi int) { n += hi - lo })
	if n != 1 {
		t.Error("the pool does not work after a panic")
	}
}

// goid returns the text that names this goroutine in a stack trace.
func goid() string {
	var b [32]byte
	return string(b[:runtime.Stack(b[:], false)])
}

func TestForGoexitOnWorker(t *testing.T) {
	withProcs(t, 4)
	self := goid()
	var e any
	var once sync.Once
	begun := make(chan struct{})
	func() {
		defer func() { e = recover() }()
		For(64, 1, func(lo, hi int) {
			if goid() != self {
				once.Do(func() { close(begun) })
				runtime.Goexit()
			}
			<-begun
		})
	}()
	if e != errGoexit {
		t.Errorf("recovered %v, want %v", e, errGoexit)
	}
	TestForCoversOnce(t)
}

func TestForDoesNotAllocate(t *testing.T) {
	withProcs(t, 2)
	f := func(lo, hi int) {}
	For(100, 1, f)
	if n := testing.AllocsPerRun(100, func() { For(100, 1, f); Sweep(100, 1, f) }); n != 0 {
		t.Errorf("For and Sweep allocate %v times, want 0", n)
	}
}

func BenchmarkForEmpty(b *testing.B) {
	f := func(lo, hi int) {}
	for b.Loop() {
		For(2, 1, f)
	}
}

// BenchmarkForSum shows from which amount of serial work a region pays off.
func BenchmarkForSum(b *testing.B) {
	for _, n := range []int{4096, 16384, 65536, 262144} {
		x := make([]float32, n)
		f := func(lo, hi int) {
			for i := lo; i < hi; i++ {
				x[i] = x[i]*0.5 + 1
			}
		}
		b.Run(fmt.Sprintf("serial/%d", n), func(b *testing.B) {
			for b.Loop() {
				f(0, n)
			}
		})
		b.Run(fmt.Sprintf("par/%d", n), func(b *testing.B) {
			for b.Loop() {
				For(n, 512, f)
			}
		})
	}
}
