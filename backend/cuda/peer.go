package cuda

import (
	"errors"
	"slices"
	"sync"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
)

// peers is what a device has for copies to and from others.
type peers struct {
	mu     sync.Mutex
	mark   driver.Event           // a place in the default stream; 0 if there is none yet
	access map[driver.Device]bool // who was asked for, whatever came of it
	fed    []*device              // whose reports of bad indices are still to come, see badIndexOfPeers
}

// CopyFrom copies in the stream of the source: hardware writes to a peer faster than
// it reads. Events order it behind the work of the target, and what comes next on
// the target behind it.
func (d *device) CopyFrom(dst backend.Buffer, dstOff int64, from backend.Device, src backend.Buffer, srcOff, n int64) error {
	source, ok := backend.As[*device](from)
	own, isOwn := backend.BufferAs[*buffer](src)
	if !ok || !isOwn || source.api != d.api {
		return unsupported("a copy from %s", from.Info().Name)
	}
	by, ok := d.api.(interface {
		driver.Peers
		driver.Stager
	})
	if !ok {
		return unsupported("the driver's binding has no copies between devices")
	}
	if err := errors.Join(by.Stages(), by.Peers()); err != nil {
		return unsupported("%v", err)
	}
	to, err := d.span("copy", dst, dstOff, int(n))
	if err != nil || n == 0 {
		return err
	}
	at, err := source.span("copy", own, srcOff, int(n))
	if err != nil {
		return err
	}
	p := peerCopy{by: by, source: source, target: d}
	if err := p.enqueue(to, at, n); err != nil {
		return err
	}
	d.fedBy(source)
	return nil
}

// A peerCopy is a copy between two devices.
type peerCopy struct {
	by interface {
		driver.Peers
		driver.Stager
	}
	source, target *device
}

func (p *peerCopy) enqueue(dst, src driver.Pointer, n int64) error {
	var ready, done driver.Event
	err := p.in(p.target, func() (err error) {
		if ready, err = p.target.peers.event(p.by); err == nil {
			err = p.by.Record(ready)
		}
		return err
	})
	if err == nil {
		err = p.in(p.source, func() (err error) {
			if done, err = p.source.peers.event(p.by); err != nil {
				return err
			}
			if err = p.by.Follow(ready); err != nil {
				return err
			}
			p.reach()
			return p.by.CopyPeer(dst, p.target.ctx, src, p.source.ctx, n)
		})
	}
	switch {
	case err != nil && !errors.Is(err, backend.ErrDeviceLost) && !errors.Is(err, backend.ErrClosed):
		return unsupported("%v", err) // the host can still
	case err != nil:
		return err
	}
	if err := p.in(p.source, func() error { return p.by.Record(done) }); err != nil {
		return err
	}
	return p.in(p.target, func() error { return p.by.Follow(done) })
}

// in runs f with a device current to this thread.
func (p *peerCopy) in(d *device, f func() error) error {
	leave, err := d.enter("copy")
	if err != nil {
		return err
	}
	defer leave()
	return d.failed("copy", f())
}

// reach asks, once, for the way from the source's memory to the target's. Without it
// the driver takes that of the host. The source must be current.
func (p *peerCopy) reach() {
	k, target := &p.source.peers, p.target.handle
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.access[target] || p.source.handle == target {
		return
	}
	if k.access == nil {
		k.access = map[driver.Device]bool{}
	}
	k.access[target] = true
	if can, err := p.by.CanAccess(p.source.handle, target); err == nil && can {
		_ = p.by.EnableAccess(p.target.ctx) // refused, it is as if there were none
	}
}

// event returns the device's event. One will do: to wait for it is to wait for the
// place where it was recorded last, which is that of this copy or a later one.
func (k *peers) event(by driver.Stager) (driver.Event, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	if k.mark == 0 {
		k.mark, err = by.NewEvent()
	}
	return k.mark, err
}

// close gives the event back.
func (k *peers) close(api driver.Driver) (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mark != 0 {
		err = api.(driver.Stager).DestroyEvent(k.mark)
	}
	k.mark, k.access, k.fed = 0, nil, nil
	return err
}

// fedBy notes that what was copied may be what a call with a bad index made: the
// host has not looked yet, see badIndex.
func (d *device) fedBy(source *device) {
	source.mu.Lock()
	pending := source.indexed != ""
	source.mu.Unlock()
	source.peers.mu.Lock()
	pending = pending || len(source.peers.fed) > 0
	source.peers.mu.Unlock()
	if !pending || source == d {
		return
	}
	d.peers.mu.Lock()
	defer d.peers.mu.Unlock()
	if !slices.Contains(d.peers.fed, source) {
		d.peers.fed = append(d.peers.fed, source)
	}
}

// badIndexOfPeers reports what badIndex does of the devices that data came from
// since the last look. No device need be current.
func (d *device) badIndexOfPeers() error {
	d.peers.mu.Lock()
	fed := d.peers.fed
	d.peers.fed = nil
	d.peers.mu.Unlock()
	var err error
	for _, s := range fed {
		e := s.badIndexOfPeers()
		leave, closed := s.enter("copy")
		switch {
		case errors.Is(closed, backend.ErrClosed): // it has nobody to tell
		case closed != nil:
			e = errors.Join(e, closed)
		default:
			e = errors.Join(e, s.failed("copy", s.badIndex()))
			leave()
		}
		err = errors.Join(err, e)
	}
	return err
}
