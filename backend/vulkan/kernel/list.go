package kernel

import (
	"fmt"

	"github.com/hekla-ml/hekla/backend/vulkan/spirv"
	"github.com/hekla-ml/hekla/pointwise"
)

// A ListSpec is what a kernel of List is made for: a program, the invocations of a
// workgroup, how many elements one of them moves at once and how often, and
// whether it moves them as 64-bit integers.
type ListSpec struct {
	pointwise.Spec
	Lanes, Wide, Repeat int
	Long                bool
}

// Key identifies what List returns.
func (s ListSpec) Key() string {
	return fmt.Sprintf("list %s %d %d %d %t", s.Spec.Key(), s.Lanes, s.Wide, s.Repeat, s.Long)
}

// Each is how many elements a workgroup sees to.
func (s ListSpec) Each() int { return s.Lanes * s.Wide * s.Repeat }

// List returns the kernel that applies a program, without transcendental
// instructions, to the elements of many entries, each with operands of its own
// that lie densely. It finds them by their addresses, multiples of 16; a workgroup
// works on one entry. The device has 64-bit integers and buffers with addresses.
//
// Parameters: the number of entries; the uniforms, as AppendUniforms gives them;
// of each entry its first workgroup; then of each the number of its elements and
// the address of each input and output, two words.
func List(s ListSpec) (*Kernel, error) {
	w := spirv.WidthsOf(s.Spec)
	if err := w.Supports(s.Program); err != nil {
		return nil, err
	}
	e := &emitter{spirv.New(s.Lanes, 0, max(Reserved+1+uniformWords(s.Program, w), spirv.MaxPush+1)), Reserved, 0}
	entries := e.param()
	uniform := e.uniforms(s.Program, w)
	firsts := e.Word(uint32(e.next))
	group := e.group()
	e.If(group.Mul(e.Word(uint32(s.Lanes))).Less(e.Param(Count)), func() {
		one := e.Word(1)
		// The last entry that begins with this workgroup or before it.
		lo, hi := e.Var(e.Word(0)), e.Var(entries)
		e.While(func() spirv.Value { return one.Less(hi.Get().Sub(lo.Get())) }, func() {
			a, b := lo.Get(), hi.Get()
			middle := a.Add(b).Shr(one)
			later := group.Less(e.ParamAt(firsts.Add(middle)))
			lo.Set(later.Select(a, middle))
			hi.Set(later.Select(middle, b))
		})
		operands := len(s.In) + len(s.Out)
		entry := lo.Get()
		at := firsts.Add(entries).Add(entry.Mul(e.Word(uint32(1 + 2*operands))))
		count := e.ParamAt(at)
		var bases []spirv.Value
		for range operands {
			bases = append(bases, e.ParamAt(at.Add(one)).Join(e.ParamAt(at.Add(e.Word(2)))))
			at = at.Add(e.Word(2))
		}
		e.ReachAt(bases)
		begin := group.Sub(e.ParamAt(firsts.Add(entry))).Mul(e.Word(uint32(s.Each())))
		e.span(begin, count, s.Lanes, s.Repeat, s.Wide, func(i spirv.Value, n int) {
			in := make([][]spirv.Value, len(s.In))
			for k := range in {
				if n > 1 {
					in[k] = e.ReadWide(k, i, n, s.In[k], s.Inputs[k], w, s.Long)
				} else {
					in[k] = []spirv.Value{e.Read(k, i, s.In[k], s.Inputs[k], w)}
				}
			}
			for k, v := range e.apply(s.Program, w, i, n, in, uniform) {
				b, kind := len(s.In)+k, s.Code[s.Outputs[k]].Kind
				if n > 1 {
					e.WriteWide(b, i, s.Out[k], v, kind, w, s.Long)
				} else {
					e.Write(b, i, s.Out[k], v[0], kind, w)
				}
			}
		})
	})
	k := e.finish(s.Key(), s.Lanes, 0, 0)
	k.Params, k.Lists = spirv.MaxPush+1, true
	return k, nil
}
