package cpu_test

import (
	"fmt"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
)

// bench runs a call on float32 operands of the given shapes.
func bench(b *testing.B, name string, flops float64, o *op.Op, attrs any, shapes ...[]int) {
	b.Run(name, func(b *testing.B) {
		d, r := open(b), op.NewRand(1)
		var in []*op.Array
		for _, s := range shapes {
			in = append(in, r.Floats(dtype.Float32, -1, 1, s...))
		}
		c := prepare(b, d, o, in, attrs, contiguous, contiguous)
		if err := d.Run(c); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := d.Run(c); err != nil {
				b.Fatal(err)
			}
		}
		if flops > 0 {
			b.ReportMetric(flops*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		}
	})
}

func BenchmarkElementwise(b *testing.B) {
	for _, n := range []int{10, 1 << 10, 1 << 16, 1 << 20} {
		s := []int{n}
		bench(b, fmt.Sprintf("add/%d", n), 0, op.Add, nil, s, s)
		bench(b, fmt.Sprintf("exp/%d", n), 0, op.Exp, nil, s)
	}
	bench(b, "bias/128x512", 0, op.Add, nil, []int{128, 512}, []int{512})
	bench(b, "channel/64x32x784", 0, op.Mul, nil, []int{64, 32, 784}, []int{32, 1})
}

func BenchmarkReduce(b *testing.B) {
	for _, c := range []struct {
		name string
		s    []int
		axes []int
	}{
		{"all/10", []int{10}, nil}, {"all/1Mi", []int{1 << 20}, nil}, {"last/1024x1024", []int{1024, 1024}, []int{1}}, {"first/1024x1024", []int{1024, 1024}, []int{0}},
		{"first/128x512", []int{128, 512}, []int{0}}, {"first/128x10", []int{128, 10}, []int{0}}, {"channel/64x32x784", []int{64, 32, 784}, []int{0, 2}},
		{"last/4096x10", []int{4096, 10}, []int{1}},
	} {
		bench(b, "sum/"+c.name, 0, op.Sum, op.ReduceAttrs{Axes: c.axes}, c.s)
	}
}

func BenchmarkSort(b *testing.B) {
	for _, n := range []int{100, 1 << 10, 1 << 16, 1 << 20} {
		bench(b, fmt.Sprint("sort/", n), 0, op.Sort, op.SortAttrs{}, []int{n})
	}
	bench(b, "rows/4096x256", 0, op.Sort, op.SortAttrs{Axis: 1}, []int{4096, 256})
	bench(b, "top10/1048576", 0, op.TopK, op.TopKAttrs{K: 10}, []int{1 << 20})
}

// BenchmarkGrowth shows how times grow with size, without a cliff: run it with
// -cpu 1, and again with -cpu 2. (With -cpu 1,2 it does not say what it seems to:
// b.Loop measures in the first call, before package testing sets the number.)
func BenchmarkGrowth(b *testing.B) {
	for n := 1 << 10; n <= 1<<26; n *= 4 {
		s := []int{n}
		bench(b, fmt.Sprintf("add/%d", n), float64(n), op.Add, nil, s, s)
		bench(b, fmt.Sprintf("exp/%d", n), float64(n), op.Exp, nil, s)
	}
	for n := 64; n <= 4096; n *= 2 {
		bench(b, fmt.Sprintf("matmul/%d", n), 2*float64(n)*float64(n)*float64(n), op.MatMul, nil, []int{n, n}, []int{n, n})
	}
	for n := 128; n <= 4096; n *= 2 {
		s := []int{1, 4, n, 64}
		bench(b, fmt.Sprintf("attention/%d", n), 4*4*64*float64(n)*float64(n), op.Attention, op.AttentionAttrs{}, s, s, s)
	}
	for n := 4; n <= 512; n *= 2 {
		bench(b, fmt.Sprintf("conv/%d", n), 2*8*9*28*28*float64(n)*float64(n), op.Conv, op.ConvAttrs{Pad: []int{1}}, []int{8, n, 28, 28}, []int{n, n, 3, 3})
	}
}

// BenchmarkLines measures ops that go along lines, and resizing.
func BenchmarkLines(b *testing.B) {
	for _, o := range []*op.Op{op.CumSum, op.CumMax, op.LogCumSumExp} {
		bench(b, o.Name+"/256x1024", 0, o, op.ScanAttrs{Axis: 1}, []int{256, 1024})
	}
	bench(b, "searchsorted/1024 in 65536", 0, op.SearchSorted, op.SearchAttrs{}, []int{65536}, []int{1024})
	for _, m := range []op.ResizeMode{op.ResizeNearest, op.ResizeLinear, op.ResizeCubic} {
		bench(b, fmt.Sprintf("resize %v/8x16x56x56 to 112x112", m), 0, op.Resize, op.ResizeAttrs{Size: []int{112, 112}, Mode: m}, []int{8, 16, 56, 56})
	}
}

func BenchmarkMatMul(b *testing.B) {
	for _, s := range [][3]int{{8, 8, 8}, {64, 64, 64}, {128, 512, 784}, {512, 512, 512}, {1024, 1024, 1024}} {
		m, n, k := s[0], s[1], s[2]
		bench(b, fmt.Sprint(m, "x", n, "x", k), 2*float64(m*n*k), op.MatMul, nil, []int{m, k}, []int{k, n})
	}
	bench(b, "32 of 128x128x64", 2*32*128*128*64, op.MatMul, nil, []int{32, 128, 64}, []int{32, 64, 128})
}

