package vulkan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/dtype"
)

// RunList enqueues elementwise calls of one function: see backend.ListRunner. Where
// kernels can find operands by their addresses, calls whose operands lie densely
// are entries of few launches. Others are launches of their own, which need no
// order among each other.
func (d *device) RunList(calls []*backend.Call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	if len(calls) == 0 {
		return nil
	}
	err := d.runList(calls)
	if errors.Is(err, spirv.ErrProgram) {
		err = fmt.Errorf("%w: %w", backend.ErrUnsupported, err)
	}
	if err != nil && d.broken == nil {
		return fmt.Errorf("vulkan: a list of %d calls: %w", len(calls), err)
	}
	return err
}

func (d *device) runList(calls []*backend.Call) error {
	first := calls[0]
	for _, c := range calls {
		if c.Fn == nil || c.Fold != nil || c.Fn != first.Fn || !alike(c.In, first.In) || !alike(c.Out, first.Out) || isCopy(c) {
			return fmt.Errorf("%w: not all are elementwise ones of one function", backend.ErrUnsupported)
		}
		for _, views := range [...][]backend.View{c.In, c.Out} {
			for i := range views {
				if err := d.check(&views[i]); err != nil {
					return fmt.Errorf("operand %d: %w", i, err)
				}
				if d.wide(&views[i]) {
					return fmt.Errorf("%w: an operand wider than what kernels of this device see", backend.ErrUnsupported)
				}
			}
		}
	}
	var p *plan
	if d.finds() {
		var err error
		if p, err = d.listPlan(first); err != nil {
			return err
		}
	}
	return d.unordered(func() error { return d.runEntries(p, calls) })
}

// runEntries runs calls as entries of p, but those that cannot be one.
func (d *device) runEntries(p *plan, calls []*backend.Call) error {
	l := &d.listed
	defer l.empty()
	for i, c := range calls {
		if p != nil {
			if added, err := l.add(d, p, c); err != nil {
				return err
			} else if added {
				continue
			}
		}
		if err := d.elementwise(c); i > 0 && errors.Is(err, backend.ErrUnsupported) {
			return fmt.Errorf("call %d: %v", i, err) // which says that none ran
		} else if err != nil {
			return err
		}
	}
	return l.flush(d, p)
}

// alike reports whether views have the same types.
func alike(a, b []backend.View) bool {
	return slices.EqualFunc(a, b, func(v, w backend.View) bool { return v.DType == w.DType })
}

// listPlan returns how calls like c run as entries of a launch, or nil if they do
// not: an invocation sees to too many elements for functions with loops.
func (d *device) listPlan(c *backend.Call) (*plan, error) {
	if len(c.In)+len(c.Out) > maxPlanned {
		return nil, nil
	}
	key := planKey{fn: c.Fn, listed: true}
	var out []dtype.DType
	for i := range c.In {
		key.types[i] = c.In[i].DType
	}
	for i := range c.Out {
		key.types[len(c.In)+i] = c.Out[i].DType
		out = append(out, c.Out[i].DType)
	}
	if p := d.plans[key]; p != nil {
		return p, nil
	}
	s, err := d.spec(c.Fn, c.In, out...)
	if err != nil {
		return nil, err
	}
	f := d.expand(c.Fn, s.Float64())
	k := kernel.ListSpec{Spec: s, Lanes: d.stride.lanes, Wide: d.stride.wide, Repeat: max(d.stride.wideRepeat, 4), Long: d.onCPU()}
	if f.turns > 0 || len(f.Code)*k.Wide > maxWork {
		return nil, nil
	}
	made, err := d.pipeline(k.Key(), func() (*kernel.Kernel, error) { return kernel.List(k) })
	if err != nil {
		return nil, err
	}
	return d.keep(key, &plan{made, s.Program, spirv.WidthsOf(s), k.Each()}), nil
}

// maxListWords bounds the parameters of a launch, of those that a batch has.
const maxListWords = paramWords / 4

// A list is the entries of a launch in the making.
type list struct {
	operands              []operand
	firsts, table, params []uint32
	groups                int
	uniforms              []float64
}

// add makes c an entry, and reports whether it can be one: all its operands lie
// densely, from a multiple of 16 bytes on. It launches those before it if there
// are enough.
func (l *list) add(d *device, p *plan, c *backend.Call) (bool, error) {
	n := c.Out[0].Numel()
	groups, operands := ceil(n, p.each), len(c.In)+len(c.Out)
	if len(l.firsts)+len(l.table)+2*(operands+1) > maxListWords || l.groups+groups > 1<<31/p.Group {
		if err := l.flush(d, p); err != nil {
			return false, err
		}
	}
	o, t := len(l.operands), len(l.table)
	l.table = append(l.table, uint32(n))
	for _, views := range [...][]backend.View{c.In, c.Out} {
		for i := range views {
			v := &views[i]
			b, err := d.bind(v)
			if err != nil {
				return false, err
			}
			at := b.Address + uint64(b.off) + uint64(v.Offset*v.DType.Size())
			if at%16 != 0 || !v.IsContiguous() {
				l.operands, l.table = l.operands[:o], l.table[:t]
				return false, nil
			}
			l.operands = append(l.operands, b)
			l.table = append(l.table, uint32(at), uint32(at>>32))
		}
	}
	l.firsts = append(l.firsts, uint32(l.groups))
	l.groups += groups
	l.uniforms = c.Uniforms
	return true, nil
}

// flush launches the entries.
func (l *list) flush(d *device, p *plan) error {
	if len(l.firsts) == 0 {
		return nil
	}
	params := kernel.AppendUniforms(append(l.params[:0], uint32(len(l.firsts))), p.program, p.widths, l.uniforms)
	l.params = append(append(params, l.firsts...), l.table...)
	var elements int64
	for i := 0; i < len(l.table); i += len(l.table) / len(l.firsts) {
		elements += int64(l.table[i])
	}
	err := d.launchFor(p.pipeline, l.operands, l.params, int64(l.groups*p.Group), 8*elements)
	l.empty()
	return err
}

// empty lets go of all entries.
func (l *list) empty() {
	clear(l.operands)
	l.operands, l.firsts, l.table, l.groups, l.uniforms = l.operands[:0], l.firsts[:0], l.table[:0], 0, nil
}
