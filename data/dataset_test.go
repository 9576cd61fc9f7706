package data

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/tensor"
)

func all[T any](t *testing.T, d Dataset[T]) []T {
	t.Helper()
	l := make([]T, d.Len())
	for i := range l {
		var err error
		if l[i], err = d.At(i); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestSubsetConcatMap(t *testing.T) {
	d := Concat[int](Slice[int]{0, 1, 2}, Slice[int]{}, Slice[int]{3, 4})
	for _, c := range []struct {
		name string
		d    Dataset[int]
		want []int
	}{
		{"Concat", d, []int{0, 1, 2, 3, 4}},
		{"Concat of nothing", Concat[int](), []int{}},
		{"Subset", Subset(d, []int{4, 0, 4}), []int{4, 0, 4}},
		{"Map", Map(d, func(x int) (int, error) { return x * x, nil }), []int{0, 1, 4, 9, 16}},
	} {
		if got := all(t, c.d); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRandomSplit(t *testing.T) {
	d := make(Slice[int], 100)
	for i := range d {
		d[i] = i
	}
	parts := RandomSplit[int](d, 3, 20, -1, 10)
	var got []int
	for i, want := range []int{20, 70, 10} {
		if parts[i].Len() != want {
			t.Errorf("part %d has %d samples, want %d", i, parts[i].Len(), want)
		}
		got = append(got, all(t, parts[i])...)
	}
	if again := all(t, RandomSplit[int](d, 3, 20, 80)[0]); !slices.Equal(again, got[:20]) {
		t.Error("the same seed split otherwise")
	}
	if slices.IsSorted(got) {
		t.Error("the samples were not shuffled")
	}
	slices.Sort(got)
	if !slices.Equal(got, d) {
		t.Errorf("the parts hold %v", got)
	}
}

func TestMisusePanics(t *testing.T) {
	d := Slice[int]{1, 2}
	cpu := tensor.CPU()
	for text, f := range map[string]func(){
		"index 2, at place 1, is out of range for 2 samples": func() { Subset[int](d, []int{0, 2}) },
		"sizes [1 2] do not add up to 2 samples":             func() { RandomSplit[int](d, 0, 1, 2) },
		"sizes [-1 -1], want":                                func() { RandomSplit[int](d, 0, -1, -1) },
		"sizes [3 -1] do not":                                func() { RandomSplit[int](d, 0, 3, -1) },
		"3 elements do not fill shape [2]":                   func() { ArrayOf([]int8{1, 2, 3}, 2) },
		"shapes [2] and [3] have different numbers of rows":  func() { Tensors(tensor.From(cpu, []int8{1, 2}), tensor.From(cpu, []int8{1, 2, 3})) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, text) {
					t.Errorf("panic %q, want %q", got, text)
				}
			}()
			f()
		}()
	}
}

func TestSamplers(t *testing.T) {
	r := func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
	count := func(s Sampler, n int) []int {
		order, err := s.Order(n, r())
		if err != nil {
			t.Fatal(err)
		}
		c := make([]int, n)
		for _, i := range order {
			c[i]++
		}
		return c
	}
	for i, c := range count(Replacement{N: 30000}, 3) {
		if math.Abs(float64(c)-10000) > 400 { // 5 standard deviations
			t.Errorf("Replacement took sample %d %d times of 30000, want 10000", i, c)
		}
	}
	for i, c := range count(Weighted{Weights: []float64{0, 1, 0, 3, 0}, N: 40000}, 5) {
		if want := []float64{0, 10000, 0, 30000, 0}[i]; math.Abs(float64(c)-want) > 450 || want == 0 && c > 0 {
			t.Errorf("Weighted took sample %d %d times, want %v", i, c, want)
		}
	}
	for _, s := range []Sampler{Replacement{}, Weighted{}, Shuffled{}, Sequential{}, Indices{}} {
		if order, err := s.Order(0, r()); len(order) != 0 || err != nil {
			t.Errorf("%T of nothing: %v, %v", s, order, err)
		}
	}
	list := []int{4, 2, 2}
	if got, _ := (Indices{List: list, InOrder: true}).Order(5, r()); !slices.Equal(got, list) {
		t.Errorf("Indices in order: %v", got)
	}
	many := make([]int, 50)
	for i := range many {
		many[i] = i
	}
	got, _ := Indices{List: many}.Order(50, r())
	if slices.Equal(got, many) || !slices.IsSorted(many) {
		t.Error("Indices are not shuffled, or in place")
	}
}

// The fast path must give what stacking samples gives.
func TestGather(t *testing.T) {
	g := tensor.NewGenerator(1)
	cpu := tensor.CPU()
	pixels := make([]byte, 7*2*3*4)
	for i := range pixels {
		pixels[i] = byte(i * 37)
	}
	for name, d := range map[string]Dataset[Sample]{
		"Tensors":       Tensors(g.Normal(cpu, dtype.Float32, 0, 1, 7, 3, 2), g.Int(cpu, dtype.Int64, 0, 9, 7), g.Uniform(cpu, dtype.Float64, 0, 1, 7)),
		"Tensors, bare": Tensors(g.Normal(cpu, dtype.Float16, 0, 1, 7)),
		"Bytes":         Bytes{Data: pixels, Shape: []int{2, 3, 4}, Labels: []byte{0, 9, 8, 7, 6, 5, 255}, Mean: []float32{.1, .2}, Std: []float32{.3, .4}},
		"Bytes, bare":   Bytes{Data: pixels, Shape: []int{24}},
		"Subset":        Subset(Dataset[Sample](Bytes{Data: pixels, Shape: []int{8}, Mean: []float32{.5}}), []int{9, 2, 2, 7, 0, 1, 20}),
	} {
		indices := []int{6, 0, 3, 3}
		got, err := d.(Gatherer).Gather(cpu, indices)
		if err != nil {
			t.Fatal(err)
		}
		var samples []Sample
		for _, i := range indices {
			s, err := d.At(i)
			if err != nil {
				t.Fatal(err)
			}
			samples = append(samples, s)
		}
		want, err := Stack(cpu, samples)
		if err != nil {
			t.Fatal(err)
		}
		a, b := got.Tensors(), want.Tensors()
		if len(a) != len(b) {
			t.Fatalf("%s: %d tensors, want %d", name, len(a), len(b))
		}
		for k := range a {
			if a[k].DType() != b[k].DType() || !slices.Equal(a[k].Shape(), b[k].Shape()) || !slices.Equal(a[k].Bytes(), b[k].Bytes()) {
				t.Errorf("%s: tensor %d is %v, want %v", name, k, a[k], b[k])
			}
		}
		n := 0
		for b, err := range (&Loader[Sample]{Dataset: d, BatchSize: 3, Shuffle: true}).All(context.Background()) {
			if n += b.Len; err != nil {
				t.Fatal(err)
			}
		}
		if n != d.Len() {
			t.Errorf("%s: %d samples in an epoch", name, n)
		}
	}
}

func TestBytesCheck(t *testing.T) {
	x := make([]byte, 12)
	for text, d := range map[string]Bytes{
		"no elements":      {Data: x},
		"is negative":      {Data: x, Shape: []int{-1}},
		"no whole samples": {Data: x, Shape: []int{5}},
		"2 labels for 3":   {Data: x, Shape: []int{4}, Labels: []byte{1, 2}},
		"2 means for 4":    {Data: x, Shape: []int{4}, Mean: []float32{1, 2}},
		"3 deviations for": {Data: x, Shape: []int{4}, Std: []float32{1, 2, 3}},
	} {
		if err := d.Check(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("Check() = %v, want %q", err, text)
		}
	}
}

func BenchmarkLoaderBytes(b *testing.B) {
	d := Bytes{Data: make([]byte, 6000*784), Shape: []int{1, 28, 28}, Labels: make([]byte, 6000), Mean: []float32{.13}, Std: []float32{.31}}
	l := &Loader[Sample]{Dataset: d, BatchSize: 64, Shuffle: true}
	for b.Loop() {
		for batch := range l.All(context.Background()) {
			batch.Free()
		}
	}
	b.ReportMetric(float64(b.N)*6000/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkLoaderSamples(b *testing.B) {
	d := Bytes{Data: make([]byte, 6000*784), Shape: []int{1, 28, 28}, Labels: make([]byte, 6000), Mean: []float32{.13}, Std: []float32{.31}}
	l := &Loader[Sample]{Dataset: Map[Sample](d, func(s Sample) (Sample, error) { return s, nil }), BatchSize: 64, Workers: 2}
	for b.Loop() {
		for batch := range l.All(context.Background()) {
			batch.Free()
		}
	}
	b.ReportMetric(float64(b.N)*6000/b.Elapsed().Seconds(), "images/s")
}
