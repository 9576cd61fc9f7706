package backend

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/shape"
)

func TestWrappersPassInterfacesOn(t *testing.T) {
	inner := &fake{name: "fake:0"}
	for name, d := range map[string]Device{
		"Pool":    Pool(inner),
		"Record":  Record(inner),
		"Fault":   Fault(inner, FaultPlan{}),
		"Shadow":  Shadow(inner, &fake{name: "fake:1"}, nil),
		"several": Record(Shadow(Pool(Fault(inner, FaultPlan{})), Pool(&fake{name: "fake:1"}), nil)),
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := As[*fake](d); !ok || got != inner {
				t.Errorf("As finds %v", got)
			}
			if d.Info().Name != "fake:0" {
				t.Errorf("Info %+v", d.Info())
			}
			x := put(t, d, array([]int{3}, 1, 2, 3))
			if b, ok := BufferAs[*fakeBuffer](x.Buffer); !ok || b.dev != inner {
				t.Errorf("BufferAs finds %v", b)
			}
			c := elementwise(t, d, op.Mul, nil, x, x)
			if err := d.Run(c); err != nil {
				t.Fatal(err)
			}
			if got, want := get(t, d, c.Out[0]), []float64{1, 4, 9}; !slices.Equal(got, want) {
				t.Errorf("x*x = %v, want %v", got, want)
			}
			if err := d.Sync(); err != nil {
				t.Error(err)
			}
			x.Buffer.Free()
			c.Out[0].Buffer.Free()
			if err := d.Close(); err != nil || !inner.closed.Load() {
				t.Errorf("Close: %v", err)
			}
			if n := inner.live.Load(); n != 0 {
				t.Errorf("%d buffers leaked", n)
			}
		})
	}
}

var nan, inf = math.NaN(), math.Inf(1)

// skewed computes, then spoils the element at the given place of out.
func skewed(at int, by float64) func(c *Call) error {
	return func(c *Call) error {
		if err := Evaluate(c); err != nil {
			return err
		}
		v := c.Out[0]
		mem := v.Buffer.(HostBuffer).Bytes()
		a := ReadArray(mem, v)
		a.Data[at] += by
		WriteArray(mem, v, a)
		return nil
	}
}

func TestShadowFindsTheDifference(t *testing.T) {
	d := Shadow(&fake{name: "gpu:0", run: skewed(4, 0.5)}, &fake{name: "cpu:0"}, nil)
	x := put(t, d, array([]int{2, 3}, 1, 2, 3, 4, 5, 6))
	y := put(t, d, array([]int{3}, 10, 20, 30))
	c := elementwise(t, d, op.Add, nil, x, y)
	err := d.Run(c)
	var diff *Difference
	if !errors.As(err, &diff) {
		t.Fatalf("error %v", err)
	}
	want := "backend: shadow: add of float32[2 3] float32[2 3] to float32[2 3]: output 0 at [1 1]: cpu:0 gives 25, gpu:0 gives 25.5 (1 of 6 elements differ)"
	if err.Error() != want {
		t.Errorf("\n got %s\nwant %s", err, want)
	}
	if diff.Want != 25 || diff.Got != 25.5 || !slices.Equal(diff.Index, []int{1, 1}) {
		t.Errorf("%+v", diff)
	}
}

// A small error of each call is let pass, and does not add up.
func TestShadowKeepsInStep(t *testing.T) {
	d := Shadow(&fake{name: "gpu:0", run: skewed(0, 3e-5)}, &fake{name: "cpu:0"}, nil)
	x := put(t, d, array([]int{2}, 1, 1))
	for range 100 {
		c := elementwise(t, d, op.Neg, nil, x)
		if err := d.Run(c); err != nil {
			t.Fatal(err)
		}
		x = c.Out[0]
	}
	strict := Shadow(&fake{name: "gpu:0", run: skewed(0, 3e-5)}, &fake{name: "cpu:0"}, func(_ *Call, _ int, want, got float64) bool { return want == got })
	if err := strict.Run(elementwise(t, strict, op.Neg, nil, put(t, strict, array([]int{2}, 1, 1)))); err == nil {
		t.Error("a tolerance of 0 let a difference pass")
	}
}

func TestShadowWithoutKernel(t *testing.T) {
	none := func(*Call) error { return ErrUnsupported }
	d := Shadow(&fake{name: "gpu:0", run: none}, &fake{name: "cpu:0"}, nil)
	x := put(t, d, array([]int{1}, 2))
	if err := d.Run(elementwise(t, d, op.Neg, nil, x)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("primary without a kernel: %v", err)
	}
	ref := &fake{name: "cpu:0", run: none}
	d = Shadow(&fake{name: "gpu:0"}, ref, nil)
	x = put(t, d, array([]int{1}, 2))
	c := elementwise(t, d, op.Neg, nil, x)
	if err := d.Run(c); err != nil {
		t.Fatal(err)
	}
	ref.run = nil
	if err := d.Run(elementwise(t, d, op.Neg, nil, c.Out[0])); err != nil {
		t.Errorf("the reference did not get the primary's result: %v", err)
	}
	foreign := put(t, &fake{}, array([]int{1}, 2))
	if err := d.Run(&Call{Op: op.Neg, In: []View{foreign}, Out: []View{foreign}}); err == nil || !strings.Contains(err.Error(), "buffer") {
		t.Errorf("a buffer of another device: %v", err)
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		d         dtype.DType
		want, got float64
		ok        bool
		why       string
	}{
		{dtype.Int32, 7, 8, false, "integers are exact"},
		{dtype.Bool, 1, 1, true, "equal"},
		{dtype.Float32, 1000, 1000.01, true, "relative"},
		{dtype.Float32, 1000, 1001, false, "relative"},
		{dtype.Float32, 0, 1e-6, true, "near 0"},
		{dtype.Float64, 0, 1e-6, false, "near 0, but of float64"},
		{dtype.Float32, nan, nan, true, "the same kind of nothing"},
		{dtype.Float32, 1, nan, false, "NaN is no number"},
		{dtype.Float32, inf, inf, true, "equal"},
		{dtype.Float32, inf, 3e38, false, "infinity is no number"},
		{dtype.Float32, 3e38, inf, false, "infinity is no number"},
		{dtype.Float32, inf, -inf, false, "the other infinity"},
	} {
		call := &Call{Out: []View{{DType: c.d}}}
		if ok := Near(call, 0, c.want, c.got); ok != c.ok {
			t.Errorf("%s: Near(want %v, got %v) = %v: %s", c.d, c.want, c.got, ok, c.why)
		}
	}
}

