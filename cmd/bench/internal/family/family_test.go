package family

import (
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/op"
	"github.com/hekla-ml/hekla/tensor"
)

// wrong is a CPU whose sums are those of nothing, and that stops at exp.
type wrong struct{ backend.Device }

func (w wrong) Run(c *backend.Call) error {
	if c.Op == op.Lookup("exp") {
		panic("planted")
	}
	if c.Fold != nil {
		return nil // leaves what is there
	}
	return w.Device.Run(c)
}

// TestCheck tells a device that is right from one that is not, and outlives a crash.
func TestCheck(t *testing.T) {
	want := map[string]string{"elementwise": "planted", "sums": "the CPU has", "optimizer": ""}
	for _, f := range All {
		says, ok := want[f.Name]
		if !ok {
			continue
		}
		if r := f.Check(tensor.CPU()); !r.OK || r.Worst != 0 || r.Device != "cpu:0" {
			t.Errorf("%+v", r)
		}
		if r := f.Check(wrong{tensor.CPU()}); r.OK != (says == "") || !strings.Contains(r.Error, says) {
			t.Errorf("a device that is wrong: %+v, want %q", r, says)
		}
	}
}
