//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

// A graph is recorded work: a template, or made ready to run.
type graph struct {
	device *device
	ready  bool
	nodes  []node
}

var graphCallbacks = map[string]any{
	"cuStreamCreate": func(out *uintptr, flags uintptr) uintptr {
		return inContext("cuStreamCreate", func(m *Machine, d *device) uint32 {
			if flags > 1 {
				return invalidValue
			}
			*out = m.newHandle()
			m.streams[*out] = &stream{device: d, plain: flags == 0}
			return success
		})
	},
	"cuStreamDestroy_v2": func(h uintptr) uintptr {
		return onStream("cuStreamDestroy_v2", h, func(m *Machine, s *stream) uint32 {
			if s == nil {
				return invalidHandle
			}
			if s.capture != nil {
				s.capture.invalid = true
			}
			delete(m.streams, h)
			return success
		})
	},
	"cuStreamSynchronize": func(h uintptr) uintptr { return onStream("cuStreamSynchronize", h, waitStream) },
	"cuStreamQuery":       func(h uintptr) uintptr { return onStream("cuStreamQuery", h, waitStream) },
	"cuStreamBeginCapture_v2": func(h, mode uintptr) uintptr {
		return onStream("cuStreamBeginCapture_v2", h, func(m *Machine, s *stream) uint32 { return m.beginCapture(s, mode) })
	},
	"cuStreamEndCapture": func(h uintptr, out *uintptr) uintptr {
		return onStream("cuStreamEndCapture", h, func(m *Machine, s *stream) uint32 {
			nodes, result := m.endCapture(s)
			if *out = 0; result == success {
				*out = m.newHandle()
				m.graphs[*out] = &graph{device: s.device, nodes: nodes}
			}
			return result
		})
	},
	"cuGraphInstantiateWithFlags": func(out *uintptr, h, flags uintptr) uintptr {
		return inContext("cuGraphInstantiateWithFlags", func(m *Machine, d *device) uint32 {
			g := m.graphs[h]
			switch {
			case g == nil || g.ready || g.device != d:
				return invalidHandle
			case flags != 0:
				return invalidValue
			}
			*out = m.newHandle()
			m.graphs[*out] = &graph{d, true, g.nodes}
			return success
		})
	},
	"cuGraphLaunch": func(h, stream uintptr) uintptr {
		return inContext("cuGraphLaunch", func(m *Machine, d *device) uint32 {
			g := m.graphs[h]
			if g == nil || !g.ready || g.device != d {
				return invalidHandle
			}
			return m.enqueue(d, stream, func() uint32 {
				m.Replays++
				for _, f := range g.nodes {
					if r := f(); r != success {
						return r
					}
				}
				return success
			})
		})
	},
	"cuGraphExecDestroy": func(g uintptr) uintptr { return destroyGraph("cuGraphExecDestroy", g, true) },
	"cuGraphDestroy":     func(g uintptr) uintptr { return destroyGraph("cuGraphDestroy", g, false) },
}

// onStream is inContext for a stream, nil for the default one.
func onStream(name string, h uintptr, f func(m *Machine, s *stream) uint32) uintptr {
	return inContext(name, func(m *Machine, d *device) uint32 {
		s := m.streams[h]
		if h != 0 && (s == nil || s.device != d) {
			return invalidHandle
		}
		return f(m, s)
	})
}

// waitStream waits for a stream, or looks whether it is done, as it always is.
func waitStream(m *Machine, s *stream) uint32 {
	if s != nil && s.capture != nil {
		s.capture.invalid = true
		return captureUnsupported
	}
	return success
}

func destroyGraph(name string, h uintptr, ready bool) uintptr {
	return inContext(name, func(m *Machine, _ *device) uint32 {
		if g := m.graphs[h]; g == nil || g.ready != ready {
			return invalidHandle
		}
		delete(m.graphs, h)
		return success
	})
}

// Left returns how many streams and graphs were not destroyed.
func (m *Machine) Left() int { return len(m.streams) + len(m.graphs) + m.lost.streams }
