package op

import (
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/shape"
)

// ResizeMode says how Resize computes elements between those there are.
type ResizeMode uint8

// The modes of Resize.
const (
	ResizeNearest      ResizeMode = iota // the element at floor(i*scale)
	ResizeNearestExact                   // the element whose centre is nearest
	ResizeLinear                         // linear on each axis: bilinear, trilinear
	ResizeCubic                          // cubic convolution on each axis, with a = -0.75
)

func (m ResizeMode) String() string {
	return [...]string{"nearest", "nearest-exact", "linear", "cubic"}[m]
}

// ResizeAttrs are the attributes of Resize and ResizeTranspose.
type ResizeAttrs struct {
	Size []int // of the spatial axes of Resize's result
	Mode ResizeMode
	// AlignCorners maps the first and last elements onto each other, rather
	// than the outer edges of them. Linear and cubic only.
	AlignCorners bool
	// Scales, if given, are the factors by which axes grow; else they follow
	// from the sizes, which have been rounded.
	Scales []float64
	// In is the spatial size of the result of ResizeTranspose.
	In []int
}

// Resize and its transpose. All modes are separable: the weight of an element
// is the product of its weights on the axes.
var (
	Resize = register(&Op{
		Name: "resize", Doc: "returns x [n, c, ...] interpolated to other spatial sizes.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a := attrs.(ResizeAttrs)
			if err := a.check(in[0], a.Size); err != nil {
				return nil, err
			}
			return []Meta{{append(slices.Clone(in[0].Shape[:2]), a.Size...), in[0].DType}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a, x := attrs.(ResizeAttrs), in[0]
			s := x.Meta.Shape
			y := NewArray(x.Meta.DType, append(slices.Clone(s[:2]), a.Size...)...)
			from, to := shape.Numel(s[2:]), shape.Numel(a.Size)
			a.each(s[2:], func(o, i int, w float64) {
				for p := range s[0] * s[1] {
					y.Data[p*to+o] += w * x.Data[p*from+i]
				}
			})
			return []*Array{y}
		},
		Samples: resizeSamples,
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 1, 2, 4, 4)
			return []ErrorSample{
				{Sample{Name: "sizes", In: []*Array{x}, Attrs: ResizeAttrs{Size: []int{8}}}, ErrAttr},
				{Sample{Name: "empty result", In: []*Array{x}, Attrs: ResizeAttrs{Size: []int{8, 0}}}, ErrAttr},
				{Sample{Name: "empty axis", In: []*Array{NewArray(dtype.Float32, 1, 2, 0)}, Attrs: ResizeAttrs{Size: []int{2}}}, ErrShape},
				{Sample{Name: "corners of nearest", In: []*Array{x}, Attrs: ResizeAttrs{Size: []int{8, 8}, AlignCorners: true}}, ErrAttr},
				{Sample{Name: "integers", In: []*Array{NewArray(dtype.Int64, 1, 2, 4)}, Attrs: ResizeAttrs{Size: []int{2}, Mode: ResizeLinear}}, ErrDType},
			}
		},
	})

	ResizeTranspose = register(&Op{
		Name: "resizetranspose", Doc: "spreads x [n, c, ...Size] over a result [n, c, ...In] with the weights of Resize, whose gradient it is.",
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			if err := operands(in, 1, 1); err != nil {
				return nil, err
			}
			a := attrs.(ResizeAttrs)
			if err := a.check(in[0], a.In); err != nil {
				return nil, err
			}
			return []Meta{{append(slices.Clone(in[0].Shape[:2]), a.In...), in[0].DType}}, nil
		},
		Ref: func(in []*Array, attrs any) []*Array {
			a, y := attrs.(ResizeAttrs), in[0]
			s := y.Meta.Shape
			a.Size = s[2:]
			x := NewArray(y.Meta.DType, append(slices.Clone(s[:2]), a.In...)...)
			from, to := shape.Numel(s[2:]), shape.Numel(a.In)
			a.each(a.In, func(o, i int, w float64) {
				for p := range s[0] * s[1] {
					x.Data[p*to+i] += w * y.Data[p*from+o]
				}
			})
			return []*Array{x}
		},
		Samples: func(r *Rand) []Sample {
			l := resizeSamples(r)
			for i, s := range l {
				a, x := s.Attrs.(ResizeAttrs), s.In[0].Meta.Shape
				a.In = x[2:]
				l[i] = Sample{Name: s.Name, In: []*Array{r.Normal(append(slices.Clone(x[:2]), a.Size...)...)}, Attrs: a}
			}
			return l
		},
		Errors: func() []ErrorSample {
			x := NewArray(dtype.Float32, 1, 2, 4)
			return []ErrorSample{
				{Sample{Name: "no size", In: []*Array{x}, Attrs: ResizeAttrs{}}, ErrAttr},
			}
		},
	})
)

