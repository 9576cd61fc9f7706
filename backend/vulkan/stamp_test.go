package vulkan

import (
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
)

func TestStamp(t *testing.T) {
	c := newChain(t, 1<<18) // all that a kernel sees on a device that pretends to be small
	if c.physical.StampPeriod == 0 {
		t.Skip("the device has no clock")
	}
	var stamps []backend.Stamp
	stamp := func() {
		t.Helper()
		s, err := c.Stamp()
		if err != nil {
			t.Fatal(err)
		}
		stamps = append(stamps, s)
	}
	start := time.Now()
	stamp()
	for i := range 2 * maxStamps { // more than fit into a batch
		if i%100 == 0 {
			if err := c.Run(&c.calls[i/100%2]); err != nil {
				t.Fatal(err)
			}
		}
		stamp()
	}
	var last, longest time.Duration
	for i, s := range stamps {
		at, err := s.Time()
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			if at < last {
				t.Fatalf("stamp %d is at %v, the one before at %v", i, at, last)
			}
			longest = max(longest, at-last)
		}
		last = at
	}
	first, _ := stamps[0].Time()
	if took := time.Since(start); last-first > took || longest < 10*time.Microsecond {
		t.Errorf("the device took %v of our %v, the longest call %v", last-first, took, longest)
	}
	if again, _ := stamps[0].Time(); again != first {
		t.Errorf("a stamp changed from %v to %v", first, again)
	}
}

func TestClock(t *testing.T) {
	var c clock
	for i, r := range []struct{ reading, want uint64 }{{10, 10}, {250, 250}, {5, 261}, {0xf05, 261}, {4, 260}, {255, 511}, {1, 513}} {
		if got := c.extend(r.reading, 8); got != r.want {
			t.Errorf("reading %d, %#x: %d, want %d", i, r.reading, got, r.want)
		}
	}
	if got := new(clock).extend(1<<63+5, 64); got != 1<<63+5 {
		t.Errorf("of 64 bits: %d", got)
	}
}
