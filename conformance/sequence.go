package conformance

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// sequence lists pairs of samples of an op, of different shapes, to run
// interleaved: backends have given wrong gradients after a change of shape, by
// state kept under a key that leaves it out or by memory that was given out
// again too early.
func (l *lister) sequence(o *op.Op, all []variant) {
	var own []int
	for i, s := range all {
		if s.arranged && len(s.In) > 0 {
			own = append(own, i)
		}
	}
	if len(own) < 2 {
		return
	}
	r := op.NewRand(l.seed() + 3)
	for k := range 3 {
		i := own[r.IntN(len(own))]
		j := own[r.IntN(len(own))]
		if k == 0 {
			i, j = own[0], own[len(own)-1]
		}
		l.add(testCase{op: o, sample: all[i].Sample, other: all[j].Sample, wrt: every, kind: sequence}, "%d then %d/sequence %d", i, j, k)
	}
}

// sequence computes two samples, then their gradients, then the first again, and
// compares everything.
func (c testCase) sequence(dev backend.Device, s *tensor.Arena) (worst deviation, err error) {
	other := c
	other.sample = c.other
	first := &run{testCase: c, dev: dev, arena: s}
	second := &run{testCase: other, dev: dev, arena: s}
	again := &run{testCase: c, dev: dev, arena: s}
	for i, step := range []func() error{first.forward, second.forward, first.backward, second.backward, again.forward, again.backward} {
		if err := step(); err != nil {
			return worst, fmt.Errorf("step %d: %w", i, err)
		}
	}
	return first.worst.with(second.worst).with(again.worst), nil
}
