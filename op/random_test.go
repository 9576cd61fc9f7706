package op

import (
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/pointwise"
)

// Known answers from kat_vectors of Random123 1.14.
func TestPhilox(t *testing.T) {
	b := pointwise.Bits
	p := pointwise.New([]pointwise.Kind{b, b, b, b, b, b}, nil, func(in, _ []V) []V {
		c := philox([4]V(in[:4]), [2]V(in[4:]))
		return c[:]
	})
	const ones = 0xffffffff
	for _, test := range []struct {
		in   [6]float64 // counter, key
		want string
	}{
		{[6]float64{}, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"},
		{[6]float64{ones, ones, ones, ones, ones, ones}, "408f276d 41c83b0e a20bc7c6 6d5451fd"},
		{[6]float64{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0}, "d16cfe09 94fdcceb 5001e420 24126ea1"},
	} {
		out := p.Eval(test.in[:], nil, 0)
		got := fmt.Sprintf("%08x %08x %08x %08x", uint32(out[0]), uint32(out[1]), uint32(out[2]), uint32(out[3]))
		if got != test.want {
			t.Errorf("philox(%x) = %s, want %s", test.in, got, test.want)
		}
	}
}

func draw(o *Op, attrs any) []float64 { return Reference{}.Apply(o, attrs)[0].(*Array).Data }

// Element i is word i%4 of block i/4, of the first known answer here.
func TestUniformWords(t *testing.T) {
	got := draw(RandUniform, &RandAttrs{[]int{4}, dtype.Float32, 0, 0})
	for i, word := range []uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8} {
		if want := float64(word>>8) / (1 << 24); got[i] != want {
			t.Errorf("element %d = %v, want %v", i, got[i], want)
		}
	}
	// Past element 2**32 the high word of the index counts: block 2**30.
	words := [4]uint32{}
	fn, u := RandUniform.Lower(nil, &RandAttrs{nil, dtype.Float32, 7, 9})
	for i := range words {
		words[i] = uint32(fn.Eval(nil, u, 1<<32+uint64(i))[0] * (1 << 24))
		if low := uint32(fn.Eval(nil, u, uint64(i))[0] * (1 << 24)); low == words[i] {
			t.Errorf("element 2**32+%d repeats element %d", i, i)
		}
	}
}

func TestRandomIgnoresShape(t *testing.T) {
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, o := range []*Op{RandUniform, RandNormal} {
			long := draw(o, &RandAttrs{[]int{60}, d, 5, 6})
			for i, x := range draw(o, &RandAttrs{[]int{3, 4}, d, 5, 6}) {
				if x != long[i] {
					t.Errorf("%s %s: element %d of [3 4] = %v, of [60] %v", o.Name, d, i, x, long[i])
				}
			}
		}
	}
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, variance
}

// chiSquare compares counts with their expectation: about len(counts) +- 5
// sqrt(2 len(counts)) for a good generator.
func chiSquare(counts []int, expect func(i int) float64) (x, limit float64) {
	for i, n := range counts {
		d := float64(n) - expect(i)
		x += d * d / expect(i)
	}
	k := float64(len(counts))
	return x, k + 5*math.Sqrt(2*k)
}

func TestUniformStatistics(t *testing.T) {
	const n = 200_000
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16} {
		x := draw(RandUniform, &RandAttrs{[]int{n}, d, 11, 3})
		mean, variance := moments(x)
		res := map[dtype.DType]float64{dtype.Float16: 0x1p-12, dtype.BFloat16: 0x1p-9}[d] // half the step
		if math.Abs(mean+res-0.5) > 5/math.Sqrt(12*n) || math.Abs(variance-1./12) > 0.001 {
			t.Errorf("%s: mean %v, variance %v, want 1/2, 1/12", d, mean, variance)
		}
		counts, pairs := make([]int, 64), make([]int, 64)
		for i, v := range x {
			if v < 0 || v >= 1 || RoundTo(v, d) != v {
				t.Fatalf("%s: element %d is %v", d, i, v)
			}
			counts[int(v*64)]++
			if i%2 == 1 { // neighbours are independent
				pairs[int(x[i-1]*8)*8+int(v*8)]++
			}
		}
		if c, limit := chiSquare(counts, func(int) float64 { return n / 64. }); c > limit {
			t.Errorf("%s: chi-square %v, want below %v", d, c, limit)
		}
		if c, limit := chiSquare(pairs, func(int) float64 { return n / 128. }); c > limit {
			t.Errorf("%s: chi-square of pairs %v, want below %v", d, c, limit)
		}
	}
}

func TestNormalStatistics(t *testing.T) {
	const n = 200_000
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float64} {
		x := draw(RandNormal, &RandAttrs{[]int{n}, d, 11, 4})
		mean, variance := moments(x)
		// The variance of the sample variance of n normal numbers is 2/n.
		if math.Abs(mean) > 5/math.Sqrt(n) || math.Abs(variance-1) > 5*math.Sqrt(2./n) {
			t.Errorf("%s: mean %v, variance %v, want 0, 1", d, mean, variance)
		}
		counts := make([]int, 32) // of equal probability
		product := 0.0
		for i, v := range x {
			counts[min(31, int(16*math.Erfc(-v/math.Sqrt2)))]++
			if i%2 == 1 {
				product += v * x[i-1] / (n / 2)
			}
		}
		if c, limit := chiSquare(counts, func(int) float64 { return n / 32. }); c > limit {
			t.Errorf("%s: chi-square %v, want below %v", d, c, limit)
		}
		if math.Abs(product) > 5/math.Sqrt(n/2) {
			t.Errorf("%s: covariance of pairs %v, want 0", d, product)
		}
	}
}

func TestRandIntStatistics(t *testing.T) {
	const n = 100_000
	counts := make([]int, 10)
	for _, x := range draw(RandInt, &RandIntAttrs{RandAttrs{[]int{n}, dtype.Int64, 1, 2}, -3, 7}) {
		counts[int(x)+3]++
	}
	if c, limit := chiSquare(counts, func(int) float64 { return n / 10 }); c > limit {
		t.Errorf("chi-square of %v: %v, want below %v", counts, c, limit)
	}
}

func TestBernoulliStatistics(t *testing.T) {
	const n = 100_000
	for _, p := range []float64{0, 0.1, 0.5, 0.99, 1} {
		mean, _ := moments(draw(Bernoulli, &BernoulliAttrs{RandAttrs{[]int{n}, dtype.Bool, 1, 2}, p}))
		if math.Abs(mean-p) > 5*math.Sqrt(p*(1-p)/n)+1e-9 {
			t.Errorf("mean %v, want %v", mean, p)
		}
	}
}

func TestDropout(t *testing.T) {
	x := NewArray(dtype.Float32, 1000)
	for i := range x.Data {
		x.Data[i] = 1
	}
	y := Reference{}.Apply(Dropout, &DropoutAttrs{0.25, 1, 2}, x)[0].(*Array)
	g := ReferenceVJP(Dropout, &DropoutAttrs{0.25, 1, 2}, []*Array{x}, []*Array{x}, 1)[0]
	kept := 0
	for i, v := range y.Data {
		if v != 0 && math.Abs(v-4./3) > 1e-15 || g.Data[i] != v {
			t.Fatalf("element %d is %v with gradient %v, want 0 or 4/3 twice", i, v, g.Data[i])
		}
		if v != 0 {
			kept++
		}
	}
	if kept < 700 || kept > 800 {
		t.Errorf("%d of 1000 kept, want 750", kept)
	}
}
