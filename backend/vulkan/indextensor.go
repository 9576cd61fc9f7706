package vulkan

import (
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/vulkan/kernel"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/pointwise"
	"github.com/hekla-ml/hekla/shape"
)

func init() {
	kernels[op.IndexGet] = (*device).indexGet
	kernels[op.IndexPut] = (*device).indexPut
}

// pointers describes the tensors of indices of x and returns the shape they
// broadcast to, and their strides over it.
func pointers(x *backend.View, index []backend.View) (p kernel.Pointers, lead []int, strides [][]int, err error) {
	lead = []int{}
	for i := range index {
		p.Types = append(p.Types, index[i].DType)
		if lead, err = shape.Broadcast(lead, index[i].Shape); err != nil {
			return p, nil, nil, err
		}
	}
	for i := range index {
		v, err := index[i].View.Expand(lead)
		if err != nil {
			return p, nil, nil, err
		}
		strides = append(strides, v.Strides)
	}
	p.Lead, p.Rest = len(lead), len(x.Shape)-len(index)
	return p, lead, strides, nil
}

func (d *device) indexGet(c *backend.Call) error {
	if c.Out[0].Numel() == 0 {
		return nil
	}
	return d.indexGetPart(c, nil, nil)
}

// indexGetPart is indexGet from c's first input, or if whole is not nil from that as a
// part, which begins at given places, of a longer one: what is elsewhere is left
// as it is.
func (d *device) indexGetPart(c *backend.Call, at, whole []int) error {
	x, index, out := &c.In[0], c.In[1:], &c.Out[0]
	p, lead, strides, err := pointers(x, index)
	if err != nil {
		return err
	}
	p.Part = whole != nil
	operands, params, err := d.bindCall(c)
	if err != nil {
		return err
	}
	size := x.DType.Size()
	k, err := d.pipeline(kernel.IndexGetKey(size, p), func() (*kernel.Kernel, error) { return kernel.IndexGet(size, p), nil })
	if err != nil {
		return err
	}
	params = appendWords(appendWords(params, whole), at)
	params = appendWords(params, x.Shape[:len(index)])
	params = appendWords(appendWords(params, lead), x.Shape[len(index):])
	params = appendWords(params, x.Strides)
	for _, s := range strides {
		params = appendWords(params, s)
	}
	return d.launch(k, operands, params, int64(out.Numel()))
}

func (d *device) indexPut(c *backend.Call) error {
	a, _ := c.Attrs.(op.IndexPutAttrs)
	x, values, index, out := &c.In[0], &c.In[1], c.In[2:], &c.Out[0]
	if out.Numel() == 0 {
		return nil
	}
	p, lead, strides, err := pointers(x, index)
	if err != nil {
		return err
	}
	if shape.Numel(lead) == 0 {
		return d.move(out, x)
	}
	if err := d.supports(pointwise.Spec{In: []dtype.DType{x.DType}}); err != nil {
		return err
	}
	v, err := values.View.Expand(append(append([]int(nil), lead...), x.Shape[len(index):]...))
	if err != nil {
		return err
	}
	if rest := shape.Numel(x.Shape[len(index):]); a.Accumulate && d.sorts(1, shape.Numel(lead), rest) {
		if err := d.move(out, x); err != nil {
			return err
		}
		return d.joinPlaces(out, values, index, p, lead, v.Strides, strides)
	}
	if n := shape.Numel(lead); d.serial(shape.Numel(x.Shape[:len(index)]), shape.Numel(x.Shape[len(index):]), n) {
		return d.indexPutLines(c, lead, v.Strides, strides)
	}
	operands, params, err := d.bindCall(c)
	if err != nil {
		return err
	}
	k, err := d.pipeline(kernel.IndexPutKey(x.DType, p, a.Accumulate), func() (*kernel.Kernel, error) {
		return kernel.IndexPut(x.DType, p, a.Accumulate), nil
	})
	if err != nil {
		return err
	}
	params = appendWords(appendWords(params, lead), x.Shape)
	params = appendWords(appendWords(params, x.Strides), v.Strides)
	for _, s := range strides {
		params = appendWords(params, s)
	}
	return d.launch(k, operands, params, int64(out.Numel()))
}

// indexPutLines puts values in a copy of x, each place in the rest of x by
// itself.
func (d *device) indexPutLines(c *backend.Call, lead, byValue []int, byIndex [][]int) error {
	a, _ := c.Attrs.(op.IndexPutAttrs)
	x, values, out := &c.In[0], c.In[1], &c.Out[0]
	values.Shape, values.Strides = slices.Concat(lead, x.Shape[len(byIndex):]), byValue
	index := slices.Clone(c.In[2:])
	for i := range index {
		index[i].Shape, index[i].Strides = lead, byIndex[i]
	}
	return d.summed(out, a.Accumulate, func(sum *backend.View) error {
		if err := d.convert(sum, x); err != nil {
			return err
		}
		return d.putInto(*sum, values, index, a.Accumulate)
	})
}

// putLines puts values in to, or adds them; all indices have the shape with which
// that of the values begins.
func (d *device) putLines(to, values *backend.View, index []backend.View, add bool) error {
	p, lead, byIndex, err := pointers(to, index)
	if err != nil {
		return err
	}
	operands, start, err := d.bindCall(&backend.Call{In: append([]backend.View{*values}, index...), Out: []backend.View{*to}})
	if err != nil {
		return err
	}
	k, err := d.pipeline(kernel.IndexPutLineKey(values.DType, to.DType, p, add), func() (*kernel.Kernel, error) {
		return kernel.IndexPutLine(values.DType, to.DType, p, add), nil
	})
	if err != nil {
		return err
	}
	n := shape.Numel(lead)
	for from := 0; from < n; from += maxTurns {
		params := append(slices.Clone(start), uint32(from), uint32(min(from+maxTurns, n)))
		params = appendWords(appendWords(params, lead), to.Shape)
		params = appendWords(appendWords(params, to.Strides), values.Strides)
		for _, s := range byIndex {
			params = appendWords(params, s)
		}
		if err := d.launch(k, operands, params, int64(shape.Numel(to.Shape[len(index):]))); err != nil {
			return err
		}
	}
	return nil
}

// bindCall binds the inputs and outputs of a call, none of them empty, and
// begins its parameters with where each starts.
func (d *device) bindCall(c *backend.Call) (operands []operand, params []uint32, err error) {
	for _, views := range [...][]backend.View{c.In, c.Out} {
		for i := range views {
			o, err := d.bind(&views[i])
			if err != nil {
				return nil, nil, err
			}
			operands, params = append(operands, o), append(params, o.start)
		}
	}
	return operands, params, nil
}
