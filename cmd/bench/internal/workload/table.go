package workload

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
	"github.com/hekla-ml/hekla/tensor"
)

// FromTable makes a case of every op that computes on operands of type d, from
// a sample of the op's own: elementwise ops on a million elements, others on
// the sample with its first axis repeated.
func FromTable(d dtype.DType) []Case {
	var l []Case
	for _, o := range op.All() {
		if o.View != nil || o.Samples == nil {
			continue // a view computes nothing
		}
		if o.Lower != nil {
			if c, ok := elementwise(o, d); ok {
				l = append(l, c)
			}
			continue
		}
		if s, ok := sampleOf(o, d); ok {
			l = append(l, fromSample(o, d, grown(o, s)))
		}
	}
	return l
}

// elements is how many an elementwise case has.
const elements = 1 << 20

// elementwise makes its operands only when it is set up.
func elementwise(o *op.Op, d dtype.DType) (Case, bool) {
	operands, _, _, row := o.Elementwise()
	if !row {
		return Case{}, false // map and cast, which have no row
	}
	if _, ok := sampleOf(o, d); !ok {
		return Case{}, false // not for this type
	}
	c := Case{Name: fmt.Sprintf("%s/%s/1M", o.Name, Short(d)), Bytes: float64((len(operands) + 1) * elements * d.Size()), Rotate: true}
	c.Setup = func(r Rig) func() {
		s, _ := sampleOf(o, d)
		for i, a := range s.In {
			s.In[i] = lengthened(a, elements)
		}
		return step(r, o, s)
	}
	return c, true
}

func fromSample(o *op.Op, d dtype.DType, s op.Sample) Case {
	c := Case{Name: fmt.Sprintf("%s/%s/%s", o.Name, Short(d), sizes(s)), Rotate: true, Setup: func(r Rig) func() { return step(r, o, s) }}
	metas := metasOf(s)
	out, _ := o.Infer(metas, s.Attrs)
	for _, m := range append(metas, out...) {
		c.Bytes += float64(shape.Numel(m.Shape) * m.DType.Size())
	}
	return c
}

// sizes names a sample by the shape of its first operand.
func sizes(s op.Sample) string {
	if len(s.In) == 0 {
		return "made"
	}
	if s.In[0].Shape() == nil {
		return "scalar"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(s.In[0].Shape()), " ", "x"), "[]")
}

// sampleOf returns the largest sample whose first operand that is not a
// condition, or result if there is none, has type d.
func sampleOf(o *op.Op, d dtype.DType) (best op.Sample, ok bool) {
	most := 0
	for _, s := range o.Samples(op.NewRand(1)) {
		for i, a := range s.In {
			if a.DType() == dtype.Float32 && d.IsFloat() {
				s.In[i] = a.Round(d)
			}
		}
		metas := metasOf(s)
		out, err := o.Infer(metas, s.Attrs)
		if err != nil || typeOf(append(metas, out...)) != d {
			continue
		}
		n := 0
		for _, m := range metas {
			n += shape.Numel(m.Shape)
		}
		equal := o.Lower == nil || !slices.ContainsFunc(metas, func(m op.Meta) bool { return !slices.Equal(m.Shape, metas[0].Shape) })
		if equal && (!ok || n > most) {
			best, most, ok = s, n, true
		}
	}
	return best, ok
}

func typeOf(metas []op.Meta) dtype.DType {
	for _, m := range metas {
		if m.DType != dtype.Bool {
			return m.DType
		}
	}
	return dtype.Bool
}

func metasOf(s op.Sample) []op.Meta {
	l := make([]op.Meta, len(s.In))
	for i, a := range s.In {
		l[i] = a.Meta
	}
	return l
}

// grown repeats the first axis of the first operand, or of all if the op does
// not take that, up to a quarter of a million elements.
func grown(o *op.Op, s op.Sample) op.Sample {
	if len(s.In) == 0 || len(s.In[0].Shape()) == 0 || len(s.In[0].Data) == 0 {
		return s
	}
	times := max((1<<18)/len(s.In[0].Data), 1)
	for _, operands := range []int{1, len(s.In)} {
		t := s
		t.In = slices.Clone(s.In)
		for i := range operands {
			t.In[i] = repeated(t.In[i], times)
		}
		out, err := o.Infer(metasOf(t), t.Attrs)
		if err == nil && shape.Numel(out[0].Shape) <= 1<<24 {
			return t
		}
	}
	return s
}

func repeated(a *op.Array, times int) *op.Array {
	s := a.Shape()
	if len(s) == 0 {
		return a
	}
	return arrayOf(a.DType(), slices.Repeat(a.Data, times), append([]int{s[0] * times}, s[1:]...)...)
}

func lengthened(a *op.Array, n int) *op.Array {
	data := make([]float64, n)
	for i := range data {
		data[i] = a.Data[i%len(a.Data)]
	}
	return arrayOf(a.DType(), data, n)
}

func arrayOf(d dtype.DType, data []float64, s ...int) *op.Array {
	return &op.Array{Meta: op.Meta{Shape: s, DType: d}, Data: data}
}

// step uploads the operands and returns what runs the op and frees the results.
func step(r Rig, o *op.Op, s op.Sample) func() {
	in := make([]*tensor.Tensor, len(s.In))
	for i, a := range s.In {
		mem := make([]byte, len(a.Data)*a.DType().Size())
		backend.WriteArray(mem, backend.View{DType: a.DType(), View: shape.Contiguous(a.Shape())}, a)
		in[i] = tensor.FromBytes(r.Dev, a.DType(), mem, a.Shape()...)
	}
	return func() {
		for _, t := range tensor.Apply(r.Dev, o, s.Attrs, in...) {
			t.Free()
		}
	}
}
