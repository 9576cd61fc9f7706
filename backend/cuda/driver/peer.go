package driver

// Peers is implemented by drivers that copy between devices. The events are a
// Stager's.
type Peers interface {
	// Peers returns an error that names what an older driver lacks.
	Peers() error
	// CanAccess reports whether a device reaches the memory of another by itself.
	CanAccess(d, peer Device) (bool, error)
	// EnableAccess lets the current context reach the memory of another. It is no
	// error if it does already.
	EnableAccess(peer Context) error
	// CopyPeer enqueues, in the default stream, a copy of n bytes from memory of one
	// context to that of another: directly if the access is enabled, or by memory of
	// the host that is the driver's business.
	CopyPeer(dst Pointer, to Context, src Pointer, from Context, n int64) error
	// Follow makes what the default stream is given from here on wait for an event,
	// of any device.
	Follow(Event) error
}

type peerFunctions struct {
	canAccess, enableAccess, copyPeer, streamWait uintptr
}

func (f *peerFunctions) table() map[string]*uintptr {
	return map[string]*uintptr{
		"cuDeviceCanAccessPeer": &f.canAccess, "cuCtxEnablePeerAccess": &f.enableAccess,
		"cuMemcpyPeerAsync": &f.copyPeer, "cuStreamWaitEvent": &f.streamWait,
	}
}

func (a *API) Peers() error { return a.noPeers }

func (a *API) CanAccess(d, peer Device) (bool, error) {
	v, err := a.int32("cuDeviceCanAccessPeer", a.peer.canAccess, uintptr(uint32(d)), uintptr(uint32(peer)))
	return v != 0, err
}

func (a *API) EnableAccess(peer Context) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0], f.args[1] = uintptr(peer), 0
	if r := call(a.peer.enableAccess, f.args[:2]); r != Success && r != accessEnabled {
		return &Error{Call: "cuCtxEnablePeerAccess", Result: r}
	}
	return nil
}

func (a *API) CopyPeer(dst Pointer, to Context, src Pointer, from Context, n int64) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0], f.args[1], f.args[2], f.args[3], f.args[4], f.args[5] = uintptr(dst), uintptr(to), uintptr(src), uintptr(from), uintptr(n), 0
	if r := call(a.peer.copyPeer, f.args[:6]); r != Success {
		return &Error{Call: "cuMemcpyPeerAsync", Result: r}
	}
	return nil
}

func (a *API) Follow(e Event) error {
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.args[0], f.args[1], f.args[2] = 0, uintptr(e), 0
	if r := call(a.peer.streamWait, f.args[:3]); r != Success {
		return &Error{Call: "cuStreamWaitEvent", Result: r}
	}
	return nil
}
