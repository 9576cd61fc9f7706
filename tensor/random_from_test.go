package tensor_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

// Frequencies of 20,000 draws are within five standard deviations of what they
// should be; the seed is fixed.
func TestDrawsOfTensors(t *testing.T) {
	const n = 20000
	dev := tensor.CPU()
	g := tensor.NewGenerator(1)
	near := func(what string, got, want, deviation float64) {
		t.Helper()
		if math.Abs(got-want) > 5*deviation/math.Sqrt(n) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	w := tensor.From(dev, []float64{1, 0, 3, 4})
	for _, with := range []bool{true, false} {
		var counts [4]float64
		if with {
			for _, i := range g.Multinomial(w, n, true).Float64s() {
				counts[int(i)]++
			}
		} else { // the first of three, each time
			rows := w.Expand(n, 4).Contiguous()
			draws := g.Multinomial(rows, 3, false)
			for i := range n {
				l := draws.Narrow(0, i, 1).Float64s()
				counts[int(l[0])]++
				if l[0] == l[1] || l[1] == l[2] || l[0] == l[2] || l[0] == 1 || l[1] == 1 || l[2] == 1 {
					t.Fatalf("draw %d is %v", i, l)
				}
				if i == 999 {
					for k := range counts {
						counts[k] *= n / 1000
					}
					break // selecting rows one by one takes its time
				}
			}
		}
		for i, p := range []float64{1. / 8, 0, 3. / 8, 4. / 8} {
			d := math.Sqrt(p * (1 - p))
			if !with {
				d *= math.Sqrt(20)
			}
			near(fmt.Sprintf("share of %d, replacement %v", i, with), counts[i]/n, p, d)
		}
	}
	near("mean of Bernoulli(0.3)", g.BernoulliOf(tensor.Full(dev, dtype.Float32, 0.3, n)).Mean().Item(), 0.3, math.Sqrt(0.21))
	near("mean of Exponential(4)", g.Exponential(tensor.Zeros(dev, dtype.Float32, n), 4).Mean().Item(), 0.25, 0.25)
	z := g.NormalOf(tensor.Full(dev, dtype.Float32, 2, n), tensor.Full(dev, dtype.Float32, 3))
	near("mean of Normal(2, 3)", z.Mean().Item(), 2, 3)
	near("its standard deviation", z.Std(1).Item(), 3, 3/math.Sqrt2)
}

func TestDrawsRefuse(t *testing.T) {
	dev := tensor.CPU()
	g := tensor.NewGenerator(1)
	w := tensor.Ones(dev, dtype.Float32, 3)
	for i, f := range []func(){
		func() { g.Multinomial(w, 4, false) },
		func() { g.Multinomial(w, 0, true) },
		func() { g.Multinomial(tensor.Ones(dev, dtype.Int64, 3), 1, true) },
		func() { g.Multinomial(tensor.Ones(dev, dtype.Float32), 1, true) },
		func() { g.Exponential(w, 0) },
		func() { g.BernoulliOf(tensor.Ones(dev, dtype.Int64, 3)) },
		func() { w.Histogram(tensor.From(dev, []float64{1, 0}), nil, false) },
		func() { w.Histogram(tensor.From(dev, []float64{0, 1}), tensor.Ones(dev, dtype.Float32, 2), false) },
	} {
		var e *tensor.Error
		if err := tensor.Try(func() error { f(); return nil }); !errors.As(err, &e) {
			t.Errorf("misuse %d: got %v, want a *tensor.Error", i, err)
		}
	}
}

func ExampleGenerator_Multinomial() {
	g := tensor.NewGenerator(1)
	w := tensor.From(tensor.CPU(), []float64{0, 1, 0})
	fmt.Println(g.Multinomial(w, 3, true).Float64s(), g.Multinomial(w, 1, false).Float64s())
	// Output: [1 1 1] [1]
}

func ExampleTensor_Histogram() {
	x := tensor.From(tensor.CPU(), []float64{1, 1.5, 2, 3, 9})
	edges := tensor.From(tensor.CPU(), []float64{1, 2, 3})
	fmt.Println(x.Histogram(edges, nil, false).Float64s())
	// Output: [2 2]
}

func ExampleTensor_AllClose() {
	x := tensor.From(tensor.CPU(), []float64{1, 2})
	fmt.Println(x.AllClose(x.AddScalar(1e-9), 1e-5, 1e-8), x.Equal(x.AddScalar(1e-9)))
	// Output: true false
}
