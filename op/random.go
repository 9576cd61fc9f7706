package op

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// Random numbers are functions of (seed, offset, element number): the same on
// every device, in any order, whatever the shape. The seed is the key of
// Philox, the offset the upper half of its counter: each offset is a stream of
// 2**64 blocks of four words, and a generator takes a new one for each call.

// RandAttrs are the attributes of RandUniform and RandNormal.
type RandAttrs struct {
	Shape        []int
	DType        dtype.DType
	Seed, Offset uint64
}

// RandIntAttrs are those of RandInt: lo <= x < hi.
type RandIntAttrs struct {
	RandAttrs
	Lo, Hi int64
}

// BernoulliAttrs are those of Bernoulli: P is the probability of 1.
type BernoulliAttrs struct {
	RandAttrs
	P float64
}

// DropoutAttrs are those of Dropout: P is the probability of 0.
type DropoutAttrs struct {
	P            float64
	Seed, Offset uint64
}

// stream returns the uniforms that Philox takes.
func stream(seed, offset uint64, more ...float64) []float64 {
	return append([]float64{float64(uint32(seed)), float64(seed >> 32), float64(uint32(offset)), float64(offset >> 32)}, more...)
}

// streamFn makes a function of n Floats and the stream, followed by uniforms of
// the given kinds.
func streamFn(n int, more []pointwise.Kind, f func(in, stream, more []V) V) *Fn {
	b := pointwise.Bits
	fn := NewFn(floats(n), append([]pointwise.Kind{b, b, b, b}, more...), func(in, u []V) []V {
		return []V{f(in, u[:4], u[4:])}
	})
	fn.draws = true
	return fn
}

// elementBlock returns the block that holds the words of this element, if a
// block serves 1<<log elements.
func elementBlock(stream []V, log float64) [4]V {
	low, high := pointwise.Index(), pointwise.IndexHigh()
	low = low.Shr(num(log)).Or(high.Shl(num(32 - log)))
	return philox([4]V{low, high.Shr(num(log)), stream[2], stream[3]}, [2]V{stream[0], stream[1]})
}

// elementWord returns the word of this element: number i%4 of block i/4.
func elementWord(stream []V) V {
	w := elementBlock(stream, 2)
	odd, upper := bit(0), bit(1)
	return upper.Select(odd.Select(w[3], w[2]), odd.Select(w[1], w[0]))
}

// bit reports whether bit n of the element's number is set.
func bit(n float64) V { return pointwise.Index().Shr(num(n)).And(num(1)).Eq(num(1)) }

// fraction returns the upper n bits of w as a number in [0, 1), exactly.
func fraction(w V, n int) V {
	return w.Shr(num(float64(32 - n))).Convert(pointwise.Float).Mul(num(math.Ldexp(1, -n)))
}

// fraction53 returns 53 bits of two words in units of 2**-53, exactly.
func fraction53(hi, lo V) V {
	f := pointwise.Float
	return hi.Shr(num(5)).Convert(f).Mul(num(1 << 26)).Add(lo.Shr(num(6)).Convert(f))
}

// uniformFns holds the function of RandUniform for each type. It draws as many
// bits as the type resolves, since to round more of them could give 1.
var uniformFns = map[dtype.DType]*Fn{
	dtype.Float16:  uniformFn(11),
	dtype.BFloat16: uniformFn(8),
	dtype.Float32:  uniformFn(24),
	dtype.Float64: streamFn(0, nil, func(_, s, _ []V) V {
		w := elementBlock(s, 1)
		upper := bit(0)
		return fraction53(upper.Select(w[2], w[0]), upper.Select(w[3], w[1])).Mul(num(0x1p-53))
	}),
}

func uniformFn(bits int) *Fn {
	return streamFn(0, nil, func(_, s, _ []V) V { return fraction(elementWord(s), bits) })
}

// RandUniform draws evenly. Element i takes word i%4 of block i/4, of float64
// the words 2*(i%2) and the next of block i/2.
var RandUniform = random("randuniform", "returns numbers drawn evenly from [0, 1), multiples of 2**-24 for float32, 2**-53 for float64, 2**-11 for float16 and 2**-8 for bfloat16.",
	func(a *RandAttrs) (*Fn, []float64) { return uniformFns[a.DType], stream(a.Seed, a.Offset) })

// RandNormal draws by the method of Box and Muller (1958): of uniform u in
// (0, 1] and v in [0, 1), sqrt(-2 log u) times cos and sin of 2 pi v are two
// independent normal numbers. Elements 2i and 2i+1 are such a pair.
var RandNormal = random("randnormal", "returns numbers drawn from the normal distribution with mean 0 and variance 1, none beyond 6.7 (float64: 8.6).",
	func(a *RandAttrs) (*Fn, []float64) {
		if a.DType == dtype.Float64 {
			return normalFn64, stream(a.Seed, a.Offset)
		}
		return normalFn32, stream(a.Seed, a.Offset)
	})

