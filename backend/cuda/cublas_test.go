//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/blas"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// openBLAS opens a GPU of a machine that has cuBLAS too.
func openBLAS(t *testing.T, m *fakecuda.Machine) backend.Device {
	t.Helper()
	p := onMachine(m)
	p.blas = func() (*blas.Library, error) { return blas.New(m) }
	infos, skipped := p.List()
	if len(infos) == 0 {
		t.Fatal(skipped)
	}
	dev, err := p.Open(infos[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

// TestBLAS multiplies by the library, in each layout and type, and compares with
// exact sums: what TestGEMM asks of our own kernels.
func TestBLAS(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openBLAS(t, m)
	for _, d := range []dtype.DType{dtype.Float32, dtype.Float16, dtype.BFloat16, dtype.Float64} {
		for layout := range 4 {
			testProduct(t, dev, d, 33, 40, 35, layout)
		}
	}
	if m.Products != 16 {
		t.Errorf("%d products by the library, want 16", m.Products)
	}
}

// TestBLASConformance runs the suite's products on a machine with the library; the
// suite itself runs on one without, so both ways meet the same bounds.
func TestBLASConformance(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openBLAS(t, m)
	conformance.Run(t, dev, conformance.Options{Run: regexp.MustCompile(`^(matmul|linear)/.*[^0-9][0-9]{0,3}/(contiguous|sliced|transposed)$`)})
	t.Log(m.Products, "products by the library")
}

// TestBLASGraph captures a product of the library.
func TestBLASGraph(t *testing.T) {
	m := &fakecuda.Machine{}
	rec := backend.Record(openBLAS(t, m))
	x := sequence(rec, dtype.Float32, 3, 40, 40)
	rec.Reset()
	y := x.MatMul(x)
	want := tensor.Data[float32](y)
	if err := rec.Replay(); err != nil {
		t.Fatal(err)
	}
	if got := tensor.Data[float32](y); got[7] != want[7] || m.Products != 2 {
		t.Errorf("%d products, element 7 is %v, want %v", m.Products, got[7], want[7])
	}
	rec.Reset()
	if x.MatMul(x); m.Products != 3 {
		t.Error("the library's stream is still that of the capture")
	}
}

// TestLinear compares an affine map, whose sums are exact, and what may follow it with
// the CPU: by cuBLASLt, by a cuBLAS without it, and by our own kernels with and without
// tensor cores.
func TestLinear(t *testing.T) {
	cpu, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why               string
		m                 *fakecuda.Machine
		blas              bool
		biased, activated int // products with a bias by the library, or GELU
		written           string
	}{
		{"cuBLASLt", &fakecuda.Machine{}, true, 12, 6, ""},
		{"no cuBLASLt", &fakecuda.Machine{Missing: map[string]bool{"cublasLtMatmul": true}}, true, 0, 0, ""},
		{"a product that it does not take", &fakecuda.Machine{Fail: map[string]uint32{"cublasLtMatmulAlgoGetHeuristic": 15}}, true, 0, 0, ""},
		{"our own", &fakecuda.Machine{}, false, 0, 0, "gemm_f16 gemm_f32 gemmthen_f16 gemmthen_f32"},
		{"tensor cores", &fakecuda.Machine{Major: 8}, false, 0, 0, "gemm_f32 gemmthen_f32 mma_f16 mmathen_f16"},
	} {
		t.Run(c.why, func(t *testing.T) {
			dev := openFake
			if c.blas {
				dev = func(t testing.TB, m *fakecuda.Machine) backend.Device { return openBLAS(t.(*testing.T), m) }
			}
			gpu := dev(t, c.m)
			for _, d := range []dtype.DType{dtype.Float32, dtype.Float16} {
				for _, rows := range [][]int{{70}, {2, 35}, {3}} { // the last is for no kernel with a bias of ours
					for _, then := range []op.Epilogue{op.NoEpilogue, op.EpilogueReLU, op.EpilogueGELU, op.EpilogueGELUTanh} {
						run := func(dev backend.Device) []float32 {
							x, w, b := sequence(dev, d, 3, append(append([]int{}, rows...), 24)...), sequence(dev, d, 5, 500, 24), sequence(dev, d, 9, 1000)
							return tensor.Data[float32](tensor.Apply(dev, op.Linear, op.LinearAttrs{Then: then}, x, w, b.SliceStep(0, 0, 1000, 2))[0].To(dtype.Float32))
						}
						got, want := run(gpu), run(cpu)
						for i, x := range want {
							// Sums are exact; GELU is within 4 units of float32, and is computed before or after a rounding to 16 bits.
							least := 0.0
							if then > op.EpilogueReLU {
								least = map[dtype.DType]float64{dtype.Float32: 0x1p-21, dtype.Float16: 0x1p-10}[d] * max(1, math.Abs(float64(x)))
							}
							if math.Abs(float64(got[i]-x)) > least {
								t.Fatalf("%v, rows %v, %v: element %d is %v, want %v", d, rows, then, i, got[i], x)
							}
						}
					}
				}
			}
			if c.m.Biased != c.biased || c.m.Activated != c.activated || (c.m.Products > 0) != c.blas {
				t.Errorf("%d products by the library, %d with a bias, %d with GELU, want %d and %d", c.m.Products, c.m.Biased, c.m.Activated, c.biased, c.activated)
			}
			modules := map[string]bool{}
			for key := range gpu.(*device).kernels.written {
				modules[string(key.module)] = true
			}
			if got := strings.Join(slices.Sorted(maps.Keys(modules)), " "); got != c.written {
				t.Errorf("kernels of %q ran, want %q", got, c.written)
			}
			gpu.Close()
			if n := c.m.Plans(); n != 0 {
				t.Errorf("%d objects of cuBLASLt are left", n)
			}
		})
	}
}

// TestWithoutBLAS: where the library is missing, too old or does not start, our own
// kernels do; where it fails at work, that is an error.
func TestWithoutBLAS(t *testing.T) {
	for _, c := range []struct {
		name string
		m    *fakecuda.Machine
	}{
		{"too old", &fakecuda.Machine{Missing: map[string]bool{"cublasSetWorkspace_v2": true}}},
		{"does not start", &fakecuda.Machine{Fail: map[string]uint32{"cublasCreate_v2": 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			testProduct(t, openBLAS(t, c.m), dtype.Float32, 33, 40, 35, 0)
			if c.m.Products != 0 {
				t.Error("the library was used")
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		t.Setenv(blas.PathVariable, "/nonexistent/libcublas.so")
		if _, err := blas.Open(); err == nil || !strings.Contains(err.Error(), "no cuBLAS: /nonexistent/libcublas.so") {
			t.Errorf("%v", err)
		}
	})
	t.Run("fails", func(t *testing.T) {
		m := &fakecuda.Machine{Fail: map[string]uint32{"cublasGemmStridedBatchedEx": 13}}
		dev := openBLAS(t, m)
		x := tensor.Full(dev, dtype.Float32, 1, 40, 40)
		err := tensor.Try(func() error { x.MatMul(x); return nil })
		var e *blas.Error
		if !errors.As(err, &e) || e.Status != 13 || !strings.Contains(err.Error(), "execution failed") {
			t.Errorf("%v", err)
		}
	})
}

// TestTF32 rounds operands only on request.
func TestTF32(t *testing.T) {
	for _, want := range []bool{false, true} {
		t.Setenv(TF32Variable, map[bool]string{true: "1", false: ""}[want])
		p := &platform{load: func() (driver.Driver, error) { return driver.New(fakecuda.Install(&fakecuda.Machine{})) }}
		dev, err := p.Open(backend.Info{Name: "cuda:0"})
		if err != nil {
			t.Fatal(err)
		}
		if got := dev.(*device).blas.tf32; got != want {
			t.Errorf("TF32 is %v, want %v", got, want)
		}
		dev.Close()
	}
}

// TestEpilogueLaunches counts what an affine map and an activation take: one call
// where the product applies it, and one pass more where it does not.
func TestEpilogueLaunches(t *testing.T) {
	for _, c := range []struct {
		why   string
		blas  bool
		then  op.Epilogue
		calls int
	}{
		{"our tiles", false, op.EpilogueReLU, 1},
		{"our tiles", false, op.EpilogueGELU, 1},
		{"cuBLASLt has it", true, op.EpilogueGELUTanh, 1},
		{"cuBLASLt's is another", true, op.EpilogueReLU, 2},
		{"cuBLASLt has none", true, op.EpilogueGELU, 2},
	} {
		t.Run(c.why+", "+c.then.String(), func(t *testing.T) {
			m := &fakecuda.Machine{}
			var dev backend.Device
			if c.blas {
				dev = openBLAS(t, m)
			} else {
				dev = openFake(t, m)
			}
			x, w, b := sequence(dev, dtype.Float32, 3, 70, 24), sequence(dev, dtype.Float32, 5, 500, 24), sequence(dev, dtype.Float32, 9, 500)
			before := m.Launches + m.Products
			tensor.Apply(dev, op.Linear, op.LinearAttrs{Then: c.then}, x, w, b)
			if got := m.Launches + m.Products - before; got != c.calls {
				t.Errorf("%d launches, want %d", got, c.calls)
			}
		})
	}
}
