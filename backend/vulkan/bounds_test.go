package vulkan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestBounds: an index out of range is an error when the host next looks, of every op
// that takes indices.
func TestBounds(t *testing.T) {
	p := first(t, func(*device) {})
	f := tensor.Arange(p, dtype.Float32, 0, 600, 1)
	for name, of := range map[string]func(i, zeros *tensor.Tensor) *tensor.Tensor{
		"gather":     func(i, _ *tensor.Tensor) *tensor.Tensor { return f.Gather(0, i) },
		"scatter":    func(i, zeros *tensor.Tensor) *tensor.Tensor { return f.Scatter(0, i, zeros) },
		"scatteradd": func(i, zeros *tensor.Tensor) *tensor.Tensor { return f.ScatterAdd(0, i, zeros) },
		"scatterreduce": func(i, zeros *tensor.Tensor) *tensor.Tensor {
			return tensor.Apply(nil, op.ScatterReduce, op.ScatterReduceAttrs{By: op.ByMax}, f, i, zeros)[0]
		},
		"indexget": func(i, _ *tensor.Tensor) *tensor.Tensor { return f.Index(tensor.At(i)) },
		"indexput": func(i, zeros *tensor.Tensor) *tensor.Tensor {
			return tensor.Apply(nil, op.IndexPut, op.IndexPutAttrs{Accumulate: true}, f, zeros, i)[0]
		},
	} {
		for _, c := range []struct {
			index int64
			bad   bool
		}{{599, false}, {600, true}, {1 << 40, true}, {-1, !strings.HasPrefix(name, "index")}, {-601, true}, {3, false}} {
			outOfRange(t, p, name, c.index, c.bad, 400, of)
		}
	}
}

// TestBoundsInPieces: indices that kernels see in pieces only.
func TestBoundsInPieces(t *testing.T) {
	t.Setenv("HEKLA_VULKAN_LIMITS", "range=1KiB")
	p := first(t, func(*device) {})
	x := tensor.Arange(p, dtype.Float32, 0, 2400, 1).Reshape(600, 4)
	for index, bad := range map[int64]bool{3: false, 4: true, -1: true} {
		outOfRange(t, p, "gather", index, bad, 2400, func(i, _ *tensor.Tensor) *tensor.Tensor { return x.Gather(1, i.Reshape(600, 4)) })
	}
}

// TestBoundsOfNone: the first indices that a device meets may be none.
func TestBoundsOfNone(t *testing.T) {
	p := first(t, func(*device) {})
	none := tensor.From(p, []int64{}, 0)
	if y := tensor.Arange(p, dtype.Float32, 0, 6, 1).Gather(0, none).Float64s(); len(y) != 0 {
		t.Errorf("no indices give %v, want nothing", y)
	}
	tensor.Arange(p, dtype.Float32, 0, 6, 1).Float64s() // looks for indices that were out of range
}

// outOfRange checks what becomes of n indices, one of them given.
func outOfRange(t *testing.T, p backend.Device, name string, index int64, bad bool, n int, of func(i, zeros *tensor.Tensor) *tensor.Tensor) {
	t.Helper()
	l := make([]int64, n)
	l[n/2] = index
	err := tensor.Try(func() error { of(tensor.From(p, l), tensor.Zeros(p, dtype.Float32, n)).Float64s(); return nil })
	want := fmt.Sprintf("%s, or a call before it: index %d is out of range", name, index)
	if bad != (err != nil) || bad && !strings.Contains(err.Error(), want) {
		t.Errorf("%s of %d: error %v, want one: %t", name, index, err, bad)
	}
}