var normalFn32 = streamFn(0, nil, func(_, s, _ []V) V {
	w := elementBlock(s, 2)
	upper := bit(1)
	return boxMuller(fractionAbove0(upper.Select(w[2], w[0])), fraction(upper.Select(w[3], w[1]), 24))
})

var normalFn64 = streamFn(0, nil, func(_, s, _ []V) V {
	w := elementBlock(s, 1)
	return boxMuller(fraction53(w[0], w[1]).Add(num(1)).Mul(num(0x1p-53)), fraction53(w[2], w[3]).Mul(num(0x1p-53)))
})

// fractionAbove0 returns the upper 24 bits of w as a fraction, or if these are
// 0 the lower ones: it is exact in float32 and reaches down to 2**-32.
func fractionAbove0(w V) V {
	tiny := w.And(num(255)).Convert(pointwise.Float).Add(num(1)).Mul(num(0x1p-32))
	return w.Shr(num(8)).Eq(num(0)).Select(tiny, fraction(w, 24))
}

func boxMuller(u, v V) V {
	radius, angle := u.Log().Mul(num(-2)).Sqrt(), v.Mul(num(2*math.Pi))
	return radius.Mul(bit(0).Select(angle.Sin(), angle.Cos()))
}

// random adds an op that draws floats.
func random(name, doc string, lower func(a *RandAttrs) (*Fn, []float64)) *Op {
	return register(&Op{
		Name: name, Doc: doc,
		Infer: func(in []Meta, attrs any) ([]Meta, error) {
			a := attrs.(*RandAttrs)
			if !a.DType.IsFloat() {
				return nil, dtypeError("%s: want a float type", a.DType)
			}
			return created(a.Shape, a.DType)
		},
		Lower: func(_ []Meta, attrs any) (*Fn, []float64) { return lower(attrs.(*RandAttrs)) },
		Samples: func(r *Rand) []Sample {
			var l []Sample
			for _, a := range randomSamples(r, dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16) {
				l = append(l, Sample{Attrs: &a})
			}
			return l
		},
		Errors: func() []ErrorSample {
			return []ErrorSample{
				{Sample{Attrs: &RandAttrs{[]int{2}, dtype.Int32, 1, 2}}, ErrDType},
				{Sample{Attrs: &RandAttrs{[]int{-2}, dtype.Float32, 1, 2}}, ErrShape},
			}
		},
	})
}

func randomSamples(r *Rand, types ...dtype.DType) []RandAttrs {
	var l []RandAttrs
	for _, d := range types {
		for _, s := range [][]int{{2, 3}, nil, {0}, {1003}} {
			l = append(l, RandAttrs{s, d, r.Uint64(), r.Uint64()})
		}
	}
	return l
}

// RandInt multiplies a word by the number of values and keeps the high word:
// some values come up more often than others, by less than (hi-lo)/2**32.
var RandInt = register(&Op{
	Name: "randint", Doc: "returns integers drawn evenly from lo <= x < hi, of which there may be 2**32 - 1.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*RandIntAttrs)
		if a.Lo >= a.Hi || uint64(a.Hi)-uint64(a.Lo) > math.MaxUint32 {
			return nil, attrError("integers from %d to below %d: want 1 to %d of them", a.Lo, a.Hi, uint32(math.MaxUint32))
		}
		if lo, hi := float64(a.Lo), float64(a.Hi-1); RoundTo(lo, a.DType) != lo || RoundTo(hi, a.DType) != hi {
			return nil, attrError("integers from %d to below %d: do not fit %s", a.Lo, a.Hi, a.DType)
		}
		return created(a.Shape, a.DType)
	},
	Lower: func(_ []Meta, attrs any) (*Fn, []float64) {
		a := attrs.(*RandIntAttrs)
		return randIntFn, stream(a.Seed, a.Offset, float64(a.Lo), float64(a.Hi-a.Lo))
	},
	Samples: func(r *Rand) []Sample {
		var l []Sample
		for _, a := range randomSamples(r, dtype.Int64, dtype.Int32, dtype.Uint8, dtype.Int8, dtype.Float32) {
			lo, hi := int64(-5), int64(11)
			if a.DType == dtype.Uint8 {
				lo = 0
			}
			l = append(l, Sample{Attrs: &RandIntAttrs{a, lo, hi}})
		}
		all := RandAttrs{[]int{5}, dtype.Int32, 1, 2}
		return append(l, Sample{Name: "nearly all", Attrs: &RandIntAttrs{all, math.MinInt32, math.MaxInt32}})
	},
	Errors: func() []ErrorSample {
		a := RandAttrs{[]int{2}, dtype.Uint8, 1, 2}
		return []ErrorSample{
			{Sample{Name: "none", Attrs: &RandIntAttrs{a, 3, 3}}, ErrAttr},
			{Sample{Name: "too large", Attrs: &RandIntAttrs{a, 0, 257}}, ErrAttr},
			{Sample{Name: "too many", Attrs: &RandIntAttrs{RandAttrs{[]int{2}, dtype.Int64, 1, 2}, 0, 1 << 32}}, ErrAttr},
		}
	},
})

