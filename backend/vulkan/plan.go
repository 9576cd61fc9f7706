package vulkan

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
)

// A plan is how a function runs on operands of some types and places: what a
// call that was seen before need not find out again.
type plan struct {
	*pipeline
	program *pointwise.Program // nil for a copy
	widths  spirv.Widths
	each    int // elements of a workgroup, if it is of a list
}

// maxPlanned is the most operands of a call that is remembered.
const maxPlanned = 16

// A planKey is what a plan depends on: a key without text, for it is looked up
// at every call.
type planKey struct {
	fn     *op.Fn
	copied uint8 // bytes of an element, if it is a copy
	listed bool
	places placesKey
	types  [maxPlanned]dtype.DType
}

type placesKey struct {
	layouts     [maxPlanned]kernel.Layout
	axes, lanes uint8
	repeat      uint16
	wide        uint8
	rows, long  bool
	reach, near bool
}

func (a *arrangement) key() placesKey {
	k := placesKey{
		axes: uint8(a.Axes), lanes: uint8(a.Lanes), repeat: uint16(a.Repeat), wide: uint8(a.Wide), rows: a.Rows, long: a.Long, reach: a.Reach, near: a.Near,
	}
	copy(k.layouts[:], a.Layouts)
	return k
}

// plan returns that of an elementwise call whose operands are a's.
func (d *device) plan(c *backend.Call, a *arrangement) (*plan, error) {
	key := planKey{fn: c.Fn, places: a.key()}
	for i, v := range a.views {
		if i < maxPlanned {
			key.types[i] = v.DType
		}
	}
	known := len(a.views) <= maxPlanned
	if p := d.plans[key]; p != nil && known {
		return p, nil
	}
	types := make([]dtype.DType, len(c.Out))
	for i := range c.Out {
		types[i] = c.Out[i].DType
	}
	s, err := d.spec(c.Fn, c.In, types...)
	if err != nil {
		return nil, err
	}
	made, err := d.pipeline(kernel.ElementwiseKey(s, a.Places), func() (*kernel.Kernel, error) {
		return kernel.Elementwise(s, a.Places)
	})
	if err != nil {
		return nil, err
	}
	p := &plan{pipeline: made, program: s.Program, widths: spirv.WidthsOf(s)}
	if known {
		d.keep(key, p)
	}
	return p, nil
}

// keep remembers a plan.
func (d *device) keep(key planKey, p *plan) *plan {
	if len(d.plans) >= maxPipelines {
		clear(d.plans)
	}
	d.plans[key] = p
	return p
}
