package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// A Key says what Sum and Table put in one line.
type Key uint8

// The keys. Ranges are always by name.
const (
	ByOp    Key = iota // each op
	ByShape            // each op with the shapes of its operands
	BySite             // each op with where it was called
)

// A Stat sums up events of one name. Transfers and allocations count as
// "(upload)", "(download)" and "(alloc)".
type Stat struct {
	Name          string
	Kind          Kind
	Detail        string // shapes or site, by the Key
	Count, Failed int    // Failed of Count, also where the device had no kernel
	Total, Max    time.Duration
	Self          time.Duration // Total without what happened within: ranges hold ops
	Bytes         int64         // read and written, each operand once
	Result        int64         // of ops: bytes allocated for results
	OnDevice      bool          // times are by the device's clock
}

// Sum sums events up, the longest self time first.
func (r *Profile) Sum(k Key) []Stat {
	type key struct {
		kind         Kind
		name, detail string
	}
	at := map[key]int{}
	var l []Stat
	self := r.selfTimes()
	for i := range r.Events {
		e := &r.Events[i]
		id := key{e.Kind, e.Name, e.detail(k)}
		n, ok := at[id]
		if !ok {
			n = len(l)
			at[id] = n
			l = append(l, Stat{Name: e.Name, Kind: e.Kind, Detail: id.detail})
		}
		s := &l[n]
		s.Count++
		if e.Failed {
			s.Failed++
		}
		s.Total += e.Time()
		s.Self += self[i]
		s.Max = max(s.Max, e.Time())
		s.Bytes += e.Bytes
		s.Result += e.Result
		s.OnDevice = s.OnDevice || e.OnDevice
	}
	slices.SortStableFunc(l, func(a, b Stat) int { return cmp.Or(cmp.Compare(b.Self, a.Self), cmp.Compare(a.Name, b.Name)) })
	return l
}

func (e *Event) detail(k Key) string {
	switch {
	case e.Kind == Range:
	case k == BySite:
		return e.Site
	case k == ByShape && e.Kind == Op:
		var b strings.Builder
		for i, m := range e.In {
			if i > 0 {
				b.WriteString(" ")
			}
			fmt.Fprintf(&b, "%v%v", m.DType, m.Shape)
		}
		return b.String()
	}
	return ""
}

// selfTimes takes from each range what lies directly within it. Events are by
// start, and a range comes before what it holds.
func (r *Profile) selfTimes() []time.Duration {
	self := make([]time.Duration, len(r.Events))
	var open []int // ranges around the moment
	for i := range r.Events {
		e := &r.Events[i]
		self[i] = e.Time()
		for len(open) > 0 && r.Events[open[len(open)-1]].end() <= e.Start {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			self[open[len(open)-1]] -= e.Dur // on the host
		}
		if e.Kind == Range {
			open = append(open, i)
		}
	}
	return self
}

// Table returns the sums as text, a line each: first the ops and what else the
// device did, then the ranges.
func (r *Profile) Table(k Key) string {
	var b strings.Builder
	stats := r.Sum(k)
	var all time.Duration
	for _, s := range stats {
		if s.Kind != Range {
			all += s.Self
		}
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "op\tcount\tfailed\tself\t%\tmean\tmax\tMB\tGB/s\tresults MB\t")
	for _, s := range stats {
		if s.Kind != Range {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%.1f\t%s\t%s\t%.3f\t%s\t%.3f\t%s\n", s.Name, s.Count, s.Failed, short(s.Self), percent(s.Self, all),
				short(s.Total/time.Duration(s.Count)), short(s.Max), float64(s.Bytes)/1e6, s.rate(), float64(s.Result)/1e6, tail(s.Detail))
		}
	}
	w.Flush()
	ranges := slices.DeleteFunc(stats, func(s Stat) bool { return s.Kind != Range })
	if len(ranges) == 0 {
		return b.String()
	}
	b.WriteString("\n")
	fmt.Fprintln(w, "range\tcount\ttotal\tself\tmean\tmax\t")
	for _, s := range ranges {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t\n", s.Name, s.Count, short(s.Total), short(s.Self), short(s.Total/time.Duration(s.Count)), short(s.Max))
	}
	w.Flush()
	return b.String()
}

// tail is a last cell, aligned left.
func tail(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

// rate is empty where there is nothing to divide.
func (s *Stat) rate() string {
	if s.Bytes == 0 || s.Self <= 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", float64(s.Bytes)/s.Self.Seconds()/1e9)
}

func percent(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return 100 * float64(a) / float64(b)
}

// short prints a duration in three or four digits.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(time.Microsecond).String()
	}
	return d.String()
}