var randIntFn = streamFn(0, []pointwise.Kind{pointwise.Int, pointwise.Bits}, func(_, s, u []V) V {
	return elementWord(s).MulHi(u[1]).Convert(pointwise.Int).Add(u[0])
})

// Bernoulli compares a 24-bit fraction with p, in every type.
var Bernoulli = register(&Op{
	Name: "bernoulli", Doc: "returns ones with probability p, a multiple of 2**-24, else zeros.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*BernoulliAttrs)
		if !(a.P >= 0 && a.P <= 1) {
			return nil, attrError("probability %v: want 0 to 1", a.P)
		}
		return created(a.Shape, a.DType)
	},
	Lower: func(_ []Meta, attrs any) (*Fn, []float64) {
		a := attrs.(*BernoulliAttrs)
		return bernoulliFn, stream(a.Seed, a.Offset, below24(a.P))
	},
	Samples: func(r *Rand) []Sample {
		var l []Sample
		for i, a := range randomSamples(r, dtype.Float32, dtype.Bool, dtype.Int64, dtype.Float64) {
			l = append(l, Sample{Attrs: &BernoulliAttrs{a, []float64{0.3, 0.5, 0, 1}[i%4]}})
		}
		return l
	},
	Errors: func() []ErrorSample {
		a := RandAttrs{[]int{2}, dtype.Bool, 1, 2}
		return []ErrorSample{
			{Sample{Attrs: &BernoulliAttrs{a, -0.1}}, ErrAttr}, {Sample{Attrs: &BernoulliAttrs{a, 1.1}}, ErrAttr}, {Sample{Attrs: &BernoulliAttrs{a, math.NaN()}}, ErrAttr},
		}
	},
})

// below24 returns how many of the 2**24 fractions lie below p.
func below24(p float64) float64 { return math.Ceil(p * (1 << 24)) }

// lucky reports whether the 24-bit fraction of the element is one of the first
// n. Integers, so that all devices agree.
func lucky(stream []V, n V) V { return elementWord(stream).Shr(num(8)).Lt(n) }

var bernoulliFn = streamFn(0, []pointwise.Kind{pointwise.Bits}, func(_, s, u []V) V { return lucky(s, u[0]) })

// Dropout makes its mask anew for the gradient, so that none is kept.
var Dropout = register(&Op{
	Name: "dropout", Doc: "returns x with elements set to 0 with probability p and the others divided by 1 - p.",
	Infer: func(in []Meta, attrs any) ([]Meta, error) {
		a := attrs.(*DropoutAttrs)
		if !(a.P >= 0 && a.P <= 1) {
			return nil, attrError("probability %v: want 0 to 1", a.P)
		}
		if !in[0].DType.IsFloat() {
			return nil, dtypeError("dropout of %s: want a float type", in[0].DType)
		}
		return in[:1:1], nil
	},
	Lower: func(_ []Meta, attrs any) (*Fn, []float64) {
		a := attrs.(*DropoutAttrs)
		scale := 0.0
		if a.P < 1 {
			scale = 1 / (1 - a.P)
		}
		return dropoutFn, stream(a.Seed, a.Offset, below24(1-a.P), scale)
	},
	Samples: func(r *Rand) []Sample {
		var l []Sample
		for i, a := range randomSamples(r, dtype.Float32, dtype.Float64) {
			l = append(l, Sample{In: []*Array{r.Floats(a.DType, -3, 3, a.Shape...)}, Attrs: &DropoutAttrs{[]float64{0.3, 0, 0.5, 0.5}[i%4], a.Seed, a.Offset}})
		}
		return append(l, Sample{Name: "all", In: []*Array{r.Floats(dtype.Float32, -3, 3, 5)}, Attrs: &DropoutAttrs{1, 2, 3}})
	},
	Errors: func() []ErrorSample {
		return []ErrorSample{
			{Sample{In: []*Array{NewArray(dtype.Float32, 2)}, Attrs: &DropoutAttrs{1.5, 1, 2}}, ErrAttr},
			{Sample{In: []*Array{NewArray(dtype.Int32, 2)}, Attrs: &DropoutAttrs{0.5, 1, 2}}, ErrDType},
		}
	},
})

var dropoutFn = streamFn(1, []pointwise.Kind{pointwise.Bits, pointwise.Float}, func(in, s, u []V) V {
	return lucky(s, u[0]).Select(in[0].Mul(u[1]), num(0))
})
