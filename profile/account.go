package profile

import (
	"cmp"
	"slices"
	"time"
)

// A Share is a part of the wall time.
type Share struct {
	Name string // "ops", "transfers", "waiting", "enqueuing", "alloc", "host in forward", "elsewhere"
	Time time.Duration
}

// Elsewhere is the share of which nothing is known.
const Elsewhere = "elsewhere"

// Account splits the wall time between from and to into what was going on, each
// moment once. Work of the device comes first: ops, then transfers, then
// waiting for it. Where the device had nothing to do, the host was enqueuing or
// allocating, or it was in between, in the program itself: "host in" the
// innermost range. What is in no range is Elsewhere.
func (r *Profile) Account(from, to time.Duration) []Share {
	sums := map[string]time.Duration{}
	var active []edge // few: what is nested or runs side by side
	at := from
	for _, e := range r.edges(from, to) {
		sums[r.going(active)] += e.at - at
		at = e.at
		if e.open {
			active = append(active, e)
			continue
		}
		i := slices.IndexFunc(active, func(a edge) bool { return a.event == e.event && a.rank == e.rank })
		active = slices.Delete(active, i, i+1)
	}
	sums[Elsewhere] += to - at
	var l []Share
	for name, d := range sums {
		if d > 0 {
			l = append(l, Share{name, d})
		}
	}
	slices.SortFunc(l, func(a, b Share) int { return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Name, b.Name)) })
	return l
}

// A rank says which of several things that go on at once counts: the lowest.
type rank uint8

const (
	working rank = iota
	transferring
	waiting
	enqueuing // an op that the device does at another moment
	allocating
	within // a range
)

var rankNames = [...]string{working: "ops", transferring: "transfers", waiting: "waiting", enqueuing: "enqueuing", allocating: "alloc"}

var ranks = [...]rank{Range: within, Op: working, Alloc: allocating, Upload: transferring, Download: transferring, Sync: waiting}

// An edge is where something begins or ends.
type edge struct {
	at    time.Duration
	open  bool
	event int
	rank  rank
}

// edges of all events between from and to, by time; ends come before beginnings.
func (r *Profile) edges(from, to time.Duration) []edge {
	var l []edge
	add := func(start, end time.Duration, event int, k rank) {
		if start, end = max(start, from), min(end, to); start < end {
			l = append(l, edge{start, true, event, k}, edge{end, false, event, k})
		}
	}
	for i := range r.Events {
		e := &r.Events[i]
		k := ranks[e.Kind]
		if e.OnDevice {
			add(e.Began, e.Began+e.Busy, i, working)
			k = enqueuing
		}
		add(e.Start, e.end(), i, k)
	}
	slices.SortStableFunc(l, func(a, b edge) int {
		switch {
		case a.at != b.at:
			return cmp.Compare(a.at, b.at)
		case a.open != b.open && !a.open:
			return -1
		case a.open != b.open:
			return 1
		}
		return 0
	})
	return l
}

// going names what counts of the things that go on.
func (r *Profile) going(active []edge) string {
	if len(active) == 0 {
		return Elsewhere
	}
	best := active[0]
	for _, a := range active[1:] {
		// Of nested ranges the one that began last is the innermost.
		if a.rank < best.rank || a.rank == within && best.rank == within && r.Events[a.event].Start >= r.Events[best.event].Start {
			best = a
		}
	}
	if best.rank == within {
		return "host in " + r.Events[best.event].Name
	}
	return rankNames[best.rank]
}
