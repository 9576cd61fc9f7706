package conformance

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

// A testCase is one sample of an op in one layout.
type testCase struct {
	name   string
	op     *op.Op
	sample op.Sample
	layout layout
	seed   uint64
}

// A layout says how the operands lie in memory.
type layout uint8

const (
	contiguous layout = iota
	transposed        // the last two axes swapped in memory
	sliced            // every second element of a larger buffer, at an offset
	expanded          // the first row of float operands repeated, with a stride of 0
	layouts
)

func (l layout) String() string {
	return [...]string{"contiguous", "transposed", "sliced", "expanded"}[l]
}

// cases lists every op, sample and layout that the options select.
func cases(o Options) []testCase {
	var all []testCase
	for _, op := range op.All() {
		for i, s := range samples(op, o.seed()) {
			for l := range layouts {
				if l != contiguous && !slices.ContainsFunc(s.In, l.applies) {
					continue
				}
				name := fmt.Sprintf("%s/%d", op.Name, i)
				if s.Name != "" {
					name += " " + s.Name
				}
				name += "/" + l.String()
				if o.Run == nil || o.Run.MatchString(name) {
					all = append(all, testCase{name, op, s, l, o.seed()})
				}
			}
		}
	}
	return all
}

// samples returns the op's own samples, and for elementwise ops vectors of the
// sizes at which kernels change path.
func samples(o *op.Op, seed uint64) []op.Sample {
	r := op.NewRand(seed)
	list := o.Samples(r)
	if _, in, scalars, ok := o.Elementwise(); ok && len(list) > 0 {
		for _, n := range []int{31, 1025} { // not multiples of any vector or block
			first := list[0]
			s := op.Sample{Name: fmt.Sprintf("size %d", n), Attrs: first.Attrs}
			for k := range in {
				a := op.NewArray(first.In[k].Meta.DType, n)
				for i := range a.Data {
					a.Data[i] = first.In[k].Data[i%len(first.In[k].Data)]
				}
				s.In = append(s.In, a)
			}
			_ = scalars
			list = append(list, s)
		}
	}
	return list
}

// applies reports whether a looks different in layout l.
func (l layout) applies(a *op.Array) bool {
	s := a.Meta.Shape
	switch l {
	case transposed:
		return len(s) >= 2 && s[len(s)-1] > 1 && s[len(s)-2] > 1
	case sliced:
		return len(a.Data) > 1
	case expanded:
		return a.Meta.DType.IsFloat() && len(s) > 0 && s[0] > 1 && len(a.Data) > 0
	}
	return true
}

// arrange returns the view through which an array of shape s is stored in
// layout l, and the elements its buffer needs.
func (l layout) arrange(a *op.Array) (shape.View, int) {
	s := a.Meta.Shape
	v := shape.Contiguous(s)
	if !l.applies(a) {
		return v, len(a.Data)
	}
	switch l {
	case transposed:
		n := len(s)
		swapped := slices.Clone(s)
		swapped[n-1], swapped[n-2] = s[n-2], s[n-1]
		v.Strides = shape.Strides(swapped)
		v.Strides[n-1], v.Strides[n-2] = v.Strides[n-2], v.Strides[n-1]
	case sliced:
		v.Offset = 3
		for i := range v.Strides {
			v.Strides[i] *= 2
		}
		return v, v.End() + 5
	case expanded:
		v.Strides[0] = 0
		return v, len(a.Data) / s[0]
	}
	return v, len(a.Data)
}

// prepare returns the operands as they are in layout l.
func (l layout) prepare(in []*op.Array) []*op.Array {
	if l != expanded {
		return in
	}
	out := slices.Clone(in)
	for i, a := range in {
		if l.applies(a) {
			v, _ := l.arrange(a)
			out[i] = a.Gather(v)
		}
	}
	return out
}

func isUnsupported(err error) bool { return errors.Is(err, backend.ErrUnsupported) }
