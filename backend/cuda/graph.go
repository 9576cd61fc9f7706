package cuda

import (
	"errors"
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// A replay is captured calls as a graph of the driver.
type replay struct {
	dev     *device
	graphs  driver.Graphs
	graph   driver.Graph
	memory  []backend.Buffer // of temporaries within
	indexed string           // the last call that checks indices, see badIndex
	what    string
	closed  bool
}

// Capture makes a graph of calls that ran before: their kernels are there.
// Launches of other goroutines wait meanwhile.
func (d *device) Capture(calls []*backend.Call) (backend.Replay, error) {
	if d.off["graphs"] {
		return nil, unsupported("graphs are off (%s)", OffVariable)
	}
	graphs, ok := d.api.(driver.Graphs)
	if !ok {
		return nil, unsupported("the driver's binding has no graphs")
	}
	if err := graphs.Graphs(); err != nil {
		return nil, unsupported("%v", err)
	}
	leave, err := d.enter("capture")
	if err != nil {
		return nil, err
	}
	defer leave()
	if _, err := d.errorCell(""); err != nil { // not while launches are recorded
		return nil, d.failed("capture", err)
	}
	d.gate.Lock()
	defer d.gate.Unlock()
	r := &replay{dev: d, graphs: graphs, what: fmt.Sprintf("replay of %d calls", len(calls))}
	if err := r.record(calls); err != nil {
		r.release()
		return nil, d.failed("capture", err)
	}
	return r, nil
}

func (r *replay) record(calls []*backend.Call) (err error) {
	d := r.dev
	stream, err := r.graphs.NewStream()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.graphs.DestroyStream(stream)) }()
	if err := r.graphs.BeginCapture(stream); err != nil {
		return err
	}
	end := d.temporaries.capture()
	d.stream = stream
	before := d.swapIndexed("")
	for _, c := range calls {
		if err = d.check(c); err == nil {
			err = d.dispatch(c)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", c.Op.Name, err)
			break
		}
	}
	d.stream = 0
	r.memory = end()
	r.indexed = d.swapIndexed(before) // nothing ran
	graph, e := r.graphs.EndCapture(stream)
	r.graph = graph
	return errors.Join(err, e)
}

func (d *device) swapIndexed(name string) (old string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, d.indexed = d.indexed, name
	return old
}

func (r *replay) Run() error {
	d := r.dev
	leave, err := d.enter("replay")
	if err != nil {
		return err
	}
	defer leave()
	if r.closed {
		return errors.New("cuda: replay is used after it was closed")
	}
	d.gate.RLock()
	defer d.gate.RUnlock()
	d.launched(r.what)
	if r.indexed != "" {
		d.swapIndexed(r.indexed)
	}
	return d.failed("replay", r.graphs.LaunchGraph(r.graph, 0))
}

func (r *replay) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	leave, err := r.dev.enter("replay")
	if err != nil {
		return err
	}
	defer leave()
	// The graph may be running: its memory must outlive it.
	if err := r.dev.synchronize(); err != nil {
		return r.dev.failed("replay", err)
	}
	return r.dev.failed("replay", r.release())
}

func (r *replay) release() (err error) {
	if r.graph != 0 {
		err = r.graphs.DestroyGraph(r.graph)
		r.graph = 0
	}
	for _, b := range r.memory {
		b.Free()
	}
	r.memory = nil
	return err
}
