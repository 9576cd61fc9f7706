package backend

import (
	"errors"
	"testing"

	"github.com/hekla-ml/hekla/op"
)

// listing is a fake that takes lists, in order, and counts them.
type listing struct {
	fake
	lists int
	err   error
}

func (d *listing) RunList(calls []*Call) error {
	if d.err != nil {
		return d.err
	}
	d.lists++
	for _, c := range calls {
		if err := Evaluate(c); err != nil {
			return err
		}
	}
	return nil
}

func TestRunList(t *testing.T) {
	lost := errors.New("lost")
	for _, c := range []struct {
		name  string
		dev   func(d *listing) Device
		err   error
		lists int
		want  error
		why   string
	}{
		{"pool", func(d *listing) Device { return Pool(d) }, nil, 1, nil, "hands lists on, with the device's own buffers"},
		{"opened", func(d *listing) Device { return &shared{Device: Pool(d)} }, nil, 1, nil, "as Open makes them"},
		{"refused", func(d *listing) Device { return Pool(d) }, ErrUnsupported, 0, nil, "the calls run one by one"},
		{"lost", func(d *listing) Device { return Pool(d) }, lost, 0, lost, "another error is the caller's"},
		{"none", func(d *listing) Device { return Pool(&d.fake) }, nil, 0, nil, "a device without lists"},
		{"fault", func(d *listing) Device { return Fault(d, FaultPlan{}) }, nil, 0, nil, "counts each call"},
		{"record", func(d *listing) Device { return Record(Pool(d)) }, nil, 0, nil, "keeps each call"},
		{"shadow", func(d *listing) Device { return Shadow(Pool(d), &fake{}, nil) }, nil, 0, nil, "compares each call"},
	} {
		d := &listing{err: c.err}
		dev := c.dev(d)
		var calls []*Call
		for i := range 3 {
			calls = append(calls, elementwise(t, dev, op.Square, nil, put(t, dev, array([]int{2}, float64(i), 3))))
		}
		if err := RunList(dev, calls); !errors.Is(err, c.want) {
			t.Errorf("%s (%s): error %v, want %v", c.name, c.why, err, c.want)
		}
		if d.lists != c.lists {
			t.Errorf("%s (%s): %d lists, want %d", c.name, c.why, d.lists, c.lists)
		}
		if c.want != nil {
			continue
		}
		for i, call := range calls {
			if got := get(t, dev, call.Out[0]); got[0] != float64(i*i) || got[1] != 9 {
				t.Errorf("%s (%s): call %d gives %v", c.name, c.why, i, got)
			}
		}
	}
}

func TestRunListAfterFree(t *testing.T) {
	d := &listing{}
	dev := Pool(d)
	var calls []*Call
	for range 2 {
		calls = append(calls, elementwise(t, dev, op.Square, nil, put(t, dev, array([]int{1}, 3))))
	}
	calls[1].In[0].Buffer.Free()
	if err := RunList(dev, calls); !errors.Is(err, errFreed) || d.lists != 0 {
		t.Errorf("a freed operand: error %v after %d lists, want %v and none", err, d.lists, errFreed)
	}
}