func init() {
	Resize.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(ResizeAttrs)
		a.In = c.In[0].Shape()[2:]
		return []Value{b.one(ResizeTranspose, a, c.G[0])}
	}
	ResizeTranspose.Grad = func(b Builder, c *GradContext) []Value {
		a := c.Attrs.(ResizeAttrs)
		a.Size = c.In[0].Shape()[2:]
		return []Value{b.one(Resize, a, c.G[0])}
	}
}

func (a ResizeAttrs) check(x Meta, size []int) error {
	n := len(x.Shape) - 2
	switch {
	case n < 1 || n > 3:
		return shapeError("%v: want [n, c, ...] with 1 to 3 spatial axes", x.Shape)
	case len(size) != n:
		return attrError("size of the result %v: want a size for each of %d axes", size, n)
	case a.Scales != nil && len(a.Scales) != n:
		return attrError("Scales %v: want a factor for each of %d axes", a.Scales, n)
	case a.Mode > ResizeCubic:
		return attrError("Mode is %d: want at most %d", uint8(a.Mode), uint8(ResizeCubic))
	case a.AlignCorners && a.Mode < ResizeLinear:
		return attrError("AlignCorners has no meaning for mode %v", a.Mode)
	case a.Mode >= ResizeLinear && !x.DType.IsFloat():
		return dtypeError("%v of %s: want a float type; convert first", a.Mode, x.DType)
	}
	for i, k := range size {
		if k < 1 {
			return attrError("size of the result %v: want at least 1", size)
		}
		if x.Shape[i+2] == 0 {
			return shapeError("axis %d of %v is empty", i+2, x.Shape)
		}
		if a.Scales != nil && !(a.Scales[i] > 0) {
			return attrError("Scales %v: want positive factors", a.Scales)
		}
	}
	return nil
}

// Taps returns which elements along an axis of size n the result is made of at
// index i of its spatial axis k, and their weights: at[i*count+j] and
// weights[i*count+j] for j below count.
func (a ResizeAttrs) Taps(k, n int) (count int, at []int, weights []float64) {
	for _, l := range a.taps(k, n) {
		count = len(l)
		for _, t := range l {
			at, weights = append(at, t.at), append(weights, t.weight)
		}
	}
	return count, at, weights
}

// TransposedTaps is Taps the other way round, of ResizeTranspose: for each of n
// elements along spatial axis k of its result the indices of the operand that it
// is a tap of, in order. All have as many as the one with most, with -1 and 0 for
// what is not there.
func (a ResizeAttrs) TransposedTaps(k, n int) (count int, at []int, weights []float64) {
	lists := make([][]tap, n)
	for o, l := range a.taps(k, n) {
		for _, t := range l {
			lists[t.at] = append(lists[t.at], tap{o, t.weight})
		}
	}
	for _, l := range lists {
		count = max(count, len(l))
	}
	for _, l := range lists {
		for j := range count {
			t := tap{-1, 0}
			if j < len(l) {
				t = l[j]
			}
			at, weights = append(at, t.at), append(weights, t.weight)
		}
	}
	return count, at, weights
}

// A tap is an element of the operand that an element of the result is made of.
type tap struct {
	at     int
	weight float64
}

