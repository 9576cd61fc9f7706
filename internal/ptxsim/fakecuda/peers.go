//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

// A copy between devices happens as late as it may, too: when something comes after it
// in the stream that it was enqueued in, or when a stream waits for an event behind it.
// So work of the other device that does not wait reads what was there before.
var peerCallbacks = map[string]any{
	"cuDeviceCanAccessPeer": func(v *int32, d, peer uintptr) uintptr {
		return simple("cuDeviceCanAccessPeer", func(m *Machine) uint32 {
			if int(d) >= len(m.devices) || int(peer) >= len(m.devices) {
				return invalidDevice
			}
			if *v = 1; m.Apart || d == peer {
				*v = 0
			}
			return success
		})
	},
	"cuCtxEnablePeerAccess": func(c, flags uintptr) uintptr {
		return atomically("cuCtxEnablePeerAccess", func(m *Machine, d *device) uint32 {
			switch peer := m.context(c); {
			case peer == nil || peer == d:
				return invalidContext
			case flags != 0:
				return invalidValue
			case m.Apart:
				return noPeer
			case d.reaches[peer]:
				return peerEnabled
			default:
				d.reaches[peer] = true
			}
			return success
		})
	},
	"cuMemcpyPeerAsync": func(dst, dstContext, src, srcContext, n, stream uintptr) uintptr {
		return atomically("cuMemcpyPeerAsync", func(m *Machine, d *device) uint32 {
			to, from := m.context(dstContext), m.context(srcContext)
			if to == nil || from == nil {
				return invalidContext
			}
			b, a := to.mem.Bytes(uint64(dst), int64(n)), from.mem.Bytes(uint64(src), int64(n))
			if a == nil || b == nil {
				return invalidValue
			}
			return m.enqueue(d, stream, func() uint32 {
				m.Peers++
				if d.reaches[to] || d.reaches[from] {
					m.Direct++
				}
				d.late = append(d.late, late{0, func() { copy(b, a) }})
				return success
			})
		})
	},
	"cuStreamWaitEvent": func(stream, e, flags uintptr) uintptr {
		return atomically("cuStreamWaitEvent", func(m *Machine, d *device) uint32 {
			event := m.events[e]
			switch {
			case event == nil:
				return invalidHandle
			case flags != 0:
				return invalidValue
			}
			s, r := m.stream(d, stream)
			if r != success {
				return r
			}
			if r, done := m.follow(s, event); done {
				return r
			}
			if s == nil && !m.Deaf && event.device != d { // its own it comes after anyway
				event.wait()
			}
			return success
		})
	},
}
