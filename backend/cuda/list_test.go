//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// TestList takes a step of more parameters than fit the arguments of a launch, some
// of several blocks, one whose gradient has gaps, and gives the bits of a step of
// each alone.
func TestList(t *testing.T) {
	m := &fakecuda.Machine{}
	dev := openFake(t, m)
	params := func() (all []*tensor.Tensor) {
		for i := range 70 {
			n := 1 + 37*i%300
			if i%10 == 0 {
				n += 2000
			}
			p, g := sequence(dev, dtype.Float32, 13, n, 2), sequence(dev, dtype.Float32, 11+i, n, 2)
			if i == 33 {
				g = g.Transpose(0, 1).Contiguous().Transpose(0, 1)
			}
			p = p.SetRequiresGrad(true)
			p.SetGrad(g)
			all = append(all, p)
		}
		return all
	}
	together, alone := params(), params()
	opt := optim.New(optim.Adam{LR: 0.1}, together)
	opt.Step()
	before := m.Launches
	opt.Step()
	if n := m.Launches - before; n > 4 {
		t.Errorf("a step of %d parameters is %d launches, want 4 at most", len(together), n)
	}
	for _, p := range alone {
		one := optim.New(optim.Adam{LR: 0.1}, []*tensor.Tensor{p})
		one.Step()
		one.Step()
	}
	for i := range together {
		got, want := tensor.Data[float32](together[i]), tensor.Data[float32](alone[i])
		for k := range want {
			if got[k] != want[k] {
				t.Fatalf("parameter %d, element %d is %v, want %v", i, k, got[k], want[k])
			}
		}
	}
	if m.Fault != nil {
		t.Error(m.Fault)
	}
}