// taps returns, for each index of the result along spatial axis k, the indices
// along an axis of size n that it is made of, and their weights.
func (a ResizeAttrs) taps(k, n int) [][]tap {
	m := a.Size[k]
	step := float64(n) / float64(m)
	if a.Scales != nil {
		step = 1 / a.Scales[k]
	}
	if a.AlignCorners {
		if step = 0; m > 1 {
			step = float64(n-1) / float64(m-1)
		}
	}
	clamp := func(i int) int { return max(0, min(i, n-1)) }
	l := make([][]tap, m)
	for o := range l {
		x := (float64(o)+0.5)*step - 0.5
		if a.AlignCorners {
			x = float64(o) * step
		}
		switch a.Mode {
		case ResizeNearest:
			l[o] = []tap{{clamp(int(math.Floor(float64(o) * step))), 1}}
		case ResizeNearestExact:
			l[o] = []tap{{clamp(int(math.Floor((float64(o) + 0.5) * step))), 1}}
		case ResizeLinear:
			x = math.Max(x, 0)
			i := min(int(x), n-1)
			t := math.Min(x-float64(i), 1)
			l[o] = []tap{{i, 1 - t}, {clamp(i + 1), t}}
		case ResizeCubic:
			i := int(math.Floor(x))
			t := x - float64(i)
			for j, d := range []float64{1 + t, t, 1 - t, 2 - t} {
				l[o] = append(l[o], tap{clamp(i - 1 + j), cubic(d)})
			}
		}
	}
	return l
}

// cubic is the kernel of cubic convolution (Keys 1981) with a = -0.75, at
// distance 0 <= d <= 2.
func cubic(d float64) float64 {
	const a = -0.75
	if d <= 1 {
		return ((a+2)*d-(a+3))*d*d + 1
	}
	return ((a*d-5*a)*d+8*a)*d - 4*a
}

// each calls f with the places of each element of the result and each element
// of the operand, of spatial size s, that counts in it, and with its weight.
func (a ResizeAttrs) each(s []int, f func(o, i int, w float64)) {
	axes := make([][][]tap, len(s))
	for k, n := range s {
		axes[k] = a.taps(k, n)
	}
	idx := make([]int, len(s))
	for o := 0; ; o++ {
		taps := []tap{{0, 1}}
		for k, p := range idx {
			var next []tap
			for _, t := range taps {
				for _, u := range axes[k][p] {
					next = append(next, tap{t.at*s[k] + u.at, t.weight * u.weight})
				}
			}
			taps = next
		}
		for _, t := range taps {
			f(o, t.at, t.weight)
		}
		if !shape.Next(idx, a.Size) {
			return
		}
	}
}

func resizeSamples(r *Rand) []Sample {
	var l []Sample
	for m := ResizeNearest; m <= ResizeCubic; m++ {
		l = append(l,
			Sample{Name: m.String() + ", up", In: []*Array{r.Normal(2, 2, 3, 4)}, Attrs: ResizeAttrs{Size: []int{7, 9}, Mode: m}},
			Sample{Name: m.String() + ", down", In: []*Array{r.Normal(1, 3, 7, 5)}, Attrs: ResizeAttrs{Size: []int{3, 2}, Mode: m}},
			Sample{Name: m.String() + ", by a factor", In: []*Array{r.Normal(1, 2, 5)}, Attrs: ResizeAttrs{Size: []int{8}, Mode: m, Scales: []float64{1.7}}})
		if m >= ResizeLinear {
			l = append(l,
				Sample{Name: m.String() + ", corners aligned", In: []*Array{r.Normal(1, 2, 3, 4)}, Attrs: ResizeAttrs{Size: []int{5, 9}, Mode: m, AlignCorners: true}},
				Sample{Name: m.String() + ", to one", In: []*Array{r.Normal(1, 2, 3)}, Attrs: ResizeAttrs{Size: []int{1}, Mode: m, AlignCorners: true}})
		}
	}
	return append(l,
		Sample{Name: "linear, 3-d", In: []*Array{r.Normal(1, 2, 2, 3, 2)}, Attrs: ResizeAttrs{Size: []int{3, 4, 5}, Mode: ResizeLinear}},
		Sample{Name: "empty batch", In: []*Array{r.Normal(0, 2, 3)}, Attrs: ResizeAttrs{Size: []int{4}, Mode: ResizeLinear}})
}
