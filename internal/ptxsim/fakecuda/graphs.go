//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

// Streams only record: what tests capture. A graph's template and what is made of it
// share one table.
var graphCallbacks = map[string]any{
	"cuStreamCreate": func(out *uintptr, flags uintptr) uintptr {
		return inContext("cuStreamCreate", func(m *Machine, _ *device) uint32 {
			*out = m.newHandle()
			m.streams[*out] = nil
			return success
		})
	},
	"cuStreamDestroy_v2": func(s uintptr) uintptr {
		return inContext("cuStreamDestroy_v2", func(m *Machine, _ *device) uint32 {
			if _, ok := m.streams[s]; !ok {
				return invalidHandle
			}
			delete(m.streams, s)
			return success
		})
	},
	"cuStreamBeginCapture_v2": func(s, mode uintptr) uintptr {
		return inContext("cuStreamBeginCapture_v2", func(m *Machine, _ *device) uint32 {
			if list, ok := m.streams[s]; !ok || list != nil {
				return invalidHandle
			}
			m.streams[s] = &[]func(){}
			return success
		})
	},
	"cuStreamEndCapture": func(s uintptr, out *uintptr) uintptr {
		return inContext("cuStreamEndCapture", func(m *Machine, _ *device) uint32 {
			list := m.streams[s]
			if list == nil {
				return invalidHandle
			}
			m.streams[s] = nil
			*out = m.newHandle()
			m.graphs[*out] = *list
			return success
		})
	},
	"cuGraphInstantiateWithFlags": func(out *uintptr, g, flags uintptr) uintptr {
		return inContext("cuGraphInstantiateWithFlags", func(m *Machine, _ *device) uint32 {
			list, ok := m.graphs[g]
			if !ok {
				return invalidHandle
			}
			*out = m.newHandle()
			m.graphs[*out] = list
			return success
		})
	},
	"cuGraphLaunch": func(g, stream uintptr) uintptr {
		return inContext("cuGraphLaunch", func(m *Machine, _ *device) uint32 {
			list, ok := m.graphs[g]
			if !ok || stream != 0 {
				return invalidHandle
			}
			m.Replays++
			for _, f := range list {
				f()
			}
			return success
		})
	},
	"cuGraphExecDestroy": func(g uintptr) uintptr { return destroyGraph("cuGraphExecDestroy", g) },
	"cuGraphDestroy":     func(g uintptr) uintptr { return destroyGraph("cuGraphDestroy", g) },
}

func destroyGraph(name string, g uintptr) uintptr {
	return inContext(name, func(m *Machine, _ *device) uint32 {
		if _, ok := m.graphs[g]; !ok {
			return invalidHandle
		}
		delete(m.graphs, g)
		return success
	})
}

// record adds a launch to what a stream captures.
func (m *Machine) record(stream uintptr, f func()) uint32 {
	list := m.streams[stream]
	if list == nil {
		return invalidHandle
	}
	*list = append(*list, f)
	return success
}

// Left returns how many streams and graphs were not destroyed.
func (m *Machine) Left() int { return len(m.streams) + len(m.graphs) }
