//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// onMachine returns a platform whose library is an interpreted machine.
func onMachine(m *fakecuda.Machine) *platform {
	fakecuda.Install(m)
	return &platform{load: func() (driver.Driver, error) {
		api, err := driver.New(m)
		return exact{api, m}, err
	}}
}

// exact is a driver that looks whether a launch passes what its kernel takes: the library
// cannot, and would read on behind it.
type exact struct {
	*driver.API
	m *fakecuda.Machine
}

func (e exact) Launch(fn driver.Function, l driver.Launch, params []uint64) error {
	if n := e.m.ParamBytes(uintptr(fn)); n >= 0 && n != 8*max(len(params), 1) || n < 0 && len(params) > 0 {
		return fmt.Errorf("%d words of parameters for a kernel that takes %d bytes", len(params), n)
	}
	return e.API.Launch(fn, l, params)
}

// openFake opens the first GPU of a machine. At the end of the test nothing
// may be left on it.
func openFake(t testing.TB, m *fakecuda.Machine) backend.Device {
	t.Helper()
	p := onMachine(m)
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
