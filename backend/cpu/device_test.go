package cpu_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func TestInfo(t *testing.T) {
	i := open(t).Info()
	if i.Name != "cpu:0" || i.Kind != backend.CPU || i.Model == "" {
		t.Errorf("Info() = %+v", i)
	}
}

// TestThreads: results have the same bits on one thread and on two.
func TestThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	d, r := open(t), op.NewRand(3)
	f := func(s ...int) *op.Array { return r.Floats(dtype.Float32, -1, 1, s...) }
	conv := op.ConvAttrs{Pad: []int{1}, Size: []int{20, 20}}
	kernel := conv
	kernel.Size = []int{3, 3}
	for _, c := range []struct {
		o     *op.Op
		attrs any
		in    []*op.Array
	}{
		{op.Exp, nil, []*op.Array{f(100, 999)}},
		{op.Sum, op.ReduceAttrs{}, []*op.Array{f(300, 333)}},
		{op.Sum, op.ReduceAttrs{Axes: []int{0}}, []*op.Array{f(300, 333)}},
		{op.Sum, op.ReduceAttrs{Axes: []int{0, 2}}, []*op.Array{f(30, 20, 333)}},
		{op.MatMul, nil, []*op.Array{f(150, 170), f(170, 130)}},
		{op.Conv, op.ConvAttrs{Pad: []int{1}}, []*op.Array{f(9, 5, 20, 20), f(7, 5, 3, 3)}},
		{op.ConvTranspose, conv, []*op.Array{f(9, 7, 20, 20), f(7, 5, 3, 3)}},
		{op.ConvWeight, kernel, []*op.Array{f(9, 5, 20, 20), f(9, 7, 20, 20)}},
		{op.Softmax, op.AxisAttrs{Axis: 1}, []*op.Array{f(200, 99)}},
		{op.BatchNorm, op.NormAttrs{Eps: 1e-5}, []*op.Array{f(16, 10, 20, 20), f(10), f(10)}},
		{op.ScatterAdd, op.AxisAttrs{}, []*op.Array{f(50, 90), r.Ints(dtype.Int64, 0, 50, 300, 90), f(300, 90)}},
		{op.IndexPut, op.IndexPutAttrs{Accumulate: true}, []*op.Array{f(50, 90), f(300, 90), r.Ints(dtype.Int64, 0, 50, 300)}},
		{op.Sort, op.SortAttrs{Axis: 0}, []*op.Array{f(500, 40)}},
		{op.CumSum, op.ScanAttrs{Axis: 1}, []*op.Array{f(50, 400)}},
	} {
		var first [][]byte
		for _, n := range []int{1, 2} {
			runtime.GOMAXPROCS(n)
			call := prepare(t, d, c.o, c.in, c.attrs, contiguous, contiguous)
			if err := d.Run(call); err != nil {
				t.Fatal(err)
			}
			for i, v := range call.Out {
				mem := make([]byte, v.Buffer.Len())
				if err := d.Download(mem, v.Buffer, 0); err != nil {
					t.Fatal(err)
				}
				if n == 1 {
					first = append(first, mem)
				} else if !bytes.Equal(first[i], mem) {
					t.Errorf("%s %v: output %d differs between one thread and two", c.o.Name, c.attrs, i)
				}
			}
		}
	}
}

// TestGoroutines runs calls of many goroutines at once.
func TestGoroutines(t *testing.T) {
	d, r := open(t), op.NewRand(4)
	x, y := r.Floats(dtype.Float32, -1, 1, 70, 80), r.Floats(dtype.Float32, -1, 1, 80, 60)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				try(t, d, op.MatMul, op.Sample{In: []*op.Array{x, y}}, transposed)
				try(t, d, op.Tanh, op.Sample{In: []*op.Array{x}}, sliced)
				try(t, d, op.Sum, op.Sample{In: []*op.Array{x}, Attrs: op.ReduceAttrs{Axes: []int{0}}}, contiguous)
			}
		})
	}
	wg.Wait()
}