func TestRecordAndReplay(t *testing.T) {
	inner := &fake{name: "fake:0"}
	r := Record(Pool(inner))
	x := put(t, r, array([]int{2}, 1, 2))
	tmp := elementwise(t, r, op.Add.Scalar(), []float64{1}, x)
	if err := r.Run(tmp); err != nil {
		t.Fatal(err)
	}
	out := elementwise(t, r, op.Mul, nil, tmp.Out[0], x)
	if err := r.Run(out); err != nil {
		t.Fatal(err)
	}
	tmp.Out[0].Buffer.Free() // lives on for Replay
	if got, want := get(t, r, out.Out[0]), []float64{2, 6}; !slices.Equal(got, want) {
		t.Fatalf("(x+1)*x = %v, want %v", got, want)
	}
	tmp.In[0].Strides[0], tmp.In[0] = 7, View{} // the call was copied
	var lines []string
	for _, c := range r.Calls() {
		lines = append(lines, c.String())
	}
	want := []string{"addscalar [1] of float32[2] to float32[2]", "mul of float32[2] float32[2] to float32[2]"}
	if !slices.Equal(lines, want) {
		t.Errorf("calls %q, want %q", lines, want)
	}
	mem := make([]byte, 8)
	WriteArray(mem, View{DType: dtype.Float32, View: shape.Contiguous([]int{2})}, array([]int{2}, 3, 4))
	if err := r.Upload(x.Buffer, 0, mem); err != nil {
		t.Fatal(err)
	}
	if err := r.Replay(); err != nil {
		t.Fatal(err)
	}
	if got, want := get(t, r, out.Out[0]), []float64{12, 20}; !slices.Equal(got, want) {
		t.Errorf("replayed with x = [3 4]: %v, want %v", got, want)
	}
	before, _ := As[MemoryStats](r)
	n := before.Stats().Buffers
	r.Reset()
	if m := before.Stats().Buffers; m != n-1 || len(r.Calls()) != 0 {
		t.Errorf("Reset: %d buffers, then %d; %d calls", n, m, len(r.Calls()))
	}
	inner.run = func(*Call) error { return ErrDeviceLost }
	if err := r.Run(out); err == nil || len(r.Calls()) != 0 {
		t.Errorf("a failed call was recorded: %v", err)
	}
}

func TestFault(t *testing.T) {
	f := Fault(&fake{name: "fake:0"}, FaultPlan{
		Alloc: map[int]error{2: ErrOutOfMemory}, Run: map[int]error{1: errRefused}, Upload: map[int]error{2: errRefused},
		Download: map[int]error{1: errRefused}, Memory: 100, LostRun: 3,
	})
	x := put(t, f, array([]int{2}, 1, 2))
	if _, err := f.Alloc(8); !errors.Is(err, ErrOutOfMemory) {
		t.Errorf("Alloc 2: %v", err)
	}
	if _, err := f.Alloc(93); !errors.Is(err, ErrOutOfMemory) {
		t.Errorf("101 bytes of 100: %v", err)
	}
	c := elementwise(t, f, op.Neg, nil, x)
	if err := f.Run(c); !errors.Is(err, errRefused) || err.Error() != "backend: fake:0: run 1: injected: the fake is full" {
		t.Errorf("Run 1: %v", err)
	}
	if err := f.Run(c); err != nil {
		t.Errorf("Run 2: %v", err)
	}
	if err := f.Upload(x.Buffer, 0, []byte{0}); !errors.Is(err, errRefused) {
		t.Errorf("Upload 2: %v", err)
	}
	if err := f.Download(make([]byte, 8), x.Buffer, 0); !errors.Is(err, errRefused) {
		t.Errorf("Download 1: %v", err)
	}
	big := alloc(t, f, 84)
	big.Free()
	big.Free() // counts once
	if _, err := f.Alloc(85); !errors.Is(err, ErrOutOfMemory) {
		t.Errorf("85 bytes with 16 of 100 in use: %v", err)
	}
	for i := range 3 { // lost for good
		if err := f.Run(c); !errors.Is(err, ErrDeviceLost) {
			t.Errorf("Run %d: %v", 3+i, err)
		}
	}
	_, err := f.Alloc(1)
	for what, err := range map[string]error{"Alloc": err, "Sync": f.Sync(), "Upload": f.Upload(x.Buffer, 0, nil), "Download": f.Download(nil, x.Buffer, 0)} {
		if !errors.Is(err, ErrDeviceLost) {
			t.Errorf("%s on a lost device: %v", what, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	g := Fault(&fake{}, FaultPlan{})
	g.Lose()
	if err := g.Sync(); !errors.Is(err, ErrDeviceLost) {
		t.Errorf("Sync after Lose: %v", err)
	}
}
