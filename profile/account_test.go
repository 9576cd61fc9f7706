package profile

import (
	"reflect"
	"testing"
	"time"
)

func TestAccount(t *testing.T) {
	const ms = time.Millisecond
	host := func(k Kind, name string, start, end time.Duration) Event {
		return Event{Kind: k, Name: name, Start: start * ms, Dur: (end - start) * ms}
	}
	device := func(start, end, began, ended time.Duration) Event {
		e := host(Op, "exp", start, end)
		e.OnDevice, e.Began, e.Busy = true, began*ms, (ended-began)*ms
		return e
	}
	for _, c := range []struct {
		why    string
		events []Event
		want   []Share
	}{
		{"nothing is known", nil, []Share{{Elsewhere, 100 * ms}}},
		{"a range is the host's", []Event{host(Range, "step", 10, 90)}, []Share{{"host in step", 80 * ms}, {Elsewhere, 20 * ms}}},
		{"ops within ranges count once, the innermost range counts", []Event{host(Range, "step", 0, 100), host(Range, "forward", 0, 60), host(Op, "exp", 10, 40), host(Alloc, "", 40, 45)},
			[]Share{{"host in step", 40 * ms}, {"ops", 30 * ms}, {"host in forward", 25 * ms}, {"alloc", 5 * ms}}},
		{"calls of two goroutines overlap", []Event{host(Op, "exp", 0, 60), host(Op, "exp", 30, 100)}, []Share{{"ops", 100 * ms}}},
		{"the device works on while the host waits", []Event{device(0, 10, 5, 70), host(Download, "", 10, 100)},
			[]Share{{"ops", 65 * ms}, {"transfers", 30 * ms}, {"enqueuing", 5 * ms}}},
		{"what lies outside is cut off", []Event{host(Op, "exp", -50, 20), host(Sync, "", 80, 200)},
			[]Share{{Elsewhere, 60 * ms}, {"ops", 20 * ms}, {"waiting", 20 * ms}}},
		{"of no length", []Event{host(Op, "exp", 20, 20)}, []Share{{Elsewhere, 100 * ms}}},
	} {
		r := &Profile{Events: c.events}
		if got := r.Account(0, 100*ms); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}

func TestLanes(t *testing.T) {
	var l lanes
	for i, c := range []struct {
		start, end time.Duration
		lane       int
	}{{0, 100, 0}, {10, 20, 0}, {15, 30, 1}, {30, 40, 0}, {90, 110, 1}, {100, 120, 0}} { // nested, crossing, after, crossing, after
		if lane, _ := l.place(c.start, c.end); lane != c.lane {
			t.Errorf("span %d: lane %d, want %d", i, lane, c.lane)
		}
	}
}