// BenchmarkConv measures the layers of LeNet-5 and of a small CNN, batch 128,
// and those of a ResNet-18 on images of 64, batch 8, and of 224, alone.
func BenchmarkConv(b *testing.B) {
	for _, l := range []struct{ n, ci, co, size, k, stride, pad int }{
		{128, 1, 6, 28, 5, 1, 2}, {128, 6, 16, 14, 5, 1, 0}, {128, 32, 32, 28, 3, 1, 1}, {128, 32, 64, 14, 3, 1, 1},
		{8, 64, 64, 56, 3, 1, 1}, {8, 64, 64, 56, 1, 1, 0},
		{8, 3, 64, 64, 7, 2, 3}, {8, 64, 64, 16, 3, 1, 1}, {8, 64, 128, 16, 3, 2, 1}, {8, 64, 128, 16, 1, 2, 0}, {8, 128, 128, 8, 3, 1, 1},
		{8, 128, 256, 8, 3, 2, 1}, {8, 256, 256, 4, 3, 1, 1}, {8, 256, 512, 4, 3, 2, 1}, {8, 512, 512, 2, 3, 1, 1},
		{1, 3, 64, 224, 7, 2, 3}, {1, 64, 64, 56, 3, 1, 1}, {1, 64, 128, 56, 3, 2, 1}, {1, 64, 128, 56, 1, 2, 0}, {1, 128, 128, 28, 3, 1, 1},
		{1, 128, 256, 28, 3, 2, 1}, {1, 256, 256, 14, 3, 1, 1}, {1, 256, 512, 14, 3, 2, 1}, {1, 512, 512, 7, 3, 1, 1},
	} {
		out := (l.size+2*l.pad-l.k)/l.stride + 1
		x, w, y := []int{l.n, l.ci, l.size, l.size}, []int{l.co, l.ci, l.k, l.k}, []int{l.n, l.co, out, out}
		flops := 2 * float64(l.n*l.ci*l.co*l.k*l.k*out*out)
		name := fmt.Sprintf("%dx%d-%d k%d s%d %dx%d/", l.n, l.ci, l.co, l.k, l.stride, l.size, l.size)
		a := op.ConvAttrs{Pad: []int{l.pad}, Stride: []int{l.stride}}
		bench(b, name+"forward", flops, op.Conv, a, x, w)
		a.Size = x[2:]
		bench(b, name+"input", flops, op.ConvTranspose, a, y, w)
		a.Size = w[2:]
		bench(b, name+"weight", flops, op.ConvWeight, a, x, y)
	}
}

func BenchmarkAttention(b *testing.B) {
	for _, s := range [][4]int{{8, 4, 128, 64}, {1, 4, 1024, 64}, {1, 2, 4096, 64}} {
		for _, causal := range []bool{false, true} {
			x, rows := []int{s[0], s[1], s[2], s[3]}, []int{s[0], s[1], s[2]}
			flops := 4 * float64(s[0]*s[1]*s[2]*s[2]*s[3])
			if causal {
				flops /= 2
			}
			a := op.AttentionAttrs{Causal: causal}
			bench(b, fmt.Sprintf("forward/%dx%dx%dx%d/causal=%v", s[0], s[1], s[2], s[3], causal), flops, op.Attention, a, x, x, x)
			bench(b, fmt.Sprintf("backward/%dx%dx%dx%d/causal=%v", s[0], s[1], s[2], s[3], causal), 2.5*flops, op.AttentionGrad, a, x, x, x, x, rows, rows)
		}
	}
}

func BenchmarkDepthwise(b *testing.B) {
	x, w := []int{8, 64, 56, 56}, []int{64, 1, 3, 3}
	a := op.ConvAttrs{Pad: []int{1}, Groups: 64}
	flops := 2.0 * 8 * 64 * 56 * 56 * 9
	bench(b, "forward", flops, op.Conv, a, x, w)
	a.Size = x[2:]
	bench(b, "input", flops, op.ConvTranspose, a, x, w)
	a.Size = w[2:]
	bench(b, "weight", flops, op.ConvWeight, a, x, x)
}

func BenchmarkMaxPool(b *testing.B) {
	bench(b, "2/128x32x28x28", 0, op.MaxPool, op.PoolAttrs{Kernel: []int{2}}, []int{128, 32, 28, 28})
	bench(b, "3 by 2/64x112x112", 0, op.MaxPool, op.PoolAttrs{Kernel: []int{3}, Stride: []int{2}, Pad: []int{1}}, []int{1, 64, 112, 112})
}

func BenchmarkNormGrad(b *testing.B) {
	for _, s := range [][]int{{128, 32, 28, 28}, {8, 512, 2, 2}, {8, 64, 16, 16}} {
		c := s[1:2]
		bench(b, fmt.Sprint("channels/", s), 0, op.NormGrad, op.NormGradAttrs{Channels: true}, s, s, c, c, c)
	}
	s, m := []int{1024, 256}, []int{1024, 1}
	bench(b, "layer/1024x256", 0, op.NormGrad, op.NormGradAttrs{}, s, s, m, m, s[1:])
}
