//go:build linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/blas"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
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
	conformance.Run(t, dev, conformance.Options{Run: regexp.MustCompile(`^matmul/.*[^0-9][0-9]{0,3}/(contiguous|sliced|transposed)$`)})
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
