//go:build linux && (amd64 || arm64)

package cuda

import (
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
)

// onMachine returns a platform whose library is an interpreted machine.
func onMachine(m *fakecuda.Machine) *platform {
	fakecuda.Install(m)
	return &platform{load: func() (driver.Driver, error) { return driver.New(m) }}
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
