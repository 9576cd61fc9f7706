//go:build linux && (amd64 || arm64)

package cuda

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// TestIndexOutOfRange: the kernel touches nothing, and the host hears of it when
// it next waits.
func TestIndexOutOfRange(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	x := tensor.From(dev, []float32{1, 2, 3, 4}, 4)
	for name, f := range map[string]func(index *tensor.Tensor) *tensor.Tensor{
		"gather":     func(i *tensor.Tensor) *tensor.Tensor { return x.Gather(0, i) },
		"scatteradd": func(i *tensor.Tensor) *tensor.Tensor { return x.ScatterAdd(0, i, x) },
		"scatterreduce": func(i *tensor.Tensor) *tensor.Tensor {
			return tensor.Apply(nil, op.ScatterReduce, op.ScatterReduceAttrs{By: op.ByMax, ExcludeSelf: true}, x, i, x)[0]
		},
	} {
		for _, bad := range []int64{4, -1, 1 << 40} {
			y := f(tensor.From(dev, []int64{0, bad, 1}, 3))
			err := tensor.Try(func() error { y.Bytes(); return nil })
			if err == nil || !strings.Contains(err.Error(), "out of range") || !strings.Contains(err.Error(), name) {
				t.Errorf("%s at %d: %v", name, bad, err)
			}
			// Reported once; the device goes on.
			if err := dev.Sync(); err != nil {
				t.Error(err)
			}
		}
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
