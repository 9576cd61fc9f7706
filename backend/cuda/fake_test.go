//go:build linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"sync"
	"syscall"
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
		return exact{api, m, &depths{by: map[int]int{}}}, err
	}}
}

// exact is a driver that minds what the library cannot tell: it would read on behind the
// parameters of a launch that are too few, and a call without Enter would work by chance,
// on a thread that had a context before.
type exact struct {
	*driver.API
	m *fakecuda.Machine
	*depths
}

// depths counts, by thread, the calls of Enter that are not left.
type depths struct {
	mu sync.Mutex
	by map[int]int
}

func (e exact) Enter(c driver.Context) (func(), error) {
	leave, err := e.API.Enter(c)
	if err != nil {
		return nil, err
	}
	thread := syscall.Gettid()
	e.add(thread, 1)
	return func() {
		if e.add(thread, -1) == 0 {
			if none, err := e.API.Enter(0); err == nil {
				none()
			}
		}
		leave()
	}, nil
}

func (d *depths) add(thread, n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.by[thread] += n
	return d.by[thread]
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
		if m.Left()+m.Pinned()+m.Plans()+m.Modules() > 0 {
			t.Errorf("left are %d streams and graphs, %d events and pieces of pinned memory, %d objects of cuBLAS, %d modules", m.Left(), m.Pinned(), m.Plans(), m.Modules())
		}
	})
	return dev
}
