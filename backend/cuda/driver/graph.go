package driver

import "fmt"

// Graphs is implemented by drivers that record launches and run them as one.
type Graphs interface {
	// Graphs returns an error that names what an older driver lacks.
	Graphs() error
	// BeginCapture makes launches in a stream be recorded instead of run, and
	// EndCapture what was recorded a graph, of the launches' parameters as they were.
	BeginCapture(Stream) error
	EndCapture(Stream) (Graph, error)
	LaunchGraph(Graph, Stream) error
	DestroyGraph(Graph) error
	// NewStream returns a stream that does not wait for the default one.
	NewStream() (Stream, error)
	DestroyStream(Stream) error
}

// A Graph is recorded launches, ready to run.
type Graph uintptr

type graphFunctions struct {
	streamCreate, streamDestroy                              uintptr
	beginCapture, endCapture                                 uintptr
	graphInstantiate, graphLaunch, execDestroy, graphDestroy uintptr
}

func (f *graphFunctions) table() map[string]*uintptr {
	return map[string]*uintptr{
		"cuStreamCreate": &f.streamCreate, "cuStreamDestroy_v2": &f.streamDestroy,
		"cuStreamBeginCapture_v2": &f.beginCapture, "cuStreamEndCapture": &f.endCapture,
		"cuGraphInstantiateWithFlags": &f.graphInstantiate, "cuGraphLaunch": &f.graphLaunch,
		"cuGraphExecDestroy": &f.execDestroy, "cuGraphDestroy": &f.graphDestroy,
	}
}

// resolve finds optional functions; the first that is missing is the error.
func resolve(s Symbols, table map[string]*uintptr) (err error) {
	for name, at := range table {
		p, e := s.Symbol(name)
		if e != nil || p == 0 {
			err = fmt.Errorf("cuda: the driver has no %s", name)
			continue
		}
		*at = p
	}
	return err
}

func (a *API) Graphs() error { return a.noGraphs }

// Modes of streams and captures, by number.
const (
	streamNonBlocking = 1
	captureRelaxed    = 2 // other calls of this thread are its own business
)

func (a *API) NewStream() (Stream, error) {
	v, err := a.word("cuStreamCreate", a.graph.streamCreate, streamNonBlocking)
	return Stream(v), err
}

func (a *API) DestroyStream(s Stream) error {
	return a.cold("cuStreamDestroy", a.graph.streamDestroy, uintptr(s))
}

func (a *API) BeginCapture(s Stream) error {
	return a.cold("cuStreamBeginCapture", a.graph.beginCapture, uintptr(s), captureRelaxed)
}

func (a *API) EndCapture(s Stream) (Graph, error) {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	if err := a.cold("cuStreamEndCapture", a.graph.endCapture, uintptr(s), f.result(0)); err != nil {
		return 0, err
	}
	template := uintptr(f.out[0])
	exec, err := a.word("cuGraphInstantiate", a.graph.graphInstantiate, template, 0)
	if e := a.cold("cuGraphDestroy", a.graph.graphDestroy, template); err == nil {
		err = e
	}
	return Graph(exec), err
}

func (a *API) LaunchGraph(g Graph, s Stream) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0], f.args[1] = uintptr(g), uintptr(s)
	if r := call(a.graph.graphLaunch, f.args[:2]); r != Success {
		return &Error{Call: "cuGraphLaunch", Result: r}
	}
	return nil
}

func (a *API) DestroyGraph(g Graph) error {
	return a.cold("cuGraphExecDestroy", a.graph.execDestroy, uintptr(g))
}
