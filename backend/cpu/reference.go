package cpu

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
)

// runReference computes a call by its op's own reference, in float64: slow,
// right, and there for every op that has no kernel. Integers beyond 2^53 lose
// digits, so ops that only move elements have kernels of their own.
func runReference(c *backend.Call) error {
	in := make([]*op.Array, len(c.In))
	for i, v := range c.In {
		in[i] = backend.ReadArray(hostMemory(&v), v)
	}
	out := c.Op.Ref(in, c.Attrs)
	if len(out) != len(c.Out) {
		return fmt.Errorf("reference gave %d outputs, the call has %d", len(out), len(c.Out))
	}
	for i, v := range c.Out {
		backend.WriteArray(hostMemory(&v), v, out[i])
	}
	return nil
}

// hostMemory returns the bytes of v's buffer; an empty view may have none.
func hostMemory(v *backend.View) []byte {
	if v.Buffer == nil {
		return nil
	}
	return v.Buffer.(backend.HostBuffer).Bytes()
}
