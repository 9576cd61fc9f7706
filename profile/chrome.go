package profile

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/hekla-ml/hekla/op"
)

// chromeEvent is an event of the trace event format of Chrome; times are in
// microseconds.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
type chromeEvent struct {
	Name  string         `json:"name"`
	Cat   string         `json:"cat,omitempty"`
	Phase string         `json:"ph"`
	Start float64        `json:"ts"`
	Dur   *float64       `json:"dur,omitempty"`
	Pid   int            `json:"pid"`
	Tid   int            `json:"tid"`
	Args  map[string]any `json:"args,omitempty"`
}

// Tracks of the trace. Lanes of one track that overlap get ids of their own.
const (
	hostPid, devicePid   = 1, 2
	rangeTrack, opsTrack = 0, 100
)

// WriteChrome writes the profile as a trace for Perfetto or chrome://tracing:
// ranges and calls on the host, work on the device where its clock is known,
// and memory in use.
func (r *Profile) WriteChrome(w io.Writer) error {
	b := bufio.NewWriter(w)
	sep := "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
	var failed error
	write := func(e chromeEvent) {
		text, err := json.Marshal(e)
		if err != nil {
			failed = err
			return
		}
		b.WriteString(sep)
		b.Write(text)
		sep = ",\n"
	}
	name := func(what string, pid, tid int, text string) {
		write(chromeEvent{Name: what, Phase: "M", Pid: pid, Tid: tid, Args: map[string]any{"name": text}})
	}
	name("process_name", hostPid, 0, "host")
	if r.DeviceClock {
		name("process_name", devicePid, 0, fmt.Sprintf("%s (%s)", r.Device.Name, r.Device.Model))
	}
	var ranges, calls, device lanes
	for i := range r.Events {
		e := &r.Events[i]
		l, base, label := &calls, opsTrack, "calls"
		if e.Kind == Range {
			l, base, label = &ranges, rangeTrack, "ranges"
		}
		lane, fresh := l.place(e.Start, e.end())
		if fresh {
			name("thread_name", hostPid, base+lane, label)
		}
		write(span(e.Name, e.Kind.String(), hostPid, base+lane, e.Start, e.Dur, e.args()))
		if e.OnDevice {
			lane, fresh := device.place(e.Began, e.Began+e.Busy)
			if fresh {
				name("thread_name", devicePid, lane, "work")
			}
			write(span(e.Name, "op", devicePid, lane, e.Began, e.Busy, e.args()))
		}
	}
	for _, m := range r.Memory() {
		write(chromeEvent{Name: "memory in use", Phase: "C", Start: micros(m.At), Pid: hostPid, Args: map[string]any{"bytes": m.Bytes}})
	}
	b.WriteString("\n]}\n")
	if failed != nil {
		return failed
	}
	return b.Flush()
}

func span(name, cat string, pid, tid int, start, dur time.Duration, args map[string]any) chromeEvent {
	d := micros(dur)
	return chromeEvent{Name: name, Cat: cat, Phase: "X", Start: micros(start), Dur: &d, Pid: pid, Tid: tid, Args: args}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func (e *Event) args() map[string]any {
	a := map[string]any{}
	if e.Bytes > 0 {
		a["bytes"] = e.Bytes
	}
	if e.Result > 0 {
		a["result bytes"] = e.Result
	}
	if e.Site != "" {
		a["site"] = e.Site
	}
	if e.Failed {
		a["failed"] = true
	}
	if e.In != nil {
		a["in"], a["out"] = texts(e.In), texts(e.Out)
	}
	return a
}

func texts(metas []op.Meta) []string {
	l := make([]string, len(metas))
	for i, m := range metas {
		l[i] = fmt.Sprintf("%v%v", m.DType, m.Shape)
	}
	return l
}

// lanes places spans, given by start, so that those of one lane nest or follow
// each other, as viewers want it.
type lanes [][]time.Duration // of each lane, the ends of the spans that are open

func (l *lanes) place(start, end time.Duration) (lane int, fresh bool) {
	for i := range *l {
		open := (*l)[i]
		for len(open) > 0 && open[len(open)-1] <= start {
			open = open[:len(open)-1]
		}
		(*l)[i] = open
		if len(open) == 0 || open[len(open)-1] >= end {
			(*l)[i] = append(open, end)
			return i, false
		}
	}
	*l = append(*l, []time.Duration{end})
	return len(*l) - 1, true
}