// TestIndexOutOfRange: a bad index is an error that says which, and touches
// nothing.
func TestIndexOutOfRange(t *testing.T) {
	d := open(t)
	x, src := op.NewArray(dtype.Float32, 3, 4), op.NewArray(dtype.Float32, 2, 4)
	for _, bad := range []float64{3, -1, -4, 1 << 40, math.MinInt64} {
		index, matrix := op.NewArray(dtype.Int64, 2), op.NewArray(dtype.Int64, 2, 4)
		index.Data[1], matrix.Data[6] = bad, bad
		for _, c := range []struct {
			o     *op.Op
			attrs any
			in    []*op.Array
		}{
			{op.Gather, op.AxisAttrs{}, []*op.Array{x, matrix}},
			{op.ScatterAdd, op.AxisAttrs{}, []*op.Array{x, matrix, src}},
			{op.Scatter, op.AxisAttrs{}, []*op.Array{x, matrix, src}},
			{op.IndexSelect, op.IndexAttrs{}, []*op.Array{x, index}},
			{op.IndexGet, nil, []*op.Array{x, index}},
			{op.IndexPut, op.IndexPutAttrs{}, []*op.Array{x, src, index}},
			{op.Embedding, op.EmbeddingAttrs{}, []*op.Array{x, index}},
		} {
			if bad == -1 && (c.o == op.IndexGet || c.o == op.IndexPut) {
				continue // the last row
			}
			call := prepare(t, d, c.o, c.in, c.attrs, contiguous, contiguous)
			err := d.Run(call)
			var e *op.IndexError
			if !errors.As(err, &e) || e.Index != int(bad) || e.Size != 3 {
				t.Errorf("%s at %v: error %v, want an IndexError", c.o.Name, bad, err)
			}
			if _, err := take(t, d, call.Out[0]); err != nil {
				t.Errorf("%s at %v: %v", c.o.Name, bad, err)
			}
		}
	}
}

