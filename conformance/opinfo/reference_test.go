package opinfo_test

import (
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/conformance/opinfo"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/recorded"
)

// reference is a device without kernels: it computes every call by the float64
// reference of package op, which other devices are compared with.
type reference struct{}

type memory []byte

func (m memory) Len() int64    { return int64(len(m)) }
func (m memory) Bytes() []byte { return m }
func (m memory) Free()         {}

func (reference) Info() backend.Info { return backend.Info{Name: "reference"} }

func (reference) Alloc(n int64) (backend.Buffer, error) { return make(memory, n), nil }

func (reference) Upload(dst backend.Buffer, off int64, src []byte) error {
	copy(dst.(memory)[off:], src)
	return nil
}

func (reference) Download(dst []byte, src backend.Buffer, off int64) error {
	copy(dst, src.(memory)[off:])
	return nil
}

func (reference) Run(c *backend.Call) error { return backend.Evaluate(c) }
func (reference) Sync() error               { return nil }
func (reference) Close() error              { return nil }

// PyTorch's samples against the reference itself, in float64: what is wrong in the
// table of ops, all devices are wrong in alike.
func TestReference(t *testing.T) {
	r := opinfo.RunIn(t.Context(), reference{}, recorded.Oracle(t, "opinfo"), nil, dtype.Float64)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	t.Log(r)
	for _, o := range r.Ops {
		for _, f := range o.Failures {
			t.Error(f)
		}
	}
	if n := r.Count((*opinfo.Op).Gradient); n < leastGradient {
		t.Errorf("%d names with gradients, want at least %d", n, leastGradient)
	}
}
