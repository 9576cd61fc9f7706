//go:build linux && (amd64 || arm64)

package cuda

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// bigProduct is one for the library, by tensor cores without it.
func bigProduct(dev backend.Device) *tensor.Tensor {
	x, y := sequence(dev, dtype.Float16, 3, 64, 64), sequence(dev, dtype.Float16, 5, 64, 64)
	return tensor.Apply(nil, op.Linear, nil, x, y, sequence(dev, dtype.Float16, 3, 64))[0]
}

// TestOff switches parts off one at a time: what is seen of each is gone, and results stay.
func TestOff(t *testing.T) {
	seen := func(off string) (what map[string]bool, sum []float32) {
		t.Run("without "+off, func(t *testing.T) { what, sum = partsSeen(t, off) })
		return what, sum
	}
	all, want := seen("")
	for name, there := range all {
		if !there {
			t.Fatalf("%s is not seen with everything on", name)
		}
	}
	for _, name := range []string{"cublas", "cublaslt", "tensor", "graphs", "lists", "pinned", "async"} {
		what, sum := seen(name)
		for other, there := range what {
			gone := other == name || name == "cublas" && other == "cublaslt"
			if there == gone {
				t.Errorf("without %s: %s is seen: %v", name, other, there)
			}
		}
		for i := range want {
			if sum[i] != want[i] {
				t.Errorf("without %s: element %d is %v, want %v", name, i, sum[i], want[i])
				break
			}
		}
	}
	t.Setenv(OffVariable, "cublas, grafs")
	p := onMachine(&fakecuda.Machine{})
	infos, _ := p.List()
	if _, err := p.Open(infos[0]); err == nil || !strings.Contains(err.Error(), `"grafs"`) || !strings.Contains(err.Error(), "graphs") {
		t.Errorf("an unknown part: %v", err)
	}
}

// partsSeen runs a little of everything and says which parts showed.
func partsSeen(t *testing.T, off string) (what map[string]bool, sum []float32) {
	t.Setenv(OffVariable, off)
	what = map[string]bool{}
	m := &fakecuda.Machine{Major: 8, Edit: func(text string) string {
		what["tensor"] = what["tensor"] || strings.Contains(text, "mma.sync")
		return text
	}}
	dev := openBLAS(t, m)
	z := bigProduct(dev)
	what["cublas"], what["cublaslt"] = m.Products > 0, m.Biased > 0
	sequence(dev, dtype.Float16, 7, 1, 16, 8, 8).Conv(sequence(dev, dtype.Float16, 5, 16, 16, 3, 3), op.ConvAttrs{Pad: []int{1}})
	what["pinned"] = m.Copies > 0
	rec := backend.Record(dev)
	y := sequence(rec, dtype.Float32, 3, 4)
	rec.Reset()
	y.Neg()
	if err := rec.Replay(); err != nil {
		t.Fatal(err)
	}
	what["graphs"] = m.Replays > 0
	_, ok := backend.As[backend.ListRunner](dev)
	what["lists"] = ok && dev.(backend.ListRunner).RunList([]*backend.Call{elementwiseCall(t, dev)}) == nil
	for _, note := range dev.(backend.Noter).Notes() {
		if note == "" {
			t.Error("an empty note")
		}
	}
	return what, tensor.Data[float32](z.To(dtype.Float32))
}

// elementwiseCall is a call that a list may hold.
func elementwiseCall(t *testing.T, dev backend.Device) *backend.Call {
	t.Helper()
	rec := &calls{Device: dev}
	sequence(rec, dtype.Float32, 3, 4).Neg()
	return rec.last
}

// calls keeps the last call, and its operands.
type calls struct {
	backend.Device
	last *backend.Call
}

func (r *calls) Run(c *backend.Call) error {
	copied := *c
	copied.In, copied.Out = append([]backend.View(nil), c.In...), append([]backend.View(nil), c.Out...)
	r.last = &copied
	return r.Device.Run(c)
}

// TestAsyncOff hears of a bad address from the very call that met it.
func TestAsyncOff(t *testing.T) {
	for _, off := range []string{"", "async"} {
		t.Run("without "+off, func(t *testing.T) {
			t.Setenv(OffVariable, off)
			m := &fakecuda.Machine{Edit: func(text string) string { return stores.ReplaceAllString(text, "$1+1048576]") }}
			dev := openFake(t, m)
			x := sequence(dev, dtype.Float32, 3, 4)
			err := tensor.Try(func() error { x.Neg(); return nil })
			if m.Fault == nil || (err != nil) != (off == "async") {
				t.Errorf("%v, with %v", err, m.Fault)
			}
			if dev.Sync() == nil { // hears of it in any case
				t.Error("no error from Sync")
			}
		})
	}
}

var stores = regexp.MustCompile(`(st\.global\.\w+ \[%\w+)\]`)

// TestRaised opens a GPU whose driver takes no PTX for the oldest ones any more.
func TestRaised(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(PTXVariable, dir)
	m := &fakecuda.Machine{Major: 9, Edit: func(text string) string {
		if strings.Contains(text, ".target sm_50") {
			return "ptx line 1 'sm_50'"
		}
		return text
	}}
	t.Run("a newer GPU", func(t *testing.T) {
		dev := openFake(t, m)
		if got := tensor.Data[float32](sequence(dev, dtype.Float32, 3, 4).Neg()); got[1] != 1 {
			t.Errorf("%v", got)
		}
		if notes := strings.Join(dev.(backend.Noter).Notes(), "; "); !strings.Contains(notes, "sm_80") {
			t.Error(notes)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.ptx"))
		if err != nil || len(files) < 2 {
			t.Fatal(files, err)
		}
		if b, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(b), ".entry") {
			t.Error(string(b), err)
		}
	})
	// An old GPU has no newer PTX, and says what its compiler said.
	m = &fakecuda.Machine{Edit: m.Edit}
	dev := openFake(t, m)
	err := tensor.Try(func() error { sequence(dev, dtype.Float32, 3, 4).Neg(); return nil })
	if err == nil || !strings.Contains(err.Error(), "ptx line 1") {
		t.Error(err)
	}
}

// TestBLASRefuses goes on without a library that cannot do a product.
func TestBLASRefuses(t *testing.T) {
	var want []float32
	for _, c := range []struct {
		name string
		fail map[string]uint32
		note string
	}{
		{"all well", nil, "products by"},
		{"no handle", map[string]uint32{"cublasCreate_v2": 1}, "cannot be used"},
		{"a product refused", map[string]uint32{"cublasGemmStridedBatchedEx": 15, "cublasLtMatmulAlgoGetHeuristic": 14}, "refused"},
		{"a bias refused", map[string]uint32{"cublasLtMatmul": 15}, "refused"},
		{"no way found", map[string]uint32{"cublasLtMatmulAlgoGetHeuristic": 7}, "products by"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dev := openBLAS(t, &fakecuda.Machine{Fail: c.fail})
			got := tensor.Data[float32](bigProduct(dev).To(dtype.Float32))
			if want == nil {
				want = got
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("element %d is %v, want %v", i, got[i], want[i])
					break
				}
			}
			if notes := strings.Join(dev.(backend.Noter).Notes(), "; "); !strings.Contains(notes, c.note) {
				t.Errorf("%s, want %q", notes, c.note)
			}
		})
	}
}