// TestMalformed: calls that do not fit their buffers are errors.
func TestMalformed(t *testing.T) {
	d := open(t)
	b := alloc(t, d, 64)
	view := func(n, stride, offset int) backend.View {
		return backend.View{Buffer: b, DType: dtype.Float32, View: shape.View{Shape: []int{n}, Strides: []int{stride}, Offset: offset}}
	}
	fn, _ := op.Neg.Lower([]op.Meta{{Shape: []int{16}, DType: dtype.Float32}}, nil)
	for name, v := range map[string]backend.View{
		"too long": view(17, 1, 0), "too far": view(16, 1, 1), "too wide": view(9, 2, 0), "before": view(4, 1, -1), "no buffer": {DType: dtype.Float32, View: shape.Contiguous([]int{2})},
	} {
		for i := range 2 {
			c := &backend.Call{Op: op.Neg, Fn: fn, In: []backend.View{view(16, 1, 0)}, Out: []backend.View{view(16, 1, 0)}}
			if i == 0 {
				c.In[0] = v
			} else {
				c.Out[0] = v
			}
			if err := d.Run(c); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
	if err := d.Upload(b, 60, make([]byte, 8)); err == nil {
		t.Error("upload over the end: no error")
	}
	if err := d.Download(make([]byte, 8), b, -1); err == nil {
		t.Error("download before the start: no error")
	}
}

func TestOutOfMemory(t *testing.T) {
	d := open(t)
	n := 2 * d.Info().Memory
	if n == 0 {
		t.Skip("the system does not say how much memory there is")
	}
	if _, err := d.Alloc(n); !errors.Is(err, backend.ErrOutOfMemory) {
		t.Errorf("Alloc(%d): %v, want out of memory", n, err)
	}
}

// TestExactIntegers: ops that move elements keep integers that float64 does not
// hold.
func TestExactIntegers(t *testing.T) {
	d := open(t)
	const big = math.MaxInt64 - 6
	mem := make([]byte, 8*6)
	for i := range as[int64](mem) {
		as[int64](mem)[i] = big + int64(i)
	}
	x := backend.View{Buffer: alloc(t, d, len(mem)), DType: dtype.Int64, View: shape.Contiguous([]int{6})}
	if err := d.Upload(x.Buffer, 0, mem); err != nil {
		t.Fatal(err)
	}
	index := op.NewArray(dtype.Int64, 6)
	copy(index.Data, []float64{5, 4, 3, 2, 1, 0})
	back := put(t, d, index, contiguous)
	zeros := put(t, d, op.NewArray(dtype.Int64, 6), contiguous)
	reverse, same := []int64{5, 4, 3, 2, 1, 0}, []int64{0, 1, 2, 3, 4, 5}
	for _, c := range []struct {
		o     *op.Op
		attrs any
		in    []backend.View
		want  []int64
	}{
		{op.Gather, op.AxisAttrs{}, []backend.View{x, back}, reverse},
		{op.IndexSelect, op.IndexAttrs{}, []backend.View{x, back}, reverse},
		{op.IndexGet, nil, []backend.View{x, back}, reverse},
		{op.Scatter, op.AxisAttrs{}, []backend.View{zeros, back, x}, reverse},
		{op.ScatterAdd, op.AxisAttrs{}, []backend.View{zeros, back, x}, reverse},
		{op.IndexPut, op.IndexPutAttrs{}, []backend.View{zeros, x, back}, reverse},
		{op.Flip, op.FlipAttrs{}, []backend.View{x}, reverse},
		{op.Concat, op.AxisAttrs{}, []backend.View{x}, same},
		{op.Sort, op.SortAttrs{Descending: true}, []backend.View{x}, reverse},
		{op.TopK, op.TopKAttrs{K: 6, Smallest: true}, []backend.View{x}, same},
		{op.ViewGrad, &op.ViewGradAttrs{Op: op.Reshape, Attrs: op.ShapeAttrs{6}, Shape: []int{6}}, []backend.View{x}, same},
		{op.AMax, op.ReduceAttrs{}, []backend.View{x}, []int64{5}},
	} {
		var metas []op.Meta
		for _, v := range c.in {
			metas = append(metas, op.Meta{Shape: v.Shape, DType: v.DType})
		}
		outs, err := c.o.Infer(metas, c.attrs)
		if err != nil {
			t.Fatal(err)
		}
		call := &backend.Call{Op: c.o, Attrs: c.attrs, In: c.in, Fold: c.o.Fold(metas, c.attrs)}
		for _, m := range outs {
			call.Out = append(call.Out, room(t, d, m, contiguous))
		}
		if err := d.Run(call); err != nil {
			t.Errorf("%s: %v", c.o.Name, err)
			continue
		}
		res := make([]byte, 8*len(c.want))
		if err := d.Download(res, call.Out[0].Buffer, int64(8*call.Out[0].Offset)); err != nil {
			t.Fatal(err)
		}
		var want []int64
		for _, k := range c.want {
			want = append(want, big+k)
		}
		if fmt.Sprint(as[int64](res)) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", c.o.Name, as[int64](res), want)
		}
	}
}

// TestUnsupported: what has neither kernel nor reference says so.
func TestUnsupported(t *testing.T) {
	d := open(t)
	o := &op.Op{Name: "nothing"}
	if err := d.Run(&backend.Call{Op: o}); !errors.Is(err, backend.ErrUnsupported) {
		t.Errorf("Run: %v, want ErrUnsupported", err)
	}
	bad := &op.Op{Name: "bad", Ref: func([]*op.Array, any) []*op.Array { panic("no") }}
	if err := d.Run(&backend.Call{Op: bad}); err == nil || err.Error() != "cpu: bad: no" {
		t.Errorf("Run of an op that panics: %v", err)
	}
}

// Small buffers are Go's own memory, which a pool does not count unless it is
// told to.
func TestSmallBuffers(t *testing.T) {
	d := backend.Pool(open(t))
	stats, _ := backend.As[backend.MemoryStats](d)
	counter, _ := backend.As[backend.Counter](d)
	for _, n := range []int64{0, 1, 48, 49, 112, 240, 241, 496, 497} {
		b, err := d.Alloc(n)
		if err != nil {
			t.Fatal(err)
		}
		mem := b.(backend.HostBuffer).Bytes()
		if int64(len(mem)) != n || b.Len() != n {
			t.Errorf("%d bytes: got %d of length %d", n, len(mem), b.Len())
		}
		if _, collected := b.(backend.Collected); collected != (n <= 496) || collected == (stats.Stats().Buffers == 1) {
			t.Errorf("%d bytes: collected %v, %d buffers counted", n, collected, stats.Stats().Buffers)
		}
		if err := d.Upload(b, 0, make([]byte, n+1)); err == nil {
			t.Errorf("%d bytes: an upload of one more is no error", n)
		}
		b.Free()
		b.Free()
		if err := d.Download(make([]byte, 1), b, 0); err == nil {
			t.Errorf("%d bytes: a download after Free is no error", n)
		}
	}
	counter.CountSmall(true)
	b, _ := d.Alloc(40)
	if n := stats.Stats().Buffers; n != 1 {
		t.Errorf("told to count: %d buffers, want 1", n)
	}
	counter.CountSmall(false)
	b.Free()
	if n := stats.Stats().Buffers; n != 0 {
		t.Errorf("after Free: %d buffers, want 0", n)
	}
	d.Close()
	if _, err := d.Alloc(40); !errors.Is(err, backend.ErrClosed) {
		t.Errorf("on a closed device: %v, want ErrClosed", err)
	}
}
