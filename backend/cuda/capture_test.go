//go:build linux && (amd64 || arm64)

package cuda

import (
	"sync"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/backend/cuda/driver"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/internal/ptxsim/fakecuda"
	"github.com/hekla-ml/hekla/tensor"
)

// slowCapture is a driver with which something else happens before a capture ends.
type slowCapture struct {
	exact
	meanwhile func()
}

func (s slowCapture) EndCapture(stream driver.Stream) (driver.Graph, error) {
	if s.meanwhile != nil {
		s.meanwhile()
	}
	return s.exact.EndCapture(stream)
}

// TestMeanwhile: what other goroutines do while one captures works, as does the capture.
// The driver has it that none of them waits for the whole device meanwhile.
func TestMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(dev backend.Device, old backend.Replay, b backend.Buffer) error
	}{
		{"sync", func(dev backend.Device, _ backend.Replay, _ backend.Buffer) error { return dev.Sync() }},
		{"close a replay", func(_ backend.Device, old backend.Replay, _ backend.Buffer) error { return old.Close() }},
		{"alloc and free", func(dev backend.Device, _ backend.Replay, _ backend.Buffer) error {
			b, err := dev.Alloc(64)
			if err == nil {
				b.Free()
			}
			return err
		}},
		{"upload", func(dev backend.Device, _ backend.Replay, b backend.Buffer) error {
			return dev.Upload(b, 0, make([]byte, 4))
		}},
		{"download", func(dev backend.Device, _ backend.Replay, b backend.Buffer) error {
			return dev.Download(make([]byte, 4), b, 0)
		}},
		{"launch", func(dev backend.Device, _ backend.Replay, _ backend.Buffer) error {
			return tensor.Try(func() error { tensor.Full(dev, dtype.Float32, 1, 8).Exp(); return nil })
		}},
		{"replay", func(_ backend.Device, old backend.Replay, _ backend.Buffer) error { return old.Run() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dev := openFake(t, &fakecuda.Machine{})
			d := dev.(*device)
			b, err := dev.Alloc(32)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Free()
			call := negate(b, 8)
			if err := dev.Run(call); err != nil {
				t.Fatal(err)
			}
			old, err := d.Capture([]*backend.Call{call})
			if err != nil {
				t.Fatal(err)
			}
			var wait sync.WaitGroup
			var did error
			api := d.api.(exact)
			d.api = slowCapture{api, func() {
				began := make(chan bool)
				wait.Go(func() { close(began); did = c.do(dev, old, b) })
				<-began
				time.Sleep(20 * time.Millisecond) // for it to be done, or to wait
			}}
			r, err := d.Capture([]*backend.Call{call})
			wait.Wait()
			d.api = api
			if err != nil || did != nil {
				t.Fatalf("capture: %v; meanwhile: %v", err, did)
			}
			for _, r := range []backend.Replay{r, r, old} {
				if err := r.Run(); err != nil && (r != old || c.name != "close a replay") {
					t.Error(err)
				}
			}
			if err := dev.Sync(); err != nil {
				t.Error(err)
			}
			for _, r := range []backend.Replay{r, old} {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
