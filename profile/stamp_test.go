package profile_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/profile"
	"github.com/hekla-ml/hekla/tensor"
)

// clocked has a clock of its own, on which each call takes 7 ms.
type clocked struct {
	backend.Device
	now  time.Duration
	fail error
}

type reading struct {
	at  time.Duration
	err error
}

func (r reading) Time() (time.Duration, error) { return r.at, r.err }

func (c *clocked) Unwrap() backend.Device { return c.Device }

func (c *clocked) Stamp() (backend.Stamp, error) { return reading{c.now, c.fail}, nil }

func (c *clocked) Run(call *backend.Call) error {
	c.now += 7 * time.Millisecond
	return c.Device.Run(call)
}

func TestDeviceClock(t *testing.T) {
	p := profile.New(&clocked{Device: tensor.CPU(), now: time.Hour}, profile.Options{})
	x := tensor.Ones(p, dtype.Float32, 3)
	for range 4 {
		x = x.Neg()
	}
	r := take(t, p)
	neg := find(t, r.Sum(profile.ByOp), "neg")
	if !r.DeviceClock || !neg.OnDevice || neg.Count != 4 || neg.Total != 28*time.Millisecond || neg.Max != 7*time.Millisecond {
		t.Errorf("%+v, want 4 of 7 ms by the device's clock", neg)
	}
	for _, e := range r.Events { // the device took its last stamp when the host had it
		if e.OnDevice && e.Began+e.Busy > r.Wall+time.Millisecond {
			t.Errorf("%+v ends after the profile, at %v", e, r.Wall)
		}
	}
	var b bytes.Buffer
	if err := r.WriteChrome(&b); err != nil || !bytes.Contains(b.Bytes(), []byte(`"pid":2`)) {
		t.Errorf("error %v, or no track of the device in the trace", err)
	}

	broken := errors.New("no time today")
	p = profile.New(&clocked{Device: tensor.CPU(), fail: broken}, profile.Options{})
	tensor.Ones(p, dtype.Float32, 3).Neg()
	if r, err := p.Take(); !errors.Is(err, broken) || r == nil || len(r.Events) == 0 {
		t.Errorf("profile %v and error %v, want what the host saw and %v", r, err, broken)
	}

	p = profile.New(&clocked{Device: tensor.CPU()}, profile.Options{Wait: true})
	tensor.Ones(p, dtype.Float32, 3).Neg()
	if r := take(t, p); r.DeviceClock {
		t.Error("the device's clock was read although each call is waited for")
	}
}
