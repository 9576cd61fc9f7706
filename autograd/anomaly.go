package autograd

import (
	"sync/atomic"

	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

var anomaly atomic.Bool

// DetectAnomaly switches a search for bugs on or off, for the whole process:
// Backward then panics at the first gradient that is NaN where its cotangent
// came from a finite loss, and names the forward call (file:line) it belongs
// to. It waits for the device after every gradient and is slow.
func DetectAnomaly(on bool) {
	anomaly.Store(on)
	tensor.RecordSites(on)
}

func checkAnomaly(name string, n *tensor.Node, operand int, g *tensor.Tensor) {
	if !anomaly.Load() {
		return
	}
	bad := tensor.Temporaries(n.Device(), func(b op.Builder) []op.Value {
		return b.Apply(op.Any, op.ReduceAttrs{}, b.Apply(op.IsNaN, nil, g)[0])
	})[0]
	if bad.Item() != 0 {
		panic(failure(name, nil, "the gradient of %s for operand %d of shape %v has a NaN%s", n.Op.Name, operand, g.Shape(), at(n)))
	}
	bad.Free()
}
